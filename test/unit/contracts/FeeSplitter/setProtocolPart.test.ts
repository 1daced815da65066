import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { splitterFixture } from "../../../support/fees.ts";

const MAX = 4_000n;

describe("FeeSplitter.setProtocolPart", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(splitterFixture);
      await expect(f.splitter.connect(f.attacker).setProtocolPart(0n))
        .to.be.revertedWithCustomError(f.splitter, "NotAdmin")
        .withArgs(f.attacker.address);
    });
  });

  describe("when it is above what governance can set", () => {
    it("reverts with ProtocolPartAboveCap, at deployment too [NX-FEE-01]", async () => {
      const f = await loadFixture(splitterFixture);
      await expect(f.splitter.connect(f.admin).setProtocolPart(MAX + 1n))
        .to.be.revertedWithCustomError(f.splitter, "ProtocolPartAboveCap")
        .withArgs(MAX + 1n, MAX);
      const zero = ethers.ZeroAddress;
      await expect(
        ethers.deployContract("FeeSplitter", [zero, zero, zero, zero, zero, zero, MAX + 1n]),
      ).to.be.revertedWithCustomError(f.splitter, "ProtocolPartAboveCap");
    });
  });

  describe("when all is well", () => {
    it("keeps it and emits ProtocolPartChanged", async () => {
      const f = await loadFixture(splitterFixture);
      await expect(f.splitter.connect(f.admin).setProtocolPart(MAX))
        .to.emit(f.splitter, "ProtocolPartChanged")
        .withArgs(MAX);
      expect(await f.splitter.protocolBps()).to.equal(MAX);
    });
  });
});
