import type { Provider } from "ethers";
import { DEFAULT_SEED, readAnalytics } from "../../keepers/adapters/readers/analyticsView.ts";
import { type AnalyticsView, analyticsLines, isWhole } from "../../keepers/views/analytics.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { type Command, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { say, sayJson, warn } from "../lib/output.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";

const BPS = 10_000;
const asJson = ({ analysis: { report, ...compared }, ...view }: AnalyticsView) => ({
  ...view,
  ...compared,
  report: { ...report, balances: Object.fromEntries(report.balances) },
});

/** The last block that is read. @throws UsageError for one that the chain does not have yet, or from before the treasury */
const lastBlock = async (
  provider: Pick<Provider, "getBlockNumber">,
  { contracts, deployedAt }: AddressBook,
  to: number | undefined,
): Promise<number> => {
  const newest = await provider.getBlockNumber();
  const first = contracts["Treasury"]?.block ?? deployedAt;
  if (to === undefined) return newest;
  if (to >= first && to <= newest) return to;
  throw new UsageError(
    `--to must be a block from ${first}, where the treasury begins, to ${newest}, the newest: got ${to}`,
  );
};

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const cashRate = (wholeNumber(values, "cash-bps", 0) ?? 0) / BPS;
  const seed = wholeNumber(values, "seed", 0) ?? DEFAULT_SEED;
  const to = wholeNumber(values, "to", 0);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const block = await lastBlock(provider, book, to);
    const view = await readAnalytics({ book, provider, warn }, block, { cashRate, seed });
    if (values.has("json")) sayJson(asJson(view));
    else analyticsLines(view, book).forEach(say);
    return isWhole(view) ? 0 : 1;
  } finally {
    provider.destroy();
  }
};

/** A treasury's profit and loss from its first block on; reads only. Answers 1 where anything is left over. */
export const analytics: Command = {
  about: "what the treasury earned: by agent, strategy, venue and cause, with what is left over; reads only",
  example: "--json",
  options: {
    to: { value: "BLOCK", about: "up to this block; by default the newest" },
    "cash-bps": { value: "NUMBER", about: "what cash earns a year, in basis points, for the comparison; by default 0" },
    seed: { value: "NUMBER", about: `the chance of the intervals; by default ${DEFAULT_SEED}` },
    ...READING_OPTIONS,
  },
  run,
};
