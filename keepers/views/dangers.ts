import type { Call, Proposal } from "../core/proposal.ts";
import { ZERO_ADDRESS } from "../core/proposal.ts";
import { minOutOf, readCall } from "../core/protocols/all.ts";
import { type CallReading, selectorOf } from "../core/protocols/protocol.ts";
import type { Refusal } from "../core/refusal.ts";
import { type ClassName, CLASSES } from "../core/riskClass.ts";
import { type Address, address } from "../core/units.ts";
import { decimal } from "./amounts.ts";
import type { Names } from "./names.ts";
import { refusalWords } from "./refusals.ts";

/** What is known of the place where a proposal would act. */
export type DangerView = {
  readonly names: Names;
  readonly treasury: Address;
  /** Whether the address book names an account. */
  readonly knows: (account: Address) => boolean;
  /**
   * What so many units of a token are worth, in USD with 18 decimals; undefined where nothing prices it. Missing where no
   * price can be asked for: then no swap is judged by what it accepts in return, but one that accepts nothing.
   */
  readonly worth?: (token: Address, units: bigint) => bigint | undefined;
};

/** Above this an allowance is no amount that a call could spend: half of all that a word holds. */
const ENDLESS = 2n ** 255n;
const BPS = 10_000n;
const BPS_DECIMALS = 2;
/** A swap that accepts less than this part of what it spends is told. */
const FAIR_BPS = 9_500n;

const floorWords = (call: Call, reading: CallReading, { worth }: DangerView): readonly string[] => {
  const least = minOutOf(call);
  if (least === undefined) return [];
  if (least === 0n) return ["accepts nothing at all in return for what it spends"];
  if (worth === undefined) return [];
  const [spent, bought] = [worth(reading.tokenIn, reading.amountIn), worth(reading.tokenOut, least)];
  if (spent === undefined || bought === undefined)
    return ["trades a token that has no price here: nobody can say what it may lose"];
  if (spent === 0n || bought * BPS >= spent * FAIR_BPS) return [];
  return [`accepts as little as ${decimal((bought * BPS) / spent, BPS_DECIMALS)} % of what it spends in return`];
};

/** The account that a call without a swap and without an allowance pays: the only address that it names. */
const payeeOf = ({ tokenOut, spender, recipient, keyBytes }: CallReading): Address | undefined => {
  if (tokenOut !== ZERO_ADDRESS || spender !== ZERO_ADDRESS || recipient !== ZERO_ADDRESS) return undefined;
  return keyBytes.length === ZERO_ADDRESS.length ? address(keyBytes) : undefined;
};

const allowanceWords = ({ spender, tokenOut, amountIn }: CallReading, view: DangerView): readonly string[] => {
  if (spender === ZERO_ADDRESS || tokenOut !== ZERO_ADDRESS) return [];
  const isStranger = !view.knows(spender);
  return [
    ...(isStranger
      ? [`lets ${spender} spend the treasury's tokens, an account that the address book does not know`]
      : []),
    ...(amountIn >= ENDLESS ? ["allows spending without end"] : []),
  ];
};

const readingWords = (call: Call, reading: CallReading, view: DangerView): readonly string[] => {
  const payee = payeeOf(reading);
  const { recipient, tokenIn, tokenOut } = reading;
  const unknown = [tokenIn, tokenOut].filter(
    (token) => token !== ZERO_ADDRESS && view.names.token(token) === undefined,
  );
  return [
    ...(payee === undefined || payee === view.treasury
      ? []
      : [`gives the treasury's money away for good, to ${payee}`]),
    ...(recipient === ZERO_ADDRESS || recipient === view.treasury
      ? []
      : [`sends what it buys to ${recipient}, which is not the treasury`]),
    ...allowanceWords(reading, view),
    ...floorWords(call, reading, view),
    ...unknown.map((token) => `moves a token that the address book does not know: ${token}`),
  ];
};

const callDangers = (call: Call, view: DangerView): readonly string[] => {
  const known = readCall(call);
  if (known === undefined) {
    return [`calls a function that nothing here can read (${selectorOf(call)} of ${call.target}): it may do anything`];
  }
  const isStranger = !view.knows(call.target);
  return [
    ...(isStranger ? [`calls ${call.target}, a contract that the address book does not know`] : []),
    ...readingWords(call, known.reading, view),
  ];
};

/**
 * What of a proposal's bytes could hurt whoever votes for it, in words, one sentence each; empty where nothing was found. It
 * judges what the calls themselves permit, whatever the mandate would refuse and whatever the proposer says.
 */
export const dangersOf = ({ calls, submitter }: Proposal, view: DangerView): readonly string[] => [
  ...calls.flatMap((call, index) => callDangers(call, view).map((words) => `Call ${index + 1} ${words}`)),
  ...(calls.length === 0 ? ["It makes no call: voting for it only uses up a nonce"] : []),
  ...(submitter === ZERO_ADDRESS ? [] : [`Only ${submitter} may execute it, when that account chooses`]),
];

/** What the chain says of a proposal's class and of carrying it out, as far as it was asked. */
export type Judged = {
  /** The class that its proposer named and its voters sign. */
  readonly named: ClassName;
  /** The class that the mandate computes of its calls now, and why no class carries them, or "None". */
  readonly computed: ClassName;
  readonly refusal: Refusal;
};

/** What of the chain's own judgement whoever votes must know first, in words; empty where there is nothing. */
export const judgedDangers = ({ named, computed, refusal }: Judged): readonly string[] => {
  if (refusal !== "None") return [`The mandate carries it in no class: ${refusalWords(refusal)}`];
  if (CLASSES.indexOf(computed) <= CLASSES.indexOf(named)) return [];
  return [`It is named ${named}, and its calls are ${computed}: it cannot be executed as it is named`];
};
