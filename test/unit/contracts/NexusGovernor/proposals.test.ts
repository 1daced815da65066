import { expect } from "chai";
import { WAD, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import {
  DELAY,
  type DaoWorld,
  PARAMETERS,
  type Proposed,
  SHARE,
  STATE,
  SUPPORT,
  actionOf,
  afterVote,
  callsOf,
  daoFixture,
  enactByVote,
  passed,
  propose,
  ready,
  toVote,
} from "../../../support/governor.ts";

/** Everything that could bring a proposal further is refused. */
const expectDead = async ({ governor, alice, guardian }: DaoWorld, { action, id }: Proposed, description: string) => {
  const dead = await governor.state(id);
  for (const attempt of [
    () => governor.connect(alice).queue(...action),
    () => governor.connect(alice).execute(...action),
    () => governor.connect(alice).castVote(id, SUPPORT.for),
    () => governor.connect(alice).propose(action[0], action[1], action[2], description),
  ]) {
    await expect(attempt()).to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState");
  }
  if (dead !== STATE.defeated) {
    await expect(governor.connect(guardian).cancel(...action)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnexpectedProposalState",
    );
  }
  expect(await governor.state(id)).to.equal(dead);
};

describe("NexusGovernor proposals", () => {
  describe("life", () => {
    it("goes from proposal to execution by anyone's hand, with OpenZeppelin's events", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob, anyone, breaker } = world;
      const calls = await callsOf(world);
      const description = "name a guardian";
      const action = actionOf([calls.nameGuardian(anyone.address)], description);
      const id = await governor.getProposalId(...action);
      const made = await governor.connect(alice).propose(action[0], action[1], action[2], description);
      const start = (await now()) + PARAMETERS.votingDelay;
      await expect(made)
        .to.emit(governor, "ProposalCreated")
        .withArgs(
          id,
          alice.address,
          action[0],
          action[1],
          [""],
          action[2],
          start,
          start + PARAMETERS.votingPeriod,
          description,
        );
      const proposal = { action, id };
      expect(await governor.state(id)).to.equal(STATE.pending);
      await toVote(world, proposal);
      expect(await governor.state(id)).to.equal(STATE.active);
      await expect(governor.connect(alice).castVoteWithReason(id, SUPPORT.for, "why not"))
        .to.emit(governor, "VoteCast")
        .withArgs(alice.address, id, SUPPORT.for, SHARE, "why not");
      await governor.connect(bob).castVote(id, SUPPORT.abstain);
      await afterVote(world, proposal);
      expect(await governor.state(id)).to.equal(STATE.succeeded);
      const queued = await governor.connect(anyone).queue(...action);
      await expect(queued)
        .to.emit(governor, "ProposalQueued")
        .withArgs(id, (await now()) + DELAY);
      await expect(governor.connect(anyone).execute(...action)).to.be.revertedWithCustomError(
        world.timelock,
        "TimelockUnexpectedOperationState",
      );
      await time.increaseTo(await governor.proposalEta(id));
      await expect(governor.connect(anyone).execute(...action))
        .to.emit(governor, "ProposalExecuted")
        .withArgs(id);
      expect(await breaker.isGuardian(anyone.address)).to.equal(true);
      expect(await governor.proposalVotes(id)).to.deep.equal([0n, SHARE, SHARE]);
    });

    it("counts votes as they were when the vote began, and each voter once", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, attacker, token } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(attacker.address)]);
      await toVote(world, proposal);
      // Tokens that move after the snapshot vote where they were.
      await token.connect(alice).transfer(attacker.address, SHARE);
      await token.connect(attacker).delegate(attacker.address);
      await governor.connect(attacker).castVote(proposal.id, SUPPORT.for);
      await governor.connect(alice).castVote(proposal.id, SUPPORT.against);
      expect(await governor.proposalVotes(proposal.id)).to.deep.equal([SHARE, 0n, 0n]);
      await expect(governor.connect(alice).castVote(proposal.id, SUPPORT.for))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(alice.address);
    });

    it("takes votes by signature, bound to this governor and used once", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, bob, anyone } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(anyone.address)]);
      await toVote(world, proposal);
      const { chainId } = await ethers.provider.getNetwork();
      const domain = { name: "NexusGovernor", version: "1", chainId, verifyingContract: await governor.getAddress() };
      const types = {
        Ballot: [
          { name: "proposalId", type: "uint256" },
          { name: "support", type: "uint8" },
          { name: "voter", type: "address" },
          { name: "nonce", type: "uint256" },
        ],
      };
      const voted = { proposalId: proposal.id, support: SUPPORT.for, voter: bob.address, nonce: 0n };
      for (const wrong of [
        { ...domain, chainId: chainId + 1n },
        { ...domain, verifyingContract: anyone.address },
      ]) {
        const signature = await bob.signTypedData(wrong, types, voted);
        await expect(governor.castVoteBySig(proposal.id, SUPPORT.for, bob.address, signature))
          .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
          .withArgs(bob.address);
      }
      const signature = await bob.signTypedData(domain, types, voted);
      const vote = () => governor.connect(anyone).castVoteBySig(proposal.id, SUPPORT.for, bob.address, signature);
      await vote();
      expect(await governor.proposalVotes(proposal.id)).to.deep.equal([0n, SHARE, 0n]);
      await expect(vote()).to.be.revertedWithCustomError(governor, "GovernorInvalidSignature").withArgs(bob.address);
    });

    it("is refused below the threshold, by GovernorInsufficientProposerVotes", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, attacker, token, alice } = world;
      const calls = await callsOf(world);
      await token.connect(alice).transfer(attacker.address, PARAMETERS.proposalThreshold - 1n);
      await token.connect(attacker).delegate(attacker.address);
      await time.increase(1n);
      const [targets, values, data] = actionOf([calls.nameGuardian(attacker.address)], "spam");
      await expect(governor.connect(attacker).propose(targets, values, data, "spam"))
        .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
        .withArgs(attacker.address, PARAMETERS.proposalThreshold - 1n, PARAMETERS.proposalThreshold);
    });
  });

  describe("late quorum", () => {
    it("ends as announced when the quorum was reached in good time, whoever votes at the last moment", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob, carol } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(carol.address)]);
      await toVote(world, proposal);
      const deadline = await governor.proposalDeadline(proposal.id);
      for (const voter of [alice, bob]) {
        await expect(governor.connect(voter).castVote(proposal.id, SUPPORT.for)).to.not.emit(
          governor,
          "ProposalExtended",
        );
      }
      await time.increaseTo(deadline - 1n);
      await expect(governor.connect(carol).castVote(proposal.id, SUPPORT.for)).to.not.emit(
        governor,
        "ProposalExtended",
      );
      expect(await governor.proposalDeadline(proposal.id)).to.equal(deadline);
    });

    it("goes on once and not again", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob, carol } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(carol.address)]);
      await time.increaseTo((await governor.proposalDeadline(proposal.id)) - 2n);
      await governor.connect(alice).castVote(proposal.id, SUPPORT.for);
      await governor.connect(bob).castVote(proposal.id, SUPPORT.for);
      const extended = await governor.proposalDeadline(proposal.id);
      await time.increaseTo(extended - 1n);
      await governor.connect(carol).castVote(proposal.id, SUPPORT.for);
      expect(await governor.proposalDeadline(proposal.id)).to.equal(extended);
    });

    it("goes on for the extension when the quorum is reached at the last moment", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob, carol } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(carol.address)]);
      await toVote(world, proposal);
      await governor.connect(alice).castVote(proposal.id, SUPPORT.for);
      const deadline = await governor.proposalDeadline(proposal.id);
      await time.increaseTo(deadline - 2n);
      const late = await governor.connect(bob).castVote(proposal.id, SUPPORT.for);
      const extended = (await now()) + PARAMETERS.voteExtension;
      await expect(late).to.emit(governor, "ProposalExtended").withArgs(proposal.id, extended);
      expect(await governor.proposalDeadline(proposal.id)).to.equal(extended);
      await time.increaseTo(deadline + 1n);
      expect(await governor.state(proposal.id)).to.equal(STATE.active);
      await governor.connect(carol).castVote(proposal.id, SUPPORT.against);
      await time.increaseTo(extended + 1n);
      expect(await governor.state(proposal.id)).to.equal(STATE.succeeded);
    });
  });

  describe("expiry", () => {
    it("expires unqueued after the grace period, to the second [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor } = world;
      const calls = await callsOf(world);
      const proposal = await passed(world, [calls.setThreshold(WAD)]);
      const last = (await governor.proposalDeadline(proposal.id)) + PARAMETERS.gracePeriod;
      await time.increaseTo(last);
      expect(await governor.state(proposal.id)).to.equal(STATE.succeeded);
      await time.increaseTo(last + 1n);
      expect(await governor.state(proposal.id)).to.equal(STATE.expired);
    });

    it("expires unexecuted after the grace period, to the second [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor } = world;
      const calls = await callsOf(world);
      const proposal = await ready(world, [calls.setThreshold(WAD)]);
      const last = (await governor.proposalEta(proposal.id)) + PARAMETERS.gracePeriod;
      await time.increaseTo(last);
      expect(await governor.state(proposal.id)).to.equal(STATE.queued);
      await time.increaseTo(last + 1n);
      expect(await governor.state(proposal.id)).to.equal(STATE.expired);
      expect(await governor.proposalThreshold()).to.equal(PARAMETERS.proposalThreshold);
    });
  });

  describe("no revival", () => {
    it("refuses to queue, execute, vote on or propose again what expired [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      const unqueued = await passed(world, [calls.setThreshold(WAD)], "unqueued");
      await time.increase(PARAMETERS.gracePeriod + 1n);
      await expectDead(world, unqueued, "unqueued");
      const unexecuted = await ready(world, [calls.setThreshold(WAD)], "unexecuted");
      await time.increase(PARAMETERS.gracePeriod + 1n);
      await expectDead(world, unexecuted, "unexecuted");
    });

    it("refuses to queue, execute, vote on or propose again what was cancelled [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      for (const [description, bring] of [
        ["passed", passed],
        ["ready", ready],
      ] as const) {
        const proposal = await bring(world, [calls.setThreshold(WAD)], description);
        await world.governor.connect(world.guardian).cancel(...proposal.action);
        await expectDead(world, proposal, description);
      }
    });

    it("refuses to queue, execute, vote on or propose again what was defeated [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob, carol } = world;
      const calls = await callsOf(world);
      const timeoutPayment = await passed(world, [calls.setThreshold(WAD)], "no quorum", [alice]);
      expect(await governor.state(timeoutPayment.id)).to.equal(STATE.defeated);
      await expectDead(world, timeoutPayment, "no quorum");
      const outvoted = await propose(world, [calls.setThreshold(WAD)], "outvoted");
      await toVote(world, outvoted);
      for (const voter of [alice, bob, carol]) {
        await governor.connect(voter).castVote(outvoted.id, voter === alice ? SUPPORT.for : SUPPORT.against);
      }
      await afterVote(world, outvoted);
      expect(await governor.state(outvoted.id)).to.equal(STATE.defeated);
      await expectDead(world, outvoted, "outvoted");
    });

    it("refuses to execute twice [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      const proposal = await ready(world, [calls.setThreshold(WAD)], "once");
      await world.governor.execute(...proposal.action);
      expect(await world.governor.state(proposal.id)).to.equal(STATE.executed);
      await expectDead(world, proposal, "once");
    });

    it("leaves a defeated proposal defeated when the quorum is lowered [NX-DAO-04]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice } = world;
      const calls = await callsOf(world);
      const defeated = await passed(world, [calls.setThreshold(WAD)], "too few", [alice]);
      expect(await governor.state(defeated.id)).to.equal(STATE.defeated);
      await enactByVote(world, [calls.setQuorum(1n)], "lower the quorum");
      expect(await governor["quorumNumerator()"]()).to.equal(1n);
      await expectDead(world, defeated, "too few");
      expect(await governor.state(defeated.id)).to.equal(STATE.defeated);
    });
  });
});
