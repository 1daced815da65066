import { type Random, seededRandom } from "../../keepers/core/random.ts";
import type { EntryPoint, Fault, FaultyNetwork } from "./faultyNetwork.ts";
import {
  answersLost,
  chainIdAs,
  delayed,
  doubled,
  headless,
  headsAs,
  html,
  lateBy,
  logsLate,
  noncesAhead,
  noncesBehind,
  prunedBefore,
  repeated,
  spansUpTo,
  swallowed,
  tooMany,
  truncated,
  withNullError,
  withoutReceipts,
} from "./networkFaults.ts";

/** One thing that goes wrong for a while. Times in milliseconds since the schedule began. */
export type Episode = {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly begin: (network: FaultyNetwork) => readonly Fault[];
};

const sometimes =
  (random: Random, share: number, fault: Fault): Fault =>
  (frame) =>
    random.uniform() < share ? fault(frame) : undefined;

const behind =
  (entryPoint: EntryPoint) =>
  (network: FaultyNetwork): readonly Fault[] => {
    network.entryPoint(entryPoint);
    network.cut();
    return [];
  };

/** Everything that a network is known to do, by name. */
const KINDS: Readonly<Record<string, (random: Random) => Episode["begin"]>> = {
  "silent death": () => (network) => {
    network.freeze();
    return [];
  },
  cut: () => (network) => {
    network.cut();
    return [];
  },
  "no port": () => behind("closed"),
  "no upgrade": () => behind("mute"),
  "429 at the door": () => behind("429"),
  "HTML at the door": () => behind("html"),
  "no answers": () => () => [swallowed()],
  "answers lost": (random) => () => [sometimes(random, 0.3, answersLost())],
  "sendings' answers lost": () => () => [answersLost("eth_sendRawTransaction")],
  "sendings lost": (random) => () => [sometimes(random, 0.5, swallowed("eth_sendRawTransaction"))],
  "sendings repeated": () => () => [repeated],
  "late and out of order": (random) => () => [delayed(() => Math.floor(random.uniform() * 900))],
  doubled: () => () => [doubled],
  truncated: (random) => () => [sometimes(random, 0.3, truncated)],
  HTML: (random) => () => [sometimes(random, 0.3, html())],
  "too many requests": (random) => () => [sometimes(random, 0.4, tooMany())],
  "no heads": () => () => [headless],
  "broken heads": () => () => [headsAs((header) => ({ ...header, timestamp: 7, baseFeePerGas: "0x" }))],
  "heads far ahead": () => () => [headsAs((header) => ({ ...header, number: "0x7fffffff" }))],
  "twenty blocks late": () => () => [lateBy(20n)],
  "another chain": () => (network) => {
    network.cut();
    return [chainIdAs(1n)];
  },
  "no receipts": () => () => [withoutReceipts],
  "nonces behind": () => () => [noncesBehind(1n)],
  "nonces ahead": () => () => [noncesAhead(1n)],
  "logs late": () => () => [logsLate()],
  "short spans": () => () => [spansUpTo(3n)],
  "pruned logs": () => () => [prunedBefore(1n)],
  "null errors": () => () => [withNullError],
};

/** Between an episode and the next: long enough to be met by one block, short enough to fall into another's recovery. */
const GAP_MS = 700;

/**
 * What goes wrong between `firstMs` and `lastMs`, one after the other, all of it decided by the seed. An episode lasts from
 * a fifth of a second to three.
 */
export const scheduleOf = (seed: number, { firstMs, lastMs }: { firstMs: number; lastMs: number }) => {
  const random = seededRandom(seed);
  const names = Object.keys(KINDS);
  const episodes: Episode[] = [];
  for (let at = firstMs; at < lastMs;) {
    const name = names[Number(random.below(BigInt(names.length)))] ?? "cut";
    const untilMs = Math.min(at + 200 + Math.floor(random.uniform() * 2_800), lastMs);
    const begin = KINDS[name]?.(random);
    if (begin !== undefined) episodes.push({ name, fromMs: at, untilMs, begin });
    at = untilMs + Math.floor(random.uniform() * GAP_MS);
  }
  return episodes;
};
