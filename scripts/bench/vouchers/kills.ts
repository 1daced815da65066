import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, seededRandom } from "../../../keepers/core/random.ts";
import { removeFolder } from "../../lib/removeFolder.ts";

/** How many payers load a victim at the same time. */
export const VICTIM_PAYERS = 16;

/** What became of the vouchers of a seller that was killed again and again. */
export type KillReport = {
  readonly kills: number;
  /** Vouchers that it said it had. */
  readonly acknowledged: number;
  /** Channels that stood, after a restart, below what was acknowledged. */
  readonly lost: number;
  /** Kills before which at least one voucher was acknowledged since the start: the others prove nothing. */
  readonly underLoad: number;
};

const VICTIM = fileURLToPath(new URL("victim.ts", import.meta.url));
/** The longest that a victim lives under load, in milliseconds. */
const LONGEST_MS = 100;
/** A victim that says nothing for this long is at fault, not slow. */
const PATIENCE_MS = 30_000;

type Life = { readonly found: ReadonlyMap<string, bigint>; readonly taken: readonly (readonly [string, bigint])[] };

/** Starts a victim. What it compiled is kept from life to life, since most of a short life would go into that. */
const start = (folder: string, ...rest: readonly string[]) =>
  spawn(
    process.execPath,
    ["--experimental-strip-types", "--no-warnings", VICTIM, join(folder, "vouchers.log"), ...rest],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
    },
  );

/** Starts a victim, lets it live for a random time once it is ready, kills it, and reads what it said. */
const liveOnce = async (folder: string, random: Random): Promise<Life> => {
  const child = start(folder);
  const ended = once(child, "close");
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const found = new Map<string, bigint>();
  const taken: (readonly [string, bigint])[] = [];
  const kill = async (): Promise<void> => {
    await sleep(random.uniform() * LONGEST_MS);
    child.kill("SIGKILL");
  };
  let killing: Promise<void> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, channelId = "", total = ""] = line.split(" ");
    if (what === "ready") killing = kill();
    // The kill may cut a line; what is whole was said.
    if (what === "found") found.set(channelId, BigInt(total));
    if (what === "took" && /^0x[0-9a-f]{64}$/.test(channelId) && total !== "") taken.push([channelId, BigInt(total)]);
  }
  await ended;
  clearTimeout(patience);
  if (killing === undefined) throw new Error("the victim died before it was ready");
  await killing;
  return { found, taken };
};

/**
 * Kills a seller with `kill -9` at random moments while it takes vouchers in, starts it again on the same file, and checks
 * that it stands at least where it said that it was.
 */
export const killSellers = async (kills: number, seed: number): Promise<KillReport> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-kills-"));
  const random = seededRandom(seed);
  const said = new Map<string, bigint>();
  let [acknowledged, lost, underLoad] = [0, 0, 0];
  try {
    // Only who ends by itself writes down what it compiled.
    const first = start(folder, "stop");
    first.stdout.resume();
    await once(first, "close");
    // One life more than kills: somebody has to look after the last one.
    for (let life = 0; life <= kills; life += 1) {
      const { found, taken } = await liveOnce(folder, random);
      lost += [...said].filter(([channelId, total]) => (found.get(channelId) ?? 0n) < total).length;
      if (life === kills) break;
      for (const [channelId, total] of taken) said.set(channelId, total);
      acknowledged += taken.length;
      underLoad += taken.length > 0 ? 1 : 0;
    }
  } finally {
    await removeFolder(folder);
  }
  return { kills, acknowledged, lost, underLoad };
};
