import { expect } from "chai";
import { SELECTOR, approveCall, transferCall } from "../../../support/calls.ts";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { bareFixture } from "../../../support/nexus.ts";

describe("Erc20Decoder.decode", () => {
  describe("when the call is a transfer", () => {
    it("reports the token, the amount and the counterparty's key", async () => {
      const f = await loadFixture(bareFixture);
      const { target, data } = transferCall(f.addresses.usdc, f.payee.address, 7n);
      const key = ethers.solidityPackedKeccak256(["address"], [f.payee.address]);
      expect([...(await f.decoders.erc20.decode(target, data))]).to.deep.equal([key, target, 7n, ZERO, ZERO, ZERO, 1n]);
    });
  });

  describe("when the call is an approval", () => {
    it("reports the spender too", async () => {
      const f = await loadFixture(bareFixture);
      const { target, data } = approveCall(f.addresses.usdc, f.payee.address, 7n);
      const key = ethers.solidityPackedKeccak256(["address"], [f.payee.address]);
      expect([...(await f.decoders.erc20.decode(target, data))]).to.deep.equal([
        key,
        target,
        7n,
        ZERO,
        ZERO,
        f.payee.address,
        1n,
      ]);
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector for transferFrom, permit, increaseAllowance and multicall", async () => {
      const f = await loadFixture(bareFixture);
      const selectors = [
        "transferFrom(address,address,uint256)",
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        "increaseAllowance(address,uint256)",
        "multicall(bytes[])",
      ].map((text) => ethers.id(text).slice(0, 10));
      for (const selector of selectors) {
        await expect(f.decoders.erc20.decode(f.addresses.usdc, ethers.concat([selector, ethers.ZeroHash])))
          .to.be.revertedWithCustomError(f.decoders.erc20, "UnknownSelector")
          .withArgs(selector);
      }
    });
  });

  describe("when the data is shorter than a selector", () => {
    it("reverts with CallTooShort", async () => {
      const f = await loadFixture(bareFixture);
      for (const data of ["0x", "0xa9", "0xa9059c"]) {
        await expect(f.decoders.erc20.decode(f.addresses.usdc, data))
          .to.be.revertedWithCustomError(f.decoders.erc20, "CallTooShort")
          .withArgs(BigInt((data.length - 2) / 2));
      }
    });
  });

  describe("when the arguments are cut short", () => {
    it("reverts", async () => {
      const f = await loadFixture(bareFixture);
      const { target, data } = transferCall(f.addresses.usdc, f.payee.address, 7n);
      await expect(f.decoders.erc20.decode(target, data.slice(0, -2))).to.be.revertedWithoutReason(ethers);
    });
  });

  describe("when an address has dirty upper bits", () => {
    it("reverts", async () => {
      const f = await loadFixture(bareFixture);
      const dirty = ethers.concat([SELECTOR.transfer, `0x${"01".repeat(12)}`, f.payee.address, ethers.toBeHex(7n, 32)]);
      await expect(f.decoders.erc20.decode(f.addresses.usdc, dirty)).to.be.revertedWithoutReason(ethers);
    });
  });
});
