import { REFUSALS } from "../core/refusalNames.ts";
import { type Reason, refusalReason } from "./refusals.ts";

type Doc = { readonly what: string; readonly next?: string };

/** What an agent's code for a reason means, and what to do about it. Codes that stand for themselves are missing. */
const DOCS: ReadonlyMap<string, Doc> = new Map<string, Doc>([
  ["no-gainful-cycle", { what: "no round trip through the pools gains" }],
  ["no-capital", { what: "the treasury holds nothing to trade with", next: "put base tokens into the treasury" }],
  ["gas-price-unknown", { what: "the price of gas is unknown", next: "wait for a head with a base fee" }],
  [
    "gas-too-dear",
    { what: "gas costs more than it may", next: "wait for cheaper gas, or raise NEXUS_EXECUTION_MAX_GAS_PRICE_WEI" },
  ],
  ["below-minimum", { what: "the gain is below the minimum", next: "nothing, or lower NEXUS_ARBITRAGE_MIN_PROFIT" }],
  [
    "no-signer-record",
    { what: "its key has no signer record in the registry", next: "register the key's agent: nexus agent register" },
  ],
  [
    "not-in-mandate",
    { what: "the mandate does not permit the calls", next: "let the DAO add the calls to the mandate" },
  ],
  [
    "hash-mismatch",
    { what: "the proposal is not what was signed", next: "nothing: somebody sent what was not signed" },
  ],
  ["too-old", { what: "it was decided on too old a block", next: "nothing: the next block brings a new look" }],
  [
    "loss-allowance-too-large",
    {
      what: "it may lose more than the voter accepts",
      next: "propose it with a smaller maxLoss, or raise NEXUS_RISK_MAX_LOSS_USD",
    },
  ],
  ["not-a-swap", { what: "a call is no swap", next: "propose it on the slow path" }],
  [
    "oracle-not-ready",
    { what: "an oracle has no price now", next: "wait for the oracle, or look at it with nexus doctor" },
  ],
  [
    "price-off-oracle",
    {
      what: "its price lies too far from the oracles'",
      next: "wait until prices meet, or raise NEXUS_RISK_MAX_PRICE_DEVIATION_BPS",
    },
  ],
  ["simulation-reverted", { what: "the voter's dry run of it reverted", next: "read the error behind it" }],
  ["balance-falls", { what: "a balance of the treasury would fall", next: "propose it on the slow path" }],
  [
    "profit-not-backed",
    {
      what: "the dry run shows less profit than claimed",
      next: "nothing: the market moved, or the proposer claims too much",
    },
  ],
  ["gain-too-small", { what: "the treasury would gain too little", next: "nothing, or lower NEXUS_RISK_MIN_GAIN_USD" }],
  [
    "fall-not-bounded",
    { what: "nothing bounds what it may lose of a token", next: "add a post-condition that bounds the fall" },
  ],
  [
    "others-may-move",
    { what: "it may move tokens that it does not name", next: "add a post-condition that names what may move" },
  ],
  [
    "position-too-large",
    { what: "it would make one position too large", next: "propose less, or raise NEXUS_RISK_SLOW_VOTE_POSITION_USD" },
  ],
  [
    "stop-not-fired",
    {
      what: "its own snapshots do not say that the stop fires",
      next: "wait for more of them, or compare NEXUS_RISK_STOP_LOSS",
    },
  ],
  ["slice-too-large", { what: "it sells more at once than a slice", next: "compare NEXUS_RISK_STOP_LOSS" }],
  ["mind-rests", { what: "the outside mind wants nothing" }],
  ["mind-silent", { what: "the outside mind did not answer", next: "read the words behind it" }],
  [
    "mind-unreadable",
    { what: "the outside mind's answer cannot be read", next: "mend the mind: docs/outside-minds.md has the form" },
  ],
  ["unknown-pool", { what: "the outside mind named a pool that the deployment does not have" }],
  ["not-in-pool", { what: "the outside mind named a token that the pool does not trade" }],
  ["breaker-tripped", { what: "a breaker is tripped", next: "see which by nexus status" }],
  ["more-than-held", { what: "the outside mind asked for more than the treasury holds" }],
  [
    "trade-too-large",
    { what: "the outside mind asked for too large a trade", next: "nothing, or raise NEXUS_OUTSIDE_MAX_TRADE_USD" },
  ],
  ["at-target", { what: "the treasury is as it should be" }],
  ["within-bands", { what: "the treasury is close enough to what it should be" }],
  [
    "needs-co-signer",
    { what: "the co-signer has not signed it", next: "let the co-signer's Safe propose and sign it" },
  ],
  ["dry-run", { what: "this is a dry run", next: "start it with --send to send" }],
]);

/** A reason with its meaning and what to do next; a code that nobody explains stands for itself. */
export const reasonFor = (code: string): Reason => {
  const refusal = REFUSALS.find((known) => known === code);
  if (refusal !== undefined) return refusalReason(refusal);
  const { what, next } = DOCS.get(code) ?? { what: code };
  return { code, what, next };
};

/** A reason in words; a code that nobody explains stays as it is. */
export const reasonWords = (code: string): string => reasonFor(code).what;
