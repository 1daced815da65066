import { expect } from "chai";
import type { Contract } from "ethers";
import fc from "fast-check";
import { readArtifact } from "../../../scripts/lib/artifact.ts";
import { COMPOUND, firstRateOf, deployCompound } from "../../../scripts/sandbox/compound.ts";
import { deployArtifact } from "../../../scripts/sandbox/dex.ts";
import { readCompoundV2 } from "../../../keepers/adapters/venues/compoundV2.ts";
import { address } from "../../../keepers/core/units.ts";
import { type ShareMarketState, ownAt, supplyRefusal, withdrawRefusal } from "../../../keepers/market/shares/market.ts";
import {
  type JumpCurve,
  type ShareMarket,
  WAD,
  accrued,
  borrowRateOf,
  rateOf,
  sharesOf,
  supplyRateOf,
  unitsOf,
} from "../../../keepers/market/shares/rates.ts";
import { USDC, actors, ethers, loadFixture, networkHelpers } from "../../support/chain.ts";
import { send, viewBigint } from "../../support/dexes.ts";
import { shareMarketLines } from "../../../keepers/views/venues.ts";
import { USDC_SPEC, sharesFixture } from "../../support/shares.ts";

/** How many states of a market that is used are compared. */
const STATES = process.env["NEXUS_TEST_DEEP"] === "1" ? 1_000 : 200;
const MINTABLE = "@aave/core-v3/artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json";

const marketFixture = async () => {
  const { deployer, anyone } = await actors();
  const token = await deployArtifact(deployer, readArtifact(MINTABLE), ["USDC", "USDC", 6]);
  const asset = await token.getAddress();
  const { comptroller, markets } = await deployCompound(deployer, [{ ...USDC_SPEC, asset }]);
  const [market] = markets;
  if (market === undefined) throw new Error("one market was asked for");
  const position = await ethers.deployContract("CompoundV2Position", [market.target]);
  await send(token, "mint(uint256)", [10n ** 15n * USDC]);
  await send(token, "approve", [market.target, (1n << 256n) - 1n]);
  await send(comptroller, "enterMarkets", [[market.target]]);
  const book = {
    name: "Takara",
    kind: "compoundV2" as const,
    pool: await market.getAddress(),
    comptroller: await comptroller.getAddress(),
    reserves: [{ asset, position: await position.getAddress() }] as const,
  };
  return { deployer, anyone, token, comptroller, market, position, book };
};

type World = Awaited<ReturnType<typeof marketFixture>>;

const stateOf = async (f: World, account: string): Promise<ShareMarketState> => {
  const block = await ethers.provider.getBlockNumber();
  return readCompoundV2(f.book, ethers.provider, { account: address(account), block, now: 0n, tokens: [] });
};

/** Everything that the market says now beside what we compute of it. */
const compare = async (f: World): Promise<void> => {
  const me = f.deployer.address;
  const [state, borrowRate, supplyRate, stored, current, owed, worth, shown] = await Promise.all([
    stateOf(f, me),
    viewBigint(f.market, "borrowRatePerBlock"),
    viewBigint(f.market, "supplyRatePerBlock"),
    viewBigint(f.market, "exchangeRateStored"),
    viewBigint(f.market, "exchangeRateCurrent"),
    viewBigint(f.market, "totalBorrowsCurrent"),
    viewBigint(f.market, "balanceOfUnderlying", [me]),
    f.position.balanceOf(me),
  ]);
  const { market } = state;
  // A view is asked in the newest block.
  const later = accrued(market, BigInt(state.block));
  const own = ownAt(state, BigInt(state.block));
  expect([borrowRateOf(market.curve, market), supplyRateOf(market)]).to.deep.equal([borrowRate, supplyRate]);
  expect([rateOf(market), rateOf(later), later.borrows]).to.deep.equal([stored, current, owed]);
  expect([own, own, own]).to.deep.equal([unitsOf(state.ownShares, rateOf(later)), worth, shown]);
};

type Step = { readonly kind: number; readonly part: bigint; readonly blocks: number };

const aStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(3),
  part: fc.bigInt({ min: 1n, max: 10n ** 18n }),
  blocks: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200_000 })),
});

const METHODS = ["mint", "redeemUnderlying", "borrow", "repayBorrow"] as const;

/** Does something with some part of a million; what the market answers a code to, or refuses, changes nothing. */
const take = async (f: World, { kind, part }: Step): Promise<string> => {
  const method = METHODS[kind] ?? "mint";
  const amount = (10n ** 6n * USDC * part) / 10n ** 18n + 1n;
  await send(f.market, method, [method === "borrow" ? amount / 2n + 1n : amount]).catch((error: unknown) => {
    if (!(error instanceof Error) || !/revert/.test(error.message)) throw error;
  });
  return method;
};

describe("Shares' arithmetic beside genuine Compound bytecode", () => {
  it("computes the curve of rates to the last unit, for 1,000 random uses and curves", async () => {
    const f = await loadFixture(marketFixture);
    const per = (yearly: readonly [bigint, bigint, bigint, bigint]) =>
      deployArtifact(f.deployer, readArtifact(COMPOUND.Rates), [...yearly, f.deployer.address]);
    const models: readonly Contract[] = [
      await per([0n, WAD / 20n, 3n * WAD, (8n * WAD) / 10n]),
      await per([WAD / 33n, WAD / 7n, WAD, WAD / 3n]),
      await per([WAD / 50n, WAD / 5n, 0n, WAD]),
    ];
    const curves: readonly JumpCurve[] = await Promise.all(
      models.map(async (model) => ({
        base: await viewBigint(model, "baseRatePerBlock"),
        multiplier: await viewBigint(model, "multiplierPerBlock"),
        jump: await viewBigint(model, "jumpMultiplierPerBlock"),
        kink: await viewBigint(model, "kink"),
      })),
    );
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 1_000n }), fc.bigInt({ min: 0n, max: 10n ** 30n }));
    const count = { above: 0, below: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(models.length - 1),
        fc.record({
          cash: amount,
          borrows: amount,
          part: fc.bigInt({ min: 0n, max: 99n }),
          reserveFactor: fc.bigInt({ min: 0n, max: WAD }),
        }),
        async (index, { cash, borrows, part, reserveFactor }) => {
          const [model, curve] = [models[index], curves[index]];
          if (model === undefined || curve === undefined) throw new Error("the index is one of theirs");
          const holdings = { cash, borrows, reserves: (cash * part) / 100n };
          const args = [cash, borrows, holdings.reserves];
          const rate = borrowRateOf(curve, holdings);
          expect(rate).to.equal(await viewBigint(model, "getBorrowRate", args));
          expect(supplyRateOf({ curve, reserveFactor, ...holdings })).to.equal(
            await viewBigint(model, "getSupplyRate", [...args, reserveFactor]),
          );
          count[rate > curve.base + (curve.kink * curve.multiplier) / WAD ? "above" : "below"] += 1;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(Math.min(count.above, count.below)).to.be.greaterThan(50);
  }).timeout(300_000);

  it(`computes rates, interest and what shares are worth to the last unit, in ${STATES} states of a market that is used`, async () => {
    const f = await loadFixture(marketFixture);
    const empty: ShareMarket = (await stateOf(f, f.deployer.address)).market;
    expect(rateOf(empty)).to.equal(firstRateOf(6));
    const done = new Set<string>();
    let states = 0;
    for (const step of fc.sample(aStep, { numRuns: STATES / 2, seed: 16 })) {
      done.add(await take(f, step));
      await compare(f);
      await networkHelpers.mine(step.blocks);
      await compare(f);
      states += 2;
    }
    expect(states).to.equal(STATES);
    expect(done.size).to.equal(METHODS.length);
    expect((await stateOf(f, f.deployer.address)).market.borrows).to.be.greaterThan(0n);
  }).timeout(600_000);

  it("says of a supply and a withdrawal what the market then does, code or not", async () => {
    const w = await loadFixture(sharesFixture);
    const { asset, position, market: pool } = w.places.usdc;
    const mine = new ethers.Contract(pool, w.cUsdc.interface, w.anyone);
    await w.usdc.connect(w.deployer).mint(w.anyone, 10n ** 6n * USDC);
    await w.usdc.connect(w.anyone).approve(pool, 10n ** 6n * USDC);
    const comptroller = await w.compound.comptroller.getAddress();
    const book = {
      name: "Takara",
      kind: "compoundV2" as const,
      pool,
      comptroller,
      reserves: [{ asset, position }] as const,
    };
    const look = async (): Promise<ShareMarketState> => {
      const block = await ethers.provider.getBlockNumber();
      return readCompoundV2(book, ethers.provider, { account: address(w.anyone.address), block, now: 0n, tokens: [] });
    };
    for (const amount of [1n, 2n, 3n, 1_000_001n, 98_765_432_198n]) {
      const state = await look();
      const block = BigInt(state.block) + 1n;
      expect(supplyRefusal(state, amount, { block, cap: 10n ** 20n })).to.equal(undefined);
      await send(mine, "mint", [amount]);
      expect((await look()).ownShares - state.ownShares).to.equal(
        sharesOf(amount, rateOf(accrued(state.market, block))),
      );
    }
    const supplied = await look();
    // Views are asked in the newest block.
    const next = { block: BigInt(supplied.block), cap: 10n ** 20n };
    const own = ownAt(supplied, next.block);
    expect(supplyRefusal(supplied, 5n, { ...next, cap: own })).to.equal("above-position-cap");
    expect(supplyRefusal({ ...supplied, isMintPaused: true }, 5n, next)).to.equal("mint-paused");
    expect(supplyRefusal({ ...supplied, isListed: false }, 5n, next)).to.equal("not-listed");
    expect(supplyRefusal(supplied, 0n, next)).to.equal("amount-too-small");
    expect(withdrawRefusal({ ...supplied, isListed: false }, 5n, next.block)).to.equal("not-listed");
    expect(withdrawRefusal(supplied, 0n, next.block)).to.equal("amount-too-small");
    const codeOf = (amount: bigint): Promise<bigint> => viewBigint(mine, "redeemUnderlying", [amount]);
    expect(withdrawRefusal(supplied, own + 1_000n, next.block)).to.equal("more-than-supplied");
    expect(await codeOf(own + 1_000n)).to.equal(9n);
    expect(withdrawRefusal(supplied, own, next.block)).to.equal(undefined);
    expect(await codeOf(own)).to.equal(0n);
    await send(w.cUsdc, "borrow", [supplied.market.cash - 10n * USDC]);
    const empty = await look();
    expect(withdrawRefusal(empty, 10n * USDC + 1n, BigInt(empty.block))).to.equal("more-than-liquidity");
    expect(await codeOf(10n * USDC + 1n)).to.equal(14n);
    expect(withdrawRefusal(empty, 10n * USDC, BigInt(empty.block))).to.equal(undefined);
    expect(await codeOf(10n * USDC)).to.equal(0n);
    await send(w.compound.comptroller, "_setMintPaused", [pool, true]);
    await send(w.compound.comptroller, "_setTransferPaused", [true]);
    const paused = await look();
    expect([paused.isMintPaused, paused.isTransferPaused, paused.isListed]).to.deep.equal([true, true, true]);
    expect(shareMarketLines(paused).join()).to.include("nothing in, shares do not move: exits in kind are owed");
  });

  it("refuses a book that names another asset or another comptroller", async () => {
    const f = await loadFixture(marketFixture);
    const block = await ethers.provider.getBlockNumber();
    const question = { account: address(f.deployer.address), block, now: 0n, tokens: [] };
    const other = f.anyone.address;
    for (const [book, words] of [
      [{ ...f.book, comptroller: other }, "the market's comptroller is"],
      [{ ...f.book, reserves: [{ asset: other, position: other }] as const }, "the market's underlying is"],
    ] as const) {
      const failure = await readCompoundV2(book, ethers.provider, question).then(
        () => "nothing",
        (error: unknown) => String(error),
      );
      expect(failure).to.include(words);
    }
  });
});
