import { expect } from "chai";
import { COMPOUND } from "../../../../scripts/sandbox/compound.ts";
import { deployArtifact } from "../../../../scripts/sandbox/dex.ts";
import { readArtifact } from "../../../../scripts/lib/artifact.ts";
import { buildMandateTree } from "../../../../deployments/mandateTree.ts";
import { transferCall } from "../../../support/calls.ts";
import { USDC, WAD, ZERO, ethers, loadFixture, networkHelpers } from "../../../support/chain.ts";
import { send, viewBigint } from "../../../support/dexes.ts";
import { FORM, LEVEL, SOURCE, refusal } from "../../../support/enums.ts";
import { type Step, lossOfSteps, runSteps } from "../../../support/lending.ts";
import { PRICE, sourceOf } from "../../../support/nexus.ts";
import {
  OTHERS_LENT,
  SHARES_CAP,
  type SharesWorld,
  donateShares,
  mintCall,
  redeemCall,
  sharesFixture,
} from "../../../support/shares.ts";

/** Compound's codes. */
const CODE = { rejected: 3n, math: 9n, noCash: 14n } as const;
/** A share of WSEI is worth less than so many units while rates are what they are here. */
const SHARE_OF_WSEI = 10n ** 9n;
const UPPER = (PRICE.wsei * 101n) / 100n;

const killOracles = async (f: SharesWorld): Promise<void> => {
  for (const source of [f.sources.usdc, f.sources.wsei]) await source.setMode(SOURCE.reverting);
};
const remaining = async ({ mandate, places }: SharesWorld): Promise<readonly unknown[]> => {
  const tokens = [places.usdc, places.wsei].flatMap(({ asset, position }) => [asset, position]);
  const each = await Promise.all(tokens.map((token) => mandate.remainingOf(1n, token)));
  return [...each.map((answer) => [...answer]), await mandate.remainingLoss()];
};

const near = (value: bigint, wanted: bigint, units = 1n): void => {
  expect(value).to.be.within(wanted - units, wanted + units);
};

const suppliedFixture = async () => {
  const f = await sharesFixture();
  await runSteps(f, [f.supplyUsdc(100_000n * USDC), f.supplyWsei(50_000n * WAD)]);
  await networkHelpers.mine(100);
  return f;
};

const heldUsdc = (f: SharesWorld): Promise<bigint> => f.places.usdc.token.balanceOf(f.addresses.treasury);
const sharesOf = (f: SharesWorld, account: string): Promise<bigint> => viewBigint(f.cUsdc, "balanceOf", [account]);
const leave = async (f: SharesWorld, part: bigint): Promise<void> => {
  const shares = (await f.treasury.balanceOf(f.depositor)) / part;
  await f.treasury.connect(f.depositor).redeemInKind(shares, f.depositor.address, f.depositor.address);
};

/** A call that the mandate permits by a decoder that says of any call that it supplies by a code. */
const byCode = async (
  f: SharesWorld,
  call: ReturnType<typeof transferCall>,
): Promise<SharesWorld & { readonly step: Step }> => {
  const decoder = await ethers.deployContract("MockDecoder", [
    {
      key: ethers.ZeroHash,
      tokenIn: f.addresses.usdc,
      amountIn: 1n,
      tokenOut: f.places.usdc.position,
      recipient: f.addresses.treasury,
      spender: ZERO,
      form: FORM.suppliesByCode,
    },
  ]);
  const selector = call.data.slice(0, 10);
  const leaf = {
    target: call.target,
    selector,
    decoder: await decoder.getAddress(),
    key: ethers.ZeroHash,
    minClass: 0,
  };
  const tree = buildMandateTree([...Object.values(f.leaves), leaf]);
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  return { ...f, tree, step: [call, leaf] };
};

