import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { BALANCES, TRANSFERS } from "../../../support/enums.ts";
import { fundedFixture } from "../../../support/nexus.ts";
import { hostileFixture } from "../../../support/vault.ts";

/** Half of the shares were redeemed while the hostile asset did not move; it has recovered since. */
const owedFixture = async () => {
  const f = await hostileFixture();
  await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
  const half = (await f.treasury.balanceOf(f.depositor)) / 2n;
  await f.treasury.connect(f.depositor).redeemInKind(half, f.depositor.address, f.depositor.address);
  const owed = await f.treasury.pendingPayoutOf(f.evilAt, f.depositor);
  await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
  return { ...f, owed };
};

describe("Treasury.payOut", () => {
  describe("when nothing is owed", () => {
    it("reverts with NoPendingPayout", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.payOut(f.addresses.usdc, f.attacker.address))
        .to.be.revertedWithCustomError(f.treasury, "NoPendingPayout")
        .withArgs(f.addresses.usdc, f.attacker.address);
    });
  });

  describe("given the asset still does not move", () => {
    it("reverts with the asset's error and keeps the pending payout", async () => {
      const f = await loadFixture(owedFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      await expect(f.treasury.payOut(f.evilAt, f.depositor.address)).to.be.revertedWithCustomError(
        f.evil,
        "TransfersStopped",
      );
      expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(f.owed);
    });

    it("reverts with SafeERC20FailedOperation when it returns false", async () => {
      const f = await loadFixture(owedFixture);
      await f.evil.behave(TRANSFERS.returningFalse, BALANCES.honest);
      await expect(f.treasury.payOut(f.evilAt, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "SafeERC20FailedOperation")
        .withArgs(f.evilAt);
    });
  });

  describe("when the asset has recovered", () => {
    it("pays whom it is owed to, whoever calls [NX-TRE-04]", async () => {
      const f = await loadFixture(owedFixture);
      await expect(f.treasury.connect(f.attacker).payOut(f.evilAt, f.depositor.address)).to.changeTokenBalances(
        ethers,
        f.evil,
        [f.treasury, f.depositor, f.attacker],
        [-f.owed, f.owed, 0n],
      );
      expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(0n);
    });

    it("emits PayoutPaid", async () => {
      const f = await loadFixture(owedFixture);
      await expect(f.treasury.payOut(f.evilAt, f.depositor.address))
        .to.emit(f.treasury, "PayoutPaid")
        .withArgs(f.evilAt, f.depositor.address, f.owed);
    });

    it("reverts with NoPendingPayout when called a second time", async () => {
      const f = await loadFixture(owedFixture);
      await f.treasury.payOut(f.evilAt, f.depositor.address);
      await expect(f.treasury.payOut(f.evilAt, f.depositor.address))
        .to.be.revertedWithCustomError(f.treasury, "NoPendingPayout")
        .withArgs(f.evilAt, f.depositor.address);
    });

    it("pays a pending payout of a single unit, which no share counts meanwhile [NX-TRE-01]", async () => {
      const f = await loadFixture(hostileFixture);
      const { treasury } = f;
      const send = async (units: bigint): Promise<void> => {
        const data = f.evil.interface.encodeFunctionData("transfer", [f.payee.address, units]);
        await treasury.connect(f.admin).executeAsAdmin([{ target: f.evilAt, data }]);
      };
      await send((await f.evil.balanceOf(treasury)) - 2n);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      const all = await treasury.balanceOf(f.depositor);
      await treasury.connect(f.depositor).redeemInKind(all / 2n + 10n ** 6n, f.depositor, f.depositor);
      expect(await treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.equal(1n);
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      await send(1n);
      const rest = await treasury.balanceOf(f.depositor);
      const amounts = await treasury.connect(f.depositor).redeemInKind.staticCall(rest, f.depositor, f.depositor);
      expect(amounts[3]).to.equal(0n);
      await treasury.connect(f.admin).setAssetCap(f.addresses.wsei, 0n);
      expect(await treasury.assetsRange()).to.deep.equal(Array(2).fill(await f.usdc.balanceOf(treasury)));
      await treasury.payOut(f.evilAt, f.depositor.address);
      expect(await f.evil.balanceOf(f.depositor)).to.equal(1n);
    });

    it("leaves the value of the shares as it was", async () => {
      const f = await loadFixture(owedFixture);
      const before = await f.treasury.assetsRange();
      await f.treasury.payOut(f.evilAt, f.depositor.address);
      expect(await f.treasury.assetsRange()).to.deep.equal(before);
    });
  });
});
