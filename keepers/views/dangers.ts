import type { Call, Proposal } from "../core/proposal.ts";
import { ZERO_ADDRESS } from "../core/proposal.ts";
import { minOutOf, readCall } from "../core/protocols/all.ts";
import { type CallReading, selectorOf } from "../core/protocols/protocol.ts";
import type { Refusal } from "../core/refusal.ts";
import { type ClassName, CLASSES } from "../core/riskClass.ts";
import { type Address, address } from "../core/units.ts";
import { decimal, exactText } from "./amounts.ts";
import type { Names } from "./names.ts";
import { refusalWords } from "./refusals.ts";
import { dollars } from "./slowStatus.ts";

/** What so many units of a token are worth, in USD with 18 decimals; undefined where nothing prices it. */
export type WorthOf = (token: Address, units: bigint) => bigint | undefined;

/** What is known of the place where a proposal would act. */
export type DangerView = {
  readonly names: Names;
  readonly treasury: Address;
  /** Whether the address book names an account. */
  readonly knows: (account: Address) => boolean;
  /**
   * Missing where no price can be asked for: then no swap is judged by what it accepts in return, but one that accepts
   * nothing, and no proposal by what it may lose.
   */
  readonly worth?: WorthOf;
};

const BPS = 10_000n;
const BPS_DECIMALS = 2;
/** A swap that accepts less than this part of what it spends is told, and swaps that together give up more than the rest. */
const FAIR_BPS = 9_500n;

const added = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);

/** A call that can be read. `least`: what a swap accepts at least, in units of what it buys; undefined for no swap. */
type Read = {
  readonly reading: CallReading;
  readonly least: bigint | undefined;
  readonly tokens: readonly Address[];
};
type Swap = Read & { readonly least: bigint };

const readOf = (call: Call): Read | undefined => {
  const known = readCall(call);
  if (known === undefined) return undefined;
  const { protocol, reading } = known;
  return { reading, least: minOutOf(call), tokens: protocol.tokens(reading) };
};

const isSwap = (one: Read): one is Swap => one.least !== undefined;
const swapsIn = (calls: readonly (Read | undefined)[]): readonly Swap[] =>
  calls.filter((one) => one !== undefined).filter(isSwap);
const isAllowance = ({ reading, least }: Read): boolean => least === undefined && reading.spender !== ZERO_ADDRESS;

const floorWords = ({ reading, least }: Read, worth: WorthOf | undefined): readonly string[] => {
  if (least === undefined) return [];
  if (least === 0n) return ["accepts nothing at all in return for what it spends"];
  if (worth === undefined) return [];
  const [spent, bought] = [worth(reading.tokenIn, reading.amountIn), worth(reading.tokenOut, least)];
  if (spent === undefined || bought === undefined)
    return ["trades what has no price here: nobody can say what it may lose"];
  if (spent === 0n || bought * BPS >= spent * FAIR_BPS) return [];
  return [`accepts as little as ${decimal((bought * BPS) / spent, BPS_DECIMALS)} % of what it spends in return`];
};

/** The account that a call without a swap and without an allowance pays: the only address that it names. */
const payeeOf = ({ tokenOut, spender, recipient, keyBytes }: CallReading): Address | undefined => {
  if (tokenOut !== ZERO_ADDRESS || spender !== ZERO_ADDRESS || recipient !== ZERO_ADDRESS) return undefined;
  return keyBytes.length === ZERO_ADDRESS.length ? address(keyBytes) : undefined;
};

/** How much of a token these calls have a spender take by themselves. */
const spentThere = (calls: readonly (Read | undefined)[], { spender, tokenIn }: CallReading): bigint =>
  added(
    swapsIn(calls)
      .filter(({ reading }) => reading.spender === spender && reading.tokenIn === tokenIn)
      .map(({ reading }) => reading.amountIn),
  );

/** `later`: the calls behind it, which alone can use up what it allows. */
const allowanceWords = (one: Read, later: readonly (Read | undefined)[], view: DangerView): readonly string[] => {
  if (!isAllowance(one)) return [];
  const { spender, tokenIn, amountIn } = one.reading;
  const used = spentThere(later, one.reading);
  const token = view.names.token(tokenIn);
  const words = (units: bigint): string =>
    token === undefined ? `${units} units of ${tokenIn}` : `${exactText(units, token.decimals)} ${token.symbol}`;
  return [
    ...(view.knows(spender)
      ? []
      : [`lets ${spender} spend the treasury's tokens, an account that the address book does not know`]),
    ...(amountIn > used
      ? [
          `lets ${view.names.router(spender) ?? spender} spend ${words(amountIn)}, and the calls behind it spend ${words(used)} there`,
        ]
      : []),
  ];
};

