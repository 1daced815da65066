import type { AddressBook } from "../../deployments/schema.ts";
import { type Address, address } from "../core/units.ts";

/** A token as people call it. */
export type TokenName = { readonly symbol: string; readonly decimals: number };

/** A pool, and which way round its price is told. */
export type PoolName = {
  readonly label: string;
  readonly base: TokenName;
  readonly quote: TokenName;
  readonly isBaseToken0: boolean;
};

/** Words for what the chain knows by address only. */
export type Names = {
  readonly token: (at: Address) => TokenName | undefined;
  readonly router: (at: Address) => string | undefined;
  readonly pool: (at: Address) => PoolName | undefined;
};

/** What prices are told in, first choice first. */
const QUOTES = ["USDC", "WETH", "WSEI"];

const rank = ({ symbol }: TokenName): number => {
  const index = QUOTES.indexOf(symbol);
  return index === -1 ? QUOTES.length : index;
};

/** 3000 → "0.3 %". */
export const feeText = (feePips: number): string => `${feePips / 10_000} %`;

const poolName = (
  token0: TokenName,
  token1: TokenName,
  pool: { readonly kind: string; readonly feePips: number },
): PoolName => {
  const isBaseToken0 = rank(token0) > rank(token1);
  const [base, quote] = isBaseToken0 ? [token0, token1] : [token1, token0];
  return { label: `${base.symbol}/${quote.symbol} ${pool.kind} ${feeText(pool.feePips)}`, base, quote, isBaseToken0 };
};

/** The words of an address book. */
export const namesOf = ({ environment }: Pick<AddressBook, "environment">): Names => {
  const tokens = new Map<Address, TokenName>(
    Object.values(environment.tokens).map(({ address: at, symbol, decimals }) => [address(at), { symbol, decimals }]),
  );
  const routers = new Map<Address, string>([
    ...[...environment.dexes, ...(environment.aggregators ?? [])].map(({ router, name }): [Address, string] => [
      address(router),
      name,
    ]),
    ...(environment.lending ?? []).map(({ pool, name }): [Address, string] => [address(pool), name]),
  ]);
  const pools = new Map<Address, PoolName>(
    environment.pools.flatMap((pool) => {
      const [token0, token1] = [tokens.get(address(pool.token0)), tokens.get(address(pool.token1))];
      return token0 === undefined || token1 === undefined
        ? []
        : [[address(pool.address), poolName(token0, token1, pool)]];
    }),
  );
  return { token: (at) => tokens.get(at), router: (at) => routers.get(at), pool: (at) => pools.get(at) };
};

/** A pool's price from the √ of token1 per token0 in Q64.96: one base in quote, whole units, for showing. */
export const priceFrom = ({ base, quote, isBaseToken0 }: PoolName, sqrtPriceX96: bigint): number => {
  const root = Number(sqrtPriceX96) / 2 ** 96;
  const raw = isBaseToken0 ? root * root : 1 / (root * root);
  return raw * (Number(10n ** BigInt(base.decimals)) / Number(10n ** BigInt(quote.decimals)));
};
