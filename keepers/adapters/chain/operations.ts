import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { Check, PipelinePorts, SendAnswer } from "../../sending/ports.ts";
import type { ChainNode } from "./node.ts";
import { explainRevert } from "./reverts.ts";
import { RpcError, isRecord, quantityOf } from "./rpc.ts";
import { createNonceReader, createReceiptReader, sendRaw } from "./transactions.ts";

type ChainPorts = Pick<PipelinePorts, "readNonce" | "readReceipt" | "simulate" | "check" | "broadcast">;

const quantity = (n: bigint): Hex => `0x${n.toString(16)}`;

/** What a node says of a call that reverts: our own errors by name, or its own words. */
const wordsOf = ({ message, data }: RpcError): string => {
  const inner = isRecord(data) ? data["data"] : data;
  return typeof inner === "string" && /^0x[0-9a-f]*$/i.test(inner) ? explainRevert(hex(inner)).text : message;
};

/** One call both simulates and says the gas: an estimate of what reverts fails. */
const simulator =
  (node: ChainNode): ChainPorts["simulate"] =>
  async ({ call, value }, account, block) => {
    const request = { from: account, to: call.target, data: call.data, value: quantity(value) };
    try {
      const gas = quantityOf(await node.request("eth_estimateGas", [request, quantity(block)]), "gas estimate");
      return { kind: "ok", gas };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { kind: "reverted", why: wordsOf(error) };
    }
  };

const check = async (node: ChainNode, wanted: Check, block: BlockNumber): Promise<boolean> => {
  const { call } = wanted;
  try {
    const answer = await node.request("eth_call", [{ to: call.target, data: call.data }, quantity(block)]);
    if (typeof answer !== "string") return false;
    if (wanted.kind === "equals") return answer.toLowerCase() === wanted.answer;
    return answer !== "0x" && BigInt(answer) >= wanted.amount;
  } catch (error) {
    // What cannot be read is not as expected.
    if (error instanceof RpcError) return false;
    throw error;
  }
};

/** Sends bytes to both endpoints at once; one that has them is enough. */
const broadcast = async (node: ChainNode, raw: Hex): Promise<SendAnswer> => {
  const [first, second] = await Promise.allSettled([
    sendRaw(node, raw),
    node.askSecond("eth_sendRawTransaction", [raw]),
  ]);
  if (second.status === "fulfilled" && second.value.kind === "answer") return { kind: "accepted" };
  if (first.status === "fulfilled") return first.value;
  if (first.reason instanceof Error) throw first.reason;
  throw new RetryableError("nobody knows whether the transaction arrived");
};

/** What the pipeline reads of the chain and sends to it, over one connection to one or more endpoints. */
export const createChainPorts = (node: ChainNode): ChainPorts => {
  const readNonces = new Map<Address, (block: BlockNumber) => Promise<bigint>>();
  const readMined = createReceiptReader(node);
  return {
    readNonce: (account, block) => {
      const read = readNonces.get(account) ?? createNonceReader(node, account);
      readNonces.set(account, read);
      return read(block);
    },
    readReceipt: async (transaction) => {
      const receipt = await readMined(transaction);
      return receipt === undefined
        ? undefined
        : { block: receipt.block, gasPaid: receipt.gasPaid, error: receipt.error };
    },
    simulate: simulator(node),
    check: (wanted, block) => check(node, wanted, block),
    broadcast: (raw) => broadcast(node, raw),
  };
};
