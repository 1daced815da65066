import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex, sizeOf } from "../../core/hex.ts";
import type { BlockNumber } from "../../core/units.ts";
import type { Check, PipelinePorts, SendAnswer, SimulatedOperation } from "../../sending/ports.ts";
import type { ChainNode, SecondAnswer } from "./node.ts";
import { readNonce, whoUsed } from "./nonceUser.ts";
import { explainRevert } from "./reverts.ts";
import { RpcError, isRecord, quantityOf } from "./rpc.ts";
import type { Simulator } from "./simulate.ts";
import { createReceiptReader, sendRaw } from "./transactions.ts";

type ChainPorts = Pick<PipelinePorts, "readNonce" | "readReceipt" | "whoUsed" | "simulate" | "check" | "broadcast">;

const quantity = (n: bigint): Hex => `0x${n.toString(16)}`;

/** What a node says of a call that reverts: our own errors by name, or its own words. */
const revertOf = ({ message, data }: RpcError): SimulatedOperation => {
  const inner = isRecord(data) ? data["data"] : data;
  if (typeof inner !== "string" || !/^0x[0-9a-f]*$/i.test(inner)) return { kind: "reverted", why: message };
  const { name, text } = explainRevert(hex(inner));
  return { kind: "reverted", why: text, reason: name };
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
      return revertOf(error);
    }
  };

const TRANSACTION_GAS = 21_000n;
const NONZERO_BYTE_GAS = 16n;

/** The most that the bytes of a call can cost before it runs (EIP-2028). */
const intrinsicGas = (data: Hex): bigint => TRANSACTION_GAS + BigInt(sizeOf(data)) * NONZERO_BYTE_GAS;

/** Simulates a proposal's transaction by the probe, which names the refusal that Consensus would give. */
export const proposalSimulator =
  ({ send }: Pick<Simulator, "send">): ChainPorts["simulate"] =>
  async ({ call }, account, block) => {
    const simulation = await send(call, account, block);
    if (simulation.kind === "ok") return { kind: "ok", gas: simulation.gasUsed + intrinsicGas(call.data) };
    const { refusal, name, text } = simulation.error;
    return { kind: "reverted", why: text, reason: refusal ?? name };
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

/** Resolves when the endpoint takes the bytes, and rejects when it does not. */
const takenBy = async (answer: Promise<SendAnswer | SecondAnswer>): Promise<SendAnswer> => {
  const { kind } = await answer;
  if (kind !== "accepted" && kind !== "answer") throw new RetryableError("it does not take them");
  return { kind: "accepted" };
};

/** Sends bytes to both endpoints at once; as soon as one has them it is enough, however long the other takes. */
const broadcast = async (node: ChainNode, raw: Hex): Promise<SendAnswer> => {
  const first = sendRaw(node, raw);
  try {
    return await Promise.any([takenBy(first), takenBy(node.askSecond("eth_sendRawTransaction", [raw]))]);
  } catch {
    // What the first says is said: that it refuses, or that nobody knows.
    return first;
  }
};

/** What the pipeline reads of the chain and sends to it, over one connection to one or more endpoints. */
export const createChainPorts = (node: ChainNode): ChainPorts => {
  const readMined = createReceiptReader(node);
  return {
    readNonce: (account, block) => readNonce(node, account, block),
    whoUsed: (tx, block) => whoUsed(node, tx, block),
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
