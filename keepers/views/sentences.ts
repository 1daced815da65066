import type { Call, DecodedCall } from "../core/proposal.ts";
import { minOutOf, readCall } from "../core/protocols/all.ts";
import type { Address } from "../core/units.ts";
import { amountText } from "./amounts.ts";
import { callWords } from "./calls.ts";
import type { Names } from "./names.ts";

type Swap = Pick<DecodedCall, "tokenIn" | "tokenOut" | "amountIn"> & {
  readonly target: Address;
  readonly minOut: bigint;
};

/** Small amounts need more digits to say anything. */
const DIGITS = { large: 0, middle: 2, small: 4 } as const;

const digitsFor = (units: bigint, decimals: number): number => {
  const whole = units / 10n ** BigInt(decimals);
  if (whole >= 1_000n) return DIGITS.large;
  return whole >= 1n ? DIGITS.middle : DIGITS.small;
};

/** An amount as somebody would say it: no more digits than matter. */
const spoken = (token: Address, units: bigint, names: Names): string => {
  const known = names.token(token);
  if (known === undefined) return `${units} units of ${token}`;
  return `${amountText(units, known.decimals, digitsFor(units, known.decimals))} ${known.symbol}`;
};

const symbolOf = (token: Address, names: Names): string => names.token(token)?.symbol ?? token;

const swapsOf = (calls: readonly Call[]): readonly Swap[] | undefined => {
  const swaps = calls.map((call) => {
    const [known, minOut] = [readCall(call), minOutOf(call)];
    if (known?.protocol.pools === undefined || minOut === undefined) return undefined;
    return { ...known.reading, target: call.target, minOut };
  });
  const all = swaps.filter((swap) => swap !== undefined);
  return all.length === swaps.length && all.length > 0 ? all : undefined;
};

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

/**
 * One sentence for the calls of a proposal, read from their bytes: a round trip through pools, one swap, or each call in
 * words. Nothing of what the proposer says is in it.
 */
export const sentenceOf = (calls: readonly Call[], names: Names): string => {
  const swaps = swapsOf(calls);
  const [first, last] = [swaps?.[0], swaps?.at(-1)];
  if (swaps === undefined || first === undefined || last === undefined) {
    return capitalised(calls.map((call) => callWords(call, names)).join("; ")) || "Nothing: it has no calls";
  }
  const spent = spoken(first.tokenIn, first.amountIn, names);
  if (swaps.length > 1 && first.tokenIn === last.tokenOut) {
    const middle = [...new Set(swaps.slice(0, -1).map(({ tokenOut }) => symbolOf(tokenOut, names)))];
    return `Buy and sell ${spent} of ${joined(middle)}`;
  }
  const least = spoken(last.tokenOut, last.minOut, names);
  const where = [...new Set(swaps.map(({ target }) => names.router(target) ?? target))];
  return `Swap ${spent} for at least ${least} on ${joined(where)}`;
};
