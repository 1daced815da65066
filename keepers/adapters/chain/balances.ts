import { RetryableError } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import type { ChainNode } from "./node.ts";

/** Reads the native balances of accounts, in wei, by name. @throws RetryableError when the node does not answer */
export const createBalanceReader =
  (node: Pick<ChainNode, "request">, accounts: ReadonlyMap<string, Address>) =>
  async (): Promise<ReadonlyMap<string, bigint>> => {
    const read = async ([name, account]: readonly [string, Address]): Promise<readonly [string, bigint]> => {
      const answer = await node.request("eth_getBalance", [account, "latest"]);
      if (typeof answer !== "string" || !/^0x[0-9a-f]+$/i.test(answer)) {
        throw new RetryableError(`the node did not tell the balance of ${account}`);
      }
      return [name, BigInt(answer)];
    };
    return new Map(await Promise.all([...accounts].map(read)));
  };
