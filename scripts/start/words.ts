import { keccak256 } from "ethers";
import { SELECTORS, decodeErc20, decodeV2Swap, decodeV3Swap, swapLeastOut } from "../../keepers/core/calls.ts";
import { type Hex, hex, sliceBytes, toAddress, wordAt } from "../../keepers/core/hex.ts";
import { type Call, type DecodedCall, ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import type { Address } from "../../keepers/core/units.ts";
import { amountText } from "./amounts.ts";
import { type Names, feeText } from "./names.ts";

const keccak = (data: Hex): Hex => hex(keccak256(data));

const DIGITS = 4;

const amountOf = (names: Names, token: Address, amount: bigint): string => {
  const known = names.token(token);
  return known === undefined
    ? `${amount} units of ${token}`
    : `${amountText(amount, known.decimals, DIGITS)} ${known.symbol}`;
};

const feeOf = ({ data }: Call): string => {
  const fee = sliceBytes(data, 0, 4) === SELECTORS.v3Single ? wordAt(data, 2, 4) : undefined;
  return fee === undefined ? "" : `, ${feeText(Number(fee))} pool`;
};

const swapWords = (call: Call, decoded: DecodedCall, names: Names): string => {
  const spent = amountOf(names, decoded.tokenIn, decoded.amountIn);
  const bought = amountOf(names, decoded.tokenOut, swapLeastOut(call) ?? 0n);
  return `swap ${spent} for at least ${bought} on ${names.router(call.target) ?? call.target}${feeOf(call)}`;
};

/** Whom `approve` and `transfer` name first. */
const addressIn = ({ data }: Call): Address => toAddress(wordAt(data, 0, 4) ?? 0n) ?? ZERO_ADDRESS;

/** One call of a proposal in words, read from its bytes and not from what its proposer says. */
export const callWords = (call: Call, names: Names): string => {
  const swap = decodeV2Swap(keccak, call) ?? decodeV3Swap(keccak, call);
  if (swap !== undefined) return swapWords(call, swap, names);
  const token = decodeErc20(keccak, call);
  if (token === undefined) return `call ${sliceBytes(call.data, 0, 4)} of ${call.target}`;
  const amount = amountOf(names, token.tokenIn, token.amountIn);
  const whom = addressIn(call);
  return sliceBytes(call.data, 0, 4) === SELECTORS.approve
    ? `approve ${amount} for ${names.router(whom) ?? whom}`
    : `transfer ${amount} to ${whom}`;
};
