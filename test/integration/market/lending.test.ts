import { expect } from "chai";
import { type Contract, ZeroAddress } from "ethers";
import fc from "fast-check";
import { readArtifact } from "../../../scripts/lib/artifact.ts";
import { type ReserveSpec, deployAave } from "../../../scripts/sandbox/aave.ts";
import { deployArtifact } from "../../../scripts/sandbox/dex.ts";
import { type AccountReserve, healthOf } from "../../../keepers/market/lending/account.ts";
import { RAY } from "../../../keepers/market/lending/ray.ts";
import {
  type RateCurve,
  type ReserveIndexes,
  balanceAt,
  debtIndexAt,
  incomeIndexAt,
  ratesOf,
  scaledOf,
} from "../../../keepers/market/lending/reserve.ts";
import { actors, ethers, loadFixture, networkHelpers, time } from "../../support/chain.ts";
import { bigintsOf, send, viewBigint, viewList } from "../../support/dexes.ts";

const PERCENT = RAY / 100n;
const UNIT = 10n ** 8n;
const USDC = 10n ** 6n;
const WAD = 10n ** 18n;
const MAX = (1n << 256n) - 1n;
const AGGREGATOR =
  "@aave/core-v3/artifacts/contracts/mocks/oracle/CLAggregators/MockAggregator.sol/MockAggregator.json";
const MINTABLE = "@aave/core-v3/artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json";
const STRATEGY =
  "@aave/core-v3/artifacts/contracts/protocol/pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy.json";

const CURVE: RateCurve = { optimal: 80n * PERCENT, base: PERCENT / 2n, slope1: 4n * PERCENT, slope2: 75n * PERCENT };
const RATIOS = { rates: CURVE, loanToValueBps: 7_500, liquidationThresholdBps: 8_000, liquidationBonusBps: 10_500 };
/** How many states of a market that is used are compared. */
const STATES = process.env["NEXUS_TEST_DEEP"] === "1" ? 1_000 : 200;
const FACTORS = { USDC: 1_000n, WSEI: 2_000n } as const;

const marketFixture = async () => {
  const { deployer, anyone } = await actors();
  const make = async (name: string, decimals: number, price: bigint) => {
    const token = await deployArtifact(deployer, readArtifact(MINTABLE), [name, name, decimals]);
    const source = await deployArtifact(deployer, readArtifact(AGGREGATOR), [price]);
    return {
      token,
      spec: { ...RATIOS, name, decimals, asset: await token.getAddress(), source: await source.getAddress() },
    };
  };
  const [usdc, wsei] = [await make("USDC", 6, UNIT), await make("WSEI", 18, (3n * UNIT) / 10n)];
  const market = await deployAave(deployer, [usdc.spec, wsei.spec], UNIT);
  const whole = [
    [usdc, 10n ** 12n * USDC, FACTORS.USDC],
    [wsei, 10n ** 12n * WAD, FACTORS.WSEI],
  ] as const;
  for (const [{ token, spec }, amount, factor] of whole) {
    await send(token, "mint(uint256)", [amount]);
    await send(token, "approve", [market.pool.target, MAX]);
    await send(market.configurator, "setReserveFactor", [spec.asset, factor]);
    await send(market.pool, "supply", [spec.asset, amount / 1_000_000n, deployer.address, 0n]);
  }
  return { deployer, anyone, market, usdc, wsei };
};

type World = Awaited<ReturnType<typeof marketFixture>>;

const indexesIn = async ({ market }: World, asset: string): Promise<ReserveIndexes> => {
  const [, liquidityIndex, supply, variableBorrowIndex, variableBorrow, , updatedAt] = await viewList(
    market.pool,
    "getReserveData",
    [asset],
  );
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n] = bigintsOf([
    liquidityIndex,
    supply,
    variableBorrowIndex,
    variableBorrow,
    updatedAt,
  ]);
  return { liquidityIndex: a, variableBorrowIndex: c, rates: { supply: b, variableBorrow: d }, updatedAt: e };
};

type Side = { readonly token: Contract; readonly spec: ReserveSpec };

