import { ISymphony__factory } from "../../types/index.ts";
import { ethers } from "./chain.ts";
import type { Call } from "./votes.ts";

const router = ISymphony__factory.createInterface();

export const EXECUTE_SWAPS = router.getFunction("executeSwaps").selector;

/** A hop as the tests write it; what is missing is of no matter to the test. */
export type TestHop = {
  readonly tokenIn: string;
  readonly tokenOut: string;
  readonly amountIn?: bigint;
  readonly pool?: string;
  readonly swapType?: bigint;
  readonly fee?: bigint;
};

export type RouteOrder = {
  readonly router: string;
  readonly paths: readonly (readonly TestHop[])[];
  readonly least?: bigint;
  readonly recipient: string;
  readonly conveth?: boolean;
  readonly partner?: { readonly paramFee: bigint; readonly feeAddress: string; readonly feeSharePercentage: bigint };
};

const NO_PARTNER = { paramFee: 0n, feeAddress: ethers.ZeroAddress, feeSharePercentage: 0n };

/** The call as the router's own interface encodes it, with the recipient behind it. */
export const routeCall = (order: RouteOrder): Call => {
  const { paths, least = 1n, conveth = false, partner = NO_PARTNER, recipient } = order;
  const params = paths.map((hops) =>
    hops.map(({ tokenIn, tokenOut, amountIn = 0n, pool = ethers.ZeroHash, swapType = 1n, fee = 0n }) => ({
      poolAddress: pool,
      tokenIn,
      tokenOut,
      amountIn,
      amountOutMin: 0n,
      swapType,
      fee,
    })),
  );
  const data = router.encodeFunctionData("executeSwaps", [params, least, conveth, partner]);
  return { target: order.router, data: ethers.concat([data, ethers.zeroPadValue(recipient, 32)]) };
};

/** What the key of these paths is the hash of. */
export const routeKey = (paths: RouteOrder["paths"]): string =>
  ethers.keccak256(
    ethers.concat(
      paths.flatMap((hops) => [
        ethers.toBeHex(hops.length, 32),
        ...hops.map(({ tokenIn, tokenOut, pool = ethers.ZeroHash, swapType = 1n, fee = 0n }) =>
          ethers.AbiCoder.defaultAbiCoder().encode(
            ["bytes32", "address", "address", "uint256", "uint24"],
            [pool, tokenIn, tokenOut, swapType, fee],
          ),
        ),
      ]),
    ),
  );