const recipientWords = ({ reading: { recipient }, least }: Read, { treasury }: DangerView): readonly string[] => {
  if (least === undefined || recipient === treasury) return [];
  if (recipient === ZERO_ADDRESS) return ["sends what it buys to nobody"];
  return [`sends what it buys to ${recipient}, which is not the treasury`];
};

/** The calls of a proposal, each with what it is read as. */
type Reads = readonly { readonly call: Call; readonly one: Read | undefined }[];

const callDangers = (reads: Reads, index: number, view: DangerView): readonly string[] => {
  const found = reads[index];
  if (found === undefined) return [];
  const { call, one } = found;
  if (one === undefined) {
    return [`calls a function that nothing here can read (${selectorOf(call)} of ${call.target}): it may do anything`];
  }
  const payee = payeeOf(one.reading);
  const unknown = [...new Set(one.tokens)].filter((token) => view.names.token(token) === undefined);
  return [
    ...(view.knows(call.target) ? [] : [`calls ${call.target}, a contract that the address book does not know`]),
    ...(payee === undefined || payee === view.treasury
      ? []
      : [`gives the treasury's money away for good, to ${payee}`]),
    ...recipientWords(one, view),
    ...allowanceWords(
      one,
      reads.slice(index + 1).map(({ one: later }) => later),
      view,
    ),
    ...floorWords(one, view.worth),
    ...unknown.map((token) => `moves a token that the address book does not know: ${token}`),
  ];
};

/**
 * What swaps may lose together, each of which is fair by itself: those that have prices, against the largest spend, since money
 * that goes round and round is the same money.
 */
const togetherWords = (swaps: readonly Swap[], worth: WorthOf): readonly string[] => {
  const priced = swaps.flatMap(({ reading, least }) => {
    const [spent, bought] = [worth(reading.tokenIn, reading.amountIn), worth(reading.tokenOut, least)];
    return spent === undefined || bought === undefined ? [] : [{ spent, lost: spent - bought }];
  });
  const largest = priced.reduce((most, { spent }) => (spent > most ? spent : most), 0n);
  const lost = added(priced.map(({ lost: one }) => one));
  if (priced.length < 2 || largest === 0n || lost * BPS <= largest * (BPS - FAIR_BPS)) return [];
  const part = decimal((lost * BPS) / largest, BPS_DECIMALS);
  return [`Its swaps together may lose ${part} % of what the largest of them spends`];
};

/** A bound on the loss that bounds nothing; silent where something of what the calls spend is not known. */
const boundWords = (maxLoss: bigint, reads: readonly (Read | undefined)[], worth: WorthOf): readonly string[] => {
  const spent = reads.map((one) => {
    if (one === undefined) return undefined;
    return isAllowance(one) ? 0n : worth(one.reading.tokenIn, one.reading.amountIn);
  });
  const known = spent.filter((one) => one !== undefined);
  if (known.length < spent.length || maxLoss <= added(known)) return [];
  return [`It may lose ${dollars(maxLoss)}, and all that its calls spend is worth ${dollars(added(known))}`];
};

/**
 * What of a proposal's bytes could hurt whoever votes for it, in words, one sentence each; empty where nothing was found. It
 * judges what the calls themselves permit, whatever the mandate would refuse and whatever the proposer says.
 */
export const dangersOf = ({ calls, maxLoss, submitter }: Proposal, view: DangerView): readonly string[] => {
  const reads = calls.map((call) => ({ call, one: readOf(call) }));
  const known = reads.map(({ one }) => one);
  const { worth } = view;
  return [
    ...reads.flatMap((_, index) => callDangers(reads, index, view).map((words) => `Call ${index + 1} ${words}`)),
    ...(calls.length === 0 ? ["It makes no call: voting for it only uses up a nonce"] : []),
    ...(worth === undefined ? [] : [...togetherWords(swapsIn(known), worth), ...boundWords(maxLoss, known, worth)]),
    ...(submitter === ZERO_ADDRESS ? [] : [`Only ${submitter} may execute it, when that account chooses`]),
  ];
};

/** The amounts that {@link dangersOf} asks the worth of, each once. */
export const amountsOf = ({ calls }: Proposal): readonly (readonly [Address, bigint])[] => {
  const asked = calls
    .map(readOf)
    .filter((one) => one !== undefined)
    .filter((one) => !isAllowance(one))
    .flatMap(({ reading, least }): readonly (readonly [Address, bigint])[] => [
      [reading.tokenIn, reading.amountIn],
      ...(least === undefined ? [] : [[reading.tokenOut, least] as const]),
    ]);
  return [...new Map(asked.map((one) => [one.join(" "), one])).values()];
};

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
