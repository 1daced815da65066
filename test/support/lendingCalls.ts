import { type LeafFields } from "../../deployments/mandateTree.ts";
import { IAaveV3Pool__factory } from "../../types/index.ts";
import { ethers } from "./chain.ts";
import type { Call } from "./votes.ts";

const pool = IAaveV3Pool__factory.createInterface();

export const LENDING = {
  supply: pool.getFunction("supply").selector,
  withdraw: pool.getFunction("withdraw").selector,
} as const;

/** A supply or a withdrawal as the tests write it, by the pool's own interface. */
export type LendingOrder = {
  readonly pool: string;
  readonly asset: string;
  readonly position: string;
  readonly amount: bigint;
  readonly recipient: string;
  readonly referralCode?: bigint;
};

const named = (data: string, position: string): string => ethers.concat([data, ethers.zeroPadValue(position, 32)]);

export const supplyCall = ({ pool: at, asset, position, amount, recipient, referralCode }: LendingOrder): Call => ({
  target: at,
  data: named(pool.encodeFunctionData("supply", [asset, amount, recipient, referralCode ?? 0n]), position),
});

export const withdrawCall = ({ pool: at, asset, position, amount, recipient }: LendingOrder): Call => ({
  target: at,
  data: named(pool.encodeFunctionData("withdraw", [asset, amount, recipient]), position),
});

/** The leaf that permits a supply or a withdrawal. */
export const lendingLeaf = (
  decoder: string,
  call: { readonly pool: string; readonly asset: string; readonly position: string; readonly selector: string },
  minClass = 0,
): LeafFields => ({
  target: call.pool,
  selector: call.selector,
  decoder,
  key: ethers.solidityPackedKeccak256(["address", "address"], [call.asset, call.position]),
  minClass,
});
