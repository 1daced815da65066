import type { Interface } from "ethers";
import { type Hex, hex } from "../../core/hex.ts";
import { type BlockNumber, address, blockNumber } from "../../core/units.ts";
import { type EventLog, netChanges } from "../../core/transfers.ts";
import type { Effect, MinedTransaction, SendAnswer } from "../../sending/ports.ts";
import { Consensus__factory } from "../../../types/index.ts";
import type { Addresses } from "./addresses.ts";
import type { ChainNode } from "./node.ts";
import { explainRevert } from "./reverts.ts";
import { RpcError, isRecord, quantityOf } from "./rpc.ts";

const consensusAbi: Interface = Consensus__factory.createInterface();

/** What nodes say when they have the very same transaction already. */
const KNOWN = /already known|already exists|known transaction|already in (the )?(mempool|cache)/i;

/**
 * Sends bytes. A node that knows them already has accepted them.
 * @throws RetryableError when the connection breaks: nobody knows then whether they arrived
 */
export const sendRaw = async (node: ChainNode, raw: Hex): Promise<SendAnswer> => {
  try {
    await node.request("eth_sendRawTransaction", [raw]);
    return { kind: "accepted" };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return KNOWN.test(error.message) ? { kind: "accepted" } : { kind: "refused", why: error.message };
  }
};

const logsOf = (logs: unknown): readonly EventLog[] => {
  const entries: readonly unknown[] = Array.isArray(logs) ? logs : [];
  return entries.flatMap((log) => {
    if (!isRecord(log) || typeof log["address"] !== "string" || !Array.isArray(log["topics"])) return [];
    return [{ address: address(log["address"]), topics: log["topics"].map(String), data: String(log["data"]) }];
  });
};

const lossOf = ({ topics, data }: EventLog): bigint => {
  const parsed = consensusAbi.parseLog({ topics: [...topics], data });
  return parsed?.name === "ProposalEnacted" || parsed?.name === "ProposalExecuted"
    ? BigInt(String(parsed.args["loss"]))
    : 0n;
};

/** Where outcomes are read: who enacts, whose balances count, and of which tokens. */
export type ResultPlaces = Pick<Addresses, "consensus" | "treasury" | "tokens">;

/** What a mined transaction did to the treasury. */
const effectOf = ({ logs, gasUsed }: Receipt, { consensus, treasury, tokens }: ResultPlaces): Effect => {
  const listed = new Set(tokens.map((token) => token.address));
  const loss = logs.filter((log) => log.address === consensus).reduce((sum, log) => sum + lossOf(log), 0n);
  return { changes: netChanges(logs, treasury, listed), loss, gasUsed };
};

/** Runs a reverted transaction again on its block, to learn its error by name; the receipt does not say it. */
const whyReverted = async (node: ChainNode, transaction: Hex, block: BlockNumber): Promise<string> => {
  const found = await node.request("eth_getTransactionByHash", [transaction]);
  if (!isRecord(found)) return "reverted";
  const { from, to, input, gas } = found;
  try {
    await node.request("eth_call", [{ from, to, data: input, gas }, `0x${block.toString(16)}`]);
    return "reverted for a reason that is gone";
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const data = isRecord(error.data) ? error.data["data"] : error.data;
    return typeof data === "string" && /^0x[0-9a-f]*$/i.test(data) ? explainRevert(hex(data)).text : error.message;
  }
};

/** A mined transaction: what it paid for gas in wei, its logs, and the error by name that it reverted with, if it did. */
export type Receipt = {
  readonly block: BlockNumber;
  readonly gasUsed: bigint;
  readonly gasPaid: bigint;
  readonly logs: readonly EventLog[];
  readonly error: string | undefined;
};

const isHash = (value: unknown): value is string => typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value);

/** A transaction's receipt that is whole; undefined for none, another one's, or one that a node has begun to write. */
const wholeReceipt = (answer: unknown, transaction: Hex): Readonly<Record<string, unknown>> | undefined => {
  if (!isRecord(answer) || answer["blockNumber"] === null) return undefined;
  const { transactionHash: hash } = answer;
  return isHash(hash) && hash.toLowerCase() === transaction.toLowerCase() ? answer : undefined;
};

/** The first of two endpoints that has the receipt. @throws what the first one threw, where the second does not have it */
const askBoth = async (node: Pick<ChainNode, "request" | "askSecond">, transaction: Hex) => {
  const question = ["eth_getTransactionReceipt", [transaction]] as const;
  const [first, second] = await Promise.allSettled([node.request(...question), node.askSecond(...question)]);
  const answered = second.status === "fulfilled" && second.value.kind === "answer" ? second.value.result : undefined;
  const found =
    (first.status === "fulfilled" ? wholeReceipt(first.value, transaction) : undefined) ??
    wholeReceipt(answered, transaction);
  // Who cannot say it, as while its index is built, has not said that there is none.
  if (found === undefined && first.status === "rejected") throw first.reason;
  return found;
};

const readWhole = async (
  node: ChainNode,
  transaction: Hex,
  receipt: Readonly<Record<string, unknown>>,
): Promise<Receipt> => {
  const block = blockNumber(quantityOf(receipt["blockNumber"], "receipt's block"));
  const gasUsed = quantityOf(receipt["gasUsed"], "receipt's gas");
  const gasPaid = gasUsed * quantityOf(receipt["effectiveGasPrice"], "receipt's gas price");
  const isWell = quantityOf(receipt["status"], "receipt's status") === 1n;
  const error = isWell ? undefined : await whyReverted(node, transaction, block);
  return { block, gasUsed, gasPaid, logs: logsOf(receipt["logs"]), error };
};

/** Answers with the receipt of a transaction, or undefined while none is known. */
export type ReadMined = (transaction: Hex) => Promise<Receipt | undefined>;

/** Receipts are asked for until their transaction is resolved, which is soon. */
const RECEIPTS_KEPT = 16;

/**
 * Makes a reader of receipts. Undefined says that it is unknown, never that it was not mined: an endpoint may not have it
 * yet. Where there are two endpoints, one that has it is enough; once seen, it stays known. [NX-NET-01]
 */
export const createReceiptReader = (node: ChainNode): ReadMined => {
  const seen = new Map<Hex, Readonly<Record<string, unknown>>>();
  return async (transaction) => {
    const receipt = seen.get(transaction) ?? (await askBoth(node, transaction));
    if (receipt === undefined) return undefined;
    seen.set(transaction, receipt);
    const [oldest] = seen.keys();
    if (oldest !== undefined && seen.size > RECEIPTS_KEPT) seen.delete(oldest);
    return readWhole(node, transaction, receipt);
  };
};

/** What a receipt says of a transaction to Consensus: with what it did to the treasury. */
export const createEffectReader = (
  node: ChainNode,
  places: ResultPlaces,
): ((transaction: Hex) => Promise<MinedTransaction | undefined>) => {
  const readMined = createReceiptReader(node);
  return async (transaction) => {
    const receipt = await readMined(transaction);
    if (receipt === undefined) return undefined;
    const { block, gasPaid, error } = receipt;
    return error === undefined
      ? { block, gasPaid, error, effect: effectOf(receipt, places) }
      : { block, gasPaid, error };
  };
};
