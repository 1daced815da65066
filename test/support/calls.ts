import { type LeafFields, type LeafTree, erc20Key, v2PathKey, v3PackedPath } from "../../deployments/mandateTree.ts";
import { IV2Router__factory, IV3Router__factory, SandboxUSDC__factory } from "../../types/index.ts";
import { ethers } from "./chain.ts";
import type { Call } from "./votes.ts";

const erc20 = SandboxUSDC__factory.createInterface();
const v2 = IV2Router__factory.createInterface();
const v3 = IV3Router__factory.createInterface();

const FAR_FUTURE = 2n ** 40n;

export const SELECTOR = {
  transfer: erc20.getFunction("transfer").selector,
  approve: erc20.getFunction("approve").selector,
  v2Swap: v2.getFunction("swapExactTokensForTokens").selector,
  v3Single: v3.getFunction("exactInputSingle").selector,
  v3Path: v3.getFunction("exactInput").selector,
} as const;

/* CALLS */

export const transferCall = (token: string, to: string, amount: bigint): Call => ({
  target: token,
  data: erc20.encodeFunctionData("transfer", [to, amount]),
});

export const approveCall = (token: string, spender: string, amount: bigint): Call => ({
  target: token,
  data: erc20.encodeFunctionData("approve", [spender, amount]),
});

export type SwapOrder = {
  readonly router: string;
  readonly amountIn: bigint;
  readonly least?: bigint;
  readonly recipient: string;
};

export const v2SwapCall = (order: SwapOrder, path: readonly string[]): Call => ({
  target: order.router,
  data: v2.encodeFunctionData("swapExactTokensForTokens", [
    order.amountIn,
    order.least ?? 0n,
    [...path],
    order.recipient,
    FAR_FUTURE,
  ]),
});

export const v3Path = v3PackedPath;

export type SinglePool = { readonly tokenIn: string; readonly tokenOut: string; readonly fee: bigint };

export const v3SingleCall = (order: SwapOrder, pool: SinglePool): Call => ({
  target: order.router,
  data: v3.encodeFunctionData("exactInputSingle", [
    {
      ...pool,
      recipient: order.recipient,
      amountIn: order.amountIn,
      amountOutMinimum: order.least ?? 0n,
      sqrtPriceLimitX96: 0n,
    },
  ]),
});

export const v3PathCall = (order: SwapOrder, path: string): Call => ({
  target: order.router,
  data: v3.encodeFunctionData("exactInput", [
    { path, recipient: order.recipient, amountIn: order.amountIn, amountOutMinimum: order.least ?? 0n },
  ]),
});

/* LEAVES */

type Decoders = { readonly erc20: string; readonly v2: string; readonly v3: string };

const leaf = (parts: Omit<LeafFields, "minClass">, minClass = 0): LeafFields => ({ ...parts, minClass });

/** `approve` or `transfer` of `token`, naming one counterparty. */
export const erc20Leaf = (
  decoders: Decoders,
  call: { readonly token: string; readonly counterparty: string; readonly selector: string },
  minClass = 0,
): LeafFields =>
  leaf(
    {
      target: call.token,
      selector: call.selector,
      decoder: decoders.erc20,
      key: erc20Key(call.counterparty),
    },
    minClass,
  );

export const v2Leaf = (decoders: Decoders, router: string, path: readonly string[]): LeafFields =>
  leaf({
    target: router,
    selector: SELECTOR.v2Swap,
    decoder: decoders.v2,
    key: v2PathKey(path),
  });

export const v3SingleLeaf = (decoders: Decoders, router: string, pool: SinglePool): LeafFields =>
  leaf({
    target: router,
    selector: SELECTOR.v3Single,
    decoder: decoders.v3,
    key: ethers.keccak256(v3Path([pool.tokenIn, pool.tokenOut], [pool.fee])),
  });

export const v3PathLeaf = (decoders: Decoders, router: string, path: string): LeafFields =>
  leaf({ target: router, selector: SELECTOR.v3Path, decoder: decoders.v3, key: ethers.keccak256(path) });

/* CALL PROOFS */

export type CallProof = { decoder: string; minClass: number; proof: string[] };

/** What `enact` needs beside a call: the leaf that permits it, and its proof. */
export const callProofOf = (tree: LeafTree, permitted: LeafFields): CallProof => ({
  decoder: permitted.decoder,
  minClass: permitted.minClass,
  proof: [...tree.proofOf(permitted)],
});
