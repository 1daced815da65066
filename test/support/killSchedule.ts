import { journalOn } from "../../keepers/adapters/store/journal.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { TransactionStore } from "../../keepers/core/store.ts";
import type { Hex } from "../../keepers/core/hex.ts";
import { type Random, seededRandom } from "../../keepers/core/random.ts";
import { type Address, unixSeconds } from "../../keepers/core/units.ts";
import { advance, resumePipeline } from "../../keepers/sending/advance.ts";
import type { ChainTime, SendOperation } from "../../keepers/sending/operation.ts";
import {
  type Pipeline,
  type PipelinePolicy,
  type PipelinePorts,
  createPipeline,
  submit,
} from "../../keepers/sending/pipeline.ts";
import { sendNow } from "../../keepers/sending/send.ts";
import { Crash } from "./crash.ts";
import { type MemoryDisk, memoryLog, recoveredFrom } from "./memoryLog.ts";
import { type SendingChain, callData, createSendingChain, signFake } from "./sendingChain.ts";
import { accountOf, hashOf } from "./storeBuilders.ts";

/** What a schedule ended with. The first three must be empty. */
export type ScheduleResult = {
  /** Operations that took effect more than once. */
  readonly doubled: readonly string[];
  /** Operations of which the chain says something else than what was told, and those of which nothing was told. */
  readonly wrong: readonly string[];
  /** Transactions that are pending at the end. */
  readonly stuck: readonly string[];
  readonly kills: number;
  readonly done: number;
};

export const POLICY: PipelinePolicy = {
  tips: { patient: 0n, normal: 10n, urgent: 40n },
  maxGasPrice: 1_000n,
  gasMarginPercent: 20n,
  gasReserve: 0n,
  isDryRun: false,
  capacity: 100,
};

const CHAOS_BLOCKS = 250;
const CALM_BLOCKS = 200;
const OPERATIONS = 12;
const TOO_EXPENSIVE = POLICY.maxGasPrice + 1n;

type Wanted = { readonly operation: SendOperation; readonly isOnce: boolean; readonly from: bigint };

/** One machine: its disk outlives its processes. */
type Machine = {
  readonly accounts: readonly Address[];
  readonly disk: MemoryDisk;
  /** Asks for the cancellation of a transaction, as an operator does. */
  cancel: (transaction: Hex) => Promise<unknown>;
  pipeline: Pipeline | undefined;
  restartAt: bigint;
  kills: number;
};

type World = {
  readonly chain: SendingChain;
  readonly random: Random;
  readonly accounts: readonly Address[];
  /** One store for all machines; without it each has a journal on its own disk. */
  readonly shared: TransactionStore | undefined;
  /** Whether what is wanted is asked for at once, block by block, as agents do; otherwise it waits in the queue. */
  readonly asksNow: boolean;
  /** What was told of each operation last, by whichever machine. */
  readonly told: Map<Hex, string>;
  isCalm: boolean;
};

const happens = ({ random, isCalm }: World, chance: number): boolean => !isCalm && random.uniform() < chance;

/** Makes every call of a port a place where the process may die, an answer be lost, or a block pass. */
const faulty = (world: World) => {
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Crash();
  };
  const step = (chance: number): Promise<void> => {
    if (isDead || happens(world, chance)) die();
    return Promise.resolve();
  };
  const call = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await step(0.004);
    if (happens(world, 0.02)) throw new RetryableError("nobody answers");
    const result = await work();
    if (happens(world, 0.03)) world.chain.mine();
    await step(0.004);
    if (happens(world, 0.02)) throw new RetryableError("the answer was lost");
    return result;
  };
  return { step, call };
};

