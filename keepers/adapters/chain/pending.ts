import { type Hex, hex } from "../../core/hex.ts";
import { type Address, type BlockNumber, address } from "../../core/units.ts";
import type { MempoolTransaction, PendingView } from "../../market/foresight/pending.ts";
import type { ChainNode } from "./node.ts";
import { RpcError, isRecord } from "./rpc.ts";

/** Sei's own limit, and ours. */
const MOST_TRANSACTIONS = 1_000;
/** So many senders' nonces are asked for; who else is pending is left out. */
const MOST_SENDERS = 128;
/** A swap along a path of some pools is far shorter; longer calls are taken as calls that nobody understands. */
const MOST_DATA_DIGITS = 2 + 2 * 4_096;
const HASH_DIGITS = 66;
/** EIP-1474's for a method that a node does not have, and geth's for one that it does not serve. */
const NO_SUCH_METHOD: ReadonlySet<number> = new Set([-32_601, -32_004]);

/** What a poll of a node's pool gave. `silent`: it did not answer in time, or nothing that can be read. */
export type PendingPoll =
  | { readonly kind: "seen"; readonly view: PendingView }
  | { readonly kind: "unsupported" }
  | { readonly kind: "silent"; readonly why: string };

export type PendingOptions = {
  /** Whose calls matter: the routers of known pools. */
  readonly routers: ReadonlySet<Address>;
  /** Accounts of our own, whose transactions are passed over. */
  readonly own: ReadonlySet<Address>;
};

type Fields = Readonly<Record<string, unknown>>;

const quantityIn = (fields: Fields, key: string): bigint | undefined => {
  const value = fields[key];
  return typeof value === "string" && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : undefined;
};

const addressIn = (value: unknown): Address | undefined =>
  typeof value === "string" && /^0x[0-9a-f]{40}$/i.test(value) ? address(value) : undefined;

const bytesIn = (value: unknown): Hex | undefined =>
  typeof value === "string" && /^0x(?:[0-9a-f]{2})*$/i.test(value.slice(0, MOST_DATA_DIGITS))
    ? hex(value.length > MOST_DATA_DIGITS ? "0x" : value)
    : undefined;

/** The bid of a transaction of either kind. */
const bidIn = (fields: Fields): Pick<MempoolTransaction, "maxFee" | "maxTip"> | undefined => {
  const [price, fee, tip] = ["gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"].map((key) => quantityIn(fields, key));
  if (fee !== undefined && tip !== undefined) return { maxFee: fee, maxTip: tip };
  return price === undefined ? undefined : { maxFee: price, maxTip: price };
};

/** Where a transaction goes, and with what; a creation goes nowhere. */
const callIn = (entry: Fields): Pick<MempoolTransaction, "to" | "data"> | undefined => {
  const target = entry["to"] ?? undefined;
  const [to, data] = [addressIn(target), bytesIn(entry["input"] ?? entry["data"] ?? "0x")];
  return data === undefined || (target !== undefined && to === undefined) ? undefined : { to, data };
};

/** Whose a transaction is, and which of his. */
const senderIn = (entry: Fields): Pick<MempoolTransaction, "hash" | "from" | "nonce"> | undefined => {
  const [hash, from, nonce] = [bytesIn(entry["hash"]), addressIn(entry["from"]), quantityIn(entry, "nonce")];
  if (hash?.length !== HASH_DIGITS || from === undefined || nonce === undefined) return undefined;
  return { hash, from, nonce };
};

/** One entry of a pool; undefined for what is none. */
const transactionIn = (entry: unknown): MempoolTransaction | undefined => {
  if (!isRecord(entry)) return undefined;
  const [sender, call, bid] = [senderIn(entry), callIn(entry), bidIn(entry)];
  return sender === undefined || call === undefined || bid === undefined ? undefined : { ...sender, ...call, ...bid };
};

/** All entries that a pool's answer lists, pending before queued; undefined where it is no such answer. */
const entriesOf = (answer: unknown): readonly unknown[] | undefined => {
  if (!isRecord(answer) || !isRecord(answer["pending"])) return undefined;
  const parts = [answer["pending"], isRecord(answer["queued"]) ? answer["queued"] : {}];
  return parts.flatMap((part) =>
    Object.values(part).flatMap((ofSender) => (isRecord(ofSender) ? Object.values(ofSender) : [ofSender])),
  );
};

