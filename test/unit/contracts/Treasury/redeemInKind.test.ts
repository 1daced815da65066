import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture, time } from "../../../support/chain.ts";
import { BALANCES, LEVEL, SOURCE, TRANSFERS } from "../../../support/enums.ts";
import { DEPOSIT, type Nexus, WSEI_HELD, fundedFixture } from "../../../support/nexus.ts";
import {
  RECENT_DEPOSIT,
  HOSTILE_HELD,
  SHARE,
  baseOnlyFixture,
  depositAs,
  recentFixture,
  hostileFixture,
} from "../../../support/vault.ts";

const SUPPLY = 1_000_000n * SHARE;
const QUARTER = SUPPLY / 4n;
/** Virtual shares own their part too, as they do in every other exit. */
const VIRTUAL = 10n ** 6n;
const part = (held: bigint, shares = QUARTER): bigint => (held * shares) / (SUPPLY + VIRTUAL);

const redeemInKind = (f: Nexus, shares = QUARTER, owner = f.depositor) =>
  f.treasury.connect(owner).redeemInKind(shares, owner.address, owner.address);

describe("Treasury.redeemInKind", () => {
  describe("when no shares are given", () => {
    it("reverts with ZeroAmount", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(redeemInKind(f, 0n)).to.be.revertedWithCustomError(f.treasury, "ZeroAmount");
    });
  });

  describe("when the receiver is the zero address", () => {
    it("reverts with ERC20InvalidReceiver", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.depositor).redeemInKind(QUARTER, ZERO, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InvalidReceiver")
        .withArgs(ZERO);
    });
  });

  describe("when more shares are given than held", () => {
    it("reverts with ERC20InsufficientBalance", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(redeemInKind(f, SUPPLY + 1n))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientBalance")
        .withArgs(f.depositor.address, SUPPLY, SUPPLY + 1n);
    });
  });

  describe("when the caller is neither the owner nor approved", () => {
    it("reverts with ERC20InsufficientAllowance [NX-TRE-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.attacker).redeemInKind(1n, f.attacker.address, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "ERC20InsufficientAllowance")
        .withArgs(f.attacker.address, 0n, 1n);
    });
  });

  describe("when the caller has an allowance", () => {
    it("pays the receiver and uses up the allowance", async () => {
      const f = await loadFixture(fundedFixture);
      await f.treasury.connect(f.depositor).approve(f.anyone.address, QUARTER);
      await f.treasury.connect(f.anyone).redeemInKind(QUARTER, f.payee.address, f.depositor.address);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(part(DEPOSIT));
      expect(await f.treasury.allowance(f.depositor, f.anyone)).to.equal(0n);
    });
  });

  describe("given the shares are recent", () => {
    it("reverts with SharesTooRecent up to the last second [NX-TRE-06]", async () => {
      const f = await loadFixture(recentFixture);
      const shares = await f.treasury.balanceOf(f.attacker);
      const { recentUntil } = await f.treasury.recentSharesOf(f.attacker);
      await time.setNextBlockTimestamp(recentUntil - 1n);
      await expect(redeemInKind(f, shares, f.attacker))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooRecent")
        .withArgs(f.attacker.address, 0n, shares, recentUntil);
    });

    it("pays from the second on in which they are not", async () => {
      const f = await loadFixture(recentFixture);
      const shares = await f.treasury.balanceOf(f.attacker);
      await time.setNextBlockTimestamp((await f.treasury.recentSharesOf(f.attacker)).recentUntil);
      await redeemInKind(f, shares, f.attacker);
      expect(await f.usdc.balanceOf(f.attacker)).to.be.greaterThan(0n);
    });
  });

  describe("given only some of the shares are recent", () => {
    it("pays the others and refuses one more [NX-TRE-06]", async () => {
      const f = await loadFixture(fundedFixture);
      await depositAs(f, f.depositor, RECENT_DEPOSIT);
      const { shares, recentUntil } = await f.treasury.recentSharesOf(f.depositor);
      await expect(redeemInKind(f, SUPPLY + 1n))
        .to.be.revertedWithCustomError(f.treasury, "SharesTooRecent")
        .withArgs(f.depositor.address, SUPPLY, SUPPLY + 1n, recentUntil);
      await redeemInKind(f, SUPPLY);
      expect(await f.treasury.balanceOf(f.depositor)).to.equal(shares);
    });
  });

  describe("when all is well", () => {
    it("pays the part of every asset, rounded down [NX-TRE-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const amounts = await f.treasury
        .connect(f.depositor)
        .redeemInKind.staticCall(QUARTER, f.depositor.address, f.depositor.address);
      expect([...amounts]).to.deep.equal([part(DEPOSIT), part(WSEI_HELD), 0n]);
      await redeemInKind(f);
      expect(await f.usdc.balanceOf(f.depositor)).to.equal(part(DEPOSIT));
      expect(await f.wsei.balanceOf(f.depositor)).to.equal(part(WSEI_HELD));
      expect(await f.treasury.totalSupply()).to.equal(SUPPLY - QUARTER);
    });

    it("pays a part of a single unit, and nothing less [NX-TRE-04]", async () => {
      const f = await loadFixture(baseOnlyFixture);
      // A share more than a millionth of a dollar's: 10^15 + 10^6 shares have 10^9 units.
      await redeemInKind(f, 1_000_001n);
      expect(await f.usdc.balanceOf(f.depositor)).to.equal(1n);
      await redeemInKind(f, 1n);
      expect(await f.usdc.balanceOf(f.depositor)).to.equal(1n);
    });

    it("emits RedeemedInKind", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.depositor).redeemInKind(QUARTER, f.payee.address, f.depositor.address))
        .to.emit(f.treasury, "RedeemedInKind")
        .withArgs(f.depositor.address, f.payee.address, f.depositor.address, QUARTER, [
          part(DEPOSIT),
          part(WSEI_HELD),
          0n,
        ]);
    });

    it("leaves the others' part as it was [NX-TRE-05]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.treasury.connect(f.depositor).transfer(f.anyone.address, QUARTER);
      await redeemInKind(f);
      const [usdc] = await f.treasury.connect(f.anyone).redeemInKind.staticCall(QUARTER, f.anyone, f.anyone);
      expect(usdc).to.be.greaterThanOrEqual(part(DEPOSIT));
    });
  });

  describe("given someone donated before others deposit", () => {
    it("is not diluted by their deposits [NX-TRE-05]", async () => {
      const f = await loadFixture(fundedFixture);
      await redeemInKind(f, SUPPLY - VIRTUAL);
      await f.usdc.connect(f.deployer).mint(f.addresses.treasury, 1_000n * USDC);
      const inKind = async () =>
        (await f.treasury.connect(f.depositor).redeemInKind.staticCall(VIRTUAL, f.depositor, f.depositor))[0] ?? 0n;
      const before = await inKind();
      await depositAs(f, f.attacker, 1_000_000n * USDC);
      expect(await inKind()).to.be.greaterThanOrEqual(before - 1n);
    });
  });

  describe("given everything is halted", () => {
    it("pays [NX-TRE-04] [NX-BRK-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      for (const asset of [f.addresses.usdc, f.addresses.wsei]) {
        await f.breaker.connect(f.guardian).trip(asset, LEVEL.halted, "drill");
      }
      await redeemInKind(f);
      expect(await f.wsei.balanceOf(f.depositor)).to.equal(part(WSEI_HELD));
    });
  });

  describe("given no oracle answers", () => {
    it("pays [NX-TRE-04]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const source of [f.sources.usdc, f.sources.wsei, f.sources.weth]) await source.setMode(SOURCE.burningGas);
      await redeemInKind(f);
      expect(await f.wsei.balanceOf(f.depositor)).to.equal(part(WSEI_HELD));
    });
  });

  for (const [behaviour, words] of [
    ["reverting", "reverts"],
    ["returningFalse", "returns false"],
    ["burningGas", "burns all gas"],
    ["returningMuch", "reverts nothing and answers 300,000 bytes without moving anything"],
  ] as const) {
    describe(`given an asset's transfer ${words}`, () => {
      it("pays the others and owes that one [NX-TRE-04]", async () => {
        const f = await loadFixture(hostileFixture);
        await f.evil.behave(TRANSFERS[behaviour], BALANCES.honest);
        await redeemInKind(f);
        expect(await f.usdc.balanceOf(f.depositor)).to.equal(part(DEPOSIT));
        expect(await f.wsei.balanceOf(f.depositor)).to.equal(part(WSEI_HELD));
        const owed = behaviour === "returningMuch" ? 0n : part(HOSTILE_HELD);
        expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(owed);
      });
    });
  }

  for (const [behaviour, words] of [
    ["reverting", "reverts"],
    ["burningGas", "burns all gas"],
    ["returningLittle", "answers four bytes"],
  ] as const) {
    describe(`given the reading of an asset's balance ${words}`, () => {
      it("pays the others and forgoes that one [NX-TRE-04]", async () => {
        const f = await loadFixture(hostileFixture);
        await f.evil.behave(TRANSFERS.honest, BALANCES[behaviour]);
        await redeemInKind(f);
        expect(await f.usdc.balanceOf(f.depositor)).to.equal(part(DEPOSIT));
        expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(0n);
      });
    });
  }

  for (const [behaviour, words] of [
    ["enormous", "answers 2^256 - 1"],
    ["draining", "uses up its gas and answers 2^256 - 1"],
  ] as const) {
    describe(`given the reading of an asset's balance ${words}`, () => {
      it("pays the others and owes the part of what was said [NX-TRE-04]", async () => {
        const f = await loadFixture(hostileFixture);
        await f.evil.behave(TRANSFERS.reverting, BALANCES[behaviour]);
        const said = ethers.MaxUint256;
        for (const round of [0n, 1n]) {
          await redeemInKind(f);
          expect(await f.usdc.balanceOf(f.depositor)).to.be.within(
            (round + 1n) * part(DEPOSIT),
            (round + 1n) * part(DEPOSIT) + 2n,
          );
          if (round === 0n) expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(part(said));
        }
      });
    });
  }

  describe("given the reading of an asset's balance answers 300,000 bytes", () => {
    it("pays all [NX-TRE-04]", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.honest, BALANCES.returningMuch);
      await redeemInKind(f);
      expect(await f.usdc.balanceOf(f.depositor)).to.equal(part(DEPOSIT));
    });
  });

  describe("given an asset's transfer returns nothing, as old tokens do", () => {
    it("takes it for success", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.returningNothing, BALANCES.honest);
      await redeemInKind(f);
      expect(await f.evil.balanceOf(f.depositor)).to.equal(part(HOSTILE_HELD));
      expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(0n);
    });
  });

  describe("given an asset cannot be paid out", () => {
    it("emits PayoutCredited", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      await expect(f.treasury.connect(f.depositor).redeemInKind(QUARTER, f.payee.address, f.depositor.address))
        .to.emit(f.treasury, "PayoutCredited")
        .withArgs(f.evilAt, f.payee.address, part(HOSTILE_HELD));
    });

    it("keeps what is owed out of the others' part", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      await redeemInKind(f);
      const [, , , evil] = await f.treasury
        .connect(f.depositor)
        .redeemInKind.staticCall(QUARTER, f.depositor, f.depositor);
      const left = HOSTILE_HELD - part(HOSTILE_HELD);
      expect(evil).to.equal((left * QUARTER) / (SUPPLY - QUARTER + VIRTUAL));
    });
  });

  describe("when the gas is too little to read a balance fairly", () => {
    it("reverts with GasTooLow instead of forgoing the asset [NX-TRE-04]", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.honest, BALANCES.burningGas);
      await expect(
        f.treasury
          .connect(f.depositor)
          .redeemInKind(QUARTER, f.depositor.address, f.depositor.address, { gasLimit: 300_000n }),
      ).to.be.revertedWithCustomError(f.treasury, "GasTooLow");
    });
  });

  describe("when the gas is too little to pay an asset out fairly", () => {
    it("reverts with GasTooLow instead of owing it [NX-TRE-04]", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.behave(TRANSFERS.burningGas, BALANCES.honest);
      const gasLimit = 700_000n;
      await expect(
        f.treasury.connect(f.depositor).redeemInKind(QUARTER, f.depositor.address, f.depositor.address, { gasLimit }),
      ).to.be.revertedWithCustomError(f.treasury, "GasTooLow");
    });
  });

  describe("when an asset asks for prices while it is paid out", () => {
    it("reverts the question with TreasuryGuarded: balances mean nothing then [NX-TRE-08]", async () => {
      const f = await loadFixture(hostileFixture);
      await f.evil.reenterWith(f.addresses.treasury, f.treasury.interface.encodeFunctionData("assetsRange"));
      await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
      await redeemInKind(f);
      expect(await f.evil.reentered()).to.equal(false);
      expect(await f.evil.reentryAnswer()).to.equal(f.treasury.interface.getError("TreasuryGuarded")?.selector);
    });
  });

  describe("when called from inside itself", () => {
    it("reverts the inner call with TreasuryGuarded [NX-TRE-08]", async () => {
      const f = await loadFixture(hostileFixture);
      const data = f.treasury.interface.encodeFunctionData("payOut", [f.evilAt, f.depositor.address]);
      await f.evil.reenterWith(f.addresses.treasury, data);
      await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
      await redeemInKind(f);
      expect(await f.evil.reentered()).to.equal(false);
      const locked = f.treasury.interface.getError("TreasuryGuarded");
      expect(await f.evil.reentryAnswer()).to.equal(locked?.selector);
    });
  });
});
