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
  type SignedIntent,
  stepOf,
  unresolved,
} from "./step.ts";

/** An intent that is not resolved yet. While there is one, nothing else is signed. */
export type InFlight<I> = {
  readonly intent: I;
  /** The block at which a node last took it. */
  readonly sentAt: BlockNumber | undefined;
  /** The last second in which a node may still keep it, or another transaction with its nonce; undefined if none has one. */
  readonly keptUntil: UnixSeconds | undefined;
  /** The block at which the account's nonce was first seen used without a receipt. */
  readonly usedSince: BlockNumber | undefined;
};

/** A transaction that was given up and may still wait in a mempool. Price in wei per gas. */
export type Kept = { readonly accountNonce: bigint; readonly gasPrice: bigint; readonly until: UnixSeconds };

/** What a sender remembers between ticks. Losing it loses no intent: the journal and the chain have it. */
export type Outbox<I> = {
  inFlight: InFlight<I> | undefined;
  /** Intents of earlier lives that are still to be resolved, oldest first. */
  readonly backlog: I[];
  /** The block up to which the intent in flight was looked after. */
  settledAt: BlockNumber | undefined;
  /** Transactions of the account that were mined, as the node said at the block that was looked at. */
  accountNonce: bigint;
  /** What one that follows with the same account nonce must outbid. */
  kept: Kept | undefined;
  /** The newest block of a receipt. A view that is older does not show what the receipt told. */
  learntAt: BlockNumber | undefined;
  /** One above the nonce of the last transaction with a receipt. */
  leastNonce: bigint;
};

export const emptyOutbox = <I>(): Outbox<I> => ({
  inFlight: undefined,
  backlog: [],
  settledAt: undefined,
  accountNonce: 0n,
  kept: undefined,
  learntAt: undefined,
  leastNonce: 0n,
});

/** The nonce of the next transaction: never one that a receipt showed to be used, whatever a node says. */
export const nextNonce = ({ accountNonce, leastNonce }: Pick<Outbox<unknown>, "accountNonce" | "leastNonce">): bigint =>
  maxOf(accountNonce, leastNonce);

/** Whether something new may be decided on: nothing is in flight, and the view shows all that receipts told. [NX-KEE-06] */
export const isFree = <I>({ inFlight, learntAt }: Outbox<I>, view: Pick<Now, "block">): boolean =>
  inFlight === undefined && (learntAt === undefined || view.block >= learntAt);

/** The price that the next transaction must outbid, in wei per gas; undefined when no mempool has its nonce. */
export const toOutbid = <I>(box: Outbox<I>, time: UnixSeconds): bigint | undefined => {
  const { kept } = box;
  return kept?.accountNonce === nextNonce(box) && time <= kept.until ? kept.gasPrice : undefined;
};

/** The world of a sender. */
export type OutboxPorts<I extends SignedIntent, O> = {
  readonly readReceipt: (transaction: Hex) => Promise<Mined<O> | undefined>;
  readonly send: (raw: Hex) => Promise<SendAnswer>;
  /** Durable when it resolves. Fatal when it fails: without knowing what is in the journal nothing may be signed. */
  readonly append: (entry: Entry<I>) => Promise<void>;
};

export type Ended<O> = { readonly outcome: O | Expired; readonly block: BlockNumber };

/** One sender: its world, its memory, and whom it tells. */
export type Sender<I extends SignedIntent, O extends { readonly kind: How }> = {
  readonly ports: OutboxPorts<I, O>;
  readonly box: Outbox<I>;
  readonly account: Address;
  /** Sends nothing, what an earlier life left behind included. [NX-KEE-05] */
  readonly dryRun: boolean;
  readonly onSent: (intent: I, block: BlockNumber) => void;
  readonly onRefused: (intent: I, why: string) => void;
  readonly onEnded: (intent: I, ended: Ended<O>) => void;
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
const broadcast = async <I extends SignedIntent, O extends { readonly kind: How }>(
  { ports, box, dryRun, onSent, onRefused }: Sender<I, O>,
  { block, time }: Now,
): Promise<void> => {
  const { inFlight } = box;
  if (inFlight === undefined || dryRun) return;
  const kept = { ...inFlight, keptUntil: addSeconds(time, MEMPOOL_LIFETIME) };
  // Until there is an answer, the node may have it.
  box.inFlight = kept;
  const answer = await ports.send(inFlight.intent.raw);
  if (answer.kind === "refused") {
    box.inFlight = UNDERPRICED.test(answer.why) ? kept : inFlight;
    onRefused(inFlight.intent, answer.why);
    return;
  }
  box.inFlight = { ...kept, sentAt: block };
  onSent(inFlight.intent, block);
};

/** Sends an intent for the first time. The bytes are durable before they are sent. [NX-KEE-01] */
export const dispatch = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  intent: I,
  time: UnixSeconds,
): Promise<void> => {
  const { ports, box } = sender;
  await ports.append({ kind: "signed", intent });
  box.inFlight = { intent, sentAt: undefined, keptUntil: undefined, usedSince: undefined };
  box.settledAt = intent.block;
  await broadcast(sender, { block: intent.block, time });
};

