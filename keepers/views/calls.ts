import type { Call } from "../core/proposal.ts";
import { readCall } from "../core/protocols/all.ts";
import { type CallNames, selectorOf } from "../core/protocols/protocol.ts";
import { amountText } from "./amounts.ts";
import type { Names } from "./names.ts";

const DIGITS = 4;

const callNames = (names: Names): CallNames => ({
  amount: (token, units) => {
    const known = names.token(token);
    if (known === undefined) return `${units} units of ${token}`;
    return `${amountText(units, known.decimals, DIGITS)} ${known.symbol}`;
  },
  router: (at) => names.router(at) ?? at,
});

/** One call of a proposal in words, read from its bytes and not from what its proposer says. */
export const callWords = (call: Call, names: Names): string => {
  const known = readCall(call);
  if (known === undefined) return `call ${selectorOf(call)} of ${call.target}`;
  return known.protocol.words(call, known.reading, callNames(names));
};
