import { addressOf } from "../../../deployments/lookup.ts";
import { IPriceSource__factory, OracleHub__factory } from "../../../types/index.ts";
import type { LogSource } from "./logs.ts";

/** One source of a price. `price` in USD with 18 decimals; undefined where it does not answer. Times in seconds. */
export type PriceSource = {
  readonly reader: string;
  readonly maxAge: number;
  readonly deviationBps: number;
  readonly price: bigint | undefined;
  readonly updatedAt: number | undefined;
};

/** How an asset is priced: how many fresh sources it needs, and what each of them says. */
export type PriceFeed = { readonly quorum: number; readonly sources: readonly PriceSource[] };

/**
 * Reads the feed of an asset and asks each of its sources; one that fails stands without a price.
 * @throws Error when the oracle hub does not answer
 */
export const readFeed = async (
  { book, provider }: Pick<LogSource, "book" | "provider">,
  asset: string,
): Promise<PriceFeed> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const { feed, sources } = await hub.feedOf(asset);
  const told = await Promise.all(
    sources.map(async ({ reader, maxAge, deviationBps }) => {
      const answer = await IPriceSource__factory.connect(reader, provider)
        .read()
        .catch(() => undefined);
      return {
        reader,
        maxAge: Number(maxAge),
        deviationBps: Number(deviationBps),
        price: answer?.[0],
        updatedAt: answer === undefined ? undefined : Number(answer[1]),
      };
    }),
  );
  return { quorum: Number(feed.quorum), sources: told };
};
