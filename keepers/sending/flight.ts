import type { Hex } from "../core/hex.ts";
import type { StoredTransaction, StoredResult } from "../core/store.ts";
import { type BlockNumber, type UnixSeconds, addSeconds, seconds } from "../core/units.ts";
import type { ChainTime, Effect, SendOperation } from "./operation.ts";

/** A signed transaction of a lane that is not resolved yet. */
export type Flight = {
  readonly tx: StoredTransaction;
  /** Whether the store has acknowledged it. Before that it is broadcast nowhere. */
  readonly isStored: boolean;
  /** The block at which a node last took it. */
  readonly broadcastAt: BlockNumber | undefined;
  /** The last second in which a mempool may hold it or another transaction with its nonce; undefined if it was never broadcast. */
  readonly keptUntil: UnixSeconds | undefined;
  /** Whether its result was told to whoever asked; storing the result may have failed since. */
  readonly isTold: boolean;
  /** The block since which its nonce is seen used without a receipt. */
  readonly usedSince: BlockNumber | undefined;
  /** The block since which its nonce is seen to lie above the account's. */
  readonly aheadSince: BlockNumber | undefined;
};

/** What a receipt tells: gas in wei, and why the transaction reverted, if it did. */
export type MinedTransaction = {
  readonly block: BlockNumber;
  readonly gasPaid: bigint;
  readonly error: string | undefined;
  readonly effect?: Effect;
};

/** By which transaction an account's nonce was used, as far as a node shows the block in which it was. */
export type NonceUser = "ours" | "another" | "unknown";

/** What the chain says of a flight at one block. */
export type FlightFacts = {
  readonly now: ChainTime;
  readonly mined: MinedTransaction | undefined;
  /** Transactions of the account that are mined. */
  readonly accountNonce: bigint;
  /** Whether a receipt shows that another transaction of ours used the nonce. */
  readonly isRivalMined: boolean;
  /** Asked where the nonce is used and no receipt came for a while; `unknown` before. */
  readonly usedBy: NonceUser;
  /** Whether somebody asked to cancel it. */
  readonly isUnwanted: boolean;
  /** Whether it is the newest of ours with its nonce: the others are left alone. */
  readonly isNewest: boolean;
};

export type FlightStep =
  | { readonly kind: "resolve"; readonly result: StoredResult }
  /** Stores it, also where an earlier attempt was not acknowledged. */
  | { readonly kind: "store" }
  /** It was never broadcast and never will be: it is forgotten here. */
  | { readonly kind: "drop" }
  | { readonly kind: "broadcast" }
  /** Signs a transaction without effect in its place, at a higher price. */
  | { readonly kind: "cancel" }
  | { readonly kind: "wait" };

/** What is kept with a transaction in the store, beside its columns. */
const ENDS_ON_CHAIN = "ends-on-chain";
const OPEN_ENDED = "open-ended";
const CANCELLATION = "cancellation";

/** What a transaction of an operation is stored with: how it ends, and the note of whoever asked. */
export const detailsOf = ({ endsOnChain, note }: Pick<SendOperation, "endsOnChain" | "note">): string => {
  const end = endsOnChain ? ENDS_ON_CHAIN : OPEN_ENDED;
  return note === undefined ? end : `${end} ${note}`;
};
/** The note that a transaction was stored with; empty where there is none. */
export const noteOf = ({ details }: Pick<StoredTransaction, "details">): string =>
  details.includes(" ") ? details.slice(details.indexOf(" ") + 1) : "";
const endsOnChain = ({ details }: Pick<StoredTransaction, "details">): boolean =>
  details === ENDS_ON_CHAIN || details.startsWith(`${ENDS_ON_CHAIN} `);
export const CANCELLATION_DETAILS = CANCELLATION;
export const isCancellation = ({ details }: Pick<StoredTransaction, "details">): boolean => details === CANCELLATION;

/** Nodes may know for a while that a nonce is used before they have the receipt. */
const RECEIPT_BLOCKS = 10n;
/** So long it is asked who used a nonce; where no node shows it by then, some five minutes, nobody will. */
const UNSHOWN_BLOCKS = 750n;
/** Mempools forget what is not mined within seconds. */
const REBROADCAST_BLOCKS = 2n;
/** After so many blocks in which a cancellation's gas price lies below the base fee, a new one offers more. */
const CANCEL_AGAIN_BLOCKS = 25n;

