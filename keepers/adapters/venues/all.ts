import type { Provider } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook, BookAggregator, BookLending, BookToken } from "../../../deployments/schema.ts";
import { assertNever } from "../../core/assertNever.ts";
import { address } from "../../core/units.ts";
import type { LendingState } from "../../market/lending/market.ts";
import type { ShareMarketState } from "../../market/shares/market.ts";
import { type LendingQuestion, readAaveV3 } from "./aaveV3.ts";
import { readCompoundV2 } from "./compoundV2.ts";
import { type AggregatorState, readSymphony } from "./symphony.ts";

/** An exchange of the address book. */
export type ExchangeVenue = {
  readonly kind: "v2" | "v3";
  readonly name: string;
  readonly router: string;
  readonly pools: number;
};

/** A lending market of the address book, as the treasury sees it. */
export type LendingVenue =
  | { readonly kind: "aaveV3"; readonly state: LendingState }
  | { readonly kind: "compoundV2"; readonly state: ShareMarketState };

/** An aggregator of the address book, as its router says it is. */
export type AggregatorVenue = { readonly kind: BookAggregator["kind"]; readonly state: AggregatorState };

export type VenueList = {
  readonly block: number;
  readonly exchanges: readonly ExchangeVenue[];
  readonly lending: readonly LendingVenue[];
  readonly aggregators: readonly AggregatorVenue[];
};

/** A lending market as whoever reads its kind finds it: one line each. */
const readLending = async (
  market: BookLending,
  provider: Provider,
  question: LendingQuestion & { readonly tokens: readonly BookToken[] },
): Promise<LendingVenue> => {
  switch (market.kind) {
    case "aaveV3":
      return { kind: market.kind, state: await readAaveV3(market, provider, question) };
    case "compoundV2":
      return { kind: market.kind, state: await readCompoundV2(market, provider, question) };
    default:
      return assertNever(market);
  }
};

/** Who reads an aggregator of each kind: one line each. */
const AGGREGATORS = { symphony: readSymphony } as const satisfies Readonly<
  Record<BookAggregator["kind"], typeof readSymphony>
>;

/**
 * Every venue of the address book at one block.
 * @throws Error when the chain does not answer or the book lacks the treasury
 */
export const readVenues = async (book: AddressBook, provider: Provider): Promise<VenueList> => {
  const newest = await provider.getBlock("latest");
  if (newest === null) throw new Error("the node has no newest block");
  const { dexes, pools, tokens, lending = [], aggregators = [] } = book.environment;
  const question = {
    account: address(addressOf(book, "Treasury")),
    block: newest.number,
    now: BigInt(newest.timestamp),
    tokens: Object.values(tokens),
  };
  return {
    block: newest.number,
    exchanges: dexes.map(({ kind, name, router }) => ({
      kind,
      name,
      router,
      pools: pools.filter(({ dex }) => dex === name).length,
    })),
    lending: await Promise.all(lending.map((market) => readLending(market, provider, question))),
    aggregators: await Promise.all(
      aggregators.map(async (aggregator) => ({
        kind: aggregator.kind,
        state: await AGGREGATORS[aggregator.kind](aggregator, provider, newest.number),
      })),
    ),
  };
};
