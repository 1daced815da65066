import { type Signer, Contract, MaxUint256 } from "ethers";
import type { BookEnvironment, BookPooledLending } from "../../deployments/schema.ts";
import { type ReserveSpec, deployAave } from "./aave.ts";
import type { RateCurve } from "../../keepers/market/lending/reserve.ts";
import { type Tokens, transact } from "./liquidity.ts";

/** The sandbox's Yei: its entry of the address book, and the tokens of positions that NEXUS deals in. */
export type SandboxLending = {
  readonly market: BookPooledLending;
  readonly tokens: BookEnvironment["tokens"];
};

type LendingWorld = {
  readonly tokens: Tokens;
  readonly oracles: BookEnvironment["oracles"];
  /** Gives `amount` raw units to an account. */
  readonly mint: (token: "USDC" | "WSEI", account: string, amount: bigint) => Promise<void>;
};

const NAME = "Yei";
/** Of rates and ratios: all. */
const RAY = 10n ** 27n;
const PERCENT = RAY / 100n;
/** A dollar as API3's reader proxies say it. */
const UNIT = 10n ** 18n;
const VARIABLE_RATE = 2n;

const DOLLAR_RATES: RateCurve = { optimal: 90n * PERCENT, base: 0n, slope1: 5n * PERCENT, slope2: 60n * PERCENT };
const COIN_RATES: RateCurve = { optimal: 45n * PERCENT, base: 0n, slope1: 7n * PERCENT, slope2: 300n * PERCENT };

/** What others have lent and borrowed before NEXUS comes: half of the dollars are out, so that lending earns something. */
const LENT = { USDC: 2_000_000n * 10n ** 6n, WSEI: 20_000_000n * 10n ** 18n } as const;
const BORROWED_USDC = 1_000_000n * 10n ** 6n;

/** The proxy of API3 behind a feed's name. @throws Error when the feed has none */
const sourceOf = (oracles: BookEnvironment["oracles"], name: string): string => {
  const oracle = oracles[name];
  if (oracle === undefined || !("proxy" in oracle)) throw new Error(`the sandbox has no API3 proxy of ${name}`);
  return oracle.proxy;
};

const specsOf = ({ tokens, oracles }: LendingWorld): readonly ReserveSpec[] => [
  {
    name: "USDC",
    asset: tokens.USDC.address,
    decimals: tokens.USDC.decimals,
    source: sourceOf(oracles, "USDC/USD"),
    rates: DOLLAR_RATES,
    loanToValueBps: 7_500,
    liquidationThresholdBps: 8_000,
    liquidationBonusBps: 10_500,
  },
  {
    name: "WSEI",
    asset: tokens.WSEI.address,
    decimals: tokens.WSEI.decimals,
    source: sourceOf(oracles, "SEI/USD"),
    rates: COIN_RATES,
    loanToValueBps: 6_000,
    liquidationThresholdBps: 6_500,
    liquidationBonusBps: 11_000,
  },
];

/** Others' money: the signer lends both, and borrows dollars. */
const fill = async (signer: Signer, pool: Contract, { tokens, mint }: LendingWorld): Promise<void> => {
  const me = await signer.getAddress();
  for (const name of ["USDC", "WSEI"] as const) {
    const { address } = tokens[name];
    await mint(name, me, LENT[name]);
    const token = new Contract(address, ["function approve(address,uint256)"], signer);
    await transact(token, "approve", [pool.target, MaxUint256]);
    await transact(pool, "supply", [address, LENT[name], me, 0]);
  }
  await transact(pool, "borrow", [tokens.USDC.address, BORROWED_USDC, VARIABLE_RATE, 0, me]);
};

/** Deploys the lending market of the sandbox with API3's feeds behind its oracle, and fills it with others' money. */
export const createLending = async (signer: Signer, world: LendingWorld): Promise<SandboxLending> => {
  const { pool, provider, data, oracle, reserves } = await deployAave(signer, specsOf(world), UNIT);
  await fill(signer, pool, world);
  const addresses = await Promise.all([pool, provider, data, oracle].map((contract) => contract.getAddress()));
  const [poolAt = "", providerAt = "", dataAt = "", oracleAt = ""] = addresses;
  const dollars = reserves.find(({ asset }) => asset === world.tokens.USDC.address);
  if (dollars === undefined) throw new Error("the lending market has no dollars");
  return {
    market: {
      name: NAME,
      kind: "aaveV3",
      pool: poolAt,
      provider: providerAt,
      data: dataAt,
      oracle: oracleAt,
      reserves: reserves.map(({ asset, aToken, variableDebt }) => ({ asset, position: aToken, debt: variableDebt })),
    },
    tokens: { aUSDC: { address: dollars.aToken, symbol: "aUSDC", decimals: world.tokens.USDC.decimals } },
  };
};