describe("Treasury.execute of supplies to markets of shares, and withdrawals", () => {
  describe("when a call supplies", () => {
    it("exchanges units for units, reads no price and uses no limit of loss or decrease [NX-TRE-11]", async () => {
      const f = await loadFixture(sharesFixture);
      await killOracles(f);
      const [dollars, before, amount] = [await f.usdc.balanceOf(f.treasury), await remaining(f), 12_345_678_901n];
      expect(await lossOfSteps(f, [f.supplyUsdc(amount)], 0n)).to.equal(0n);
      await runSteps(f, [f.supplyUsdc(amount)], 0n);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(dollars - amount);
      near(await heldUsdc(f), amount);
      expect(await remaining(f)).to.deep.equal(before);
    });

    it("charges less than a share where a share is worth more than a unit [NX-TRE-11]", async () => {
      const f = await loadFixture(sharesFixture);
      const amount = 98_765n * WAD + 123_456_789n;
      const loss = await lossOfSteps(f, [f.supplyWsei(amount)]);
      expect(loss).to.be.within(1n, (SHARE_OF_WSEI * UPPER) / WAD);
      await runSteps(f, [f.supplyWsei(amount)], loss);
      expect(amount - (await f.places.wsei.token.balanceOf(f.treasury))).to.be.within(1n, SHARE_OF_WSEI);
    });

    it("changes the worth of the treasury by no more than a unit, at both ends of the band [NX-TRE-11]", async () => {
      const f = await loadFixture(sharesFixture);
      const source = sourceOf(await f.sources.usdc.getAddress());
      for (const token of [f.addresses.usdc, f.places.usdc.position])
        await f.hub.connect(f.admin).setFeed(token, { decimals: 6n, quorum: 1n, maxBandBps: 500n }, [source]);
      const before = await f.treasury.assetsRange();
      await runSteps(f, [f.supplyUsdc(100_000n * USDC), f.supplyWsei(90_000n * WAD)]);
      const after = await f.treasury.assetsRange();
      // A unit of rounding for each call, and one for each division.
      near(after.lower, before.lower, 3n);
      near(after.upper, before.upper, 3n);
    });

    it("takes the allowance back to one unit [NX-TRE-03]", async () => {
      const f = await loadFixture(sharesFixture);
      await runSteps(f, [f.supplyUsdc(1_000n * USDC)]);
      expect(await f.usdc.allowance(f.treasury, f.cUsdc)).to.equal(1n);
    });
  });

  describe("when a call withdraws", () => {
    it("exchanges units for units, reads no price and uses no limit of loss or decrease [NX-TRE-11]", async () => {
      const f = await loadFixture(suppliedFixture);
      await killOracles(f);
      const [dollars, coins] = [await f.usdc.balanceOf(f.treasury), await f.wsei.balanceOf(f.treasury)];
      const before = await remaining(f);
      const [amount, more] = [77_777_777_777n, 33_333n * WAD + 7n];
      await runSteps(f, [f.withdrawUsdc(amount), f.withdrawWsei(more), f.withdrawUsdc(1n * USDC + 1n)], 0n);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(dollars + amount + USDC + 1n);
      expect(await f.wsei.balanceOf(f.treasury)).to.equal(coins + more);
      expect(await remaining(f)).to.deep.equal(before);
    });
  });

  describe("when a market answers a code", () => {
    it("reverts with CallReturnedCode where a supply did nothing [NX-TRE-14]", async () => {
      const f = await loadFixture(sharesFixture);
      // One that does not list the market: it answers so, and does not revert.
      const other = await deployArtifact(f.deployer, readArtifact(COMPOUND.Comptroller));
      await send(f.cUsdc, "_setComptroller", [other.target]);
      await expect(runSteps(f, [f.supplyUsdc(USDC)]))
        .to.be.revertedWithCustomError(f.treasury, "CallReturnedCode")
        .withArgs(0n, CODE.rejected);
    });

    it("reverts with CallReturnedCode where a withdrawal did nothing, at its index [NX-TRE-14]", async () => {
      const f = await loadFixture(suppliedFixture);
      // Below what may be withdrawn in one action.
      await runSteps(f, [f.withdrawUsdc(50_000n * USDC)]);
      const held = await heldUsdc(f);
      const dollars = await f.usdc.balanceOf(f.treasury);
      for (const steps of [[f.withdrawUsdc(held + USDC)], [f.withdrawUsdc(USDC), f.withdrawUsdc(held)]]) {
        await expect(runSteps(f, steps))
          .to.be.revertedWithCustomError(f.treasury, "CallReturnedCode")
          .withArgs(BigInt(steps.length - 1), CODE.math);
      }
      const cash = await f.usdc.balanceOf(f.cUsdc);
      await send(f.cUsdc, "borrow", [cash - 10n * USDC]);
      const left = await f.usdc.balanceOf(f.cUsdc);
      expect(left).to.be.lessThan(held);
      await expect(runSteps(f, [f.withdrawUsdc(left + 1n)]))
        .to.be.revertedWithCustomError(f.treasury, "CallReturnedCode")
        .withArgs(0n, CODE.noCash);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(dollars);
    });

    it("reverts where there is no answer [NX-TRE-14]", async () => {
      const f = await loadFixture(sharesFixture);
      // What is true is a code too.
      const said = await byCode(f, transferCall(f.addresses.usdc, f.payee.address, 0n));
      await expect(runSteps(said, [said.step]))
        .to.be.revertedWithCustomError(f.treasury, "CallReturnedCode")
        .withArgs(0n, 1n);
      const silent = await byCode(f, { target: f.deployer.address, data: "0xa0712d68" });
      await expect(runSteps(silent, [silent.step])).to.be.revert(ethers);
    });
  });

  describe("when a supply would bring the position above its cap", () => {
    it("reverts with PositionAboveCap [NX-TRE-12]", async () => {
      const f = await loadFixture(sharesFixture);
      await f.treasury.connect(f.admin).setAssetCap(f.places.usdc.position, 50_000n * USDC);
      await expect(runSteps(f, [f.supplyUsdc(50_000n * USDC + 2n)])).to.be.revertedWithCustomError(
        f.treasury,
        "PositionAboveCap",
      );
      await runSteps(f, [f.supplyUsdc(50_000n * USDC - 10n * USDC)]);
      await expect(runSteps(f, [f.supplyUsdc(11n * USDC)])).to.be.revertedWithCustomError(
        f.treasury,
        "PositionAboveCap",
      );
      await runSteps(f, [f.withdrawUsdc(1_000n * USDC)], 0n);
    });
  });

  describe("when a recipient is a stranger", () => {
    it("reverts with ActionRefused(RecipientNotTreasury) for both [NX-MAN-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      const order = { ...f.places.usdc, amount: 5n * USDC, recipient: f.attacker.address };
      for (const step of [
        [mintCall(order), f.leaves.supplyUsdc],
        [redeemCall(order), f.leaves.withdrawUsdc],
      ] as const) {
        await expect(runSteps(f, [step]))
          .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
          .withArgs(refusal("RecipientNotTreasury"), 0n);
      }
    });
  });

  describe("given the breaker stands at ReduceOnly", () => {
    it("refuses supplies, and lets withdrawals pass [NX-BRK-01]", async () => {
      const f = await loadFixture(suppliedFixture);
      for (const { market } of [f.places.usdc, f.places.wsei])
        await f.breaker.connect(f.guardian).trip(market, LEVEL.reduceOnly, "drill");
      for (const step of [f.supplyUsdc(USDC), f.supplyWsei(WAD)])
        await expect(runSteps(f, [step])).to.be.revertedWithCustomError(f.treasury, "PositionGrew");
      await killOracles(f);
      await networkHelpers.mine(50);
      // Nobody brought interest up to date since.
      await runSteps(f, [f.withdrawUsdc(50_000n * USDC)], 0n);
      await runSteps(f, [f.withdrawWsei(20_000n * WAD)], 0n);
    });
  });

  describe("given interest accrued", () => {
    it("counts what redeeming pays, and withdraws it [NX-TRE-13]", async () => {
      const f = await loadFixture(sharesFixture);
      const amount = 90_000n * USDC;
      const before = await f.treasury.assetsRange();
      await runSteps(f, [f.supplyUsdc(amount)], 0n);
      await networkHelpers.mine(100_000);
      // Nobody dealt with the market since; what is shown has the interest all the same.
      const held = await heldUsdc(f);
      expect(held).to.be.greaterThan(amount + 100n * USDC);
      await f.sources.usdc.setPrice(PRICE.usdc);
      await f.sources.wsei.setPrice(PRICE.wsei);
      // Three blocks' interest.
      near((await f.treasury.assetsRange()).lower - before.lower, held - amount, USDC);
      const dollars = await f.usdc.balanceOf(f.treasury);
      await runSteps(f, [f.withdrawUsdc(held)], 0n);
      expect(await f.usdc.balanceOf(f.treasury)).to.equal(dollars + held);
      // A block's interest.
      expect(await heldUsdc(f)).to.be.lessThan(USDC);
    });
  });

  describe("given the market has lent out what is withdrawn", () => {
    it("pays an exit in kind in shares all the same [NX-TRE-04]", async () => {
      const f = await loadFixture(suppliedFixture);
      const cash = await f.usdc.balanceOf(f.cUsdc);
      await send(f.cUsdc, "borrow", [cash - 10n * USDC]);
      const [held, supply] = [await sharesOf(f, f.addresses.treasury), (await f.treasury.totalSupply()) + 10n ** 6n];
      const part = (await f.treasury.balanceOf(f.depositor)) / 2n;
      await leave(f, 2n);
      const got = await sharesOf(f, f.depositor.address);
      // A unit has some 5,000 shares, and the part is rounded down to units; those who stay lose nothing.
      expect(got).to.be.within((held * part) / supply - 6_000n, (held * part) / supply);
      expect(await sharesOf(f, f.addresses.treasury)).to.equal(held - got);
      expect(await sharesOf(f, f.places.usdc.position)).to.equal(0n);
    });
  });

  describe("given the market lets no shares move, or was not allowed to", () => {
    it("owes what an exit in kind cannot pay, and pays it later [NX-TRE-04]", async () => {
      const f = await loadFixture(suppliedFixture);
      const { position, market } = f.places.usdc;
      const approve = new ethers.Interface(["function approve(address,uint256)"]);
      const allow = (amount: bigint) =>
        f.treasury
          .connect(f.admin)
          .executeAsAdmin([{ target: market, data: approve.encodeFunctionData("approve", [position, amount]) }]);
      await allow(0n);
      await leave(f, 4n);
      const owed = await f.treasury.pendingPayoutOf(position, f.depositor);
      expect(owed).to.be.greaterThan(10_000n * USDC);
      await allow(ethers.MaxUint256);
      await send(f.compound.comptroller, "_setTransferPaused", [true]);
      await leave(f, 4n);
      const both = await f.treasury.pendingPayoutOf(position, f.depositor);
      expect(both).to.be.greaterThan(owed);
      await send(f.compound.comptroller, "_setTransferPaused", [false]);
      const held = await heldUsdc(f);
      await expect(runSteps(f, [f.withdrawUsdc(held - both + 10n * USDC)])).to.be.revertedWithCustomError(
        f.treasury,
        "OwedAssetsSpent",
      );
      await f.treasury.connect(f.anyone).payOut(position, f.depositor);
      near(await f.places.usdc.token.balanceOf(f.depositor), both, 1n);
    });
  });

  describe("given strangers give shares, or gifts to the market", () => {
    it("bars neither withdrawals nor exits nor the removal of the asset [NX-TRE-09]", async () => {
      const f = await loadFixture(suppliedFixture);
      await donateShares(f, SHARES_CAP.usdc);
      await f.usdc.connect(f.deployer).mint(f.cUsdc, OTHERS_LENT.usdc / 100n);
      await expect(runSteps(f, [f.supplyUsdc(10n)])).to.be.revertedWithCustomError(f.treasury, "PositionAboveCap");
      await runSteps(f, [f.withdrawUsdc(60_000n * USDC)], 0n);
      const shares = await f.treasury.balanceOf(f.depositor);
      await f.treasury.connect(f.depositor).redeem(shares / 10n, f.depositor.address, f.depositor.address);
      await leave(f, 10n);
      const none = { perAction: 0n, perAgentDay: 0n, perDay: 0n };
      await f.mandate.connect(f.admin).setTokenLimit(f.places.usdc.position, none);
      await f.treasury.connect(f.admin).removeAsset(f.places.usdc.position);
      expect(await f.treasury.isAsset(f.places.usdc.position)).to.equal(false);
    });
  });
});
