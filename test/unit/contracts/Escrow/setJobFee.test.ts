import { expect } from "chai";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { PRICE, deliveredFixture, feeOf } from "../../../support/jobs.ts";
import { moneyFixture } from "../../../support/money.ts";

const MAX = 500n;

describe("Escrow.setJobFee", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.escrow.connect(f.attacker).setJobFee(0n))
        .to.be.revertedWithCustomError(f.escrow, "NotAdmin")
        .withArgs(f.attacker.address);
    });
  });

  describe("when the fee is above its cap", () => {
    it("reverts with JobFeeAboveCap, at deployment too [NX-FEE-01]", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(f.escrow.connect(f.admin).setJobFee(MAX + 1n))
        .to.be.revertedWithCustomError(f.escrow, "JobFeeAboveCap")
        .withArgs(MAX + 1n, MAX);
      await expect(
        ethers.deployContract("Escrow", [f.admin.address, f.addresses.accounts, ZERO, ZERO, ZERO, MAX + 1n]),
      ).to.be.revertedWithCustomError(f.escrow, "JobFeeAboveCap");
    });
  });

  describe("when the administrator sets it", () => {
    it("holds for jobs funded from now on, and emits JobFeeChanged", async () => {
      const f = await loadFixture(deliveredFixture);
      await expect(f.escrow.connect(f.admin).setJobFee(MAX)).to.emit(f.escrow, "JobFeeChanged").withArgs(MAX);
      expect(await f.escrow.jobFeeBps()).to.equal(MAX);
      await f.escrow.connect(f.depositor).approve(f.terms, 0n);
      expect(await f.accounts.feesOf(f.addresses.usdc, f.payee.address)).to.equal(feeOf(PRICE));
    });
  });
});
