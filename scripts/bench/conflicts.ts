import { join } from "node:path";
import { type SlotAccess, accessesOf } from "./access.ts";
import { type Scene, type Side, prepareScene } from "./conflictScene.ts";
import { CROSSED, SHARED_SLOTS, type SharedSlot } from "./sharedSlots.ts";
import { type Keys, namesOf, readLayouts } from "./slotNames.ts";
import { type BenchWorld, startWorld } from "./world.ts";

/** What two operations of two agents meet in. `why` is empty where nobody argued for it. */
export type ConflictRow = {
  readonly pair: string;
  readonly slot: string;
  readonly meeting: string;
  readonly why: string;
};

/** What each of the pair touched, by operation. */
export type Traces = ReadonlyMap<string, readonly [readonly SlotAccess[], readonly SlotAccess[]]>;
type NameOf = (access: SlotAccess) => { readonly contract: string; readonly variable: string };

const ROOT = join(import.meta.dirname, "../..");
/** Contracts whose slots are named; the token that is paid with and the one that is staked among them. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  [
    "AgentRegistry",
    "Consensus",
    "Mandate",
    "NexusToken",
    "OracleHub",
    "Reputation",
    "Treasury",
    "mocks/SandboxUSDC",
  ].map((path) => [path.slice(path.lastIndexOf("/") + 1), `contracts/${path}.sol`]),
);
const MAX_IDS = 12;

/**
 * The pairs that are compared: each operation of the one agent with each of the other. Who votes for the other's proposals
 * is no stranger to what the other does, so crossed votes are compared with crossed votes alone.
 */
const pairsOf = (operations: readonly string[]): readonly (readonly [string, string])[] =>
  operations.flatMap((first, index) =>
    operations
      .slice(index)
      .filter((second) => first === second || (first !== CROSSED && second !== CROSSED))
      .map((second) => [first, second] as const),
  );

const describeMeeting = (one: SlotAccess, other: SlotAccess): string => {
  if (!one.isWritten || !other.isWritten) return "one writes, the other reads";
  if (one.isChanged && other.isChanged) return "both change";
  return one.isChanged || other.isChanged ? "one changes, the other rewrites" : "both rewrite what it held";
};

/** Slots that one side writes and the other touches. */
const meetings = (left: readonly SlotAccess[], right: readonly SlotAccess[]) =>
  left.flatMap((one) =>
    right
      .filter(
        ({ contract, slot, isWritten }) =>
          contract === one.contract && slot === one.slot && (isWritten || one.isWritten),
      )
      .map((other) => ({ access: one, meeting: describeMeeting(one, other) })),
  );

/** Both ways round: what the first agent does beside what the second does. Each slot once for a pair. */
const rowsOf = (traces: Traces, pair: readonly [string, string], nameOf: NameOf, allowed: readonly SharedSlot[]) => {
  const [first, second] = pair;
  const [one, other] = [traces.get(first), traces.get(second)];
  if (one === undefined || other === undefined) throw new Error(`${first} or ${second} was not traced`);
  const found = new Map<string, ConflictRow>();
  for (const { access, meeting } of [...meetings(one[0], other[1]), ...meetings(other[0], one[1])]) {
    const { contract, variable } = nameOf(access);
    const listed = allowed.find(
      (slot) =>
        slot.contract === contract &&
        slot.variable === variable &&
        pair.every((name) => slot.operations.includes(name)),
    );
    const slot = `${contract}.${variable}`;
    found.set(`${slot} ${meeting}`, { pair: `${first} × ${second}`, slot, meeting, why: listed?.why ?? "" });
  }
  return [...found.values()];
};

/** Every meeting of two traces of two agents, with the argument for it where there is one. */
export const conflictRows = (
  traces: Traces,
  nameOf: NameOf,
  allowed: readonly SharedSlot[] = SHARED_SLOTS,
): readonly ConflictRow[] => pairsOf([...traces.keys()]).flatMap((pair) => rowsOf(traces, pair, nameOf, allowed));

/** What is wrong: meetings without an argument, and arguments for what does not happen. */
export const conflictFindings = (
  rows: readonly ConflictRow[],
  allowed: readonly SharedSlot[] = SHARED_SLOTS,
): readonly string[] => [
  ...rows.filter(({ why }) => why === "").map(({ pair, slot, meeting }) => `${pair} meet in ${slot}: ${meeting}`),
  ...allowed
    .filter(({ contract, variable }) => !rows.some(({ slot }) => slot === `${contract}.${variable}`))
    .map(({ contract, variable }) => `${contract}.${variable} is argued for, but nobody meets in it`),
];

const traceAll = async (world: BenchWorld, scene: Scene): Promise<Traces> => {
  const traces = new Map<string, readonly [readonly SlotAccess[], readonly SlotAccess[]]>();
  const trace = async (name: string, side: Side): Promise<readonly SlotAccess[]> => {
    const sent = await scene.operations.get(name)?.(side);
    const receipt = await sent?.wait();
    if (receipt?.to === undefined || receipt.to === null) throw new Error(`${name} was not mined`);
    return accessesOf(world.sandbox.control, receipt.hash, receipt.to);
  };
  for (const name of scene.operations.keys()) traces.set(name, [await trace(name, 0), await trace(name, 1)]);
  return traces;
};

/** Names slots by the compiler's layouts and by who is who in the scene. */
const namerFor = (world: BenchWorld, scene: Scene): NameOf => {
  const keys: Keys = {
    addresses: scene.people,
    numbers: new Map(Array.from({ length: MAX_IDS + 1 }, (_, index) => [String(index), BigInt(index)])),
    words: scene.proposalHashes,
  };
  const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
  const known = new Map(
    Object.entries(scene.nexus.book.contracts).map(([name, { address }]) => [address.toLowerCase(), name]),
  );
  known.set(usdc.toLowerCase(), "SandboxUSDC");
  known.set(scene.reputation.toLowerCase(), "Reputation");
  const names = new Map([...readLayouts(ROOT, SOURCES)].map(([name, layout]) => [name, namesOf(layout, keys)]));
  return ({ contract, slot }) => {
    const name = known.get(contract) ?? contract;
    return { contract: name, variable: names.get(name)?.get(slot) ?? `unknown slot 0x${slot.toString(16)}` };
  };
};

/** Traces what two agents who share nothing do, and compares every two of their operations. Takes some fifteen seconds. */
export const benchConflicts = async (): Promise<readonly ConflictRow[]> => {
  const world = await startWorld();
  try {
    const scene = await prepareScene(world);
    return conflictRows(await traceAll(world, scene), namerFor(world, scene));
  } finally {
    await world.stop();
  }
};
