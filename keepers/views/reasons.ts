import { REFUSALS } from "../core/refusal.ts";
import { refusalWords } from "./refusals.ts";

/** What an agent's code for a reason means. Codes that stand for themselves are missing. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["no-gainful-cycle", "no round trip through the pools gains"],
  ["no-capital", "the treasury holds nothing to trade with"],
  ["gas-price-unknown", "the price of gas is unknown"],
  ["gas-too-dear", "gas costs more than it may"],
  ["below-minimum", "the gain is below the minimum"],
  ["no-seat", "its key has no seat in the registry"],
  ["not-in-mandate", "the mandate does not permit the calls"],
  ["hash-mismatch", "the proposal is not what was signed"],
  ["too-old", "it was decided on too old a block"],
  ["loss-allowance-too-large", "it may lose more than the voter accepts"],
  ["not-a-swap", "a call is no swap"],
  ["oracle-not-ready", "an oracle has no price now"],
  ["price-off-oracle", "its price lies too far from the oracles'"],
  ["simulation-reverted", "the voter's dry run of it reverted"],
  ["balance-falls", "a balance of the treasury would fall"],
  ["profit-not-backed", "the dry run shows less profit than claimed"],
  ["gain-too-small", "the treasury would gain too little"],
  ["fall-not-bounded", "nothing bounds what it may lose of a token"],
  ["others-may-move", "it may move tokens that it does not name"],
  ["position-too-large", "it would make one position too large"],
  ["at-target", "the treasury is as it should be"],
  ["within-bands", "the treasury is close enough to what it should be"],
  ["needs-co-signer", "the co-signer has not signed it"],
  ["dry-run", "this is a dry run"],
]);

/** A reason in words; a code that nobody explains stays as it is. */
export const reasonWords = (code: string): string => {
  const refusal = REFUSALS.find((known) => known === code);
  return refusal === undefined ? (WORDS.get(code) ?? code) : refusalWords(refusal);
};
