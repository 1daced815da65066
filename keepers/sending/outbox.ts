import { FatalError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";

/** A signed transaction, as every keeper keeps it before it sends it. What it is for is the keeper's to add. */
export type SignedIntent = {
  readonly account: Address;
  readonly accountNonce: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
  readonly raw: Hex;
  readonly transaction: Hex;
  /** The block it was signed at. */
  readonly block: BlockNumber;
  /** Unmined after it, it is given up. */
  readonly deadline: UnixSeconds;
};

/** Bytes that were signed. */
export type Signed = { readonly raw: Hex; readonly transaction: Hex };

export type TransactionDraft = {
  readonly data: Hex;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
};

/** What a node said to a transaction. A refusal may still be wrong: only the chain decides. */
export type SendAnswer = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly why: string };

/** How an intent ended, in one word; `expired`: it can no longer take effect. */
export type How = "enacted" | "done" | "reverted" | "expired";

/** A line of a journal. */
export type Entry<I extends SignedIntent> =
  | { readonly kind: "signed"; readonly intent: I }
  | { readonly kind: "resolved"; readonly transaction: Hex; readonly how: How };

/** What else a keeper may keep in its journal. */
export type Note = { readonly kind: "opened" | "closed" };

/** Intents of which the journal does not say how they ended, oldest first. */
export const unresolved = <I extends SignedIntent>(entries: readonly (Entry<I> | Note)[]): readonly I[] => {
  const ended = new Set(entries.flatMap((entry) => (entry.kind === "resolved" ? [entry.transaction] : [])));
  return entries.flatMap((entry) =>
    entry.kind === "signed" && !ended.has(entry.intent.transaction) ? [entry.intent] : [],
  );
};

export type Expired = { readonly kind: "expired"; readonly why: string };
/** What a receipt tells, and in which block it was mined. */
export type Mined<O> = { readonly outcome: O; readonly block: BlockNumber };

/** What the chain says of an intent at one block. */
export type Facts<O> = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  /** The outcome that the receipt tells, if there is a receipt. */
  readonly mined: Mined<O> | undefined;
  /** Transactions of the account mined up to `block`. */
  readonly accountNonce: bigint;
  /** The block in which the account's nonce was first seen used without a receipt, and the last broadcast. */
  readonly usedSince: BlockNumber | undefined;
  readonly sentAt: BlockNumber | undefined;
};

export type Step<O> =
  | { readonly kind: "resolved"; readonly outcome: O | Expired; readonly block: BlockNumber }
  /** The same bytes again: a transaction may have been dropped. */
  | { readonly kind: "broadcast" }
  | { readonly kind: "wait" };

/** Nodes may know that a block is there before they know its receipts. */
const RECEIPT_PATIENCE = 10n;
const REBROADCAST_EVERY = 2n;

/**
 * What to do about an unresolved intent. It is resolved by its receipt; or, without one, when it can no longer take effect:
 * its deadline has passed unmined, or another transaction used the account's nonce.
 */
export const stepOf = <O>(intent: SignedIntent, facts: Facts<O>): Step<O> => {
  const expired = (why: string): Step<O> => ({
    kind: "resolved",
    outcome: { kind: "expired", why },
    block: facts.block,
  });
  if (facts.mined !== undefined) return { kind: "resolved", ...facts.mined };
  if (facts.accountNonce > intent.accountNonce) {
    if (facts.block < (facts.usedSince ?? facts.block) + RECEIPT_PATIENCE) return { kind: "wait" };
    return expired("another transaction used the account's nonce");
  }
  if (facts.time > intent.deadline) return expired("the deadline passed before it was mined");
  if (facts.sentAt === undefined || facts.block >= facts.sentAt + REBROADCAST_EVERY) return { kind: "broadcast" };
  return { kind: "wait" };
};

