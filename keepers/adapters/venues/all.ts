import type { Provider } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook, BookAggregator, BookLending } from "../../../deployments/schema.ts";
import { address } from "../../core/units.ts";
import type { LendingState } from "../../market/lending/market.ts";
import { readAaveV3 } from "./aaveV3.ts";
import { type AggregatorState, readSymphony } from "./symphony.ts";

/** An exchange of the address book. */
export type ExchangeVenue = {
  readonly kind: "v2" | "v3";
  readonly name: string;
  readonly router: string;
  readonly pools: number;
};

/** A lending market of the address book, as the treasury sees it. */
export type LendingVenue = { readonly kind: BookLending["kind"]; readonly state: LendingState };

/** An aggregator of the address book, as its router says it is. */
export type AggregatorVenue = { readonly kind: BookAggregator["kind"]; readonly state: AggregatorState };

export type VenueList = {
  readonly block: number;
  readonly exchanges: readonly ExchangeVenue[];
  readonly lending: readonly LendingVenue[];
  readonly aggregators: readonly AggregatorVenue[];
};

/** Who reads a lending market of each kind: one line each. */
const LENDING = { aaveV3: readAaveV3 } as const satisfies Readonly<Record<BookLending["kind"], typeof readAaveV3>>;

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
    lending: await Promise.all(
      lending.map(async (market) => ({
        kind: market.kind,
        state: await LENDING[market.kind](market, provider, question),
      })),
    ),
    aggregators: await Promise.all(
      aggregators.map(async (aggregator) => ({
        kind: aggregator.kind,
        state: await AGGREGATORS[aggregator.kind](aggregator, provider, newest.number),
      })),
    ),
  };
};
