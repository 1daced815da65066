import { expect } from "chai";
import { transferCall } from "../../../support/calls.ts";
import { USDC, loadFixture } from "../../../support/chain.ts";
import { DEPOSIT, fundedFixture } from "../../../support/nexus.ts";

describe("Treasury.executeAsAdmin", () => {
  describe("when anyone but the administrator calls", () => {
    it("reverts with NotAdmin, guardians included [NX-TRE-01] [NX-BRK-02]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const caller of [f.attacker, f.guardian, f.operatorA, f.deployer]) {
        await expect(f.treasury.connect(caller).executeAsAdmin([]))
          .to.be.revertedWithCustomError(f.treasury, "NotAdmin")
          .withArgs(caller.address);
      }
    });
  });

  describe("when a call reverts", () => {
    it("reverts with the call's own error and does nothing", async () => {
      const f = await loadFixture(fundedFixture);
      const calls = [1n, 2n * DEPOSIT].map((amount) => transferCall(f.addresses.usdc, f.payee.address, amount));
      await expect(f.treasury.connect(f.admin).executeAsAdmin(calls))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientBalance")
        .withArgs(f.addresses.treasury, DEPOSIT - 1n, 2n * DEPOSIT);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
    });
  });

  describe("when a call's target is no contract", () => {
    it("reverts with AddressEmptyCode", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(f.treasury.connect(f.admin).executeAsAdmin([{ target: f.payee.address, data: "0x12345678" }]))
        .to.be.revertedWithCustomError(f.treasury, "AddressEmptyCode")
        .withArgs(f.payee.address);
    });
  });

  describe("when a call comes back into the treasury", () => {
    it("finds it locked [NX-TRE-08]", async () => {
      const f = await loadFixture(fundedFixture);
      const data = f.treasury.interface.encodeFunctionData("deposit", [USDC, f.attacker.address]);
      await expect(
        f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.treasury, data }]),
      ).to.be.revertedWithCustomError(f.treasury, "TreasuryGuarded");
    });
  });

  describe("when all is well", () => {
    it("makes the calls outside of mandate and limits and emits AdminExecuted for each", async () => {
      const f = await loadFixture(fundedFixture);
      const calls = [f.attacker, f.payee].map(({ address }) => transferCall(f.addresses.usdc, address, DEPOSIT / 2n));
      const execution = f.treasury.connect(f.admin).executeAsAdmin(calls);
      for (const { target, data } of calls) {
        await expect(execution).to.emit(f.treasury, "AdminExecuted").withArgs(target, data);
      }
      expect(await f.usdc.balanceOf(f.addresses.treasury)).to.equal(0n);
    });
  });
});