/**
 * Reads an answer to `txpool_content`: the transactions of everybody who has one to a router, all of theirs, since each waits for
 * those before it. Undefined where it is no such answer.
 */
export const readPool = (
  answer: unknown,
  { routers, own }: PendingOptions,
): { readonly transactions: readonly MempoolTransaction[]; readonly unread: number } | undefined => {
  const entries = entriesOf(answer);
  if (entries === undefined) return undefined;
  const read = entries.slice(0, MOST_TRANSACTIONS).map(transactionIn);
  const all = read.filter((transaction) => transaction !== undefined && !own.has(transaction.from));
  const known = all.filter((transaction) => transaction !== undefined);
  const swappers = known.flatMap(({ from, to }) => (to !== undefined && routers.has(to) ? [from] : []));
  const senders = new Set([...new Set(swappers)].slice(0, MOST_SENDERS));
  const transactions = known.filter(({ from }) => senders.has(from));
  const malformed = read.filter((transaction) => transaction === undefined).length;
  const crowdedOut = swappers.filter((sender) => !senders.has(sender)).length;
  return { transactions, unread: malformed + crowdedOut + Math.max(0, entries.length - MOST_TRANSACTIONS) };
};

/** Nonces by sender at one block: they change by blocks alone, so each is asked once for each. */
const createNonces = (request: ChainNode["request"]) => {
  let at: BlockNumber | undefined;
  let known = new Map<Address, bigint>();
  return async (block: BlockNumber, senders: ReadonlySet<Address>): Promise<ReadonlyMap<Address, bigint>> => {
    if (block !== at) known = new Map();
    at = block;
    const kept = known;
    await Promise.all(
      [...senders].map(async (sender) => {
        if (kept.has(sender)) return;
        const count = await request("eth_getTransactionCount", [sender, `0x${block.toString(16)}`]);
        const nonce = quantityIn({ count }, "count");
        if (nonce !== undefined) kept.set(sender, nonce);
      }),
    );
    return kept;
  };
};

/** Asks a node what is pending, by `txpool_content`. It never throws; each request has the connection's deadline. */
export const createPendingReader = (
  node: Pick<ChainNode, "request" | "head">,
  options: PendingOptions,
): (() => Promise<PendingPoll>) => {
  const noncesAt = createNonces(node.request);
  return async () => {
    const head = node.head();
    if (head === undefined) return { kind: "silent", why: "the node has told no block yet" };
    try {
      const pool = readPool(await node.request("txpool_content", []), options);
      if (pool === undefined) return { kind: "silent", why: "the answer to txpool_content is none" };
      const nonces = await noncesAt(head.block, new Set(pool.transactions.map(({ from }) => from)));
      return { kind: "seen", view: { block: head.block, ...pool, nonces } };
    } catch (error) {
      if (error instanceof RpcError && NO_SUCH_METHOD.has(error.code)) return { kind: "unsupported" };
      return { kind: "silent", why: error instanceof Error ? error.message : String(error) };
    }
  };
};

export type PendingWatch = {
  readonly pollMs: number;
  /** Called with each view that was read. */
  readonly onSeen: (view: PendingView) => void;
  /** Called when the node does not show its pool, and when it does again. */
  readonly onSupport: (isSupported: boolean) => void;
};

/** A node that does not show its pool is asked again after so many polls: it may be another one by then. */
const REST_POLLS = 600;

/** Polls a node's pool, one request at a time. @returns what ends it */
export const watchPending = (
  poll: () => Promise<PendingPoll>,
  { pollMs, onSeen, onSupport }: PendingWatch,
): (() => void) => {
  let [supported, ended] = [true, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    const seen = await poll();
    if (ended) return;
    if (seen.kind === "seen") onSeen(seen.view);
    if (seen.kind !== "silent" && supported !== (seen.kind === "seen")) {
      supported = seen.kind === "seen";
      onSupport(supported);
    }
    timer = setTimeout(() => void look(), seen.kind === "unsupported" ? pollMs * REST_POLLS : pollMs);
  };
  void look();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
};
