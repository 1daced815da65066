import { expect } from "chai";
import { OPERATION, fillBond, identityFixture, slash, terminatedFixture } from "../../../support/agents.ts";
import { DAY, at, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, MIN_BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.slash", () => {
  it("reverts with NotAdmin for everybody but the DAO's timelock [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    for (const caller of [f.operatorA, f.guardian, f.deployer]) {
      await expect(f.registry.connect(caller).slash(1n, caller.address, 1n, 0n, OPERATION))
        .to.be.revertedWithCustomError(f.registry, "NotAdmin")
        .withArgs(caller.address);
    }
  });

  it("reverts with ERC721NonexistentToken and WrongAgentStatus for whoever has no bond", async () => {
    const f = await loadFixture(identityFixture);
    await expect(f.registry.slashableOf(9n, 0n)).to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken");
    for (const agentId of [6n, 9n]) {
      await expect(f.registry.connect(f.admin).slash(agentId, f.payee.address, 0n, 0n, OPERATION))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(agentId, STATUS.none);
    }
  });

  it("takes all of the bond where more is asked for, and says how much that was [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    const offenceAt = await now();
    const slashed = slash(f, BOND + 1n, offenceAt);
    await expect(slashed).to.changeTokenBalances(ethers, f.stake, [f.registry, f.payee], [-BOND, BOND]);
    await expect(slashed).to.emit(f.registry, "Slashed").withArgs(1n, f.payee.address, BOND, 0n, offenceAt, OPERATION);
  });

  it("cannot be made to fail by an operator that takes a unit out just before [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    const operation = await now();
    await f.registry.connect(f.operatorA).unbond(1n, 1n);
    await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
    await f.registry.connect(f.operatorA).withdrawBond(1n);
    await expect(slash(f, BOND, operation)).to.changeTokenBalance(ethers, f.stake, f.payee, BOND - 1n);
  });

  it("reaches nothing for what was done before the agent joined [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    const { joinedAt } = await f.registry.agentOf(1n);
    expect(await f.registry.slashableOf(1n, joinedAt)).to.equal(BOND);
    expect(await f.registry.slashableOf(1n, joinedAt - 1n)).to.equal(0n);
    await time.increase(1n);
    await fillBond(f, 1n, BOND);
    expect(await f.registry.slashableOf(1n, joinedAt - 1n)).to.equal(0n);
    await expect(slash(f, BOND, joinedAt - 1n)).to.changeTokenBalance(ethers, f.stake, f.payee, 0n);
  });

  it("reverts with OffenceInFuture for what has not happened", async () => {
    const f = await loadFixture(nexusFixture);
    const later = (await now()) + 10n;
    await time.setNextBlockTimestamp(later);
    await expect(slash(f, 1n, later + 1n))
      .to.be.revertedWithCustomError(f.registry, "OffenceInFuture")
      .withArgs(later + 1n, later);
  });

  it("moves the money, lowers bond and weight at once, and tells it [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    const offenceAt = await now();
    const { weightSince } = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
    const slashed = slash(f, BOND / 4n, offenceAt);
    await expect(slashed).to.changeTokenBalances(ethers, f.stake, [f.registry, f.payee], [-BOND / 4n, BOND / 4n]);
    await expect(slashed)
      .to.emit(f.registry, "Slashed")
      .withArgs(1n, f.payee.address, BOND / 4n, 0n, offenceAt, OPERATION)
      .and.to.emit(f.registry, "BondChanged")
      .withArgs(1n, (BOND * 3n) / 4n, (WEIGHT * 3n) / 4n);
    const seat = await f.registry.signerRecordOf(at(f.voters, 0).key.address);
    expect([seat.weight, seat.weightSince]).to.deep.equal([(WEIGHT * 3n) / 4n, weightSince]);
  });

  it("takes the last of it, and never a second time [NX-AGT-05]", async () => {
    const f = await loadFixture(nexusFixture);
    const offenceAt = await now();
    await slash(f, BOND, offenceAt);
    await expect(slash(f, 1n, offenceAt)).to.changeTokenBalance(ethers, f.stake, f.payee, 0n);
    expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
  });

  it("leaves no weight to a bond below the least, until it is filled up", async () => {
    const f = await loadFixture(nexusFixture);
    await slash(f, BOND - MIN_BOND + 1n, await now());
    const key = at(f.voters, 0).key.address;
    expect((await f.registry.signerRecordOf(key)).weight).to.equal(0n);
    // In another second what is held gets another slot; an estimate must not be made in this one.
    await time.increase(1n);
    await fillBond(f, 1n, 1n);
    const seat = await f.registry.signerRecordOf(key);
    expect([seat.weight, seat.weightSince]).to.deep.equal([MIN_BOND / 10n ** 18n, await now()]);
  });

  it("raises no weight, though the score rose meanwhile", async () => {
    const f = await loadFixture(nexusFixture);
    await f.reputation.setScore(1n, 20_000n);
    await slash(f, 1n, await now());
    expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).weight).to.equal(WEIGHT);
  });

  describe("given money was added after the offence", () => {
    it("reaches what was held then and not what came later [NX-AGT-05]", async () => {
      const f = await loadFixture(nexusFixture);
      const operation = await now();
      await time.increase(DAY);
      await fillBond(f, 1n, BOND);
      expect(await f.registry.slashableOf(1n, operation)).to.equal(BOND);
      expect(await f.registry.slashableOf(1n, await now())).to.equal(2n * BOND);
      await slash(f, BOND + 1n, operation);
      expect((await f.registry.agentOf(1n)).bond).to.equal(BOND);
    });
  });

  describe("given a part is unbonding", () => {
    it("reaches bond and unbonding alike, the bond first [NX-AGT-05]", async () => {
      const f = await loadFixture(nexusFixture);
      const operation = await now();
      await f.registry.connect(f.operatorA).unbond(1n, BOND / 2n);
      expect(await f.registry.slashableOf(1n, operation)).to.equal(BOND);
      await slash(f, (BOND * 3n) / 4n, operation);
      const { bond, unbonding } = await f.registry.agentOf(1n);
      expect([bond, unbonding]).to.deep.equal([0n, BOND / 4n]);
    });

    it("reaches what is past its delay and was not withdrawn, and nothing that was", async () => {
      const f = await loadFixture(nexusFixture);
      const operation = await now();
      await f.registry.connect(f.operatorA).unbond(1n, BOND / 2n);
      await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
      expect(await f.registry.slashableOf(1n, operation)).to.equal(BOND);
      await f.registry.withdrawBond(1n);
      expect(await f.registry.slashableOf(1n, operation)).to.equal(BOND / 2n);
      await time.increase(10n);
      await fillBond(f, 1n, BOND);
      expect(await f.registry.slashableOf(1n, operation)).to.equal(BOND);
      expect(await f.registry.slashableOf(1n, (await now()) - 5n)).to.equal(BOND / 2n);
    });
  });

  describe("given the agent is terminated", () => {
    it("reaches the bond until it is withdrawn [NX-AGT-05]", async () => {
      const f = await loadFixture(terminatedFixture);
      await slash(f, BOND / 2n, await now());
      await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
      await expect(f.registry.withdrawBond(1n)).to.changeTokenBalance(ethers, f.stake, f.operatorA, BOND / 2n);
    });
  });

  describe("given the id was sold", () => {
    it("still reaches the bond: who buys an id buys what it is liable for", async () => {
      const f = await loadFixture(nexusFixture);
      const operation = await now();
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      await slash(f, BOND, operation);
      expect((await f.registry.agentOf(1n)).bond).to.equal(0n);
    });
  });
});
