import { expect } from "chai";
import { transferCall } from "../../../support/calls.ts";
import { DAY, USDC, WAD, ZERO, ethers, loadFixture, takeSnapshot, time } from "../../../support/chain.ts";
import { send } from "../../../support/dexes.ts";
import { FORM, LEVEL, RISK, SOURCE, refusal } from "../../../support/enums.ts";
import {
  CAP,
  type Lending,
  type Step,
  balanceIn,
  donateUsdc,
  lendingFixture,
  lossOfSteps,
  runSteps,
  withMockDecoder,
} from "../../../support/lending.ts";
import { lendingLeaf, LENDING, supplyCall, withdrawCall } from "../../../support/lendingCalls.ts";
import { LOSS_LIMIT, PRICE, USDC_LIMIT, callProofsOf, sourceOf } from "../../../support/nexus.ts";
import { buildMandateTree } from "../../../../deployments/mandateTree.ts";

const YEAR = 365n * DAY;
/** What both ends of WSEI's band lie from its price. */
const UPPER = (PRICE.wsei * 101n) / 100n;

const killOracles = async (f: Lending): Promise<void> => {
  for (const source of [f.sources.usdc, f.sources.wsei]) await source.setMode(SOURCE.reverting);
};
const reviveOracles = async (f: Lending): Promise<void> => {
  for (const source of [f.sources.usdc, f.sources.wsei]) await source.setMode(SOURCE.honest);
};

const remaining = async (f: Lending): Promise<readonly unknown[]> => {
  const { mandate, reserves } = f;
  const tokens = [reserves.usdc, reserves.wsei].flatMap(({ asset, position }) => [asset, position]);
  const each = await Promise.all(tokens.map((token) => mandate.remainingOf(1n, token)));
  return [...each.map((answer) => [...answer]), await mandate.remainingLoss()];
};

const near = (value: bigint, wanted: bigint, units = 1n): void => {
  expect(value).to.be.within(wanted - units, wanted + units);
};

const payWsei = (f: Lending, amount: bigint): Step => [
  transferCall(f.addresses.wsei, f.payee.address, amount),
  f.leaves.payWsei,
];
const payUsdc = (f: Lending, amount: bigint): Step => [
  transferCall(f.addresses.usdc, f.payee.address, amount),
  f.leaves.payUsdc,
];

const suppliedFixture = async () => {
  const f = await lendingFixture();
  await runSteps(f, [f.supplyUsdc(100_000n * USDC), f.supplyWsei(50_000n * WAD)]);
  await time.increase(7n * DAY);
  return f;
};

/** What a decoder says of a call that moves a position. */
const moving = (f: Lending, tokenIn: string, tokenOut: string, form: bigint) => ({
  key: ethers.ZeroHash,
  tokenIn,
  amountIn: 1n,
  tokenOut,
  recipient: f.addresses.treasury,
  spender: ZERO,
  form,
});

