import { expect } from "chai";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import { CAUSE } from "../../../support/evidence.ts";
import { bareFixture } from "../../../support/nexus.ts";

const SCOPE = `0x${"1".repeat(40)}`;
const { priceRefused, priceMoved } = CAUSE;

/** Anyone stands for the contract that judges evidence. */
const evidenceFixture = async () => {
  const f = await bareFixture();
  await f.breaker.connect(f.admin).setEvidence(f.anyone.address);
  return { ...f, byEvidence: f.breaker.connect(f.anyone) };
};
type Fixture = Awaited<ReturnType<typeof evidenceFixture>>;

const levels = async (f: Fixture): Promise<readonly bigint[]> => [
  await f.breaker.levelOf(SCOPE),
  await f.breaker.highestLevel([SCOPE]),
];

describe("CircuitBreaker by evidence", () => {
  describe("tripByEvidence", () => {
    it("reverts with NotEvidence for anyone else, guardians and the administrator included [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      for (const caller of [f.guardian, f.admin, f.attacker]) {
        await expect(f.breaker.connect(caller).tripByEvidence(SCOPE, priceRefused))
          .to.be.revertedWithCustomError(f.breaker, "NotEvidence")
          .withArgs(caller.address);
      }
    });

    it("raises a scope to ReduceOnly, and no higher by a second cause [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      for (const cause of [priceRefused, priceMoved, priceMoved]) {
        await expect(f.byEvidence.tripByEvidence(SCOPE, cause))
          .to.emit(f.breaker, "TrippedByEvidence")
          .withArgs(SCOPE, cause);
        expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
        expect(await f.breaker.hasCause(SCOPE, cause)).to.equal(true);
      }
      expect(await f.breaker.allNormal()).to.equal(false);
      expect(await f.breaker.levelOf(ZERO)).to.equal(LEVEL.normal);
    });

    it("leaves a guardian's Halted as it is [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.breaker.connect(f.guardian).trip(SCOPE, LEVEL.halted, "");
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.halted, LEVEL.halted]);
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.halted, LEVEL.halted]);
    });

    it("raises everything", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.byEvidence.tripByEvidence(ZERO, priceMoved);
      expect([await f.breaker.levelOf(ZERO), await f.breaker.highestLevel([])]).to.deep.equal([
        LEVEL.reduceOnly,
        LEVEL.reduceOnly,
      ]);
      expect(await f.breaker.allNormal()).to.equal(false);
      await f.byEvidence.restoreByEvidence(ZERO, priceMoved);
      expect(await f.breaker.allNormal()).to.equal(true);
    });
  });

  describe("restoreByEvidence", () => {
    it("reverts with NotEvidence for anyone else [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.breaker.connect(f.guardian).restoreByEvidence(SCOPE, priceMoved))
        .to.be.revertedWithCustomError(f.breaker, "NotEvidence")
        .withArgs(f.guardian.address);
    });

    it("lowers the level with the last cause", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.byEvidence.tripByEvidence(SCOPE, priceRefused);
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await expect(f.byEvidence.restoreByEvidence(SCOPE, priceRefused))
        .to.emit(f.breaker, "RestoredByEvidence")
        .withArgs(SCOPE, priceRefused);
      expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.normal, LEVEL.normal]);
      expect(await f.breaker.allNormal()).to.equal(true);
    });

    it("leaves a guardian's ReduceOnly as it is [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.breaker.connect(f.guardian).trip(SCOPE, LEVEL.reduceOnly, "");
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
    });

    it("changes nothing where the cause is not there", async () => {
      const f = await loadFixture(evidenceFixture);
      await f.byEvidence.tripByEvidence(SCOPE, priceRefused);
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
    });
  });

  describe("restore", () => {
    it("forgets the causes at Normal, and keeps them above", async () => {
      const f = await loadFixture(evidenceFixture);
      const admin = f.breaker.connect(f.admin);
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await f.breaker.connect(f.guardian).trip(SCOPE, LEVEL.halted, "");
      await admin.restore(SCOPE, LEVEL.reduceOnly, "");
      await expect(admin.restore(SCOPE, LEVEL.reduceOnly, "")).to.be.revertedWithCustomError(
        f.breaker,
        "LevelNotChanged",
      );
      expect(await f.breaker.hasCause(SCOPE, priceMoved)).to.equal(true);
      await admin.restore(SCOPE, LEVEL.normal, "");
      expect(await f.breaker.hasCause(SCOPE, priceMoved)).to.equal(false);
      expect(await f.breaker.allNormal()).to.equal(true);
    });
  });

  describe("trip", () => {
    it("lets a guardian set its own level beside what evidence tripped, and it stays when that is gone [NX-BRK-04]", async () => {
      const f = await loadFixture(evidenceFixture);
      const guardian = f.breaker.connect(f.guardian);
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await guardian.trip(SCOPE, LEVEL.reduceOnly, "");
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
      await expect(guardian.trip(SCOPE, LEVEL.reduceOnly, ""))
        .to.be.revertedWithCustomError(f.breaker, "LevelNotChanged")
        .withArgs(SCOPE, LEVEL.reduceOnly, LEVEL.reduceOnly);
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await guardian.trip(SCOPE, LEVEL.halted, "");
      expect(await levels(f)).to.deep.equal([LEVEL.halted, LEVEL.halted]);
    });
  });

  describe("prime", () => {
    it("creates the slot of a scope and leaves its level", async () => {
      const f = await loadFixture(evidenceFixture);
      const slotOf = (scope: string) =>
        ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [scope, 0n]));
      const stored = (scope = SCOPE) => ethers.provider.getStorage(f.addresses.breaker, slotOf(scope));
      // The one that every execution reads is there from birth.
      expect(BigInt(await stored(ZERO))).not.to.equal(0n);
      expect(BigInt(await stored())).to.equal(0n);
      await f.breaker.connect(f.attacker).prime(SCOPE);
      expect(BigInt(await stored())).not.to.equal(0n);
      expect(await levels(f)).to.deep.equal([LEVEL.normal, LEVEL.normal]);
      await f.byEvidence.tripByEvidence(SCOPE, priceMoved);
      await f.breaker.connect(f.attacker).prime(SCOPE);
      expect(await levels(f)).to.deep.equal([LEVEL.reduceOnly, LEVEL.reduceOnly]);
      await f.byEvidence.restoreByEvidence(SCOPE, priceMoved);
      expect(BigInt(await stored())).not.to.equal(0n);
    });
  });

  describe("setEvidence", () => {
    it("reverts with NotAdmin for anyone else", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.byEvidence.setEvidence(ZERO))
        .to.be.revertedWithCustomError(f.breaker, "NotAdmin")
        .withArgs(f.anyone.address);
    });

    it("sets the contract and emits EvidenceChanged", async () => {
      const f = await loadFixture(evidenceFixture);
      await expect(f.breaker.connect(f.admin).setEvidence(f.payee.address))
        .to.emit(f.breaker, "EvidenceChanged")
        .withArgs(f.payee.address);
      expect(await f.breaker.evidence()).to.equal(f.payee.address);
    });
  });
});
