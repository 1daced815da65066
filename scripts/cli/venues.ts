import { readVenues } from "../../keepers/adapters/venues/all.ts";
import { aggregatorLine, lendingLines, shareMarketLines } from "../../keepers/views/venues.ts";
import type { Command, Values } from "../lib/command.ts";
import { say, sayJson, sayLines } from "../lib/output.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const found = await readVenues(book, provider);
    if (values.has("json")) {
      sayJson(found);
      return 0;
    }
    for (const { name, kind, router, pools } of found.exchanges)
      say(`${name}  exchange ${router} of kind ${kind}, ${pools} ${pools === 1 ? "pool" : "pools"}`);
    for (const { state } of found.aggregators) say(aggregatorLine(state));
    for (const market of found.lending)
      sayLines(market.kind === "aaveV3" ? lendingLines(market.state) : shareMarketLines(market.state));
    return 0;
  } finally {
    provider.destroy();
  }
};

/** Reads every venue of the address book; writes nothing. */
export const venues: Command = {
  about: "each exchange, aggregator and lending market: what it holds, earns and lets one do, what is ours; reads only",
  example: "--json",
  options: READING_OPTIONS,
  run,
};