/** An intent that is not resolved yet. While there is one, nothing else is signed. */
export type InFlight<I> = {
  readonly intent: I;
  /** The block at which a node last took it. */
  readonly sentAt: BlockNumber | undefined;
  /** The block at which the account's nonce was first seen used without a receipt. */
  readonly usedSince: BlockNumber | undefined;
};

/** What a sender remembers between ticks. Losing it loses no intent: the journal and the chain have it. */
export type Outbox<I> = {
  inFlight: InFlight<I> | undefined;
  /** Intents of earlier lives that are still to be resolved, oldest first. */
  readonly backlog: I[];
  /** The block up to which the intent in flight was looked after. */
  settledAt: BlockNumber | undefined;
  accountNonce: bigint;
  /** The last intent that expired: one that follows it with the same account nonce must pay more. */
  lastExpired: I | undefined;
};

export const emptyOutbox = <I>(): Outbox<I> => ({
  inFlight: undefined,
  backlog: [],
  settledAt: undefined,
  accountNonce: 0n,
  lastExpired: undefined,
});

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

/**
 * Sends the bytes in flight, which are in the journal. Whether they arrived is for the chain to say: a lost answer changes
 * nothing.
 */
const broadcast = async <I extends SignedIntent, O extends { readonly kind: How }>(
  { ports, box, dryRun, onSent, onRefused }: Sender<I, O>,
  block: BlockNumber,
): Promise<void> => {
  const { inFlight } = box;
  if (inFlight === undefined || dryRun) return;
  const answer = await ports.send(inFlight.intent.raw);
  if (answer.kind === "refused") {
    onRefused(inFlight.intent, answer.why);
    return;
  }
  box.inFlight = { ...inFlight, sentAt: block };
  onSent(inFlight.intent, block);
};

/** Sends an intent for the first time. The bytes are durable before they are sent. [NX-KEE-01] */
export const dispatch = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  intent: I,
): Promise<void> => {
  const { ports, box } = sender;
  await ports.append({ kind: "signed", intent });
  box.inFlight = { intent, sentAt: undefined, usedSince: undefined };
  box.settledAt = intent.block;
  await broadcast(sender, intent.block);
};

const resolve = async <I extends SignedIntent, O extends { readonly kind: How }>(
  { ports, box, onEnded }: Sender<I, O>,
  intent: I,
  ended: Ended<O>,
): Promise<void> => {
  // Told before it is written down: after a crash in between it is told twice, which is better than never.
  onEnded(intent, ended);
  await ports.append({ kind: "resolved", transaction: intent.transaction, how: ended.outcome.kind });
  box.lastExpired = ended.outcome.kind === "expired" ? intent : undefined;
  box.inFlight = undefined;
};

/** Looks after one intent at one block. @returns whether it is resolved */
const settleOne = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  intent: I,
  now: Now,
): Promise<boolean> => {
  const { ports, box } = sender;
  const { accountNonce } = box;
  const mined = await ports.readReceipt(intent.transaction);
  const before = box.inFlight ?? { intent, sentAt: undefined, usedSince: undefined };
  const isUsed = accountNonce > intent.accountNonce;
  const inFlight = { ...before, usedSince: before.usedSince ?? (isUsed ? now.block : undefined) };
  box.inFlight = inFlight;
  const step = stepOf(intent, { block: now.block, time: now.time, mined, accountNonce, ...inFlight });
  if (step.kind === "broadcast") await broadcast(sender, now.block);
  if (step.kind !== "resolved") return false;
  await resolve(sender, intent, { outcome: step.outcome, block: step.block });
  return true;
};

/** Looks after the intent in flight once for each block, and after those of earlier lives when it is resolved. */
export const settle = async <I extends SignedIntent, O extends { readonly kind: How }>(
  sender: Sender<I, O>,
  now: Now,
): Promise<void> => {
  const { box } = sender;
  if (box.settledAt === now.block) return;
  for (;;) {
    const intent = box.inFlight?.intent ?? box.backlog.shift();
    if (intent === undefined || !(await settleOne(sender, intent, now))) break;
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
