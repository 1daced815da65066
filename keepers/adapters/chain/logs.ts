import { RetryableError } from "../../core/errors.ts";
import { type LogMemory, type LogReader, createLogReader, emptyLogMemory } from "../../core/logReader.ts";
import type { ChainNode } from "./node.ts";
import { RpcError, isRecord } from "./rpc.ts";

/** A log as a node gives it. */
export type RawLog = {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  /** Its place on the chain: the same log has the same one, whoever answers. */
  readonly place: string;
  readonly block: bigint;
  /** Hash of the transaction that made it; empty where the node does not say. */
  readonly transaction: string;
};

/** Which logs: of which contracts, and, if given, by which topics. */
export type LogFilter = {
  readonly address: string | readonly string[];
  readonly topics?: readonly (string | readonly string[])[];
};

/** As many blocks as are asked for at once: what most nodes give. */
const WIDEST = 2_000n;

const toLog = (log: unknown): RawLog => {
  const { address, topics, data, blockNumber, logIndex, transactionHash } = isRecord(log) ? log : {};
  const isWhole = typeof address === "string" && Array.isArray(topics) && typeof data === "string";
  if (!isWhole || typeof blockNumber !== "string" || typeof logIndex !== "string") {
    throw new RetryableError("the node gave a log that is not whole");
  }
  const [place, block] = [`${blockNumber} ${logIndex}`, BigInt(blockNumber)];
  const transaction = typeof transactionHash === "string" ? transactionHash : "";
  return { address, topics: topics.map(String), data, place, block, transaction };
};

/** What each node took, whichever logs were asked for. */
const memories = new WeakMap<object, LogMemory>();

const memoryOf = (node: object): LogMemory => {
  const known = memories.get(node) ?? emptyLogMemory(WIDEST);
  memories.set(node, known);
  return known;
};

/** Makes the reader of logs over an agent's connection. What it does not find at the head may come later. [NX-NET-01] */
export const nodeLogReader = (
  node: Pick<ChainNode, "request">,
  filter: LogFilter,
  onTrouble: (what: string) => void,
): LogReader<RawLog> =>
  createLogReader({
    read: async ({ from, to }) => {
      const span = { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` };
      // Some nodes say null where there are none.
      const logs = (await node.request("eth_getLogs", [{ ...filter, ...span }])) ?? [];
      if (!Array.isArray(logs)) throw new RetryableError("the node did not answer eth_getLogs with a list");
      return logs.map(toLog);
    },
    isRefusal: (error) => error instanceof RpcError,
    widest: WIDEST,
    memory: memoryOf(node),
    onTrouble,
  });
