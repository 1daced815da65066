import { expect } from "chai";
import { ZERO, at, ethers, loadFixture } from "../../../support/chain.ts";
import { LEVEL } from "../../../support/enums.ts";
import { bareFixture } from "../../../support/nexus.ts";

const SCOPES = [1, 2, 3].map((index) => `0x${String(index).repeat(40)}`);
const [FIRST, SECOND, THIRD] = [at(SCOPES, 0), at(SCOPES, 1), at(SCOPES, 2)];

/** FIRST is halted and SECOND reduced. */
const trippedFixture = async () => {
  const f = await bareFixture();
  await f.breaker.connect(f.guardian).trip(FIRST, LEVEL.halted, "first");
  await f.breaker.connect(f.guardian).trip(SECOND, LEVEL.reduceOnly, "second");
  return f;
};

describe("CircuitBreaker", () => {
  describe("when it is deployed", () => {
    it("emits GuardianChanged for the first guardian [NX-BRK-02]", async () => {
      const f = await loadFixture(bareFixture);
      const fresh = await ethers.deployContract("CircuitBreaker", [f.admin.address, f.payee.address]);
      const made = fresh.deploymentTransaction();
      await expect(made).to.emit(fresh, "GuardianChanged").withArgs(f.payee.address, true);
    });
  });

  describe("trip", () => {
    it("reverts with NotGuardian for anyone else, the administrator included [NX-BRK-02]", async () => {
      const f = await loadFixture(bareFixture);
      for (const caller of [f.admin, f.attacker, f.operatorA]) {
        await expect(f.breaker.connect(caller).trip(FIRST, LEVEL.halted, ""))
          .to.be.revertedWithCustomError(f.breaker, "NotGuardian")
          .withArgs(caller.address);
      }
    });

    it("reverts with LevelNotChanged when the level would not rise [NX-BRK-02]", async () => {
      const f = await loadFixture(trippedFixture);
      for (const [scope, current, requested] of [
        [FIRST, LEVEL.halted, LEVEL.halted],
        [FIRST, LEVEL.halted, LEVEL.reduceOnly],
        [SECOND, LEVEL.reduceOnly, LEVEL.normal],
        [ZERO, LEVEL.normal, LEVEL.normal],
      ] as const) {
        await expect(f.breaker.connect(f.guardian).trip(scope, requested, ""))
          .to.be.revertedWithCustomError(f.breaker, "LevelNotChanged")
          .withArgs(scope, current, requested);
      }
    });

    it("raises a level in steps and emits BreakerTripped", async () => {
      const f = await loadFixture(bareFixture);
      for (const level of [LEVEL.reduceOnly, LEVEL.halted]) {
        await expect(f.breaker.connect(f.guardian).trip(FIRST, level, "why"))
          .to.emit(f.breaker, "BreakerTripped")
          .withArgs(FIRST, level, f.guardian.address, "why");
        expect(await f.breaker.levelOf(FIRST)).to.equal(level);
      }
    });

    it("raises everything at once", async () => {
      const f = await loadFixture(bareFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.reduceOnly, "");
      expect(await f.breaker.levelOf(ZERO)).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.highestLevel(SCOPES)).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.levelOf(FIRST)).to.equal(LEVEL.normal);
    });
  });

  describe("restore", () => {
    it("reverts with NotAdmin for anyone else, guardians included [NX-BRK-02]", async () => {
      const f = await loadFixture(trippedFixture);
      await expect(f.breaker.connect(f.guardian).restore(FIRST, LEVEL.normal, ""))
        .to.be.revertedWithCustomError(f.breaker, "NotAdmin")
        .withArgs(f.guardian.address);
    });

    it("reverts with LevelNotChanged when the level would not fall", async () => {
      const f = await loadFixture(trippedFixture);
      await expect(f.breaker.connect(f.admin).restore(SECOND, LEVEL.halted, ""))
        .to.be.revertedWithCustomError(f.breaker, "LevelNotChanged")
        .withArgs(SECOND, LEVEL.reduceOnly, LEVEL.halted);
      await expect(f.breaker.connect(f.admin).restore(THIRD, LEVEL.normal, ""))
        .to.be.revertedWithCustomError(f.breaker, "LevelNotChanged")
        .withArgs(THIRD, LEVEL.normal, LEVEL.normal);
    });

    it("lowers a level in steps and emits BreakerRestored", async () => {
      const f = await loadFixture(trippedFixture);
      for (const level of [LEVEL.reduceOnly, LEVEL.normal]) {
        await expect(f.breaker.connect(f.admin).restore(FIRST, level, "calm"))
          .to.emit(f.breaker, "BreakerRestored")
          .withArgs(FIRST, level, "calm");
        expect(await f.breaker.highestLevel([FIRST])).to.equal(level);
      }
    });

    it("lowers everything", async () => {
      const f = await loadFixture(bareFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "");
      await f.breaker.connect(f.admin).restore(ZERO, LEVEL.normal, "");
      expect(await f.breaker.highestLevel(SCOPES)).to.equal(LEVEL.normal);
    });

    it("keeps looking at scopes while one is tripped", async () => {
      const f = await loadFixture(trippedFixture);
      await f.breaker.connect(f.admin).restore(FIRST, LEVEL.normal, "");
      expect(await f.breaker.highestLevel(SCOPES)).to.equal(LEVEL.reduceOnly);
      await f.breaker.connect(f.admin).restore(SECOND, LEVEL.normal, "");
      expect(await f.breaker.highestLevel(SCOPES)).to.equal(LEVEL.normal);
    });
  });

  describe("setGuardian", () => {
    it("reverts with NotAdmin for anyone else", async () => {
      const f = await loadFixture(bareFixture);
      await expect(f.breaker.connect(f.guardian).setGuardian(f.attacker.address, true))
        .to.be.revertedWithCustomError(f.breaker, "NotAdmin")
        .withArgs(f.guardian.address);
    });

    it("makes a guardian and ends one, and emits GuardianChanged", async () => {
      const f = await loadFixture(bareFixture);
      await expect(f.breaker.connect(f.admin).setGuardian(f.anyone.address, true))
        .to.emit(f.breaker, "GuardianChanged")
        .withArgs(f.anyone.address, true);
      await f.breaker.connect(f.anyone).trip(FIRST, LEVEL.reduceOnly, "");
      await f.breaker.connect(f.admin).setGuardian(f.anyone.address, false);
      expect(await f.breaker.isGuardian(f.anyone)).to.equal(false);
      await expect(f.breaker.connect(f.anyone).trip(SECOND, LEVEL.halted, "")).to.be.revertedWithCustomError(
        f.breaker,
        "NotGuardian",
      );
    });
  });

  describe("views", () => {
    it("answer the highest level among everything and the scopes", async () => {
      const f = await loadFixture(trippedFixture);
      expect(await f.breaker.highestLevel([])).to.equal(LEVEL.normal);
      expect(await f.breaker.highestLevel([THIRD])).to.equal(LEVEL.normal);
      expect(await f.breaker.highestLevel([THIRD, SECOND])).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.highestLevel([SECOND, FIRST])).to.equal(LEVEL.halted);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.reduceOnly, "");
      expect(await f.breaker.highestLevel([THIRD])).to.equal(LEVEL.reduceOnly);
      expect(await f.breaker.highestLevel([FIRST])).to.equal(LEVEL.halted);
    });

    it("say what the constructor was told", async () => {
      const f = await loadFixture(bareFixture);
      expect(await f.breaker.isGuardian(f.guardian)).to.equal(true);
      expect(await f.breaker.isGuardian(f.admin)).to.equal(false);
      expect([await f.breaker.EVERYTHING(), await f.breaker.ADMIN()]).to.deep.equal([ZERO, f.admin.address]);
    });
  });
});
