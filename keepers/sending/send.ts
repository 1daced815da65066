import { FatalError } from "../core/errors.ts";
import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import { type Hex, sizeOf } from "../core/hex.ts";
import type { BlockNumber } from "../core/units.ts";
import { type Intent, type JournalEntry, stepOf, unresolved } from "./intent.ts";
import type { Ended, HeadFacts, Moment, SendMemory, Sender } from "./ports.ts";

/** A memory of nothing. */
export const emptySendMemory = (): SendMemory => ({
  inFlight: undefined,
  backlog: [],
  settledAt: undefined,
  accountNonce: 0n,
  lastExpired: undefined,
});

const TRANSACTION_GAS = 21_000n;
const NONZERO_BYTE_GAS = 16n;

/** The most that the bytes of a call can cost before it runs (EIP-2028). */
const intrinsicGas = (data: Hex): bigint => TRANSACTION_GAS + BigInt(sizeOf(data)) * NONZERO_BYTE_GAS;

/**
 * Sends the bytes in flight, which are in the journal. Whether they arrived is for the chain to say: a lost answer changes
 * nothing. A dry run sends nothing, what an earlier life left behind included. [NX-KEE-05]
 */
const broadcast = async ({ ports, memory, policy }: Sender, block: BlockNumber): Promise<void> => {
  const { inFlight } = memory;
  if (inFlight === undefined || policy.dryRun) return;
  const { hash, raw, transaction } = inFlight.intent;
  const answer = await ports.send(raw);
  if (answer.kind === "refused") {
    ports.emit({ kind: "trouble", agent: policy.name, what: `the node refused ${transaction}: ${answer.why}` });
    return;
  }
  memory.inFlight = { ...inFlight, sentAt: block };
  ports.emit({ kind: "sent", agent: policy.name, hash, transaction, block });
};

const resolve = async ({ ports, memory, onEnd }: Sender, intent: Intent, ended: Ended): Promise<void> => {
  onEnd(intent, ended);
  await ports.append({ kind: "resolved", transaction: intent.transaction, how: ended.outcome.kind });
  memory.lastExpired = ended.outcome.kind === "expired" ? intent : undefined;
  memory.inFlight = undefined;
};

/** Looks after one intent at one block. @returns whether it is resolved */
const settleOne = async (sender: Sender, intent: Intent, { block, time }: Moment): Promise<boolean> => {
  const { ports, memory } = sender;
  const { accountNonce } = memory;
  const mined = await ports.readReceipt(intent.transaction);
  const before = memory.inFlight ?? { intent, sentAt: undefined, usedSince: undefined };
  const isUsed = accountNonce > intent.accountNonce;
  const inFlight = { ...before, usedSince: before.usedSince ?? (isUsed ? block : undefined) };
  memory.inFlight = inFlight;
  const step = stepOf(intent, { block, time, mined, accountNonce, ...inFlight });
  if (step.kind === "broadcast") await broadcast(sender, block);
  if (step.kind !== "resolved") return false;
  await resolve(sender, intent, { outcome: step.outcome, block: step.block });
  return true;
};

/** Looks after the intent in flight once for each block, and after those of earlier lives when it is resolved. */
export const settle = async (sender: Sender, moment: Moment): Promise<void> => {
  const { memory } = sender;
  if (memory.settledAt === moment.block) return;
  for (;;) {
    const intent = memory.inFlight?.intent ?? memory.backlog.shift();
    if (intent === undefined || !(await settleOne(sender, intent, moment))) break;
  }
  memory.settledAt = moment.block;
};

/** What an intent is for, without the transaction that carries it. */
export type Purpose = Pick<
  Intent,
  "hash" | "agentId" | "proposalNonce" | "deadline" | "proposedBlock" | "proposedAtMs"
>;

/** One transaction to be sent at one head. */
export type Attempt = { readonly purpose: Purpose; readonly data: Hex; readonly head: HeadFacts };

/** What stands in the way of a transaction. */
export type Obstacle = { readonly reason: string; readonly detail: string };

/** Simulates, prices and signs, or says what stands in the way. */
const prepare = async (
  { ports, memory, policy }: Sender,
  { purpose, data, head }: Attempt,
): Promise<Intent | Obstacle> => {
  const simulation = await ports.simulate(data, head.block);
  if (simulation.kind === "reverted") {
    const { refusal, name, text } = simulation.error;
    return { reason: refusal ?? name, detail: text };
  }
  const { accountNonce, lastExpired } = memory;
  const replaced = lastExpired?.accountNonce === accountNonce ? lastExpired.gasPrice : undefined;
  const gasPrice = gasPriceFor(head.baseFee, policy, replaced);
  if (gasPrice === undefined) return { reason: "gas-too-dear", detail: `base fee ${head.baseFee} wei` };
  if (policy.dryRun) return { reason: "dry-run", detail: "it would have been sent" };
  const gasLimit = percentMore(simulation.gasUsed + intrinsicGas(data), policy.gasMarginPercent) + policy.gasReserve;
  return {
    ...purpose,
    account: policy.sender,
    accountNonce,
    gasPrice,
    block: head.block,
    ...ports.sign({ data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/**
 * Sends one transaction, or says why not. The bytes are durable before they are sent. [NX-KEE-01]
 * @param before what the journal must know before it; written only when there is something to send
 * @returns undefined when it is in flight now
 */
export const submit = async (
  sender: Sender,
  attempt: Attempt,
  before: readonly JournalEntry[] = [],
): Promise<Obstacle | undefined> => {
  const { ports, memory } = sender;
  const { block } = attempt.head;
  const made = await prepare(sender, attempt);
  if ("reason" in made) return made;
  for (const entry of before) await ports.append(entry);
  await ports.append({ kind: "signed", intent: made });
  memory.inFlight = { intent: made, sentAt: undefined, usedSince: undefined };
  memory.settledAt = block;
  await broadcast(sender, block);
  return undefined;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @returns the whole journal
 * @throws FatalError when the journal belongs to another sender
 */
export const recoverIntents = async ({
  ports,
  memory,
  policy,
}: Omit<Sender, "onEnd">): Promise<readonly JournalEntry[]> => {
  const journal = await ports.loadJournal();
  for (const intent of unresolved(journal)) {
    if (intent.account !== policy.sender) {
      throw new FatalError(`the journal has an open transaction of ${intent.account}, and we send as ${policy.sender}`);
    }
    memory.backlog.push(intent);
  }
  return journal;
};