/** Everything that one reserve says now beside what we compute of it. */
const compareReserve = async (f: World, { spec, token }: Side): Promise<AccountReserve> => {
  const { market, deployer } = f;
  const reserve = market.reserves.find(({ asset }) => asset === spec.asset);
  if (reserve === undefined) throw new Error("the reserve is listed");
  const scaled = async (at: string): Promise<bigint> => {
    const contract = new ethers.Contract(
      at,
      [
        "function scaledBalanceOf(address) view returns (uint256)",
        "function balanceOf(address) view returns (uint256)",
        "function scaledTotalSupply() view returns (uint256)",
      ],
      deployer,
    );
    return viewBigint(contract, "scaledBalanceOf", [deployer.address]);
  };
  const balance = async (at: string): Promise<bigint> =>
    viewBigint(new ethers.Contract(at, ["function balanceOf(address) view returns (uint256)"], deployer), "balanceOf", [
      deployer.address,
    ]);
  const [indexes, now] = [await indexesIn(f, spec.asset), BigInt(await time.latest())];
  const [income, debtIndex] = [incomeIndexAt(indexes, now), debtIndexAt(indexes, now)];
  expect(income).to.equal(await viewBigint(market.pool, "getReserveNormalizedIncome", [spec.asset]));
  expect(debtIndex).to.equal(await viewBigint(market.pool, "getReserveNormalizedVariableDebt", [spec.asset]));
  const [supplied, debt] = [
    balanceAt(await scaled(reserve.aToken), income),
    balanceAt(await scaled(reserve.variableDebt), debtIndex),
  ];
  expect(supplied).to.equal(await balance(reserve.aToken));
  expect(debt).to.equal(await balance(reserve.variableDebt));
  if (now === indexes.updatedAt) await compareRates(f, { spec, token }, { indexes, debt });
  return {
    supplied,
    debt,
    isCollateral: true,
    price: await viewBigint(market.oracle, "getAssetPrice", [spec.asset]),
    decimals: spec.decimals,
    loanToValueBps: BigInt(spec.loanToValueBps),
    liquidationThresholdBps: BigInt(spec.liquidationThresholdBps),
  };
};

/** The rates that the last touch left, from what lies in the reserve; the account here is its only borrower. */
const compareRates = async (
  { market }: World,
  { spec, token }: Side,
  { indexes, debt }: { readonly indexes: ReserveIndexes; readonly debt: bigint },
): Promise<void> => {
  const aToken = market.reserves.find(({ asset }) => asset === spec.asset)?.aToken ?? "";
  const usage = {
    liquidity: await viewBigint(token, "balanceOf", [aToken]),
    variableDebt: debt,
    stableDebt: 0n,
    averageStableRate: 0n,
    unbacked: 0n,
    reserveFactorBps: spec.name === "USDC" ? FACTORS.USDC : FACTORS.WSEI,
  };
  expect(ratesOf(CURVE, usage)).to.deep.equal(indexes.rates);
};

const compareAccount = async (f: World): Promise<void> => {
  const computed = healthOf([await compareReserve(f, f.usdc), await compareReserve(f, f.wsei)]);
  const [collateral, debt, available, liquidationThresholdBps, loanToValueBps, healthFactor] = bigintsOf(
    await viewList(f.market.pool, "getUserAccountData", [f.deployer.address]),
  );
  expect(computed).to.deep.equal({
    collateral,
    debt,
    available,
    liquidationThresholdBps,
    loanToValueBps,
    healthFactor,
  });
};

type Step = { readonly side: "usdc" | "wsei"; readonly kind: number; readonly part: bigint; readonly seconds: number };

const aStep: fc.Arbitrary<Step> = fc.record({
  side: fc.constantFrom("usdc" as const, "wsei" as const),
  kind: fc.nat(3),
  part: fc.bigInt({ min: 1n, max: 10n ** 18n }),
  seconds: fc.oneof(fc.nat(5), fc.nat(100_000), fc.nat(40_000_000)),
});

/** Supplies, withdraws, borrows or repays some part of what that allows; what the pool refuses changes nothing. */
const take = async (f: World, { side, kind, part }: Step): Promise<void> => {
  const { spec } = f[side];
  const method = ["supply", "withdraw", "borrow", "repay"][kind] ?? "supply";
  const whole = side === "usdc" ? 10n ** 6n * USDC : 10n ** 6n * WAD;
  const amount = (whole * part) / 10n ** 18n + 1n;
  const me = f.deployer.address;
  const args = {
    supply: [spec.asset, amount, me, 0n],
    withdraw: [spec.asset, amount, me],
    borrow: [spec.asset, amount / 3n + 1n, 2n, 0n, me],
    repay: [spec.asset, amount, 2n, me],
  }[method];
  await send(f.market.pool, method, args ?? []).catch((error: unknown) => {
    if (!(error instanceof Error) || !/revert|32|35|36|39|50/.test(error.message)) throw error;
  });
};

