import { readEverything, readOracles } from "../../keepers/adapters/readers/oracles.ts";
import { type HealthPolicy, feedHealth } from "../../keepers/market/prices/feedHealth.ts";
import { alertText, oracleLines } from "../../keepers/views/oracles.ts";
import type { Command, Values } from "../lib/command.ts";
import { say, sayJson, sayLines } from "../lib/output.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";

/** Below a quarter of all confidence a price is worth a look; blocks and clocks differ by seconds. */
const POLICY: HealthPolicy = { leastConfidenceBps: 2_500n, heartbeatSlack: 60n, aheadSlack: 5n };

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const [everything, oracles] = await Promise.all([readEverything(book, provider), readOracles(book, provider)]);
    const all = oracles.map((oracle) => ({ ...oracle, health: feedHealth(oracle, POLICY) }));
    const isWrong = all.some(({ status }) => status !== "Ready");
    if (values.has("json")) {
      sayJson({ isRight: !isWrong, everything, oracles: all });
      return isWrong ? 1 : 0;
    }
    if (everything !== "Normal") say(`everything: breaker ${everything}`);
    for (const { health, ...oracle } of all) {
      sayLines(oracleLines(oracle, health));
      for (const alert of health.alerts) say(`    ! ${alertText(alert)}`);
    }
    return isWrong ? 1 : 0;
  } finally {
    provider.destroy();
  }
};

/** Reads each asset's price and sources; writes nothing. */
export const oracles: Command = {
  about: "each asset's price, its sources, and what it would take to lose it; reads only",
  example: "--json",
  options: READING_OPTIONS,
  run,
};
