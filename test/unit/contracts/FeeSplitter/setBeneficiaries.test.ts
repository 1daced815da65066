import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { splitterFixture } from "../../../support/fees.ts";

const MAX = 64;

describe("FeeSplitter.setBeneficiaries", () => {
  describe("when the caller is not the administrator", () => {
    it("reverts with NotAdmin", async () => {
      const f = await loadFixture(splitterFixture);
      await expect(f.splitter.connect(f.attacker).setBeneficiaries([1n]))
        .to.be.revertedWithCustomError(f.splitter, "NotAdmin")
        .withArgs(f.attacker.address);
    });
  });

  describe("when one agent is named twice, or they are not sorted", () => {
    it("reverts with BeneficiariesNotAscending", async () => {
      const f = await loadFixture(splitterFixture);
      for (const agentIds of [
        [1n, 2n, 2n],
        [1n, 3n, 2n],
      ]) {
        await expect(f.splitter.connect(f.admin).setBeneficiaries(agentIds))
          .to.be.revertedWithCustomError(f.splitter, "BeneficiariesNotAscending")
          .withArgs(2n, 2n);
      }
    });
  });

  describe("when there are too many", () => {
    it("reverts with TooManyBeneficiaries", async () => {
      const f = await loadFixture(splitterFixture);
      const agentIds = Array.from({ length: MAX + 1 }, (_, index) => BigInt(index + 1));
      await expect(f.splitter.connect(f.admin).setBeneficiaries(agentIds))
        .to.be.revertedWithCustomError(f.splitter, "TooManyBeneficiaries")
        .withArgs(MAX + 1, MAX);
    });
  });

  describe("when all is well", () => {
    it("keeps them and emits BeneficiariesChanged", async () => {
      const f = await loadFixture(splitterFixture);
      await expect(f.splitter.connect(f.admin).setBeneficiaries([2n, 4n]))
        .to.emit(f.splitter, "BeneficiariesChanged")
        .withArgs([2n, 4n]);
      expect(await f.splitter.beneficiaries()).to.deep.equal([2n, 4n]);
    });
  });
});
