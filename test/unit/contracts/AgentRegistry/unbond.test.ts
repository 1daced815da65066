import { expect } from "chai";
import { slash, terminatedFixture } from "../../../support/agents.ts";
import { DAY, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, MIN_BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.unbond", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.operatorB).unbond(1n, 1n))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.operatorB.address);
  });

  it("reverts with WrongAgentStatus for a terminated agent", async () => {
    const f = await loadFixture(terminatedFixture);
    await expect(f.registry.connect(f.operatorA).unbond(1n, 1n))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(1n, STATUS.terminated);
  });

  it("reverts with UnbondTooLarge when less than the least bond would stay", async () => {
    const f = await loadFixture(nexusFixture);
    const registry = f.registry.connect(f.operatorA);
    await expect(registry.unbond(1n, BOND - MIN_BOND + 1n))
      .to.be.revertedWithCustomError(f.registry, "UnbondTooLarge")
      .withArgs(BOND - MIN_BOND + 1n, BOND - MIN_BOND);
    await registry.unbond(1n, BOND - MIN_BOND);
    await expect(registry.unbond(1n, 1n)).to.be.revertedWithCustomError(f.registry, "UnbondTooLarge").withArgs(1n, 0n);
  });

  it("reverts with UnbondTooLarge when a slash left less than the least bond", async () => {
    const f = await loadFixture(nexusFixture);
    await slash(f, BOND - 1n, await now());
    await expect(f.registry.connect(f.operatorA).unbond(1n, 1n))
      .to.be.revertedWithCustomError(f.registry, "UnbondTooLarge")
      .withArgs(1n, 0n);
  });

  it("takes the weight at once, the money after the delay, and tells both", async () => {
    const f = await loadFixture(nexusFixture);
    const later = (await now()) + 10n;
    await time.setNextBlockTimestamp(later);
    await expect(f.registry.connect(f.operatorA).unbond(1n, BOND / 2n))
      .to.emit(f.registry, "UnbondingStarted")
      .withArgs(1n, BOND / 2n, later + 7n * DAY)
      .and.to.emit(f.registry, "BondChanged")
      .withArgs(1n, BOND / 2n, WEIGHT / 2n);
    expect(await f.registry.totalWeight()).to.equal((9n * WEIGHT) / 2n);
    await time.setNextBlockTimestamp(later + 7n * DAY - 1n);
    await expect(f.registry.withdrawBond(1n))
      .to.be.revertedWithCustomError(f.registry, "StillUnbonding")
      .withArgs(1n, later + 7n * DAY);
    await time.setNextBlockTimestamp(later + 7n * DAY);
    await f.registry.withdrawBond(1n);
    expect(await f.stake.balanceOf(f.operatorA)).to.equal(BOND / 2n);
  });

  it("lets what unbonds already wait again, together with the new part", async () => {
    const f = await loadFixture(nexusFixture);
    await f.registry.connect(f.operatorA).unbond(1n, BOND / 4n);
    await time.increase(6n * DAY);
    await f.registry.connect(f.operatorA).unbond(1n, BOND / 4n);
    const { unbonding, unbondingEnd } = await f.registry.agentOf(1n);
    expect([unbonding, unbondingEnd]).to.deep.equal([BOND / 2n, (await now()) + 7n * DAY]);
  });
});
