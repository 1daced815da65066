import type { AddressBook } from "../../../deployments/schema.ts";
import { address } from "../../core/units.ts";
import type { Address } from "../../core/units.ts";
import { printable } from "../../core/printable.ts";
import type { ChainSnapshot, PriceBand } from "../../core/chainSnapshot.ts";
import { reasonFor } from "../../views/reasons.ts";
import { type Names, namesOf } from "../../views/names.ts";
import type { Amount, AsOf, ReasonDocument } from "../schema/common.ts";

export const USD_DECIMALS = 18;
const GAS_DECIMALS = 18;

export const amountOf = (units: bigint, { symbol, decimals }: Pick<Amount, "symbol" | "decimals">): Amount => ({
  units: units.toString(),
  decimals,
  symbol,
});

/** An amount in US dollars of 18 decimals. */
export const usd = (units: bigint): Amount => amountOf(units, { symbol: "USD", decimals: USD_DECIMALS });

/** An amount of the chain's own coin, in wei. */
export const wei = (units: bigint): Amount => amountOf(units, { symbol: "SEI", decimals: GAS_DECIMALS });

/** An amount of a token; one that the address book does not know is told in its units. */
export const tokenAmount = (token: Address, units: bigint, names: Names): Amount =>
  amountOf(units, names.token(token) ?? { symbol: token, decimals: 0 });

export const asOfView = ({ block, time }: Pick<ChainSnapshot, "block" | "time">): AsOf => ({
  block: Number(block),
  time: Number(time),
});

/** A band of dollars. */
export const bandOf = ({ lower, middle, upper }: PriceBand) => ({
  lower: usd(lower),
  middle: usd(middle),
  upper: usd(upper),
});

/** A code with what it means and what to do. One that nobody knows is somebody else's text. [NX-GTW-06] */
export const reasonDocument = (code: string): ReasonDocument => {
  const { what, next } = reasonFor(code);
  return { code: printable(code), what: printable(what), next: next ?? null };
};

/** A page need not hold more of somebody else's words. */
const MAX_UNTRUSTED = 4_000;

/**
 * Text from outside as it may be shown: cut, and what cannot be seen or turns the direction of text is written as its code
 * point. What shows it need only take it as text. [NX-GTW-06]
 */
export const untrusted = (text: string | undefined): string | null =>
  text === undefined ? null : printable(text.slice(0, MAX_UNTRUSTED));

/** How often each reason was given, most frequent first. */
export const countedReasons = (
  counts: Readonly<Record<string, number>>,
): readonly { readonly reason: ReasonDocument; readonly count: number }[] =>
  Object.entries(counts)
    .map(([code, count]) => ({ reason: reasonDocument(code), count }))
    .sort((a, b) => b.count - a.count);

/** A deployment's book with the names that all documents use. */
export type AmountNames = { readonly book: AddressBook; readonly names: Names; readonly asset: Amount };

/** The token in which the treasury counts its value, in an amount of zero. */
export const namingOf = (book: AddressBook, asset: string): AmountNames => {
  const names = namesOf(book);
  const token = names.token(address(asset)) ?? { symbol: asset, decimals: 0 };
  return { book, names, asset: amountOf(0n, token) };
};