describe("Lending's arithmetic beside genuine Aave bytecode", () => {
  it("computes the curve of rates to the last unit, for 1,000 random uses and curves", async () => {
    const f = await loadFixture(marketFixture);
    const strategies: readonly { readonly curve: RateCurve; readonly contract: Contract }[] = await Promise.all(
      [
        CURVE,
        { optimal: 45n * PERCENT, base: 0n, slope1: 7n * PERCENT, slope2: 300n * PERCENT },
        { ...CURVE, optimal: RAY },
      ].map(async (curve) => {
        const args = [
          f.market.provider.target,
          curve.optimal,
          curve.base,
          curve.slope1,
          curve.slope2,
          0n,
          0n,
          0n,
          0n,
          0n,
        ];
        return { curve, contract: await deployArtifact(f.deployer, readArtifact(STRATEGY), args) };
      }),
    );
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 1_000n }), fc.bigInt({ min: 0n, max: 10n ** 30n }));
    const count = { above: 0, below: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(strategies.length - 1),
        fc.record({
          liquidity: amount,
          variableDebt: amount,
          stableDebt: fc.oneof(fc.constant(0n), amount),
          averageStableRate: fc.bigInt({ min: 0n, max: RAY }),
          unbacked: fc.oneof(fc.constant(0n), amount),
          reserveFactorBps: fc.bigInt({ min: 0n, max: 10_000n }),
        }),
        async (index, usage) => {
          const strategy = strategies[index];
          if (strategy === undefined) throw new Error("the index is one of theirs");
          const answer = await viewList(strategy.contract, "calculateInterestRates", [
            {
              unbacked: usage.unbacked,
              liquidityAdded: usage.liquidity,
              liquidityTaken: 0n,
              totalStableDebt: usage.stableDebt,
              totalVariableDebt: usage.variableDebt,
              averageStableBorrowRate: usage.averageStableRate,
              reserveFactor: usage.reserveFactorBps,
              reserve: f.usdc.spec.asset,
              // Nobody, whose balance is nothing.
              aToken: f.anyone.address,
            },
          ]);
          const [supply, , variableBorrow] = bigintsOf(answer);
          expect(ratesOf(strategy.curve, usage)).to.deep.equal({ supply, variableBorrow });
          count[(variableBorrow ?? 0n) > strategy.curve.base + strategy.curve.slope1 ? "above" : "below"] += 1;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(Math.min(count.above, count.below)).to.be.greaterThan(50);
  }).timeout(300_000);

  it(`computes indexes, balances, rates and health to the last unit, in ${STATES} states of a market that is used`, async () => {
    const f = await loadFixture(marketFixture);
    let states = 0;
    const steps = fc.sample(aStep, { numRuns: STATES / 4, seed: 16 });
    for (const step of steps) {
      await take(f, step);
      await compareAccount(f);
      for (let later = 0; later < 3; later += 1) {
        await networkHelpers.mine(1, { interval: 1 });
        await time.increase(1 + ((step.seconds * (later + 1)) % 3_000_000));
        await compareAccount(f);
      }
      states += 4;
    }
    expect(states).to.equal(STATES);
  }).timeout(600_000);

  it("scales what is supplied as the pool does", async () => {
    const f = await loadFixture(marketFixture);
    await send(f.market.pool, "borrow", [f.usdc.spec.asset, 400_000n * USDC, 2n, 0n, f.deployer.address]);
    await time.increase(31_536_000);
    const aToken = new ethers.Contract(
      f.market.reserves[0]?.aToken ?? ZeroAddress,
      ["function scaledBalanceOf(address) view returns (uint256)"],
      f.deployer,
    );
    for (const amount of [1n, 2n, 3n, 1_000_001n, 987_654_321_987n]) {
      const before = await viewBigint(aToken, "scaledBalanceOf", [f.deployer.address]);
      await send(f.market.pool, "supply", [f.usdc.spec.asset, amount, f.deployer.address, 0n]);
      const { liquidityIndex } = await indexesIn(f, f.usdc.spec.asset);
      const after = await viewBigint(aToken, "scaledBalanceOf", [f.deployer.address]);
      expect(after - before).to.equal(scaledOf(amount, liquidityIndex));
    }
  });
});
