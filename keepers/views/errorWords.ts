import { aaveErrorWords } from "../core/protocols/aaveErrors.ts";
import { REFUSALS } from "../core/refusalNames.ts";
import { ERROR_WORDS } from "./contractErrors.ts";
import { refusalReason } from "./refusals.ts";

/** Reasons of Uniswap's contracts and of the compiler, whose own words are letters and numbers. */
const STRANGERS: ReadonlyMap<string, string> = new Map([
  ["reverted: STF", "the payer has too little of the token, or has not approved it"],
  ["reverted: ST", "the payer's token could not be transferred"],
  ["reverted: TF", "a token could not be transferred"],
  ["reverted: SPL", "the swap would move the price beyond its limit"],
  ["reverted: LOK", "the pool is in the middle of another swap"],
  ["reverted: IIA", "the pool was paid too little for the swap"],
  ["reverted: AS", "the swap is over nothing"],
  ["Panic(code: 17)", "a number in it is too large or below zero"],
  ["Panic(code: 18)", "it divides by zero"],
  ["Panic(code: 50)", "it asks a list for an item that it does not have"],
]);

/** A lending pool of Aave's shape says a number and nothing else. */
const OF_LENDING = /^reverted: (\d{1,3})$/;

/** What a contract that is not ours means by its letters or its number. */
const strangerWords = (explained: string): string | undefined =>
  STRANGERS.get(explained) ?? aaveErrorWords(OF_LENDING.exec(explained)?.[1] ?? "");

const OF_REFUSAL = /\brefusal: (\w+)(?:, index: (\d+))?/;

/** A revert that `explainRevert` named, with the sense of it in front, and what to do behind a refusal; unchanged where nobody knows it. */
export const inWords = (explained: string): string => {
  const [, refused, index = "0"] = OF_REFUSAL.exec(explained) ?? [];
  const refusal = REFUSALS.find((known) => known === refused);
  if (refusal !== undefined) {
    const { what, next } = refusalReason(refusal, BigInt(index));
    return `${what} (${explained})${next === undefined ? "" : `; next: ${next}`}`;
  }
  const words = strangerWords(explained) ?? ERROR_WORDS.get(/^\w+/.exec(explained)?.[0] ?? "");
  return words === undefined ? explained : `${words} (${explained})`;
};
