import type { AddressBook, BookAggregator } from "../../../deployments/schema.ts";
import { address } from "../../core/units.ts";
import type { RoutePool } from "../../market/routes/route.ts";

/** A pool of the address book through which an aggregator may lead the treasury. `dex`: its exchange's name there. */
export type BookRoutePool = RoutePool & { readonly dex: string };

/** The pools of the address book that an aggregator may lead through. */
export const routePoolsOf = (
  { environment: { pools } }: Pick<AddressBook, "environment">,
  { exchanges }: Pick<BookAggregator, "exchanges">,
): readonly BookRoutePool[] =>
  pools.flatMap(({ dex, kind, address: at, token0, token1, feePips }) => {
    const home = exchanges.find((exchange) => exchange.dex === dex);
    if (home === undefined) return [];
    return [
      {
        exchange: BigInt(home.number),
        dex,
        address: address(at),
        tokens: [address(token0), address(token1)],
        feePips: kind === "v3" ? BigInt(feePips) : 0n,
      },
    ];
  });
