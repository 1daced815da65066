import { type CallReading, SELECTORS, readErc20, readV2Swap, readV3Swap, swapLeastOut } from "../core/calls.ts";
import { sliceBytes, toAddress, wordAt } from "../core/hex.ts";
import { type Call, ZERO_ADDRESS } from "../core/proposal.ts";
import type { Address } from "../core/units.ts";
import { amountText } from "./amounts.ts";
import { type Names, feeText } from "./names.ts";

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

const swapWords = (call: Call, decoded: CallReading, names: Names): string => {
  const spent = amountOf(names, decoded.tokenIn, decoded.amountIn);
  const bought = amountOf(names, decoded.tokenOut, swapLeastOut(call) ?? 0n);
  return `swap ${spent} for at least ${bought} on ${names.router(call.target) ?? call.target}${feeOf(call)}`;
};

/** Whom `approve` and `transfer` name first. */
const addressIn = ({ data }: Call): Address => toAddress(wordAt(data, 0, 4) ?? 0n) ?? ZERO_ADDRESS;

/** One call of a proposal in words, read from its bytes and not from what its proposer says. */
export const callWords = (call: Call, names: Names): string => {
  const swap = readV2Swap(call) ?? readV3Swap(call);
  if (swap !== undefined) return swapWords(call, swap, names);
  const token = readErc20(call);
  if (token === undefined) return `call ${sliceBytes(call.data, 0, 4)} of ${call.target}`;
  const amount = amountOf(names, token.tokenIn, token.amountIn);
  const whom = addressIn(call);
  return sliceBytes(call.data, 0, 4) === SELECTORS.approve
    ? `approve ${amount} for ${names.router(whom) ?? whom}`
    : `transfer ${amount} to ${whom}`;
};