const portsOf = (world: World, machine: Machine): PipelinePorts => {
  const { chain, told } = world;
  const { call, step } = faulty(world);
  const log = memoryLog(machine.disk, () => step(0.01));
  const journal = world.shared ?? journalOn(recoveredFrom(machine.disk), log, "a disk");
  return {
    readNonce: (account, block) =>
      call(() => chain.readNonce(account, block) + (happens(world, 0.01) ? 1n + world.random.below(3n) : 0n)),
    readReceipt: (transaction) =>
      call(() => {
        const receipt = chain.receipt(transaction);
        // Some receipts are known late, by up to thirty blocks, as their hash has it.
        const late = BigInt(`0x${transaction.slice(-1)}`) * 2n;
        return receipt !== undefined && chain.now().block >= receipt.block + late ? receipt : undefined;
      }),
    whoUsed: ({ transaction }) =>
      call(() => {
        if (happens(world, 0.3)) return "unknown";
        return chain.receipt(transaction) === undefined ? "another" : "ours";
      }),
    simulate: () => call(() => ({ kind: "ok", gas: 50_000n })),
    check: (check) => call(() => (chain.effects.get(check.call.data) ?? 0) > 0),
    sign: (account, unsigned) => call(() => signFake(account, unsigned)),
    broadcast: (raw) =>
      call(() => {
        if (happens(world, 0.05)) return { kind: "accepted" };
        const isTaken = chain.receive(raw);
        if (happens(world, 0.05)) chain.receive(raw);
        return isTaken ? { kind: "accepted" } : { kind: "refused", why: "nonce too low" };
      }),
    store: {
      add: (tx) => call(() => journal.add(tx)),
      resolve: (transaction, result, atMs) => call(() => journal.resolve(transaction, result, atMs)),
      pending: (account) => call(() => journal.pending(account)),
      stateOf: (operation) => call(() => journal.stateOf(operation)),
      cancelRequests: (account) => call(() => journal.cancelRequests(account)),
    },
    nowMs: () => Number(chain.now().time) * 1_000,
    onResult: (id, { kind }) => void told.set(id, kind),
    onTrouble: () => undefined,
  };
};

/** Operations of all sorts: the contract knows identities or not, and deadlines or not. */
const makeOperations = ({ random }: World, needsIdentity: boolean): readonly Wanted[] =>
  Array.from({ length: OPERATIONS }, (_, n) => {
    const isOnce = needsIdentity || random.uniform() < 0.5;
    const endsOnChain = random.uniform() < 0.5;
    const from = 100n + random.below(150n);
    const deadline = unixSeconds(1_000n + ((from - 100n) * 2n) / 5n + 2n + random.below(80n));
    const id = hashOf(n + 1);
    const until = endsOnChain ? { until: Number(deadline) } : {};
    const call = { target: accountOf(0xc0), data: callData({ operation: id, isOnce, ...until }) };
    // The fake chain finds an operation's effect by the data of the check.
    const doneWhen = { kind: "equals", call: { target: accountOf(0xc0), data: id }, answer: "0x01" } as const;
    const operation: SendOperation = {
      id,
      call,
      value: 0n,
      priority: Number(random.below(3n)),
      urgency: random.uniform() < 0.5 ? "normal" : "urgent",
      deadline,
      endsOnChain,
      ...(isOnce ? { doneWhen } : {}),
      guards: [],
    };
    return { operation, isOnce, from };
  });

const ENDS = new Set(["mined", "reverted", "done", "expired", "refused"]);

/** Asks for an operation at once. @returns how it ended, if it did; whatever is not sent now is asked for again */
const askNow = async (pipeline: Pipeline, operation: SendOperation, now: ChainTime): Promise<string> => {
  const answer = await sendNow(pipeline, operation, { now });
  return answer.kind === "refused" ? answer.obstacle.reason : answer.kind;
};

/** Asks again for all that has not ended, as keepers do who derive it from the chain. */
const askFor = async (world: World, pipeline: Pipeline, wanted: readonly Wanted[], now: ChainTime): Promise<void> => {
  for (const { operation, from } of wanted) {
    if (now.block < from || ENDS.has(world.told.get(operation.id) ?? "")) continue;
    const answer = world.asksNow ? await askNow(pipeline, operation, now) : await submit(pipeline, operation, now);
    if (answer === "done" || answer === "expired") world.told.set(operation.id, answer);
  }
};

const startProcess = async (world: World, machine: Machine): Promise<Pipeline> => {
  const pipeline = createPipeline(portsOf(world, machine), POLICY, machine.accounts);
  await resumePipeline(pipeline);
  return pipeline;
};

/** One block of one machine's life. */
const live = async (world: World, machine: Machine, wanted: readonly Wanted[]): Promise<void> => {
  const { chain, random } = world;
  const newest = chain.now();
  if (newest.block < machine.restartAt) return;
  // A head that is behind is whole: its time is that of its block.
  const now = chain.now(happens(world, 0.1) ? random.below(4n) : 0n);
  try {
    machine.pipeline ??= await startProcess(world, machine);
    await askFor(world, machine.pipeline, wanted, now);
    const [flight] = machine.pipeline.lanes.flatMap(({ flights }) => flights);
    if (flight !== undefined && happens(world, 0.01)) await machine.cancel(flight.tx.transaction);
    await advance(machine.pipeline, now);
  } catch (error) {
    if (error instanceof RetryableError) return;
    if (!(error instanceof Crash)) throw error;
    machine.kills += 1;
    machine.pipeline = undefined;
    machine.restartAt = newest.block + random.below(6n);
  }
};

