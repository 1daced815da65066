import type { BusRow } from "./bus.ts";
import type { MoneyConflictRow } from "./moneyConflicts.ts";
import type { GasRow } from "./gas.ts";
import type { LatencyRow } from "./latency.ts";
import type { QuotingRow } from "./quoting.ts";
import type { StoreRow } from "./store.ts";
import type { VoucherRow } from "./vouchers.ts";

/** A figure beside what it must be. `isMet` is undefined where the figure was not measured. */
export type BenchTarget = {
  readonly what: string;
  readonly figure: number | undefined;
  readonly limit: number;
  readonly isLeast: boolean;
  readonly isMet: boolean | undefined;
};

type Measure = { readonly flow: string; readonly measure: string; readonly unit: string; readonly value: number };

const SAFE_PERCENT = 105;
const GUARDED_GAS = 185_000;
/** A reading of three sources behind their makers' proxies, less one of one source. */
const THREE_SOURCES_GAS = 85_000 - 29_619;
const PLAIN_GOVERNOR_PERCENT = 110;
const ARBITRAGE_GAS = 160_000;
const SCORE_WRITE_GAS = 30_000;
const SCORE_READ_GAS = 5_000;
const ESCROW_GAS = 140_000;
const ESCROW_SEI_GAS = 192_000;
const CHANNEL_GAS = 120_000;
const CHANNEL_SEI_GAS = 172_000;
const BATCH_CLAIM_GAS = 13_000;
const ABOVE_TRANSFER_GAS = 25_000;

export const atMost = (what: string, figure: number | undefined, limit: number): BenchTarget => ({
  what,
  figure,
  limit,
  isLeast: false,
  isMet: figure === undefined ? undefined : figure <= limit,
});

export const atLeast = (what: string, figure: number | undefined, limit: number): BenchTarget => ({
  what,
  figure,
  limit,
  isLeast: true,
  isMet: figure === undefined ? undefined : figure >= limit,
});

const reputationTargets = (write: GasRow | undefined, read: GasRow | undefined): readonly BenchTarget[] => [
  atMost("reputation-write, gas", write === undefined ? undefined : Number(write.gas), SCORE_WRITE_GAS),
  atMost("reputation-write, new slots", write?.newSlots, 0),
  atMost("reputation-read, gas", read === undefined ? undefined : Number(read.gas), SCORE_READ_GAS),
];

/** `part` in percent of `whole`, to two digits; undefined where one is missing. */
const percentOf = (part: bigint | undefined, whole: bigint | undefined): number | undefined =>
  part === undefined || whole === undefined ? undefined : Number((part * 10_000n) / whole) / 100;

/** What a decision of the DAO may cost beside one of OpenZeppelin's own governor. */
const daoTargets = (ours: GasRow | undefined, plain: GasRow | undefined): readonly BenchTarget[] => [
  atMost("mandate-change, gas in % of a plain governor's", percentOf(ours?.gas, plain?.gas), PLAIN_GOVERNOR_PERCENT),
  atMost("mandate-change, the same at Sei's prices", percentOf(ours?.seiGas, plain?.seiGas), PLAIN_GOVERNOR_PERCENT),
];

const gasOf = (row: GasRow | undefined): number | undefined => row && Number(row.gas);
const seiGasOf = (row: GasRow | undefined): number | undefined => row && Number(row.seiGas);

/** What of `row` is above `base`; undefined where one is missing. */
const aboveOf = (row: GasRow | undefined, base: GasRow | undefined): number | undefined =>
  row === undefined || base === undefined ? undefined : Number(row.gas - base.gas);

