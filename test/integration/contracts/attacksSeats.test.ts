import { expect } from "chai";
import { rotate, spareKey } from "../../support/agents.ts";
import { at, loadFixture, now, time } from "../../support/chain.ts";
import { RISK, refusal } from "../../support/enums.ts";
import { OPERATOR_CAP, POLICY, SLOW_POLICY, WEIGHT, nexusFixture } from "../../support/nexus.ts";
import { report } from "../../support/report.ts";
import {
  type Slow,
  SUPPORT,
  castBy,
  hashOf,
  openFixture,
  propose,
  slowFixture,
  slowPayment,
} from "../../support/slowPath.ts";
import type { Proposal, Voter } from "../../support/votes.ts";

const cast = (f: Slow, proposal: Proposal, voters: readonly Voter[], support: bigint = SUPPORT.for) =>
  f.consensus.castVotes(hashOf(f, proposal), support, castBy(f, proposal, voters, { support }));

/** Weight, agents and operators for a proposal. */
const tallyOf = async (f: Slow, proposal: Proposal) => {
  const { weightFor, votersFor, operatorsFor } = await f.consensus.tallyOf(hashOf(f, proposal));
  return [weightFor, votersFor, operatorsFor];
};

describe("One operator that wants to decide alone", () => {
  /** Operator A's cap is what one of its agents weighs: the second weighs nothing until the first leaves. */
  const cappedFixture = async () => {
    const f = await slowFixture();
    const registry = f.registry.connect(f.admin);
    await registry.setWeightCap(WEIGHT);
    await registry.setOperatorCap(WEIGHT);
    await f.registry.refreshWeight(2n);
    await time.increase(1n);
    return { ...f, proposal: await slowPayment(f) };
  };

  for (const [way, leave] of [
    ["pauses it", (f: Slow) => f.registry.connect(f.operatorA).pause(1n)],
    [
      "transfers it away",
      (f: Slow) => f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.attacker.address, 1n),
    ],
    ["unbonds", (f: Slow) => f.registry.connect(f.operatorA).terminate(1n)],
  ] as const) {
    it(`votes with one agent, ${way}, and gives its weight to the next in that second: nothing is counted twice [NX-CON-10]`, async () => {
      const f = await loadFixture(cappedFixture);
      const [first, second] = [at(f.voters, 0), at(f.voters, 1)];
      const atOnce = await now();
      const inThatSecond = () => time.setNextBlockTimestamp(atOnce + 1n);
      await inThatSecond();
      await propose(f, f.proposal, [first]);
      await inThatSecond();
      await leave(f);
      await inThatSecond();
      await f.registry.connect(f.operatorA).refreshWeight(2n);
      expect((await f.registry.signerRecordOf(second.key.address)).weight).to.equal(WEIGHT);
      await inThatSecond();
      await expect(cast(f, f.proposal, [second]))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(hashOf(f, f.proposal), refusal("WeightTooNew"), 0n);
      expect(await tallyOf(f, f.proposal)).to.deep.equal([WEIGHT, 1n, 1n]);
      report(`an operator with a cap of ${WEIGHT} gives a ballot ${WEIGHT}, whatever it does in one second`);
    });
  }

  it("gains weight after the proposal is queued: it does not vote against either [NX-CON-10]", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.operatorC).pause(5n);
    await cast(f, f.proposal, f.voters.slice(1, 4));
    await f.registry.connect(f.operatorC).resume(5n);
    await time.increase(1n);
    await f.consensus.queue(f.hash);
    await expect(cast(f, f.proposal, [at(f.voters, 4)], SUPPORT.against))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("WeightTooNew"), 0n);
  });
});

describe("An id that has voted and changes hands", () => {
  it("does not let its operator count twice: not with another agent, not with the buyer's [NX-CON-10]", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
    await cast(f, f.proposal, [at(f.voters, 1)]);
    expect(await tallyOf(f, f.proposal)).to.deep.equal([2n * WEIGHT, 2n, 1n]);
    await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
    await f.registry.connect(f.anyone).resume(1n);
    await expect(cast(f, f.proposal, [{ agentId: 1n, key: spareKey() }])).to.be.revertedWithCustomError(
      f.consensus,
      "ProposalRefused",
    );
    expect(await tallyOf(f, f.proposal)).to.deep.equal([2n * WEIGHT, 2n, 1n]);
  });

  it("takes nothing from an operator that it is given to unasked: its votes count, and the proposal is queued [NX-CON-10]", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.operatorB.address, 1n);
    await cast(f, f.proposal, f.voters.slice(2, 4));
    expect(await tallyOf(f, f.proposal)).to.deep.equal([3n * WEIGHT, 3n, 2n]);
    await f.consensus.queue(f.hash);
  });

  it("is given back by whoever got it unasked, who is still counted [NX-CON-10]", async () => {
    const f = await loadFixture(openFixture);
    await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.operatorB.address, 1n);
    await f.registry.connect(f.operatorB).transferFrom(f.operatorB.address, f.operatorA.address, 1n);
    await cast(f, f.proposal, f.voters.slice(2, 4));
    expect(await tallyOf(f, f.proposal)).to.deep.equal([3n * WEIGHT, 3n, 2n]);
  });
});

describe("One operator that wants to make the DAO's calls fail", () => {
  it("cannot move the bounds of a policy, by pausing or by bonding [NX-CON-05]", async () => {
    const f = await loadFixture(nexusFixture);
    for (const agentId of [1n, 2n]) await f.registry.connect(f.operatorA).pause(agentId);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, threshold: 5_000n });
    for (const agentId of [1n, 2n]) await f.registry.connect(f.operatorA).resume(agentId);
    await f.consensus.connect(f.admin).setPolicy(RISK.routine, { ...POLICY, threshold: OPERATOR_CAP - 1_000n });
  });
});
