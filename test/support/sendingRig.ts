import { journalOn } from "../../keepers/adapters/store/journal.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { Hex } from "../../keepers/core/hex.ts";
import { type Address, unixSeconds } from "../../keepers/core/units.ts";
import { advance, resumePipeline } from "../../keepers/sending/advance.ts";
import type {
  SendOperation,
  OperationResult,
  SubmitAnswer,
  UnsignedTransaction,
} from "../../keepers/sending/operation.ts";
import {
  type Pipeline,
  type PipelinePolicy,
  type PipelinePorts,
  createPipeline,
  submit,
} from "../../keepers/sending/pipeline.ts";
import { POLICY } from "./killSchedule.ts";
import { type MemoryDisk, memoryLog, recoveredFrom } from "./memoryLog.ts";
import { callData, createSendingChain, signFake } from "./sendingChain.ts";
import { accountOf, hashOf } from "./storeBuilders.ts";

/** An operation that the contract does whenever it is asked to, until its deadline if `endsOnChain`. */
export const operationOf = (n: number, changes: Partial<SendOperation> = {}): SendOperation => {
  const deadline = changes.deadline ?? unixSeconds(1_000_000n);
  const until = changes.endsOnChain === true ? { until: Number(deadline) } : {};
  return {
    id: hashOf(n),
    call: { target: accountOf(0xc0), data: callData({ operation: hashOf(n), ...until }) },
    value: 0n,
    priority: 0,
    urgency: "normal",
    deadline,
    endsOnChain: false,
    guards: [],
    ...changes,
  };
};

/** What a test may break. */
export type Trouble = { nodes: boolean; store: boolean; answers: boolean };

/** A pipeline on a chain and a disk in memory, with what it did. */
export type SendingRig = {
  readonly chain: ReturnType<typeof createSendingChain>;
  readonly trouble: Trouble;
  readonly told: readonly (readonly [Hex, OperationResult])[];
  readonly signed: readonly (UnsignedTransaction & { readonly account: Address })[];
  readonly sent: readonly Hex[];
  readonly said: readonly string[];
  readonly pipeline: () => Pipeline;
  readonly ask: (operation: SendOperation) => Promise<SubmitAnswer>;
  /** A block with all that fits, and the pipeline's round at it. */
  readonly block: (isWilling?: boolean) => Promise<void>;
  /** As an operator asks. @returns whether it is pending */
  readonly cancel: (transaction: Hex) => Promise<boolean>;
  readonly blocks: (count: number) => Promise<void>;
  /** Ends the process and starts it again on the same disk, or on an empty one. */
  readonly restart: (isDiskLost?: boolean) => Promise<void>;
};

export type RigOptions = {
  readonly lanes?: number;
  readonly policy?: Partial<PipelinePolicy>;
  readonly ports?: Partial<PipelinePorts>;
};

/** Starts a pipeline. */
export const createSendingRig = async ({ lanes = 1, policy, ports = {} }: RigOptions = {}): Promise<SendingRig> => {
  const accounts = Array.from({ length: lanes }, (_, i) => accountOf(i + 1));
  const chain = createSendingChain(accounts);
  const disk: MemoryDisk = { lines: [] };
  const trouble: Trouble = { nodes: false, store: false, answers: false };
  const told: (readonly [Hex, OperationResult])[] = [];
  const signed: (UnsignedTransaction & { readonly account: Address })[] = [];
  const sent: Hex[] = [];
  const said: string[] = [];
  const unless = <T>(kind: "nodes" | "store", work: () => T): Promise<T> =>
    trouble[kind] ? Promise.reject(new RetryableError(`the ${kind} say nothing`)) : Promise.resolve(work());
  const start = async (): Promise<Pipeline> => {
    const journal = journalOn(
      recoveredFrom(disk),
      memoryLog(disk, () => Promise.resolve()),
      "a disk",
    );
    cancel = journal.requestCancel;
    const own: PipelinePorts = {
      readNonce: (account, block) => unless("nodes", () => chain.readNonce(account, block)),
      readReceipt: (transaction) => unless("nodes", () => chain.receipt(transaction)),
      whoUsed: ({ transaction }) =>
        unless("nodes", () => (chain.receipt(transaction) === undefined ? "another" : "ours")),
      simulate: () => unless("nodes", () => ({ kind: "ok", gas: 50_000n })),
      check: () => unless("nodes", () => true),
      sign: (account, unsigned) => {
        signed.push({ ...unsigned, account });
        return Promise.resolve(signFake(account, unsigned));
      },
      broadcast: async (raw) => {
        sent.push(raw);
        const isTaken = await unless("nodes", () => chain.receive(raw));
        if (trouble.answers) throw new RetryableError("the answer was lost");
        return isTaken ? { kind: "accepted" } : { kind: "refused", why: "nonce too low" };
      },
      store: {
        add: (tx) => unless("store", () => journal.add(tx)).then((answer) => answer),
        resolve: (...args) => unless("store", () => journal.resolve(...args)).then(() => undefined),
        pending: (account) => unless("store", () => journal.pending(account)).then((found) => found),
        cancelRequests: (account) => unless("store", () => journal.cancelRequests(account)).then((found) => found),
        stateOf: (operation) => unless("store", () => journal.stateOf(operation)).then((found) => found),
      },
      nowMs: () => Number(chain.now().time) * 1_000,
      onResult: (id, result) => void told.push([id, result]),
      onTrouble: (what) => void said.push(what),
    };
    const pipeline = createPipeline({ ...own, ...ports }, { ...POLICY, ...policy }, accounts);
    await resumePipeline(pipeline);
    return pipeline;
  };
  let cancel: (transaction: Hex) => Promise<boolean> = () => Promise.resolve(false);
  let pipeline = await start();
  const block = async (isWilling = true): Promise<void> => {
    chain.mine(isWilling);
    await advance(pipeline, chain.now());
  };
  return {
    chain,
    trouble,
    told,
    signed,
    sent,
    said,
    pipeline: () => pipeline,
    ask: (operation) => submit(pipeline, operation, chain.now()),
    block,
    cancel: (transaction) => cancel(transaction),
    blocks: async (count) => {
      for (let i = 0; i < count; i += 1) await block();
    },
    restart: async (isDiskLost = false) => {
      if (isDiskLost) disk.lines = [];
      pipeline = await start();
    },
  };
};