/** A flight of newly signed bytes. */
export const signedFlight = (tx: StoredTransaction): Flight => ({
  tx,
  isStored: false,
  broadcastAt: undefined,
  keptUntil: undefined,
  isTold: false,
  usedSince: undefined,
  aheadSince: undefined,
});

/** How long a mempool may keep what is not mined. Nodes of Sei drop it after seconds; some providers keep it longer. */
const MEMPOOL_SECONDS = seconds(60n);

/** Until when a mempool may have what is sent at a time. */
export const keptFrom = (time: UnixSeconds): UnixSeconds => addSeconds(time, MEMPOOL_SECONDS);

/** A flight of which only the bytes are known to be stored, as it is after a restart: a node may have them. */
export const resumedFlight = (tx: StoredTransaction): Flight => ({
  ...signedFlight(tx),
  isStored: true,
  keptUntil: keptFrom(tx.deadline),
});

const ended = (kind: StoredResult["kind"], block: BlockNumber, detail: string): FlightStep => ({
  kind: "resolve",
  result: { kind, block, gasPaid: 0n, detail },
});

const byReceipt = ({ block, gasPaid, error }: MinedTransaction): FlightStep => {
  const kind = error === undefined ? "mined" : "reverted";
  return { kind: "resolve", result: { kind, block, gasPaid, detail: error ?? "" } };
};

const isLate = ({ tx }: Flight, { now }: FlightFacts): boolean => now.time > tx.deadline;

/** What to do about one that may still be mined. */
const whileOpen = (flight: Flight, facts: FlightFacts): FlightStep => {
  const { tx, broadcastAt } = flight;
  const { now, isNewest, isUnwanted } = facts;
  const isCheap = tx.gasPrice < now.baseFee && now.block >= tx.block + CANCEL_AGAIN_BLOCKS;
  if (isNewest && (isCancellation(tx) ? isCheap : isUnwanted || isLate(flight, facts))) return { kind: "cancel" };
  const isDue = broadcastAt === undefined || now.block >= broadcastAt + REBROADCAST_BLOCKS;
  return isDue && isNewest ? { kind: "broadcast" } : { kind: "wait" };
};

const isUsedFor = ({ usedSince }: Flight, blocks: bigint, { block }: ChainTime): boolean =>
  usedSince !== undefined && block >= usedSince + blocks;

/** Whether it is time to ask which transaction used the nonce: a receipt would have come by now. */
export const mustAskWhoUsed = (flight: Flight, now: ChainTime): boolean => isUsedFor(flight, RECEIPT_BLOCKS, now);

/**
 * What to do about one whose nonce is used without a receipt of ours. A node that does not show a receipt proves nothing, so the
 * block that used the nonce must show another transaction.
 */
const whileUsed = (flight: Flight, { now, usedBy }: FlightFacts): FlightStep => {
  if (usedBy === "another") return ended("superseded", now.block, "another transaction used its nonce");
  if (usedBy === "ours" || !isUsedFor(flight, UNSHOWN_BLOCKS, now)) return { kind: "wait" };
  return ended("superseded", now.block, "its nonce is used, and no node shows by which transaction");
};

/**
 * What to do about a flight at one block. It is resolved by its receipt, or when the chain shows that it can never take
 * effect: another transaction used its nonce, or its contract refuses it since the deadline. Until then the same bytes are
 * sent again and nothing takes their place, but for a cancellation of what nobody wants any more.
 */
export const flightStep = (flight: Flight, facts: FlightFacts): FlightStep => {
  const { tx, isStored } = flight;
  const { now, mined, accountNonce, isRivalMined } = facts;
  if (mined !== undefined) return byReceipt(mined);
  const isUsed = accountNonce > tx.accountNonce;
  if (!isStored) return isUsed || isLate(flight, facts) ? { kind: "drop" } : { kind: "store" };
  if (isRivalMined) return ended("superseded", now.block, "another transaction of ours has its nonce");
  if (isUsed) return whileUsed(flight, facts);
  if (!endsOnChain(tx) || !isLate(flight, facts)) return whileOpen(flight, facts);
  return ended("expired", now.block, "the deadline passed before it was mined");
};

/** The hash of the newest flight with this nonce: of several, the one that offers the most. */
export const newestOf = (flights: readonly Flight[], nonce: bigint): Hex | undefined =>
  flights
    .filter(({ tx }) => tx.accountNonce === nonce)
    .toSorted((a, b) => (a.tx.gasPrice < b.tx.gasPrice ? -1 : 1))
    .at(-1)?.tx.transaction;
