import { canonicalJson } from "../../core/canonicalJson.ts";
import type { Address } from "../../core/units.ts";
import type { OutsidePolicy, OutsideSeen } from "./seen.ts";

/** The version of the question's form; docs/outside-minds.md describes it. */
export const QUESTION_VERSION = 1;

/**
 * What a mind is asked, as one line of JSON: amounts are decimal strings of smallest units, prices USD for a whole unit with 18
 * decimals. It is made of this snapshot and these limits alone.
 */
export const questionOf = (
  { view, pools }: OutsideSeen,
  { base, maxTradeUsd, slippageBps, lifetime }: OutsidePolicy,
  symbolOf: (token: Address) => string,
): string =>
  canonicalJson({
    version: QUESTION_VERSION,
    block: view.block,
    time: view.time,
    base,
    limits: { maxTradeUsd, slippageBps, lifetimeSeconds: lifetime },
    everything: view.everything,
    tokens: view.tokens.map((state) => ({
      token: state.token,
      symbol: symbolOf(state.token),
      decimals: state.decimals,
      balance: state.balance,
      status: state.status,
      price: { lower: state.price.lower, middle: state.price.middle, upper: state.price.upper },
      perAction: state.perAction,
      remaining: state.remainingForAgent < state.remainingForAll ? state.remainingForAgent : state.remainingForAll,
      level: state.level,
    })),
    pools: pools.map(({ address, kind, token0, token1, feePips, state }) => {
      const common = { pool: address, kind, token0, token1, feePips };
      return "reserve0" in state
        ? { ...common, reserve0: state.reserve0, reserve1: state.reserve1 }
        : { ...common, sqrtPriceX96: state.sqrtPriceX96, liquidity: state.liquidity };
    }),
  });