/** What money between agents may cost. */
const moneyTargets = (find: (flow: string, system: GasRow["system"]) => GasRow | undefined): readonly BenchTarget[] => {
  const [escrow, channel] = [find("escrow-life", "nexus"), find("channel-life", "nexus")];
  const bare = find("transfer", "bare");
  return [
    atMost("escrow-life, gas", gasOf(escrow), ESCROW_GAS),
    atMost("escrow-life, gas on Sei", seiGasOf(escrow), ESCROW_SEI_GAS),
    atMost("channel-life, gas", gasOf(channel), CHANNEL_GAS),
    atMost("channel-life, gas on Sei", seiGasOf(channel), CHANNEL_SEI_GAS),
    atMost("batch-claim-50, gas per channel", gasOf(find("batch-claim-50", "nexus")), BATCH_CLAIM_GAS),
    atMost("ledger-deposit, gas above a transfer", aboveOf(find("ledger-deposit", "nexus"), bare), ABOVE_TRANSFER_GAS),
    atMost(
      "ledger-withdraw, gas above a transfer",
      aboveOf(find("ledger-withdraw", "nexus"), bare),
      ABOVE_TRANSFER_GAS,
    ),
  ];
};

/** Gas of a flow and, where it is said, what it is on Sei. */
const costTargets = (row: GasRow | undefined, flow: string, gas: number, seiGas?: number): readonly BenchTarget[] => [
  atMost(`${flow}, gas`, gasOf(row), gas),
  ...(seiGas === undefined ? [] : [atMost(`${flow}, gas on Sei`, seiGasOf(row), seiGas)]),
];

const LIMITS: readonly (readonly [flow: string, gas: number, seiGas?: number])[] = [
  ["slow-5", 155_000, 207_000],
  ["slow-guarded-5", 260_000, 315_000],
  ["vote", 45_000],
  ["register", 170_000, 430_000],
  ["postcondition-first", 12_000],
  ["postcondition-further", 12_000],
  ["class-check-first", 20_000],
  ["class-check-further", 15_000],
];

/** What the gas rows must say. */
export const gasTargets = (rows: readonly GasRow[]): readonly BenchTarget[] => {
  const find = (flow: string, system: GasRow["system"]): GasRow | undefined =>
    rows.find((row) => row.flow === flow && row.system === system);
  const [enact, safe] = [find("enact-5", "nexus"), find("enact-5", "safe")];
  const guarded = find("guarded-5", "nexus");
  const [ours, bare] = [find("guarded-arbitrage", "nexus"), find("guarded-arbitrage", "bare")];
  const hasPair = ours !== undefined && bare !== undefined;
  return [
    atMost("enact-5, gas in % of Safe's", percentOf(enact?.gas, safe?.gas), SAFE_PERCENT),
    atMost("enact-5, new slots", enact?.newSlots, 0),
    atMost("guarded-5, gas", guarded === undefined ? undefined : Number(guarded.gas), GUARDED_GAS),
    atMost("guarded-5, new slots", guarded?.newSlots, 0),
    atMost(
      "guarded-5 with three sources, gas above one",
      aboveOf(find("guarded-5-three-sources", "nexus"), guarded),
      THREE_SOURCES_GAS,
    ),
    atMost("guarded-arbitrage, gas above bare", hasPair ? Number(ours.gas - bare.gas) : undefined, ARBITRAGE_GAS),
    atMost("guarded-arbitrage, new slots above bare", hasPair ? ours.newSlots - bare.newSlots : undefined, 0),
    ...reputationTargets(find("reputation-write", "nexus"), find("reputation-read", "nexus")),
    ...daoTargets(find("mandate-change", "nexus"), find("mandate-change", "openzeppelin")),
    ...moneyTargets(find),
    ...LIMITS.flatMap(([flow, gas, seiGas]) => costTargets(find(flow, "nexus"), flow, gas, seiGas)),
    atMost("vote, new slots", find("vote", "nexus")?.newSlots, 0),
  ];
};

/** What the rows on shared storage must say. */
export const moneyConflictTargets = (rows: readonly MoneyConflictRow[]): readonly BenchTarget[] => [
  atMost(
    "slots shared by disjoint pairs",
    rows.filter(({ isException }) => isException === "no").reduce((sum, { shared }) => sum + shared, 0),
    0,
  ),
];

const measured = (
  rows: readonly Measure[],
  flow: string,
  wanted: Pick<Measure, "measure" | "unit">,
): number | undefined =>
  rows.find((row) => row.flow === flow && row.measure === wanted.measure && row.unit === wanted.unit)?.value;

