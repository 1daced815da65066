import { FatalError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { maxOf } from "../core/integers.ts";
import { type Address, type BlockNumber, type UnixSeconds, addSeconds, blockNumber, seconds } from "../core/units.ts";
import {
  type Entry,
  type Expired,
  type How,
  type Mined,
  type Note,
  type SendAnswer,
  type SignedTransaction,
  stepOf,
  unresolved,
} from "./step.ts";

/** A pending transaction that is not resolved yet. While there is one, nothing else is signed. */
export type InFlight<I> = {
  readonly pending: I;
  /** The block at which a node last took it. */
  readonly sentAt: BlockNumber | undefined;
  /** The last second in which a node may still keep it, or another transaction with its nonce; undefined if none has one. */
  readonly keptUntil: UnixSeconds | undefined;
  /** The block from which on the account's nonce was seen used without a receipt, at each look since. */
  readonly usedSince: BlockNumber | undefined;
};

/** A transaction that was given up and may still wait in a mempool. Price in wei per gas. */
export type Kept = { readonly accountNonce: bigint; readonly gasPrice: bigint; readonly until: UnixSeconds };

/** What a sender remembers between ticks. Losing it loses no pending transaction: the journal and the chain have it. */
export type Outbox<I> = {
  inFlight: InFlight<I> | undefined;
  /** Pending transactions of earlier lives that are still to be resolved, oldest first. */
  readonly backlog: I[];
  /** The block up to which the transaction in flight was looked after. */
  resolvedAt: BlockNumber | undefined;
  /** Transactions of the account that were mined, as the node said at the block that was looked at. */
  accountNonce: bigint;
  /** What one that follows with the same account nonce must outbid. */
  kept: Kept | undefined;
  /** The newest block of a receipt. A view that is older does not show what the receipt told. */
  learntAt: BlockNumber | undefined;
  /** One above the nonce of the last transaction with a receipt. */
  minNonce: bigint;
};

export const emptyOutbox = <I>(): Outbox<I> => ({
  inFlight: undefined,
  backlog: [],
  resolvedAt: undefined,
  accountNonce: 0n,
  kept: undefined,
  learntAt: undefined,
  minNonce: 0n,
});

/** The nonce of the next transaction: never one that a receipt showed to be used, whatever a node says. */
export const nextNonce = ({ accountNonce, minNonce }: Pick<Outbox<unknown>, "accountNonce" | "minNonce">): bigint =>
  maxOf(accountNonce, minNonce);

/** Whether something new may be decided on: nothing is in flight, and the view shows all that receipts told. [NX-KEE-06] */
export const isFree = <I>({ inFlight, learntAt }: Outbox<I>, view: Pick<Now, "block">): boolean =>
  inFlight === undefined && (learntAt === undefined || view.block >= learntAt);

/** The price that the next transaction must outbid, in wei per gas; undefined when no mempool has its nonce. */
export const toOutbid = <I>(box: Outbox<I>, time: UnixSeconds): bigint | undefined => {
  const { kept } = box;
  return kept?.accountNonce === nextNonce(box) && time <= kept.until ? kept.gasPrice : undefined;
};

/** The world of a sender. */
export type OutboxPorts<I extends SignedTransaction, O> = {
  readonly readReceipt: (transaction: Hex) => Promise<Mined<O> | undefined>;
  readonly send: (raw: Hex) => Promise<SendAnswer>;
  /** Durable when it resolves. Fatal when it fails: without knowing what is in the journal nothing may be signed. */
  readonly append: (entry: Entry<I>) => Promise<void>;
};

export type Ended<O> = { readonly result: O | Expired; readonly block: BlockNumber };

/** One sender: its world, its memory, and whom it tells. */
export type OutboxSender<I extends SignedTransaction, O extends { readonly kind: How }> = {
  readonly ports: OutboxPorts<I, O>;
  readonly box: Outbox<I>;
  readonly account: Address;
  /** Sends nothing, what an earlier life left behind included. [NX-KEE-05] */
  readonly dryRun: boolean;
  readonly onSent: (pending: I, block: BlockNumber) => void;
  readonly onRefused: (pending: I, why: string) => void;
  readonly onEnded: (pending: I, ended: Ended<O>) => void;
};

/** The newest block, as far as sending depends on it. */
export type Now = { readonly block: BlockNumber; readonly time: UnixSeconds };

/** How long a mempool may keep what is not mined. Nodes of Sei drop it after seconds; some providers keep it longer. */
const MEMPOOL_LIFETIME = seconds(60n);
/** What nodes say when another transaction with the nonce pays about as much: it has to be outbid. */
const UNDERPRICED = /underpriced|insufficient (fee|gas price).*replac|replac.*insufficient/i;

/**
 * Sends the bytes in flight, which are in the journal. Whether they arrived is for the chain to say: a lost answer changes
 * nothing. What no node took need not be outbid; what one may have taken must be, until its mempool has forgotten it.
 */
const broadcast = async <I extends SignedTransaction, O extends { readonly kind: How }>(
  { ports, box, dryRun, onSent, onRefused }: OutboxSender<I, O>,
  { block, time }: Now,
): Promise<void> => {
  const { inFlight } = box;
  if (inFlight === undefined || dryRun) return;
  const kept = { ...inFlight, keptUntil: addSeconds(time, MEMPOOL_LIFETIME) };
  // Until there is an answer, the node may have it.
  box.inFlight = kept;
  const answer = await ports.send(inFlight.pending.raw);
  if (answer.kind === "refused") {
    box.inFlight = UNDERPRICED.test(answer.why) ? kept : inFlight;
    onRefused(inFlight.pending, answer.why);
    return;
  }
  box.inFlight = { ...kept, sentAt: block };
  onSent(inFlight.pending, block);
};

/** Sends a pending transaction for the first time. The bytes are durable before they are sent. [NX-KEE-01] */
export const dispatch = async <I extends SignedTransaction, O extends { readonly kind: How }>(
  sender: OutboxSender<I, O>,
  pending: I,
  time: UnixSeconds,
): Promise<void> => {
  const { ports, box } = sender;
  await ports.append({ kind: "signed", pending });
  box.inFlight = { pending, sentAt: undefined, keptUntil: undefined, usedSince: undefined };
  box.resolvedAt = pending.block;
  await broadcast(sender, { block: pending.block, time });
};

/** Learns from how a transaction in flight ended. */
const learn = <I extends SignedTransaction, O extends { readonly kind: How }>(
  box: Outbox<I>,
  { pending, keptUntil }: InFlight<I>,
  ended: Ended<O>,
): void => {
  const { accountNonce, gasPrice } = pending;
  if (ended.result.kind === "expired") {
    if (keptUntil !== undefined) box.kept = { accountNonce, gasPrice, until: keptUntil };
    return;
  }
  box.learntAt = blockNumber(maxOf(box.learntAt ?? ended.block, ended.block));
  box.minNonce = maxOf(box.minNonce, accountNonce + 1n);
};

const resolve = async <I extends SignedTransaction, O extends { readonly kind: How }>(
  { ports, box, onEnded }: OutboxSender<I, O>,
  inFlight: InFlight<I>,
  ended: Ended<O>,
): Promise<void> => {
  const { pending } = inFlight;
  // Told before it is written down: after a crash in between it is told twice, which is better than never.
  onEnded(pending, ended);
  await ports.append({ kind: "resolved", transaction: pending.transaction, how: ended.result.kind });
  learn(box, inFlight, ended);
  box.inFlight = undefined;
};

/** Looks after the transaction in flight at one block. @returns whether it is resolved */
const resolveOne = async <I extends SignedTransaction, O extends { readonly kind: How }>(
  sender: OutboxSender<I, O>,
  before: InFlight<I>,
  now: Now,
): Promise<boolean> => {
  const { ports, box } = sender;
  const { pending } = before;
  const accountNonce = nextNonce(box);
  const mined = await ports.readReceipt(pending.transaction);
  const isUsed = accountNonce > pending.accountNonce;
  // An answer that a later one contradicts was wrong: the patience begins again with the next.
  const inFlight = { ...before, usedSince: isUsed ? (before.usedSince ?? now.block) : undefined };
  box.inFlight = inFlight;
  const step = stepOf(pending, { block: now.block, time: now.time, mined, accountNonce, ...inFlight });
  if (step.kind === "broadcast") await broadcast(sender, now);
  if (step.kind !== "resolved") return false;
  await resolve(sender, inFlight, { result: step.result, block: step.block });
  return true;
};

/**
 * The transaction to look after: that in flight, or the oldest of earlier lives, which is in flight from now on. Nobody knows
 * whether a node has that one.
 */
const takeNext = <I extends SignedTransaction>(box: Outbox<I>, { time }: Now): InFlight<I> | undefined => {
  if (box.inFlight !== undefined) return box.inFlight;
  const pending = box.backlog.shift();
  if (pending === undefined) return undefined;
  const keptUntil = addSeconds(time, MEMPOOL_LIFETIME);
  box.inFlight = { pending, sentAt: undefined, keptUntil, usedSince: undefined };
  return box.inFlight;
};

/** Looks after the transaction in flight once for each block, and after those of earlier lives when it is resolved. */
export const resolveInFlight = async <I extends SignedTransaction, O extends { readonly kind: How }>(
  sender: OutboxSender<I, O>,
  now: Now,
): Promise<void> => {
  const { box } = sender;
  if (box.resolvedAt === now.block) return;
  for (;;) {
    const inFlight = takeNext(box, now);
    if (inFlight === undefined || !(await resolveOne(sender, inFlight, now))) break;
  }
  box.resolvedAt = now.block;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const resumeFrom = <I extends SignedTransaction, O extends { readonly kind: How }>(
  { box, account }: Pick<OutboxSender<I, O>, "box" | "account">,
  journal: readonly (Entry<I> | Note)[],
): void => {
  for (const pending of unresolved(journal)) {
    if (pending.account !== account) {
      throw new FatalError(`the journal has an open transaction of ${pending.account}, and we send as ${account}`);
    }
    box.backlog.push(pending);
  }
};
