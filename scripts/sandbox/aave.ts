import { type Signer, Contract, ZeroAddress, getAddress } from "ethers";
import type { RateCurve } from "../../keepers/market/lending/reserve.ts";
import { readLinkedArtifact } from "../lib/artifact.ts";
import { deployArtifact } from "./dex.ts";
import { transact } from "./liquidity.ts";

/** One reserve to be listed. Rates are in rays (10²⁷ = 100 % a year), ratios in basis points. */
export type ReserveSpec = {
  readonly name: string;
  readonly asset: string;
  readonly decimals: number;
  /** What answers `latestAnswer()` with the decimals of `unit` of the market. */
  readonly source: string;
  readonly rates: RateCurve;
  readonly loanToValueBps: number;
  readonly liquidationThresholdBps: number;
  /** 10,000 and the bonus. */
  readonly liquidationBonusBps: number;
};

export type ListedReserve = { readonly asset: string; readonly aToken: string; readonly variableDebt: string };

/** A genuine Aave v3 market, which Yei is a fork of. */
export type LendingMarket = {
  readonly provider: Contract;
  readonly pool: Contract;
  readonly configurator: Contract;
  readonly oracle: Contract;
  readonly data: Contract;
  readonly reserves: readonly ListedReserve[];
};

const ROOT = "@aave/core-v3/artifacts/contracts";
const pathOf = (file: string, name: string): string => `${ROOT}/${file}.sol/${name}.json`;
const logic = (name: string): string => pathOf(`protocol/libraries/logic/${name}`, name);

/** Where each published artifact lives. All code is the publisher's own, byte for byte, but for where its libraries lie. */
const AAVE = {
  AddressesProvider: pathOf("protocol/configuration/PoolAddressesProvider", "PoolAddressesProvider"),
  AclManager: pathOf("protocol/configuration/ACLManager", "ACLManager"),
  Pool: pathOf("protocol/pool/Pool", "Pool"),
  Configurator: pathOf("protocol/pool/PoolConfigurator", "PoolConfigurator"),
  Strategy: pathOf("protocol/pool/DefaultReserveInterestRateStrategy", "DefaultReserveInterestRateStrategy"),
  AToken: pathOf("protocol/tokenization/AToken", "AToken"),
  StableDebt: pathOf("protocol/tokenization/StableDebtToken", "StableDebtToken"),
  VariableDebt: pathOf("protocol/tokenization/VariableDebtToken", "VariableDebtToken"),
  Oracle: pathOf("misc/AaveOracle", "AaveOracle"),
  Data: pathOf("misc/AaveProtocolDataProvider", "AaveProtocolDataProvider"),
} as const;

/** In an order in which each library finds those that it is linked to. */
const LIBRARIES = [
  "SupplyLogic",
  "BorrowLogic",
  "LiquidationLogic",
  "EModeLogic",
  "BridgeLogic",
  "ConfiguratorLogic",
  "PoolLogic",
  "FlashLoanLogic",
] as const;

/** The name of the market, as Aave's provider of addresses has it. */
const MARKET = "NEXUS sandbox";
/** Stable rates are switched off, as on Sei; the curve wants numbers for them all the same. */
const STABLE = { slope1: 0n, slope2: 0n, premium: 0n, excess: 0n, ratio: 0n } as const;

type Deploy = (specifier: string, args?: readonly unknown[]) => Promise<Contract>;

/** Deploys what artifacts say, each with the libraries that were deployed before it. */
const deployer = async (signer: Signer): Promise<Deploy> => {
  const libraries = new Map<string, string>();
  const deploy: Deploy = (specifier, args = []) =>
    deployArtifact(signer, readLinkedArtifact(specifier, libraries), args);
  for (const name of LIBRARIES) libraries.set(name, await (await deploy(logic(name))).getAddress());
  return deploy;
};

const addressFrom = async (contract: Contract, method: string, args: readonly unknown[] = []): Promise<string> =>
  getAddress(String(await contract.getFunction(method).staticCall(...args)));

/** A contract behind a proxy, with the interface of the code that the proxy runs. */
const behind = (signer: Signer, at: string, { interface: abi }: Contract): Contract => new Contract(at, abi, signer);