/** What the latency rows must say. */
export const latencyTargets = (rows: readonly LatencyRow[]): readonly BenchTarget[] => [
  atMost("gap to trade, blocks, p50", measured(rows, "gap-to-trade", { measure: "p50", unit: "blocks" }), 1),
  atMost("gap to trade, blocks, p99", measured(rows, "gap-to-trade", { measure: "p99", unit: "blocks" }), 2),
];

/** What the quoting rows must say. */
export const quotingTargets = (rows: readonly QuotingRow[]): readonly BenchTarget[] => [
  atLeast("v3 quote, times as fast as @uniswap/v3-sdk", rows.find(({ system }) => system === "ratio")?.value, 20),
  atMost("decision over 200 pools, ms, p99", measured(rows, "decide-200-pools", { measure: "p99", unit: "ms" }), 10),
];

/** What the voucher rows must say. */
export const voucherTargets = (rows: readonly VoucherRow[]): readonly BenchTarget[] => {
  const ours = rows.filter(({ system }) => system === "nexus");
  const find = (flow: VoucherRow["flow"], measure: string): number | undefined =>
    ours.find((row) => row.flow === flow && row.measure === measure)?.value;
  return [
    atMost("voucher check, ms, p50", find("voucher-check", "p50"), 0.15),
    atLeast("voucher checks per second on one core", find("voucher-check", "one core"), 7_000),
    atLeast("vouchers kept durably per second", find("voucher-durable", "two cores"), 3_000),
    atLeast("kills of a seller", find("voucher-kills", "kill -9"), 1_000),
    atMost("acknowledged vouchers lost", find("voucher-kills", "lost"), 0),
  ];
};

/** What the bus rows must say. A row that was taken while others were at work is no measurement of this. */
export const busTargets = (rows: readonly BusRow[]): readonly BenchTarget[] => {
  const find = (system: BusRow["system"], asked: number): BusRow | undefined =>
    rows.find((row) => row.system === system && row.asked === asked && row.load < 1);
  return [
    atLeast("signed messages a second", find("signed", 4_500)?.came, 4_480),
    atLeast("signed and sealed messages a second", find("sealed", 4_000)?.came, 3_980),
    atLeast("signed messages a second of one core", find("signed", 4_500)?.perCore, 4_500),
    atLeast("signed and sealed messages a second of one core", find("sealed", 4_000)?.perCore, 4_000),
    atMost("signed at 1,000 a second, ms, p99", find("signed", 1_000)?.p99Ms, 10),
    atMost("signed and sealed at 1,000 a second, ms, p99", find("sealed", 1_000)?.p99Ms, 10),
    atMost(
      "messages lost",
      rows.some(({ load }) => load >= 1) ? undefined : rows.reduce((n, { lost }) => n + lost, 0),
      0,
    ),
  ];
};

/** What the store rows must say: what a plain start pays for the store that it brings. Time needs an idle machine. */
export const storeTargets = (rows: readonly StoreRow[]): readonly BenchTarget[] => {
  const ours = rows.find(({ system }) => system === "packaged");
  return [
    atMost(
      "the packaged Postgres, ms until it answers first",
      ours !== undefined && ours.load < 1 ? ours.firstStartMs : undefined,
      3_000,
    ),
    atMost("the packaged Postgres, MB", ours?.memoryMb, 150),
  ];
};

const rounded = (figure: number | undefined): string =>
  figure === undefined ? "not measured" : String(Math.round(figure * 100) / 100);

/** One line for each target: met or not, the figure, the limit. */
export const targetLines = (targets: readonly BenchTarget[]): readonly string[] =>
  targets.map(({ what, figure, limit, isLeast, isMet }) => {
    const mark = isMet === undefined ? "?" : isMet ? "✓" : "✗";
    return `${mark} ${what.padEnd(48)} ${rounded(figure).padStart(12)}   target ${isLeast ? "≥" : "≤"} ${limit}`;
  });
