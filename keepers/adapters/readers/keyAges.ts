import { JsonRpcApiProvider, type Provider, isError } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import type { RegisteredKeys } from "../../core/keyAge.ts";
import { type UnixSeconds, address, unixSeconds } from "../../core/units.ts";
import { createRegisteredKeysReader, readMayAct } from "../chain/registeredKeys.ts";
import { RpcError } from "../chain/rpc.ts";

/** What an agent's keys are read by. */
export type KeySource = {
  readonly book: AddressBook;
  readonly provider: Provider;
  readonly onTrouble: (what: string) => void;
};

/** An endpoint as keepers ask it: what it refuses may be asked for in smaller pieces. */
const nodeOf = (provider: Provider) => ({
  request: async (method: string, params: readonly unknown[]): Promise<unknown> => {
    if (!(provider instanceof JsonRpcApiProvider)) throw new TypeError("the endpoint takes no requests");
    try {
      const answer: unknown = await provider.send(method, [...params]);
      return answer;
    } catch (error) {
      if (!isError(error, "UNKNOWN_ERROR")) throw error;
      throw new RpcError(error.message, -32_000, undefined);
    }
  },
});

/** Since when the registry has a member's keys, the chain's time, and whether its owner lets its keepers renew message keys. */
export const readKeyAges = async (
  { book, provider, onTrouble }: KeySource,
  agentId: bigint,
): Promise<{ readonly keys: RegisteredKeys; readonly now: UnixSeconds; readonly mayRenew: boolean }> => {
  const node = nodeOf(provider);
  const at = { registry: address(addressOf(book, "AgentRegistry")), agentId };
  const fromBlock = BigInt(book.contracts["AgentRegistry"]?.block ?? 0);
  const keys = await createRegisteredKeysReader(node, { ...at, fromBlock, onTrouble })();
  const now = unixSeconds(BigInt((await provider.getBlock("latest"))?.timestamp ?? 0));
  const contract = book.contracts["MessageKeyRenewal"]?.address;
  return { keys, now, mayRenew: contract !== undefined && (await readMayAct(node, at, address(contract))) };
};