/** Learns from how an intent in flight ended. */
const learn = <I extends SignedIntent, O extends { readonly kind: How }>(
  box: Outbox<I>,
  { intent, keptUntil }: InFlight<I>,
  ended: Ended<O>,
): void => {
  const { accountNonce, gasPrice } = intent;
  if (ended.outcome.kind === "expired") {
    if (keptUntil !== undefined) box.kept = { accountNonce, gasPrice, until: keptUntil };
    return;
  }
  box.learntAt = blockNumber(maxOf(box.learntAt ?? ended.block, ended.block));
  box.leastNonce = maxOf(box.leastNonce, accountNonce + 1n);
};

const resolve = async <I extends SignedIntent, O extends { readonly kind: How }>(
  { ports, box, onEnded }: Sender<I, O>,
  inFlight: InFlight<I>,
  ended: Ended<O>,
): Promise<void> => {
  const { intent } = inFlight;
  // Told before it is written down: after a crash in between it is told twice, which is better than never.
  onEnded(intent, ended);
  await ports.append({ kind: "resolved", transaction: intent.transaction, how: ended.outcome.kind });
  learn(box, inFlight, ended);
  box.inFlight = undefined;
};

/** Looks after the intent in flight at one block. @returns whether it is resolved */
const settleOne = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  before: InFlight<I>,
  now: Now,
): Promise<boolean> => {
  const { ports, box } = sender;
  const { intent } = before;
  const accountNonce = nextNonce(box);
  const mined = await ports.readReceipt(intent.transaction);
  const isUsed = accountNonce > intent.accountNonce;
  const inFlight = { ...before, usedSince: before.usedSince ?? (isUsed ? now.block : undefined) };
  box.inFlight = inFlight;
  const step = stepOf(intent, { block: now.block, time: now.time, mined, accountNonce, ...inFlight });
  if (step.kind === "broadcast") await broadcast(sender, now);
  if (step.kind !== "resolved") return false;
  await resolve(sender, inFlight, { outcome: step.outcome, block: step.block });
  return true;
};

/**
 * The intent to look after: that in flight, or the oldest of earlier lives, which is in flight from now on. Nobody knows
 * whether a node has that one.
 */
const takeNext = <I extends SignedIntent>(box: Outbox<I>, { time }: Now): InFlight<I> | undefined => {
  if (box.inFlight !== undefined) return box.inFlight;
  const intent = box.backlog.shift();
  if (intent === undefined) return undefined;
  const keptUntil = addSeconds(time, MEMPOOL_LIFETIME);
  box.inFlight = { intent, sentAt: undefined, keptUntil, usedSince: undefined };
  return box.inFlight;
};

/** Looks after the intent in flight once for each block, and after those of earlier lives when it is resolved. */
export const settle = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  now: Now,
): Promise<void> => {
  const { box } = sender;
  if (box.settledAt === now.block) return;
  for (;;) {
    const inFlight = takeNext(box, now);
    if (inFlight === undefined || !(await settleOne(sender, inFlight, now))) break;
  }
  box.settledAt = now.block;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const takeUp = <I extends SignedIntent, O extends { readonly kind: How }>(
  { box, account }: Pick<Sender<I, O>, "box" | "account">,
  journal: readonly (Entry<I> | Note)[],
): void => {
  for (const intent of unresolved(journal)) {
    if (intent.account !== account) {
      throw new FatalError(`the journal has an open transaction of ${intent.account}, and we send as ${account}`);
    }
    box.backlog.push(intent);
  }
};
