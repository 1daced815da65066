import { type Contract, type Signer, MaxUint256, getAddress } from "ethers";
import { type Dexes, v3PoolAt } from "./dex.ts";
import type { FairPrices } from "./requests.ts";
import { fairPrice } from "./planner.ts";
import { type PoolSpec, type PositionSpec, type SandboxTokenName, assetOf } from "./pools.ts";
import { type Orientation, sqrtFromPrice } from "./sizing.ts";

/** A token as the pools see it. */
export type LiquidityToken = { readonly name: SandboxTokenName; readonly address: string; readonly decimals: number };
export type Tokens = Readonly<Record<SandboxTokenName, LiquidityToken>>;

/** A pool that stands on the chain, with its tokens in the chain's order. */
export type LivePool = {
  readonly spec: PoolSpec;
  readonly address: string;
  readonly side: Orientation;
  readonly base: LiquidityToken;
  readonly quote: LiquidityToken;
};

/** What the set-up needs to fill pools: who pays, in which tokens, at which prices. */
export type Filling = {
  readonly signer: Signer;
  readonly dexes: Dexes;
  readonly tokens: Tokens;
  readonly prices: FairPrices;
};

const WAD = 10n ** 18n;
const LOG_TICK = Math.log(1.0001);

/** No estimate: what a v3 pool needs grows when the clock moves between the estimate and the block. */
const SETUP_GAS = 6_000_000n;

/** Sends a call of `contract` and waits until it is mined. @throws Error when it reverts */
export const transact = async (contract: Contract, method: string, args: readonly unknown[]): Promise<void> => {
  const overrides = { gasLimit: SETUP_GAS };
  const sent: { readonly wait: () => Promise<unknown> } = await contract.getFunction(method).send(...args, overrides);
  await sent.wait();
};

/** Raw units of `token` that are worth `usd` whole dollars. */
export const unitsOf = (token: LiquidityToken, usd: number, prices: FairPrices): bigint => {
  const asset = assetOf(token.name);
  return (BigInt(usd) * 10n ** BigInt(token.decimals) * WAD) / (asset === undefined ? WAD : prices[asset]);
};

/** How a pool of these two lies in the chain's order of addresses. */
export const orientation = (base: LiquidityToken, quote: LiquidityToken): Orientation => ({
  baseIsToken0: BigInt(base.address) < BigInt(quote.address),
  baseDecimals: base.decimals,
  quoteDecimals: quote.decimals,
});

/** The two values in the order of the chain's token0 and token1. */
const sorted = <T>(side: Orientation, base: T, quote: T): readonly [T, T] =>
  side.baseIsToken0 ? [base, quote] : [quote, base];

const addressFrom = async (contract: Contract, method: string, args: readonly unknown[]): Promise<string> =>
  getAddress(String(await contract.getFunction(method).staticCall(...args)));

const fillV2 = async (fill: Filling, pool: Omit<LivePool, "address">, depthUsd: number): Promise<string> => {
  const { base, quote } = pool;
  const [baseUnits, quoteUnits] = [unitsOf(base, depthUsd, fill.prices), unitsOf(quote, depthUsd, fill.prices)];
  const me = await fill.signer.getAddress();
  const args = [base.address, quote.address, baseUnits, quoteUnits, 0n, 0n, me, MaxUint256];
  await transact(fill.dexes.v2Router, "addLiquidity", args);
  return addressFrom(fill.dexes.v2Factory, "getPair", [base.address, quote.address]);
};

/** Ticks on both sides of the pool's own, at least as far as the position reaches, on the grid of the tick spacing. */
export const rangeOf = (tick: number, { reachPercent }: PositionSpec, spacing: number) => {
  const reach = Math.log(1 + reachPercent / 100) / LOG_TICK;
  return {
    tickLower: Math.floor((tick - reach) / spacing) * spacing,
    tickUpper: Math.ceil((tick + reach) / spacing) * spacing,
  };
};

const fillV3 = async (
  fill: Filling,
  pool: Omit<LivePool, "address">,
  shape: Extract<PoolSpec["liquidity"], { kind: "v3" }>,
): Promise<string> => {
  const { base, quote, side, spec } = pool;
  const { positionManager, v3Factory } = fill.dexes;
  const [token0, token1] = sorted(side, base.address, quote.address);
  const sqrtPriceX96 = sqrtFromPrice(fairPrice(spec, fill.prices), side);
  await transact(positionManager, "createAndInitializePoolIfNecessary", [token0, token1, spec.feePips, sqrtPriceX96]);
  const address = await addressFrom(v3Factory, "getPool", [token0, token1, spec.feePips]);
  const slot0: unknown = await v3PoolAt(address, fill.signer).getFunction("slot0").staticCall();
  const tick = Array.isArray(slot0) ? Number(slot0[1]) : Number.NaN;
  const recipient = await fill.signer.getAddress();
  for (const position of shape.positions) {
    const [amount0Desired, amount1Desired] = sorted(
      side,
      unitsOf(base, position.depthUsd, fill.prices),
      unitsOf(quote, position.depthUsd, fill.prices),
    );
    const range = rangeOf(tick, position, shape.tickSpacing);
    const order = { token0, token1, fee: spec.feePips, ...range, amount0Desired, amount1Desired };
    const bounds = { amount0Min: 0n, amount1Min: 0n, recipient, deadline: MaxUint256 };
    await transact(positionManager, "mint", [{ ...order, ...bounds }]);
  }
  return address;
};

/** Creates a pool at the fair price and fills it. The signer must hold and have approved the tokens. */
export const createPool = async (fill: Filling, spec: PoolSpec): Promise<LivePool> => {
  const [base, quote] = [fill.tokens[spec.base], fill.tokens[spec.quote]];
  const pool = { spec, base, quote, side: orientation(base, quote) };
  const shape = spec.liquidity;
  const address = shape.kind === "v2" ? await fillV2(fill, pool, shape.depthUsd) : await fillV3(fill, pool, shape);
  return { ...pool, address };
};