/** What happens to the chain besides us. */
const disturb = (world: World): void => {
  const { chain, accounts, random } = world;
  if (happens(world, 0.01)) chain.forget();
  if (happens(world, 0.01)) chain.useNonce(accounts[Number(random.below(BigInt(accounts.length)))] ?? accountOf(1));
  if (happens(world, 0.01)) chain.setBaseFee(TOO_EXPENSIVE);
  else if (happens(world, 0.1)) chain.setBaseFee(10n + random.below(60n));
};

const judge = (world: World, machines: readonly Machine[], wanted: readonly Wanted[]): ScheduleResult => {
  const { chain, told } = world;
  const effectOf = ({ operation }: Wanted): number => chain.effects.get(operation.id) ?? 0;
  const isWrong = (one: Wanted): boolean => {
    const last = told.get(one.operation.id) ?? "";
    if (!ENDS.has(last)) return true;
    const isDone = last === "mined" || last === "done";
    // Another machine may have done what this one gave up: with one, what is told is what is.
    return machines.length === 1 || world.shared !== undefined
      ? isDone !== (effectOf(one) === 1)
      : isDone && effectOf(one) === 0;
  };
  const pending = machines.flatMap(({ pipeline }) => pipeline?.lanes.flatMap(({ flights }) => flights) ?? []);
  return {
    doubled: wanted.filter((one) => effectOf(one) > 1).map(({ operation }) => operation.id),
    wrong: wanted.filter(isWrong).map(({ operation }) => `${operation.id} ${told.get(operation.id) ?? "nothing"}`),
    stuck: pending.map(({ tx }) => tx.transaction),
    kills: machines.reduce((sum, { kills }) => sum + kills, 0),
    done: wanted.filter((one) => effectOf(one) === 1).length,
  };
};

const makeMachine = (accounts: readonly Address[]): Machine => ({
  accounts,
  disk: { lines: [] },
  cancel: () => Promise.resolve(),
  pipeline: undefined,
  restartAt: 0n,
  kills: 0,
});

const makeWorld = (seed: number, accounts: readonly Address[], shared?: TransactionStore): World => ({
  asksNow: seed % 2 === 0,
  chain: createSendingChain(accounts),
  random: seededRandom(seed),
  accounts,
  shared,
  told: new Map(),
  isCalm: false,
});

const runWorld = async (
  world: World,
  machines: readonly Machine[],
  wanted: readonly Wanted[],
): Promise<ScheduleResult> => {
  for (let block = 0; block < CHAOS_BLOCKS + CALM_BLOCKS; block += 1) {
    if (block === CHAOS_BLOCKS) {
      world.isCalm = true;
      world.chain.setBaseFee(10n);
    }
    disturb(world);
    world.chain.mine(!happens(world, 0.2));
    for (const machine of machines) await live(world, machine, wanted);
  }
  return judge(world, machines, wanted);
};

/**
 * Runs the real pipeline and the real journal through one schedule of faults: kills at any await, lost and repeated
 * messages, stale heads, late receipts, wrong nonces, foreign transactions, requests to cancel, fees beyond the cap. Every
 * third schedule has two machines with the same keys and a disk each; every second asks at once, as agents do.
 */
export const runKillSchedule = (seed: number): Promise<ScheduleResult> => {
  const isTwin = seed % 3 === 0;
  const accounts = [1, 2, 3].slice(0, 1 + (seed % 3)).map(accountOf);
  const world = makeWorld(seed, accounts);
  const machines = Array.from({ length: isTwin ? 2 : 1 }, () => makeMachine(accounts));
  return runWorld(world, machines, makeOperations(world, isTwin));
};

/** The same with two machines that have keys of their own and share a store. */
export const runSharedSchedule = (seed: number, shared: TransactionStore): Promise<ScheduleResult> => {
  const accounts = [1, 2].map(accountOf);
  const world = makeWorld(seed, accounts, shared);
  const machines = accounts.map((account) => makeMachine([account]));
  return runWorld(world, machines, makeOperations(world, false));
};
