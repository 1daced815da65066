import { expect } from "chai";
import { enactedFixture } from "../../../support/votedProposals.ts";
import { WAD, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { LOSS_LIMIT, USDC_LIMIT, bareFixture, nexusFixture } from "../../../support/nexus.ts";

/** A millionth of a dollar: loss limits are kept in such units. */
const LOSS_UNIT = 10n ** 12n;
const LIMIT = { perAction: 1n, perAgentDay: 20n, perDay: 30n } as const;

describe("Mandate settings", () => {
  describe("setRoot", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.operatorA).setRoot(ethers.id("root"), ""))
        .to.be.revertedWithCustomError(f.mandate, "NotAdmin")
        .withArgs(f.operatorA.address);
    });

    it("sets the root and emits RootChanged", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.admin).setRoot(ethers.id("root"), "ipfs://x"))
        .to.emit(f.mandate, "RootChanged")
        .withArgs(ethers.id("root"), "ipfs://x");
      expect(await f.mandate.root()).to.equal(ethers.id("root"));
    });
  });

  describe("setTokenLimit", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.operatorA).setTokenLimit(f.addresses.usdc, LIMIT))
        .to.be.revertedWithCustomError(f.mandate, "NotAdmin")
        .withArgs(f.operatorA.address);
    });

    it("reverts with NotTreasuryAsset for what the treasury does not value", async () => {
      const f = await loadFixture(nexusFixture);
      const stake = await f.stake.getAddress();
      await expect(f.mandate.connect(f.admin).setTokenLimit(stake, LIMIT))
        .to.be.revertedWithCustomError(f.mandate, "NotTreasuryAsset")
        .withArgs(stake);
    });

    it("sets the limits and emits TokenLimitChanged", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.admin).setTokenLimit(f.addresses.weth, LIMIT))
        .to.emit(f.mandate, "TokenLimitChanged")
        .withArgs(f.addresses.weth, Object.values(LIMIT));
      expect([...(await f.mandate.tokenLimitOf(f.addresses.weth))]).to.deep.equal(Object.values(LIMIT));
      expect([...(await f.mandate.tokenLimitOf(f.addresses.usdc))]).to.deep.equal(Object.values(USDC_LIMIT));
      const { forAgent, forAll } = await f.mandate.remainingOf(1n, f.addresses.weth);
      expect([forAgent, forAll]).to.deep.equal([10n, 15n]);
    });
  });

  describe("setLossLimit", () => {
    it("reverts with NotAdmin when anyone else calls", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.mandate.connect(f.guardian).setLossLimit({ perAction: 1n, perDay: 2n }))
        .to.be.revertedWithCustomError(f.mandate, "NotAdmin")
        .withArgs(f.guardian.address);
    });

    it("sets the limits and emits LossLimitChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const limit = { perAction: 5n * LOSS_UNIT, perDay: 12n * LOSS_UNIT };
      await expect(f.mandate.connect(f.admin).setLossLimit(limit))
        .to.emit(f.mandate, "LossLimitChanged")
        .withArgs(Object.values(limit));
      expect([...(await f.mandate.lossLimit())]).to.deep.equal(Object.values(limit));
      expect(await f.mandate.remainingLoss()).to.equal(6n * LOSS_UNIT);
    });

    it("cuts what is finer than a millionth of a dollar off, and never rounds it up", async () => {
      const f = await loadFixture(nexusFixture);
      await f.mandate
        .connect(f.admin)
        .setLossLimit({ perAction: 2n * LOSS_UNIT - 1n, perDay: 8n * LOSS_UNIT + LOSS_UNIT / 2n });
      expect([...(await f.mandate.lossLimit())]).to.deep.equal([LOSS_UNIT, 8n * LOSS_UNIT]);
      expect(await f.mandate.LOSS_UNIT()).to.equal(LOSS_UNIT);
    });

    it("reverts for limits that do not fit the word that they are kept in", async () => {
      const f = await loadFixture(nexusFixture);
      const most = { perAction: (2n ** 48n - 1n) * LOSS_UNIT, perDay: (2n ** 56n - 1n) * LOSS_UNIT };
      const mandate = f.mandate.connect(f.admin);
      await mandate.setLossLimit(most);
      expect([...(await f.mandate.lossLimit())]).to.deep.equal(Object.values(most));
      await expect(mandate.setLossLimit({ ...most, perAction: most.perAction + LOSS_UNIT }))
        .to.be.revertedWithCustomError(f.mandate, "SafeCastOverflowedUintDowncast")
        .withArgs(48n, 2n ** 48n);
      await expect(mandate.setLossLimit({ ...most, perDay: most.perDay + LOSS_UNIT }))
        .to.be.revertedWithCustomError(f.mandate, "SafeCastOverflowedUintDowncast")
        .withArgs(56n, 2n ** 56n);
    });

    it("leaves what was lost as it was [NX-MAN-02]", async () => {
      const f = await loadFixture(enactedFixture);
      await time.setNextBlockTimestamp(await now());
      await f.mandate.connect(f.admin).setLossLimit({ perAction: 0n, perDay: 100n * WAD });
      expect(await f.mandate.remainingLoss()).to.equal(45n * WAD);
    });
  });

  describe("views", () => {
    it("say what was set", async () => {
      const f = await loadFixture(nexusFixture);
      expect(await f.mandate.root()).to.equal(f.tree.root);
      expect([...(await f.mandate.lossLimit())]).to.deep.equal(Object.values(LOSS_LIMIT));
      expect([await f.mandate.MAX_CALLS(), await f.mandate.ADMIN()]).to.deep.equal([16n, f.admin.address]);
    });

    it("permit nothing before anything was set", async () => {
      const f = await loadFixture(bareFixture);
      expect(await f.mandate.root()).to.equal(ethers.ZeroHash);
      expect(await f.mandate.remainingLoss()).to.equal(0n);
      const { forAgent, forAll } = await f.mandate.remainingOf(1n, f.addresses.usdc);
      expect([forAgent, forAll]).to.deep.equal([0n, 0n]);
    });
  });
});
