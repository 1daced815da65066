import type { PriceFeed } from "../../adapters/readers/priceSources.ts";
import type { MoneyActivity } from "../../adapters/readers/moneyActivity.ts";
import type { Shares } from "../../adapters/readers/treasuryView.ts";
import { type ChainSnapshot, type TokenState, valueAt } from "../../core/chainSnapshot.ts";
import { priceFrom } from "../../views/names.ts";
import { type WorstCase, worstCaseText } from "../../views/worstCase.ts";
import type {
  HoldingDocument,
  PaymentsDocument,
  PortfolioDocument,
  PriceDocument,
  PricesDocument,
  WorstCaseDocument,
} from "../schema/money.ts";
import { amountOf, asOfView, bandOf, tokenAmount, usd } from "./amounts.ts";
import type { GatewayState } from "./state.ts";

const SHARE_SYMBOL = "shares";
/** Rows of a list of channels or jobs. */
const MAX_ROWS = 100;

/** What the treasury is worth at both ends of the band, in the base asset; null while a price is missing. */
export const valueDocument = ({ view, asset }: Pick<GatewayState, "asset"> & { readonly view: ChainSnapshot }) => {
  const value = view.treasuryValue;
  return value === undefined ? null : { lower: amountOf(value.lower, asset), upper: amountOf(value.upper, asset) };
};

export const worstCaseDocuments = (cases: readonly WorstCase[], { book }: GatewayState): WorstCaseDocument[] =>
  cases.map((worst) => ({
    riskClass: worst.className,
    inADay: usd(worst.inADay),
    atOnce: usd(worst.atOnce),
    passesNothing: worst.passesNothing ?? null,
    words: worstCaseText(worst, book),
  }));

const holding = (token: TokenState, { names }: GatewayState): HoldingDocument => {
  const worth = (price: bigint) => usd(valueAt(token, token.balance, price));
  const amount = (units: bigint) => tokenAmount(token.token, units, names);
  return {
    symbol: names.token(token.token)?.symbol ?? token.token,
    token: token.token,
    balance: amount(token.balance),
    value: token.status === "Ready" ? { lower: worth(token.price.lower), upper: worth(token.price.upper) } : null,
    status: token.status,
    perAction: amount(token.perAction),
    remainingForAll: amount(token.remainingForAll),
    breaker: token.level,
  };
};

const sharesDocument = (shares: Shares, state: GatewayState): NonNullable<PortfolioDocument["shares"]> => {
  const value = state.view.treasuryValue;
  const one = 10n ** BigInt(shares.decimals);
  const worth = (units: bigint) => amountOf((units * one) / shares.supply, state.asset);
  return {
    supply: amountOf(shares.supply, { symbol: SHARE_SYMBOL, decimals: shares.decimals }),
    worth:
      value === undefined || shares.supply === 0n ? null : { lower: worth(value.lower), upper: worth(value.upper) },
    performanceFeeBps: shares.performanceFeeBps,
    minHoldingTime: shares.minHoldingTime,
  };
};

export const portfolioDocument = (
  state: GatewayState,
  { shares, worstCases }: { readonly shares: Shares; readonly worstCases: readonly WorstCase[] },
): PortfolioDocument => ({
  asOf: asOfView(state.view),
  asset: state.asset.symbol,
  value: valueDocument(state),
  holdings: state.view.tokens.map((token) => holding(token, state)),
  shares: sharesDocument(shares, state),
  lossPerAction: usd(state.view.lossPerAction),
  remainingLoss: usd(state.view.remainingLoss),
  worstCase: worstCaseDocuments(worstCases, state),
  breaker: state.view.everything,
  notes: [],
});

const price = (
  token: TokenState,
  { names }: GatewayState,
  feeds: ReadonlyMap<string, PriceFeed> | undefined,
): PriceDocument => {
  const feed = feeds?.get(token.token);
  return {
    symbol: names.token(token.token)?.symbol ?? token.token,
    token: token.token,
    status: token.status,
    band: token.status === "Ready" ? bandOf(token.price) : null,
    quorum: feed?.quorum ?? null,
    sources: (feed?.sources ?? []).map((source) => ({
      reader: source.reader,
      maxAge: source.maxAge,
      deviationBps: source.deviationBps,
      price: source.price === undefined ? null : usd(source.price),
      updatedAt: source.updatedAt ?? null,
    })),
  };
};

/** Prices of the treasury's tokens. `feeds` is undefined before they were read. */
export const priceDocuments = (
  state: GatewayState,
  feeds: ReadonlyMap<string, PriceFeed> | undefined,
): readonly PriceDocument[] => state.view.tokens.map((token) => price(token, state, feeds));

export const pricesDocument = (state: GatewayState, feeds: ReadonlyMap<string, PriceFeed>): PricesDocument => ({
  asOf: asOfView(state.view),
  items: [...priceDocuments(state, feeds)],
  pools: state.display.pools.flatMap(({ pool, sqrtPriceX96 }) => {
    const name = state.names.pool(pool);
    return name === undefined
      ? []
      : [{ label: name.label, price: priceFrom(name, sqrtPriceX96), quote: name.quote.symbol }];
  }),
  notes: state.fleet === undefined ? ["Pools are read by a fleet, and none runs beside this gateway."] : [],
});

const newest = <T extends { readonly block: number }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => b.block - a.block).slice(0, MAX_ROWS);

export const paymentsDocument = (state: GatewayState, { ledger, channels, jobs }: MoneyActivity): PaymentsDocument => {
  const count = (wanted: string): number => channels.filter(({ state: is }) => is === wanted).length;
  return {
    asOf: asOfView(state.view),
    ledger: ledger.map((row) => ({
      symbol: row.symbol,
      owed: amountOf(row.owed, row),
      held: amountOf(row.held, row),
    })),
    channels: {
      opened: channels.length,
      closing: count("closing"),
      closed: count("closed"),
      items: newest(channels).map(({ id, receiver, state: is, block }) => ({
        id,
        receiver,
        state: is,
        openedIn: block,
      })),
    },
    jobs: {
      funded: jobs.length,
      items: newest(jobs).map(({ id, worker, state: is, block }) => ({ id, worker, state: is, fundedIn: block })),
    },
    notes: [],
  };
};
