import { expect } from "chai";
import { WAD, ZERO, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import {
  type DaoWorld,
  PARAMETERS,
  type Proposed,
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

/** The states of a proposal before its end, and how it comes to each. */
const STAGES: Readonly<Record<string, (world: DaoWorld, proposal: Proposed) => Promise<unknown>>> = {
  pending: () => Promise.resolve(),
  active: toVote,
  succeeded: async (world, proposal) => {
    for (const voter of [world.alice, world.bob]) {
      await world.governor.connect(voter).castVote(proposal.id, SUPPORT.for);
    }
    await afterVote(world, proposal);
  },
  queued: ({ governor }, { action }) => governor.queue(...action),
};

describe("NexusGovernor guardian", () => {
  describe("power", () => {
    it("cancels a proposal at any time before its execution, the queued one in the timelock too", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, timelock, attacker } = world;
      const calls = await callsOf(world);
      for (const last of [0, 1, 2, 3]) {
        const proposal = await propose(world, [calls.nameGuardian(attacker.address)], `stage ${last}`);
        for (const stage of Object.values(STAGES).slice(0, last + 1)) await stage(world, proposal);
        await expect(governor.connect(guardian).cancel(...proposal.action))
          .to.emit(governor, "ProposalCanceled")
          .withArgs(proposal.id);
        expect(await governor.state(proposal.id)).to.equal(STATE.canceled);
        const salt = ethers.toBeHex((BigInt(await governor.getAddress()) << 96n) ^ BigInt(proposal.action[3]), 32);
        const [targets, values, data] = proposal.action;
        const operation = await timelock.hashOperationBatch(targets, values, data, ethers.ZeroHash, salt);
        expect(await timelock.isOperation(operation)).to.equal(false);
      }
    });

    it("cannot propose, set a guardian, vote, queue what failed, or touch the timelock: takeover is impossible [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, timelock } = world;
      const calls = await callsOf(world);
      const own = calls.setGuardian(guardian.address);
      const asGuardian = governor.connect(guardian);
      const [targets, values, data] = actionOf([own], "mine");
      await expect(asGuardian.propose(targets, values, data, "mine"))
        .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
        .withArgs(guardian.address, 0n, PARAMETERS.proposalThreshold);
      await expect(asGuardian.setProposalGuardian(guardian.address))
        .to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor")
        .withArgs(guardian.address);

      const proposal = await propose(world, [calls.nameGuardian(guardian.address)]);
      await toVote(world, proposal);
      await asGuardian.castVote(proposal.id, SUPPORT.for);
      await afterVote(world, proposal);
      expect(await governor.state(proposal.id)).to.equal(STATE.defeated);
      await expect(asGuardian.queue(...proposal.action)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
      const hashes = [ethers.ZeroHash, ethers.ZeroHash] as const;
      for (const attempt of [
        timelock.connect(guardian).schedule(own.target, 0n, own.data, ...hashes, 10n ** 9n),
        timelock.connect(guardian).execute(own.target, 0n, own.data, ...hashes),
        timelock.connect(guardian).cancel(ethers.ZeroHash),
        timelock.connect(guardian).grantRole(await timelock.PROPOSER_ROLE(), guardian.address),
      ]) {
        await expect(attempt).to.be.revertedWithCustomError(timelock, "AccessControlUnauthorizedAccount");
      }
    });

    it("ends with its term, and only the DAO renews it [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian } = world;
      const calls = await callsOf(world);
      const termEnd = await governor.guardianTermEnd();
      expect(await governor.GUARDIAN_TERM()).to.equal(PARAMETERS.guardianTerm);
      const proposal = await propose(world, [calls.nameGuardian(guardian.address)]);
      await time.increaseTo(termEnd - 1n);
      expect(await governor.proposalGuardian()).to.equal(guardian.address);
      await time.increaseTo(termEnd);
      expect(await governor.proposalGuardian()).to.equal(ZERO);
      await expect(governor.connect(guardian).cancel(...proposal.action))
        .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
        .withArgs(proposal.id, guardian.address);

      const renewal = await ready(world, [calls.setGuardian(guardian.address)], "renew");
      const execution = await governor.execute(...renewal.action);
      const renewedUntil = (await now()) + PARAMETERS.guardianTerm;
      await expect(execution).to.emit(governor, "GuardianTermSet").withArgs(guardian.address, renewedUntil);
      await expect(execution).to.emit(governor, "ProposalGuardianSet").withArgs(guardian.address, guardian.address);
      expect(await governor.proposalGuardian()).to.equal(guardian.address);
      expect(await governor.guardianTermEnd()).to.equal(renewedUntil);
    });
  });

  describe("own replacement", () => {
    it("reverts with GuardianCannotCancel for a proposal that replaces it, in every state [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, anyone } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.setGuardian(anyone.address)]);
      for (const stage of Object.values(STAGES)) {
        await stage(world, proposal);
        await expect(governor.connect(guardian).cancel(...proposal.action))
          .to.be.revertedWithCustomError(governor, "GuardianCannotCancel")
          .withArgs(proposal.id, guardian.address);
      }
      expect(await governor.state(proposal.id)).to.equal(STATE.queued);
    });

    it("reverts with GuardianCannotCancel for a proposal that ends it, as its proposer too [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, token, alice } = world;
      await token.connect(alice).transfer(guardian.address, PARAMETERS.proposalThreshold);
      await token.connect(guardian).delegate(guardian.address);
      await time.increase(1n);
      const calls = await callsOf(world);
      const action = actionOf([calls.setGuardian(ZERO), calls.setGuardian(ZERO)], "squatted");
      await governor.connect(guardian).propose(action[0], action[1], action[2], "squatted");
      await expect(governor.connect(guardian).cancel(...action))
        .to.be.revertedWithCustomError(governor, "GuardianCannotCancel")
        .withArgs(await governor.getProposalId(...action), guardian.address);
    });

    it("is replaced by the vote although it tries, and then has no power left [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, anyone } = world;
      const calls = await callsOf(world);
      await enactByVote(world, [calls.setGuardian(anyone.address)]);
      expect(await governor.proposalGuardian()).to.equal(anyone.address);
      const proposal = await propose(world, [calls.nameGuardian(guardian.address)], "another");
      await expect(governor.connect(guardian).cancel(...proposal.action))
        .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
        .withArgs(proposal.id, guardian.address);
      await governor.connect(anyone).cancel(...proposal.action);
    });

    it("may cancel a batch in which anything else hides beside its removal [NX-DAO-03]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, guardian, attacker, breaker } = world;
      const calls = await callsOf(world);
      const removal = calls.setGuardian(ZERO);
      const elsewhere = { target: await breaker.getAddress(), data: removal.data };
      const batches = [
        [removal, calls.nameGuardian(attacker.address)],
        [calls.nameGuardian(attacker.address), removal],
        [removal, calls.setQuorum(1n)],
        [removal, calls.relay(attacker.address, "0x")],
        [removal, elsewhere],
        [removal, { target: removal.target, data: "0x" }],
        [removal, { target: removal.target, data: removal.data.slice(0, 8) }],
      ];
      for (const [index, batch] of batches.entries()) {
        const targets = batch.map(({ target }) => target);
        expect(
          await governor.guardianMayCancel(
            targets,
            batch.map(({ data }) => data),
          ),
        ).to.equal(true);
        const proposal = await passed(world, batch, `hidden ${index}`);
        await governor.connect(guardian).cancel(...proposal.action);
        expect(await governor.state(proposal.id)).to.equal(STATE.canceled);
      }
      expect(await governor.guardianMayCancel([removal.target], [removal.data])).to.equal(false);
      expect(await governor.guardianMayCancel([removal.target], [`${removal.data}00`])).to.equal(false);
    });
  });

  describe("proposers", () => {
    it("lets a proposer cancel before the vote and not after, with a guardian and without", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice } = world;
      const calls = await callsOf(world);
      for (const description of ["with", "without"]) {
        const early = await propose(world, [calls.nameGuardian(alice.address)], `${description}, early`);
        await governor.connect(alice).cancel(...early.action);
        expect(await governor.state(early.id)).to.equal(STATE.canceled);
        const late = await propose(world, [calls.nameGuardian(alice.address)], `${description}, late`);
        await toVote(world, late);
        await expect(governor.connect(alice).cancel(...late.action))
          .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
          .withArgs(late.id, alice.address);
        if (description === "with") await time.increaseTo(await governor.guardianTermEnd());
      }
      expect(await governor.proposalGuardian()).to.equal(ZERO);
    });

    it("reverts with GovernorUnableToCancel for anyone else", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, attacker, admin } = world;
      const calls = await callsOf(world);
      const proposal = await propose(world, [calls.nameGuardian(admin.address)]);
      for (const caller of [attacker, admin]) {
        await expect(governor.connect(caller).cancel(...proposal.action))
          .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
          .withArgs(proposal.id, caller.address);
      }
    });

    it("lets nobody take a proposal away from its proposer by making it first", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, alice, bob } = world;
      const calls = await callsOf(world);
      const description = `mine\n\n#proposer=${alice.address}`;
      const [targets, values, data] = actionOf([calls.setThreshold(2n * WAD)], description);
      await expect(governor.connect(bob).propose(targets, values, data, description))
        .to.be.revertedWithCustomError(governor, "GovernorRestrictedProposer")
        .withArgs(bob.address);
      await governor.connect(alice).propose(targets, values, data, description);
    });
  });
});
