import type { ChainNode } from "../../keepers/adapters/chain/node.ts";
import { RpcError, isRecord } from "../../keepers/adapters/chain/rpc.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { Fault, Frame } from "./faultyNetwork.ts";

const resultOf = (message: unknown): unknown => {
  if (!isRecord(message)) throw new RetryableError("no answer");
  const { error, result } = message;
  if (isRecord(error)) throw new RpcError(String(error["message"]), Number(error["code"]), error["data"]);
  return result;
};

/** A node without a socket whose answers pass the faults that a network would add, as far as they are no delays. */
export const faultyNode = (node: ChainNode, ...faults: readonly Fault[]): ChainNode => {
  const throughFaults = (frame: Frame) => {
    for (const fault of faults) {
      const fate = fault(frame);
      if (fate !== undefined) return fate;
    }
    return { forward: [{ message: frame.message }] };
  };
  const request: ChainNode["request"] = async (method, params) => {
    const question: Frame = { kind: "request", method, params, message: { id: 1, method, params } };
    const asked = throughFaults(question);
    if (asked.forward?.[0] === undefined) return resultOf(asked.reply?.[0]?.message);
    const result = await node.request(method, params);
    const answered = throughFaults({ ...question, kind: "answer", message: { id: 1, result } });
    return resultOf(answered.forward?.[0]?.message);
  };
  return { ...node, request };
};

/** Two endpoints of one chain, which may say different things. */
export const twoNodes = (first: ChainNode, second: ChainNode): ChainNode => ({
  ...first,
  askSecond: async (method, params) => {
    try {
      return { kind: "answer", result: await second.request(method, params) };
    } catch {
      return { kind: "none" };
    }
  },
});
