import { type Contract, type Signer, MaxUint256 } from "ethers";
import { readArtifact } from "../lib/artifact.ts";
import { deployArtifact } from "./dex.ts";
import { transact } from "./liquidity.ts";

/** One market to be made. Rates are with 18 decimals: a year's as the published rate model counts years, parts, and a price. */
export type ShareMarketSpec = {
  readonly name: string;
  readonly asset: string;
  readonly decimals: number;
  /** A year of the model has 2,102,400 blocks. */
  readonly rates: {
    readonly base: bigint;
    readonly multiplier: bigint;
    readonly jump: bigint;
    readonly kink: bigint;
  };
  readonly reserveFactor: bigint;
  readonly collateralFactor: bigint;
  /** A whole asset in dollars, with 18 decimals. */
  readonly price: bigint;
};

/** A genuine market of Compound's v2. */
export type CompoundMarket = {
  readonly comptroller: Contract;
  readonly oracle: Contract;
  readonly markets: readonly Contract[];
};

const ROOT = "@thenextblock/hardhat-compound/dist/artifacts/contracts/compound";
const at = (name: string): string => `${ROOT}/${name}.sol/${name}.json`;

/** Where each published artifact lives. All code is the publisher's own, byte for byte. */
export const COMPOUND = {
  Comptroller: at("Comptroller"),
  Market: at("CErc20Immutable"),
  Rates: at("JumpRateModelV2"),
  Oracle: at("SimplePriceOracle"),
} as const;

/** Shares have eight decimals, and begin at a fiftieth of a unit. */
const SHARE_DECIMALS = 8;
const FIRST_RATE = 2n * 10n ** 16n;
const WAD = 10n ** 18n;
const CLOSE_FACTOR = WAD / 2n;
const LIQUIDATION_INCENTIVE = (108n * WAD) / 100n;

/** What a share is worth while there is none, with 18 decimals beside those of share and asset. */
export const firstRateOf = (decimals: number): bigint =>
  (FIRST_RATE * 10n ** BigInt(decimals)) / 10n ** BigInt(SHARE_DECIMALS);

/** Sends a call, and reads from the state that it left whether it did what it was asked: it would answer a code and not revert. */
const demand = async (contract: Contract, method: string, args: readonly unknown[]): Promise<void> => {
  const code: unknown = await contract.getFunction(method).staticCall(...args);
  if (typeof code === "bigint" && code !== 0n) throw new Error(`${method} answers code ${code}`);
  await transact(contract, method, args);
};

/**
 * Deploys the published Compound v2 with one market for each spec, at a price that stands still. `signer` may do everything in it.
 * Every transaction fits 12.5 M gas.
 * @throws Error when a transaction reverts or answers a code
 */
export const deployCompound = async (signer: Signer, specs: readonly ShareMarketSpec[]): Promise<CompoundMarket> => {
  const me = await signer.getAddress();
  const deploy = (specifier: string, args: readonly unknown[] = []) =>
    deployArtifact(signer, readArtifact(specifier), args);
  const [comptroller, oracle] = [await deploy(COMPOUND.Comptroller), await deploy(COMPOUND.Oracle)];
  await demand(comptroller, "_setPriceOracle", [oracle.target]);
  await demand(comptroller, "_setCloseFactor", [CLOSE_FACTOR]);
  await demand(comptroller, "_setLiquidationIncentive", [LIQUIDATION_INCENTIVE]);
  const markets: Contract[] = [];
  for (const { name, asset, decimals, rates, reserveFactor, collateralFactor, price } of specs) {
    const model = await deploy(COMPOUND.Rates, [rates.base, rates.multiplier, rates.jump, rates.kink, me]);
    const named = [`share of ${name}`, `c${name}`, SHARE_DECIMALS];
    const args = [asset, comptroller.target, model.target, firstRateOf(decimals), ...named, me];
    const market = await deploy(COMPOUND.Market, args);
    await transact(oracle, "setDirectPrice", [asset, (price * WAD) / 10n ** BigInt(decimals)]);
    await demand(comptroller, "_supportMarket", [market.target]);
    await demand(comptroller, "_setCollateralFactor", [market.target, collateralFactor]);
    await demand(market, "_setReserveFactor", [reserveFactor]);
    markets.push(market);
  }
  return { comptroller, oracle, markets };
};

/** Others lend, and borrow of it against what they lent; whoever signs for `token` is all of them, and has the tokens. */
export const fillMarket = async (
  { comptroller }: CompoundMarket,
  {
    market,
    token,
    lent,
    borrowed,
  }: {
    readonly market: Contract;
    readonly token: Contract;
    readonly lent: bigint;
    readonly borrowed: bigint;
  },
): Promise<void> => {
  await transact(token, "approve", [market.target, MaxUint256]);
  await demand(market, "mint", [lent]);
  await transact(comptroller, "enterMarkets", [[market.target]]);
  if (borrowed !== 0n) await demand(market, "borrow", [borrowed]);
};