describe("Treasury.execute of supplies and withdrawals", () => {
  describe("when a call supplies", () => {
    it("exchanges units for units, reads no price and uses no limit of loss or decrease [NX-TRE-11]", async () => {
      const f = await loadFixture(lendingFixture);
      await killOracles(f);
      const [usdc, wsei] = [await f.usdc.balanceOf(f.treasury), await f.wsei.balanceOf(f.treasury)];
      const [amount, coins] = [12_345_678_901n, 98_765n * WAD + 1n];
      const before = await remaining(f);
      expect(await lossOfSteps(f, [f.supplyUsdc(amount), f.supplyWsei(coins)], 0n)).to.equal(0n);
      await runSteps(f, [f.supplyUsdc(amount), f.supplyWsei(coins)], 0n);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(usdc - amount);
      expect(await f.wsei.balanceOf(f.treasury)).to.equal(wsei - coins);
      near(await balanceIn(f.aUsdc, f.addresses.treasury), amount);
      near(await balanceIn(f.aWsei, f.addresses.treasury), coins);
      expect(await remaining(f)).to.deep.equal(before);
    });

    it("takes the allowance back to one unit [NX-TRE-03]", async () => {
      const f = await loadFixture(lendingFixture);
      await runSteps(f, [f.supplyUsdc(1_000n * USDC)]);
      expect(await f.usdc.allowance(f.treasury, f.pool)).to.equal(1n);
    });

    it("changes the worth of the treasury by no more than a unit, at both ends of the band [NX-TRE-11]", async () => {
      const f = await loadFixture(lendingFixture);
      const source = sourceOf(await f.sources.usdc.getAddress());
      for (const token of [f.addresses.usdc, f.reserves.usdc.position])
        await f.hub.connect(f.admin).setFeed(token, { decimals: 6n, quorum: 1n, maxBandBps: 500n }, [source]);
      const before = await f.treasury.assetsRange();
      await runSteps(f, [f.supplyUsdc(100_000n * USDC), f.supplyWsei(90_000n * WAD)], 0n);
      const after = await f.treasury.assetsRange();
      // A unit of rounding for each call, and one for each division.
      near(after.lower, before.lower, 3n);
      near(after.upper, before.upper, 3n);
    });

    it("is charged what calls may spend in one action", async () => {
      const f = await loadFixture(lendingFixture);
      await expect(runSteps(f, [f.supplyUsdc(USDC_LIMIT.perAction), f.supplyUsdc(1n)]))
        .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
        .withArgs(refusal("OverActionLimit"), 1n);
    });
  });

  describe("when a call withdraws", () => {
    it("exchanges units for units, reads no price and uses no limit of loss or decrease [NX-TRE-11]", async () => {
      const f = await loadFixture(suppliedFixture);
      await killOracles(f);
      const [usdc, held] = [await f.usdc.balanceOf(f.treasury), await balanceIn(f.aUsdc, f.addresses.treasury)];
      const [amount, before] = [77_777_777_777n, await remaining(f)];
      await runSteps(f, [f.withdrawUsdc(amount), f.withdrawWsei(33_333n * WAD + 7n)], 0n);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(usdc + amount);
      // Interest of the seconds between.
      expect(await balanceIn(f.aUsdc, f.addresses.treasury)).to.be.within(held - amount - 1n, held - amount + 10_000n);
      expect(await remaining(f)).to.deep.equal(before);
    });
  });

  describe("when several calls move one position", () => {
    it("nets them together, in whatever order [NX-TRE-11]", async () => {
      const f = await loadFixture(suppliedFixture);
      await killOracles(f);
      const before = await remaining(f);
      const steps = [
        f.withdrawWsei(40_000n * WAD + 3n),
        f.supplyWsei(11_111n * WAD + 5n),
        f.supplyUsdc(3n * USDC + 1n),
        f.withdrawUsdc(2n * USDC + 1n),
      ];
      await runSteps(f, steps, 0n);
      await runSteps(f, steps.toReversed().slice(0, 3), 0n);
      expect(await remaining(f)).to.deep.equal(before);
    });
  });

  describe("when something else is spent beside", () => {
    it("values and charges what is left as the underlying, once [NX-TRE-11]", async () => {
      const f = await loadFixture(suppliedFixture);
      const steps = [f.supplyWsei(80_000n * WAD), payWsei(f, 10n * WAD), f.withdrawWsei(5n * WAD)];
      const loss = await lossOfSteps(f, steps);
      // Two calls moved it, so up to two units were rounded and two forgiven.
      near(loss, 10n * UPPER, 2n);
      const before = await f.mandate.remainingOf(1n, f.addresses.wsei);
      const ofPosition = await f.mandate.remainingOf(1n, f.reserves.wsei.position);
      await runSteps(f, steps);
      near(before.forAgent - (await f.mandate.remainingOf(1n, f.addresses.wsei)).forAgent, 10n * WAD, 2n);
      expect([...(await f.mandate.remainingOf(1n, f.reserves.wsei.position))]).to.deep.equal([...ofPosition]);
    });
  });

  describe("when a supply's position is another than its pool gives", () => {
    it("reverts with ActionLossExceeded: all that was spent is lost [NX-TRE-02]", async () => {
      const f = await loadFixture(lendingFixture);
      const wrong = { asset: f.addresses.usdc, position: f.reserves.wsei.position };
      const leaf = lendingLeaf(f.decoder, { pool: f.pool, ...wrong, selector: LENDING.supply });
      const tree = buildMandateTree([...Object.values(f.leaves), leaf]);
      await f.mandate.connect(f.admin).setRoot(tree.root, "");
      const amount = 20_000n * USDC;
      const call = supplyCall({ pool: f.pool, ...wrong, amount, recipient: f.addresses.treasury });
      await expect(runSteps({ ...f, tree }, [[call, leaf]]))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        // Less the unit that is forgiven.
        .withArgs((amount - 1n) * 10n ** 12n, LOSS_LIMIT.perAction);
    });
  });

  describe("when a pool rounds", () => {
    it("forgives a unit for each call that moves the underlying [NX-TRE-11]", async () => {
      const f = await loadFixture(lendingFixture);
      const { usdc, wsei } = f.addresses;
      // What a unit of each underlying is worth at the upper end, rounded up.
      for (const { tokenOut, form, underlying, unit } of [
        { tokenOut: f.reserves.wsei.position, form: FORM.supplies, underlying: wsei, unit: 1n },
        { tokenOut: usdc, form: FORM.withdraws, underlying: usdc, unit: 10n ** 12n },
      ]) {
        const snapshot = await takeSnapshot();
        const gone = (units: bigint) => transferCall(wsei, f.payee.address, units);
        const mock = await withMockDecoder(f, moving(f, wsei, tokenOut, form), gone(1n));
        const [one, two]: readonly [Step, Step] = [mock.step, [gone(2n), mock.step[1]]];
        expect(await lossOfSteps(mock, [one])).to.equal(0n);
        expect(await lossOfSteps(mock, [one, one])).to.equal(0n);
        expect(await lossOfSteps(mock, [two])).to.equal(unit);
        expect(await lossOfSteps(mock, [two, one])).to.equal(unit);
        const before = await f.mandate.remainingOf(1n, underlying);
        await runSteps(mock, [two]);
        expect(before.forAgent - (await f.mandate.remainingOf(1n, underlying)).forAgent).to.equal(1n);
        await snapshot.restore();
      }
    });

    it("forgives nothing of what no call of a position moves [NX-TRE-11]", async () => {
      const f = await loadFixture(lendingFixture);
      const loss = await lossOfSteps(f, [f.supplyWsei(WAD), payUsdc(f, 1n)]);
      expect(loss).to.equal(10n ** 12n);
    });
  });

  describe("when a supply would bring the position above its cap", () => {
    it("reverts with PositionAboveCap for a single unit more, and not for none [NX-TRE-12]", async () => {
      const f = await loadFixture(lendingFixture);
      await f.treasury.connect(f.admin).setAssetCap(f.reserves.usdc.position, 50_000n * USDC);
      await expect(runSteps(f, [f.supplyUsdc(50_000n * USDC + 1n)]))
        .to.be.revertedWithCustomError(f.treasury, "PositionAboveCap")
        .withArgs(f.reserves.usdc.position, 50_000n * USDC + 1n, 50_000n * USDC);
      await runSteps(f, [f.supplyUsdc(50_000n * USDC)]);
      await expect(runSteps(f, [f.supplyUsdc(2n)])).to.be.revertedWithCustomError(f.treasury, "PositionAboveCap");
    });

    it("reverts also where nothing decreased [NX-TRE-12]", async () => {
      const f = await loadFixture(lendingFixture);
      await f.treasury.connect(f.admin).setAssetCap(f.reserves.usdc.position, 1n);
      const mock = await withMockDecoder(
        f,
        moving(f, f.addresses.usdc, f.reserves.usdc.position, FORM.supplies),
        transferCall(f.addresses.usdc, f.payee.address, 0n),
      );
      await runSteps(mock, [mock.step]);
      await donateUsdc(f, f.anyone, 2n * USDC);
      await expect(runSteps(mock, [mock.step])).to.be.revertedWithCustomError(f.treasury, "PositionAboveCap");
    });

    it("still lets withdrawals pass [NX-TRE-12]", async () => {
      const f = await loadFixture(suppliedFixture);
      await f.treasury.connect(f.admin).setAssetCap(f.reserves.usdc.position, 1n);
      await runSteps(f, [f.withdrawUsdc(1_000n * USDC)], 0n);
    });
  });

  describe("when a recipient is a stranger", () => {
    it("reverts with ActionRefused(RecipientNotTreasury) for both [NX-MAN-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      const order = { pool: f.pool, ...f.reserves.usdc, amount: 5n * USDC, recipient: f.attacker.address };
      for (const step of [
        [supplyCall(order), f.leaves.supplyUsdc],
        [withdrawCall(order), f.leaves.withdrawUsdc],
      ] as const) {
        await expect(runSteps(f, [step]))
          .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
          .withArgs(refusal("RecipientNotTreasury"), 0n);
      }
    });
  });

  describe("given the breaker stands at ReduceOnly", () => {
    it("refuses supplies, of the base asset too [NX-BRK-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      await f.breaker.connect(f.guardian).trip(f.pool, LEVEL.reduceOnly, "drill");
      for (const step of [f.supplyUsdc(USDC), f.supplyWsei(WAD)])
        await expect(runSteps(f, [step])).to.be.revertedWithCustomError(f.treasury, "PositionGrew");
    });

    it("lets withdrawals of every asset pass, several of one position too [NX-BRK-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      await f.breaker.connect(f.guardian).trip(f.pool, LEVEL.reduceOnly, "drill");
      await killOracles(f);
      await runSteps(f, [f.withdrawUsdc(5n * USDC), f.withdrawWsei(3n * WAD), f.withdrawWsei(4n * WAD)], 0n);
    });

    it("reverts with PositionGrew when what grew was not withdrawn from what shrank [NX-BRK-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      await f.breaker.connect(f.guardian).trip(f.pool, LEVEL.reduceOnly, "drill");
      const { data } = withdrawCall({
        pool: f.pool,
        ...f.reserves.wsei,
        amount: 9n * WAD,
        recipient: f.addresses.treasury,
      });
      for (const form of [FORM.withdraws, FORM.plain, FORM.supplies]) {
        const snapshot = await takeSnapshot();
        const answer = moving(f, f.reserves.usdc.position, f.addresses.wsei, form);
        const mock = await withMockDecoder(f, answer, { target: f.pool, data });
        await expect(runSteps(mock, [mock.step]))
          .to.be.revertedWithCustomError(f.treasury, "PositionGrew")
          .withArgs(f.addresses.wsei, 9n * WAD);
        await snapshot.restore();
      }
    });
  });

  describe("given part of a position is owed", () => {
    it("reverts with OwedAssetsSpent when that would be withdrawn [NX-TRE-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      const half = (await f.treasury.balanceOf(f.depositor)) / 2n;
      await send(f.market.configurator, "setReservePause", [f.addresses.usdc, true]);
      await f.treasury.connect(f.depositor).redeemInKind(half, f.depositor.address, f.depositor.address);
      await send(f.market.configurator, "setReservePause", [f.addresses.usdc, false]);
      const owed = await f.treasury.pendingPayoutOf(f.reserves.usdc.position, f.depositor);
      expect(owed).to.be.greaterThan(49_000n * USDC);
      const held = await balanceIn(f.aUsdc, f.addresses.treasury);
      await expect(runSteps(f, [f.withdrawUsdc(held - owed + 1_000n)])).to.be.revertedWithCustomError(
        f.treasury,
        "OwedAssetsSpent",
      );
      await runSteps(f, [f.withdrawUsdc(held - owed - 1_000n)], 0n);
      await f.treasury.connect(f.anyone).payOut(f.reserves.usdc.position, f.depositor);
      near(await balanceIn(f.aUsdc, f.depositor.address), owed);
    });
  });

  describe("given the reserve is frozen", () => {
    it("reverts with the pool's own error for a supply, and withdraws", async () => {
      const f = await loadFixture(suppliedFixture);
      await send(f.market.configurator, "setReserveFreeze", [f.addresses.usdc, true]);
      await expect(runSteps(f, [f.supplyUsdc(USDC)])).to.be.revertedWith("28");
      await runSteps(f, [f.withdrawUsdc(USDC)], 0n);
    });
  });

  describe("given the reserve is paused", () => {
    it("reverts with the pool's own error for both, and an exit in kind is owed the position [NX-TRE-04]", async () => {
      const f = await loadFixture(suppliedFixture);
      await send(f.market.configurator, "setReservePause", [f.addresses.usdc, true]);
      await expect(runSteps(f, [f.supplyUsdc(USDC)])).to.be.revertedWith("29");
      await expect(runSteps(f, [f.withdrawUsdc(USDC)])).to.be.revertedWith("29");
      const shares = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeemInKind(shares / 4n, f.depositor.address, f.depositor.address);
      expect(await balanceIn(f.aUsdc, f.depositor.address)).to.equal(0n);
      const owed = await f.treasury.pendingPayoutOf(f.reserves.usdc.position, f.depositor);
      expect(owed).to.be.within(24_990n * USDC, 25_100n * USDC);
      expect(await balanceIn(f.aWsei, f.depositor.address)).to.be.greaterThan(12_000n * WAD);
    });
  });

  describe("given the pool has lent out what is withdrawn", () => {
    it("reverts, and an exit in kind is paid in the position [NX-TRE-04]", async () => {
      const f = await loadFixture(suppliedFixture);
      const left = await f.usdc.balanceOf(f.reserves.usdc.position);
      await send(f.market.pool, "borrow", [f.addresses.usdc, left - 10n * USDC, 2n, 0n, f.deployer.address]);
      await expect(runSteps(f, [f.withdrawUsdc(11n * USDC)])).to.be.revert(ethers);
      const [shares, held] = [await f.treasury.balanceOf(f.depositor), await balanceIn(f.aUsdc, f.addresses.treasury)];
      await f.treasury.connect(f.depositor).redeemInKind(shares / 2n, f.depositor.address, f.depositor.address);
      near(await balanceIn(f.aUsdc, f.depositor.address), held / 2n, USDC);
    });
  });

  describe("given interest accrued", () => {
    it("withdraws more than was supplied, and shares are worth more", async () => {
      const f = await loadFixture(lendingFixture);
      const amount = 90_000n * USDC;
      const before = await f.treasury.assetsRange();
      await runSteps(f, [f.supplyUsdc(amount)], 0n);
      await time.increase(YEAR);
      await f.sources.usdc.setPrice(PRICE.usdc);
      await f.sources.wsei.setPrice(PRICE.wsei);
      const held = await balanceIn(f.aUsdc, f.addresses.treasury);
      expect(held).to.be.greaterThan(amount + 1_000n * USDC);
      const after = await f.treasury.assetsRange();
      near(after.lower - before.lower, held - amount, 3n);
      await runSteps(f, [f.withdrawUsdc(amount)], 0n);
      // The pool may have rounded a unit at each step.
      await runSteps(f, [f.withdrawUsdc(held - amount - 2n)], 0n);
    });
  });

  describe("given a stranger supplied for the treasury", () => {
    it("bars neither withdrawals nor exits nor the removal of the asset [NX-TRE-09]", async () => {
      const f = await loadFixture(suppliedFixture);
      await donateUsdc(f, f.attacker, CAP.aUsdc);
      await expect(runSteps(f, [f.supplyUsdc(1n)])).to.be.revertedWithCustomError(f.treasury, "PositionAboveCap");
      await runSteps(f, [f.withdrawUsdc(60_000n * USDC)], 0n);
      await reviveOracles(f);
      const shares = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeem(shares / 10n, f.depositor.address, f.depositor.address);
      await f.treasury.connect(f.depositor).redeemInKind(shares / 10n, f.depositor.address, f.depositor.address);
      const none = { perAction: 0n, perAgentDay: 0n, perDay: 0n };
      await f.mandate.connect(f.admin).setTokenLimit(f.reserves.usdc.position, none);
      await f.treasury.connect(f.admin).removeAsset(f.reserves.usdc.position);
      expect(await f.treasury.isAsset(f.reserves.usdc.position)).to.equal(false);
    });
  });
});

describe("Mandate.classify of supplies and withdrawals", () => {
  it("asks for no room in the limits of a day, which they do not use [NX-TRE-11]", async () => {
    const f = await loadFixture(suppliedFixture);
    await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, { ...USDC_LIMIT, perAgentDay: 1n, perDay: 1n });
    const classify = async (step: Step) => {
      const [refused, , riskClass] = await f.mandate.classify(1n, callProofsOf(f, [step[1]]), [step[0]]);
      return [refused, riskClass];
    };
    expect(await classify(f.supplyUsdc(1_000n * USDC))).to.deep.equal([refusal("None"), RISK.routine]);
    expect(await classify(payUsdc(f, 1_000n * USDC))).to.deep.equal([refusal("OverDailyLimit"), RISK.critical]);
  });
});
