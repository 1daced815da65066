import type { AddressBook } from "../../deployments/schema.ts";
import type { ClassName } from "../core/riskClass.ts";
import { amountText, exactText } from "./amounts.ts";

/** A token that may fall and has no value in dollars now; amounts in its units, as `INexusLens` tells them. */
export type UnvaluedToken = { readonly token: string; readonly balance: bigint; readonly decrease: bigint };

/** What a corrupt quorum of one class could take in 24 hours, in USD with 18 decimals, as `INexusLens` tells it. */
export type WorstCase = {
  readonly className: ClassName;
  /** Why no proposal of the class passes now, or undefined when one can. */
  readonly passesNothing: string | undefined;
  readonly atOnce: bigint;
  readonly inADay: bigint;
  readonly notional: bigint;
  readonly deviation: bigint;
  readonly unvalued: readonly UnvaluedToken[];
};

/** Where the names of tokens are looked up. */
type Tokens = { readonly environment: Pick<AddressBook["environment"], "tokens"> };

const USD_DECIMALS = 18;
/** What the lens says of a balance that it cannot read. */
const UNREADABLE = 2n ** 256n - 1n;

const usd = (value: bigint): string => `$${amountText(value, USD_DECIMALS, 2)}`;

/** What may be taken of tokens that have no value in dollars, in their units; nothing of what is not held. */
const unvaluedTexts = ({ unvalued }: WorstCase, { environment }: Tokens): readonly string[] =>
  unvalued
    .filter(({ balance }) => balance > 0n)
    .map(({ token, balance, decrease }) => {
      const known = Object.values(environment.tokens).find(({ address }) => address === token);
      const { symbol, decimals } = known ?? { symbol: `units of ${token}`, decimals: 0 };
      const why = balance === UNREADABLE ? "whose balance cannot be read" : "which has no price";
      return `up to ${exactText(balance < decrease ? balance : decrease, decimals)} ${symbol}, ${why}`;
    });

/** One class in words: dollars, what has no value beside them, and what more where prices lie beyond the bands. */
export const worstCaseText = (worst: WorstCase, book: Tokens): string => {
  if (worst.passesNothing !== undefined) return `no more than the class below: ${worst.passesNothing}`;
  return [
    `${usd(worst.inADay)}, ${usd(worst.atOnce)} of it at once`,
    ...unvaluedTexts(worst, book),
    `${usd(worst.deviation)} more where prices are off by as much again as is accepted, of ${usd(worst.notional)} that may fall`,
  ].join("; ");
};

/** All classes that can pass something in one line, for a screen. */
export const worstCaseLine = (cases: readonly WorstCase[], book: Tokens): string => {
  const able = cases.filter(({ passesNothing }) => passesNothing === undefined);
  const highest = able.at(-1);
  if (highest === undefined) return "no class can pass anything";
  const dollars = able.map(({ className, inADay }) => `${usd(inADay)} ${className}`).join(", ");
  return [`at most ${dollars} in 24 h by a corrupt quorum`, ...unvaluedTexts(highest, book)].join("; ");
};
