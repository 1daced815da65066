import { Interface } from "ethers";
import { sourceNameOf } from "../../../deployments/lookup.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import { address } from "../../core/units.ts";
import type { PullFeed, ReadyUpdate, UpdatePorts } from "../../market/prices/pullUpdate.ts";
import type { ChainNode } from "../chain/node.ts";

/** The part of Pyth's contract that takes updates, as Pyth publishes it. */
const pythAbi = Interface.from([
  "function updatePriceFeeds(bytes[] updateData) payable",
  "function getUpdateFee(bytes[] updateData) view returns (uint256 feeAmount)",
]);

/** Multicall3, as it is deployed on Sei and most other chains. */
const multicallAbi = Interface.from([
  "function aggregate3Value((address target, bool allowFailure, uint256 value, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[])",
]);

const WORD = /^0x[0-9a-f]{64}$/i;

/** A call and what goes with it, in wei. */
export type CallWithValue = { readonly call: Call; readonly value: bigint };

/** The feeds of the address book that are updated by whoever pays, by the names of their sources. */
export const pullFeedsOf = ({ environment }: Pick<AddressBook, "environment">): UpdatePorts["feedOf"] => {
  const feeds = new Map<string, PullFeed>();
  for (const [name, oracle] of Object.entries(environment.oracles)) {
    if (!("kind" in oracle) || oracle.kind !== "pyth") continue;
    const feed = { contract: address(oracle.pyth), feedId: hex(oracle.feedId) };
    feeds.set(name, feed).set(sourceNameOf(name), feed);
  }
  return (source) => feeds.get(source);
};

/** Asks the contract what it wants for an update. @throws RetryableError when it does not say */
export const readUpdateFee =
  (node: Pick<ChainNode, "request">): UpdatePorts["fee"] =>
  async (contract, update) => {
    const data = pythAbi.encodeFunctionData("getUpdateFee", [[update]]);
    const answer = await node.request("eth_call", [{ to: contract, data }, "latest"]).catch((cause: unknown) => {
      throw new RetryableError("the contract does not tell the fee of an update", { cause });
    });
    if (typeof answer !== "string" || !WORD.test(answer)) throw new RetryableError("the fee of an update was not told");
    return BigInt(answer);
  };

/** The call that brings an update on chain. */
export const encodeUpdate = ({
  contract,
  update,
  fee,
}: Pick<ReadyUpdate, "contract" | "update" | "fee">): CallWithValue => ({
  call: { target: contract, data: hex(pythAbi.encodeFunctionData("updatePriceFeeds", [[update]])) },
  value: fee,
});

/**
 * One transaction that brings an update on chain and then makes a call: both or neither, since what a call leaves behind in the
 * multicall anybody takes.
 */
export const encodeBundle = (multicall: Hex, ready: ReadyUpdate, call: Call): CallWithValue => {
  const first = encodeUpdate(ready);
  const calls = [
    { target: first.call.target, allowFailure: false, value: first.value, callData: first.call.data },
    { target: call.target, allowFailure: false, value: 0n, callData: call.data },
  ];
  return {
    call: { target: address(multicall), data: hex(multicallAbi.encodeFunctionData("aggregate3Value", [calls])) },
    value: first.value,
  };
};
