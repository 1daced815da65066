import type { Provider } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import { NexusToken__factory, OracleHub__factory, Treasury__factory } from "../../../types/index.ts";
import { QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import type { Band, ListedAsset } from "../../quant/analytics/treasuryValue.ts";
import { inBatches } from "./batches.ts";
import type { LogSource } from "./logs.ts";
import type { TreasuryPlaces } from "./treasuryLogs.ts";

/** Prices of a block in its middle and with both ends of their bands; a token without a price then is missing. */
export type BlockPrices = ReadonlyMap<string, Band & { readonly middle: bigint }>;

/** Every ERC-20 answers balanceOf() and decimals() alike. */
const erc20 = NexusToken__factory;

type Source = Pick<LogSource, "book" | "provider">;

/** The hub's prices at the end of a block. @throws Error when the node has not kept that block's state */
export const pricesAt = async (
  { book, provider }: Source,
  tokens: readonly string[],
  block: number,
): Promise<BlockPrices> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const quotes = await inBatches(tokens, (token) => hub.previewQuote(token, { blockTag: block }));
  const pairs = quotes.flatMap(({ status, answer: { middle, lower, upper } }, index) => {
    const token = tokens[index];
    const isReady = QUOTE_STATUSES[Number(status)] === "Ready" && token !== undefined;
    return isReady ? [[token, { middle, lower, upper }] as const] : [];
  });
  return new Map(pairs);
};

/** How many decimals each token has. */
export const decimalsOf = async (provider: Provider, tokens: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  new Map(
    await inBatches(tokens, async (token) => [token, Number(await erc20.connect(token, provider).decimals())] as const),
  );

/** What a treasury holds of each token at the end of a block, in units, what it owes included. */
export const balancesAt = async (
  provider: Provider,
  { treasury, tokens }: TreasuryPlaces,
  block: number,
): Promise<ReadonlyMap<string, bigint>> =>
  new Map(
    await inBatches(
      tokens,
      async (token) => [token, await erc20.connect(token, provider).balanceOf(treasury, { blockTag: block })] as const,
    ),
  );

/** How the treasury counts its assets at a block: the base asset, and the others with their caps. */
export type Listing = { readonly base: Omit<ListedAsset, "cap" | "isUnit">; readonly others: readonly ListedAsset[] };

/** Reads a block's listing, and what the contract itself says all of it is worth, in the base asset's units. */
export const readListing = async (
  { book, provider }: Source,
  {
    block,
    prices,
    decimals,
  }: { readonly block: number; readonly prices: BlockPrices; readonly decimals: ReadonlyMap<string, number> },
): Promise<Listing & { readonly totalAssets: bigint }> => {
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  const at = { blockTag: block };
  const known = (token: string) => ({ token, decimals: decimals.get(token) ?? 0, band: prices.get(token) });
  const [base = "", ...rest] = await treasury.assets(at);
  const others = await inBatches(rest, async (token) => ({
    ...known(token),
    cap: await treasury.assetCapOf(token, at),
    isUnit: await treasury.isUnitOfBase(token, at),
  }));
  return { base: known(base), others, totalAssets: await treasury.totalAssets(at) };
};
