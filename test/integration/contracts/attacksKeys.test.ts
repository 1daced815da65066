import { expect } from "chai";
import { OVERLAP, fillBond, rotate, rotatedFixture, spareKey, transferredFixture } from "../../support/agents.ts";
import { expectRefused, votedPayment } from "../../support/votedProposals.ts";
import { DAY, at, loadFixture, now, time } from "../../support/chain.ts";
import { BOND, MIN_BOND, type Nexus, OPERATOR_CAP, WEIGHT, fundedFixture, registerAgent } from "../../support/nexus.ts";

/** A funded treasury, and agent 1 with a new signer while the old one still votes. */
const rotatedFunded = async () => {
  const f = await fundedFixture();
  await rotate(f, { agentId: 1n, key: spareKey(), overlap: OVERLAP });
  return { ...f, oldKey: at(f.voters, 0).key, newKey: spareKey() };
};

const signerRecordOf = (f: Nexus, address: string) => f.registry.signerRecordOf(address);

describe("Attacks by keys, bonds and weight", () => {
  it("vote with old and new key: counts for one agent alone, and shares one voting seat [NX-AGT-02] [NX-CON-04]", async () => {
    const f = await loadFixture(rotatedFunded);
    const both = [{ agentId: 1n, key: f.oldKey }, { agentId: 1n, key: f.newKey }, ...f.voters.slice(2)];
    await expectRefused(f, await votedPayment(f, { voters: both }), "VotesNotAscending", 1n);
    const seats = await Promise.all([f.oldKey, f.newKey].map(({ address }) => signerRecordOf(f, address)));
    expect(new Set(seats.map(({ votingSeat }) => votingSeat)).size).to.equal(1);
    expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
  });

  it("vote after rotation: the old key is refused once its overlap has ended [NX-AGT-02]", async () => {
    const f = await loadFixture(rotatedFunded);
    await time.increase(OVERLAP + 1n);
    const voters = [{ agentId: 1n, key: f.oldKey }, ...f.voters.slice(1)];
    await expectRefused(f, await votedPayment(f, { proposal: { agentId: 2n }, voters }), "SignerExpired", 0n);
  });

  it("borrowed weight, by transfer: a bought id brings no vote, and its weight is new when it votes again [NX-AGT-06]", async () => {
    const f = await loadFixture(transferredFixture);
    const bought = await now();
    await time.increase(10n);
    await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
    expect((await signerRecordOf(f, spareKey().address)).weight).to.equal(0n);
    await f.registry.connect(f.anyone).resume(1n);
    const seat = await signerRecordOf(f, spareKey().address);
    expect([seat.weight, seat.weightSince]).to.deep.equal([WEIGHT, await now()]);
    expect(seat.weightSince).to.be.greaterThan(bought);
  });

  it("borrowed weight, bond in and out: the gain is new, the loss is at once, the money waits and can be slashed", async () => {
    const f = await loadFixture(fundedFixture);
    const proposedAt = await now();
    await time.increase(10n);
    await fillBond(f, 5n, BOND, f.operatorC);
    const gained = await signerRecordOf(f, at(f.voters, 4).key.address);
    expect(gained.weight).to.equal(2n * WEIGHT);
    expect(gained.weightSince).to.be.greaterThan(proposedAt);
    const operation = await now();
    await time.increase(10n);
    await f.registry.connect(f.operatorC).unbond(5n, BOND);
    const lost = await signerRecordOf(f, at(f.voters, 4).key.address);
    expect([lost.weight, lost.weightSince]).to.deep.equal([WEIGHT, gained.weightSince]);
    await expect(f.registry.withdrawBond(5n)).to.be.revertedWithCustomError(f.registry, "StillUnbonding");
    expect(await f.registry.slashableOf(5n, operation)).to.equal(2n * BOND);
    expect(await f.registry.slashableOf(5n, proposedAt)).to.equal(BOND);
  });

  it("borrowed weight, by pause: a pause does not hide that weight is new", async () => {
    const f = await loadFixture(fundedFixture);
    await f.registry.connect(f.operatorC).pause(5n);
    await time.increase(10n);
    await f.registry.connect(f.operatorC).resume(5n);
    expect((await signerRecordOf(f, at(f.voters, 4).key.address)).weightSince).to.equal(await now());
  });

  it("weight forced upon an agent: nobody else can make its weight new and so silence it", async () => {
    const f = await loadFixture(fundedFixture);
    const before = await signerRecordOf(f, at(f.voters, 0).key.address);
    await f.reputation.setScore(1n, 20_000n);
    await time.increase(10n);
    await f.registry.connect(f.attacker).refreshWeight(1n);
    await f.registry.connect(f.admin).slash(1n, f.payee.address, 1n, await now(), `0x${"00".repeat(32)}`);
    const after = await signerRecordOf(f, at(f.voters, 0).key.address);
    expect([after.weight, after.weightSince]).to.deep.equal([before.weight, before.weightSince]);
    await expect(f.registry.connect(f.attacker).addBond(1n, BOND))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("takeover by bond: many agents of one operator weigh no more than its cap", async () => {
    const f = await loadFixture(fundedFixture);
    for (let index = 0; index < 6; index += 1) {
      await registerAgent(f, { operator: f.attacker, key: spareKey(10 + index), bond: 100n * BOND });
    }
    expect(await f.registry.operatorWeightOf(f.attacker)).to.equal(OPERATOR_CAP);
    const seats = await Promise.all(
      [...Array(6).keys()].map((index) => signerRecordOf(f, spareKey(10 + index).address)),
    );
    expect(seats.reduce((sum, { weight }) => sum + weight, 0n)).to.equal(OPERATOR_CAP);
    expect(new Set(seats.map(({ operatorId }) => operatorId)).size).to.equal(1);
  });

  it("flight: a terminated agent's bond is slashed to the end of its unbonding [NX-AGT-05]", async () => {
    const f = await loadFixture(fundedFixture);
    const operation = await now();
    await f.registry.connect(f.operatorC).terminate(5n);
    await time.increase(7n * DAY - 100n);
    await f.registry.connect(f.admin).slash(5n, f.payee.address, BOND - MIN_BOND, operation, `0x${"00".repeat(32)}`);
    await time.increase(200n);
    await f.registry.connect(f.anyone).withdrawBond(5n);
    expect(await f.stake.balanceOf(f.operatorC)).to.equal(MIN_BOND);
  });

  it("stolen key: revocation leaves it nothing, in the same block [NX-AGT-02]", async () => {
    const f = await loadFixture(rotatedFixture);
    await f.registry.connect(f.operatorA).revokeKeys(1n);
    for (const { address } of [f.oldKey, f.newKey]) {
      const seat = await signerRecordOf(f, address);
      expect(seat.weight).to.equal(0n);
      expect(seat.validUntil).to.be.lessThan(await now());
    }
  });
});
