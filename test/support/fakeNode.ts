import type { ChainNode } from "../../keepers/adapters/chain/node.ts";
import { RpcError } from "../../keepers/adapters/chain/rpc.ts";
import { ethers } from "./chain.ts";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** A keepers' connection to the tests' own chain, without a socket. */
export const inProcessNode = (): ChainNode => ({
  request: async (method, params) => {
    try {
      const answer: unknown = await ethers.provider.send(method, [...params]);
      return answer;
    } catch (error) {
      const data = isRecord(error) ? error["data"] : undefined;
      throw new RpcError(error instanceof Error ? error.message : String(error), 3, data);
    }
  },
  askSecond: () => Promise.resolve({ kind: "none" }),
  head: () => undefined,
  onHead: () => () => undefined,
  ready: Promise.resolve(undefined),
  isUp: () => true,
  close: () => undefined,
});
