import type { Hex } from "../../core/hex.ts";
import type { Address, BlockNumber } from "../../core/units.ts";

/**
 * A transaction that waits in a node's pool. Prices in wei per gas; one of the old kind bids its gas price as both. `to` is
 * undefined where it creates a contract.
 */
export type MempoolTransaction = {
  readonly hash: Hex;
  readonly from: Address;
  readonly nonce: bigint;
  readonly to: Address | undefined;
  readonly data: Hex;
  readonly maxFee: bigint;
  readonly maxTip: bigint;
};

/** What a node's pool held after a block, in the order in which the node told it. */
export type PendingView = {
  readonly block: BlockNumber;
  readonly transactions: readonly MempoolTransaction[];
  /** The next nonce of senders, by the chain at `block`. A sender who is missing is not known. */
  readonly nonces: ReadonlyMap<Address, bigint>;
  /** How many entries could not be read, or were too many. */
  readonly unread: number;
};

/**
 * How a chain orders a block. `ethereum`: by the price that is paid per gas. `sei`: by the tip alone, and by the whole gas price for
 * transactions of the old kind.
 */
export type PendingOrder = "ethereum" | "sei";

/** Why a transaction is not in the next block, as far as can be seen. */
export type NotNext = "nonce-unknown" | "nonce-used" | "nonce-gap" | "replaced" | "fee-too-low";

/** The transactions that the next block can hold, first to last; and the others with the reason. */
export type NextBlock = {
  readonly next: readonly MempoolTransaction[];
  readonly others: readonly { readonly transaction: MempoolTransaction; readonly why: NotNext }[];
};

type Terms = { readonly order: PendingOrder; readonly baseFee: bigint };
type Queue = { readonly transactions: readonly MempoolTransaction[]; at: number };

const bidOf = ({ maxFee, maxTip }: MempoolTransaction, { order, baseFee }: Terms): bigint => {
  const wanted = order === "ethereum" ? maxTip + baseFee : maxTip;
  return wanted < maxFee ? wanted : maxFee;
};

const compare = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);

const bySender = (view: PendingView): ReadonlyMap<Address, readonly MempoolTransaction[]> => {
  const found = new Map<Address, MempoolTransaction[]>();
  for (const transaction of view.transactions) {
    const list = found.get(transaction.from);
    if (list === undefined) found.set(transaction.from, [transaction]);
    else list.push(transaction);
  }
  return found;
};

/** Why this one does not follow, where `next` is the nonce whose turn it is; undefined where it does. */
const whyNotNext = (
  { nonce, maxFee }: MempoolTransaction,
  { next, baseFee }: { readonly next: bigint | undefined; readonly baseFee: bigint },
): NotNext | undefined => {
  if (next === undefined) return "nonce-unknown";
  if (nonce < next) return "nonce-used";
  if (nonce > next) return "nonce-gap";
  return maxFee < baseFee ? "fee-too-low" : undefined;
};

/** One sender's transactions in the order of their nonces; of two with one nonce the one that bids more. */
const queueOf = (
  sent: readonly MempoolTransaction[],
  { start, terms }: { readonly start: bigint | undefined; readonly terms: Terms },
  others: { readonly transaction: MempoolTransaction; readonly why: NotNext }[],
): readonly MempoolTransaction[] => {
  const sorted = sent.toSorted((a, b) =>
    a.nonce === b.nonce ? compare(bidOf(b, terms), bidOf(a, terms)) : compare(a.nonce, b.nonce),
  );
  const queue: MempoolTransaction[] = [];
  let next = start;
  for (const transaction of sorted) {
    if (queue.at(-1)?.nonce === transaction.nonce) {
      others.push({ transaction, why: "replaced" });
      continue;
    }
    const why = whyNotNext(transaction, { next, baseFee: terms.baseFee });
    if (why === undefined) {
      queue.push(transaction);
      next = transaction.nonce + 1n;
    } else others.push({ transaction, why });
  }
  return queue;
};

/** The queue whose first transaction bids the most; of equals the one that was told first. */
const bestOf = (queues: readonly Queue[], terms: Terms): Queue | undefined => {
  let best: { readonly queue: Queue; readonly bid: bigint } | undefined;
  for (const queue of queues) {
    const first = queue.transactions[queue.at];
    if (first === undefined) continue;
    const bid = bidOf(first, terms);
    if (best === undefined || bid > best.bid) best = { queue, bid };
  }
  return best?.queue;
};

/**
 * The order in which a block would hold what is pending: each sender's by nonce, and among senders by what they bid. The block is
 * taken to have room for all of them.
 */
export const nextBlockOf = (view: PendingView, terms: Terms): NextBlock => {
  const others: { readonly transaction: MempoolTransaction; readonly why: NotNext }[] = [];
  const queues: readonly Queue[] = [...bySender(view)].map(([sender, sent]) => ({
    transactions: queueOf(sent, { start: view.nonces.get(sender), terms }, others),
    at: 0,
  }));
  const next: MempoolTransaction[] = [];
  for (let queue = bestOf(queues, terms); queue !== undefined; queue = bestOf(queues, terms)) {
    const transaction = queue.transactions[queue.at];
    if (transaction === undefined) break;
    next.push(transaction);
    queue.at += 1;
  }
  return { next, others };
};