/** Deploys pool, configurator and access list behind the market's provider of addresses; the signer may do everything. */
const deployPool = async (deploy: Deploy, signer: Signer) => {
  const me = await signer.getAddress();
  const provider = await deploy(AAVE.AddressesProvider, [MARKET, me]);
  await transact(provider, "setACLAdmin", [me]);
  const acl = await deploy(AAVE.AclManager, [provider.target]);
  await transact(provider, "setACLManager", [acl.target]);
  for (const role of ["addPoolAdmin", "addEmergencyAdmin"]) await transact(acl, role, [me]);
  const data = await deploy(AAVE.Data, [provider.target]);
  await transact(provider, "setPoolDataProvider", [data.target]);
  const poolCode = await deploy(AAVE.Pool, [provider.target]);
  await transact(provider, "setPoolImpl", [poolCode.target]);
  const configuratorCode = await deploy(AAVE.Configurator);
  await transact(provider, "setPoolConfiguratorImpl", [configuratorCode.target]);
  return {
    provider,
    data,
    pool: behind(signer, await addressFrom(provider, "getPool"), poolCode),
    configurator: behind(signer, await addressFrom(provider, "getPoolConfigurator"), configuratorCode),
  };
};

/** What every reserve's tokens run: one of each, behind a proxy for each reserve. */
const deployTokenCode = async (deploy: Deploy, pool: Contract) => ({
  aTokenImpl: (await deploy(AAVE.AToken, [pool.target])).target,
  stableDebtTokenImpl: (await deploy(AAVE.StableDebt, [pool.target])).target,
  variableDebtTokenImpl: (await deploy(AAVE.VariableDebt, [pool.target])).target,
});

type Listing = Awaited<ReturnType<typeof deployPool>> & {
  readonly deploy: Deploy;
  readonly code: Awaited<ReturnType<typeof deployTokenCode>>;
  readonly treasury: string;
};

const strategyArgs = (provider: Contract, { optimal, base, slope1, slope2 }: RateCurve): readonly unknown[] => {
  const { slope1: stable1, slope2: stable2, premium, excess, ratio } = STABLE;
  return [provider.target, optimal, base, slope1, slope2, stable1, stable2, premium, excess, ratio];
};

/** Lists one reserve, as collateral and to be borrowed. */
const listReserve = async (listing: Listing, spec: ReserveSpec): Promise<ListedReserve> => {
  const { deploy, provider, configurator, data, code, treasury } = listing;
  const { name, asset, decimals, rates } = spec;
  const strategy = await deploy(AAVE.Strategy, strategyArgs(provider, rates));
  const names = Object.fromEntries(
    (["aToken", "variableDebtToken", "stableDebtToken"] as const).flatMap((kind) => [
      [`${kind}Name`, `${kind} of ${name}`],
      [`${kind}Symbol`, `${kind === "aToken" ? "a" : kind.slice(0, 1)}${name}`],
    ]),
  );
  const input = {
    ...code,
    ...names,
    underlyingAssetDecimals: decimals,
    interestRateStrategyAddress: strategy.target,
    underlyingAsset: asset,
    treasury,
    incentivesController: ZeroAddress,
    params: "0x",
  };
  await transact(configurator, "initReserves", [[input]]);
  const { loanToValueBps, liquidationThresholdBps, liquidationBonusBps } = spec;
  const ratios = [loanToValueBps, liquidationThresholdBps, liquidationBonusBps];
  await transact(configurator, "configureReserveAsCollateral", [asset, ...ratios]);
  await transact(configurator, "setReserveBorrowing", [asset, true]);
  const tokens: unknown = await data.getFunction("getReserveTokensAddresses").staticCall(asset);
  const list: readonly unknown[] = Array.isArray(tokens) ? tokens : [];
  const [aToken, , variableDebt] = list;
  return { asset, aToken: getAddress(String(aToken)), variableDebt: getAddress(String(variableDebt)) };
};

/**
 * Deploys the published Aave v3 (core 1.19.3, the version that Yei forked) and lists `reserves`. `signer` may do everything
 * in it. Every transaction fits 12.5 M gas.
 * @param unit one dollar as the sources of the reserves say it
 * @throws Error when a transaction reverts
 */
export const deployAave = async (
  signer: Signer,
  reserves: readonly ReserveSpec[],
  unit: bigint,
): Promise<LendingMarket> => {
  const deploy = await deployer(signer);
  const market = await deployPool(deploy, signer);
  const [assets, sources] = [reserves.map(({ asset }) => asset), reserves.map(({ source }) => source)];
  // No fallback, and the base currency is the dollar, which has no address.
  const oracleArgs = [market.provider.target, assets, sources, ZeroAddress, ZeroAddress, unit];
  const oracle = await deploy(AAVE.Oracle, oracleArgs);
  await transact(market.provider, "setPriceOracle", [oracle.target]);
  const code = await deployTokenCode(deploy, market.pool);
  const listing = { ...market, deploy, code, treasury: await signer.getAddress() };
  const listed: ListedReserve[] = [];
  for (const spec of reserves) listed.push(await listReserve(listing, spec));
  return { ...market, oracle, reserves: listed };
};
