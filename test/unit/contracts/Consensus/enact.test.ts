import { expect } from "chai";
import { PAYMENT, votedCalls, enact, expectRefused, votedPayment } from "../../../support/votedProposals.ts";
import { approveCall, transferCall } from "../../../support/calls.ts";
import { USDC, WAD, ZERO, at, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { LEVEL, RISK, refusal } from "../../../support/enums.ts";
import { POLICY, fundedFixture } from "../../../support/nexus.ts";
import { proposalDigest, signVotes, votingDomain } from "../../../support/votes.ts";

describe("Consensus.enact", () => {
  describe("when another submitter is named", () => {
    it("reverts with ProposalRefused(WrongSubmitter)", async () => {
      const f = await loadFixture(fundedFixture);
      await expectRefused(f, await votedPayment(f, { proposal: { submitter: f.operatorA.address } }), "WrongSubmitter");
    });
  });

  describe("when the caller is the submitter named", () => {
    it("enacts", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f, { proposal: { submitter: f.operatorA.address } });
      await enact(f, { ...voted, sender: f.operatorA });
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("when the deadline has passed", () => {
    it("reverts with ProposalRefused(DeadlinePassed) [NX-CON-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await expectRefused(f, await votedPayment(f, { proposal: { deadline: (await now()) - 1n } }), "DeadlinePassed");
    });
  });

  describe("when it is the deadline's last second", () => {
    it("enacts [NX-CON-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await time.setNextBlockTimestamp(voted.proposal.deadline);
      await enact(f, voted);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("when the deadline is too far away", () => {
    it("reverts with ProposalRefused(DeadlineTooFar)", async () => {
      const f = await loadFixture(fundedFixture);
      const deadline = (await now()) + POLICY.maxDeadline + 30n;
      await expectRefused(f, await votedPayment(f, { proposal: { deadline } }), "DeadlineTooFar");
    });

    it("refuses a second more than the class allows, and takes the last", async () => {
      const f = await loadFixture(fundedFixture);
      const last = (await now()) + 10n;
      for (const late of [1n, 0n]) {
        const voted = await votedPayment(f, { proposal: { deadline: last + POLICY.maxDeadline + late } });
        await time.setNextBlockTimestamp(last);
        if (late === 0n) await enact(f, voted);
        else await expect(enact(f, voted)).to.be.revertedWithCustomError(f.consensus, "ProposalRefused");
      }
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("given no policy was set", () => {
    it("reverts with ProposalRefused(DeadlineTooFar) before anything is weighed [NX-CON-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const consensus = await ethers.deployContract("Consensus", [
        f.admin,
        f.addresses.registry,
        f.addresses.treasury,
        f.addresses.breaker,
      ]);
      const domain = votingDomain(await consensus.getAddress());
      const { proposal, callProofs } = await votedPayment(f);
      await expect(consensus.enact(signVotes(domain, proposal, f.voters), proposal, callProofs))
        .to.be.revertedWithCustomError(consensus, "ProposalRefused")
        .withArgs(proposalDigest(domain, proposal), refusal("DeadlineTooFar"), 0n);
    });
  });

  describe("when the mandate refuses a call", () => {
    it("reverts with the treasury's ActionRefused at the call's index [NX-MAN-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const good = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const bad = transferCall(f.addresses.usdc, f.attacker.address, 1n);
      const steps = [good, bad].map((call) => [call, f.leaves.payUsdc] as const);
      await expectRefused(f, await votedCalls(f, steps), "NotInMandate", 1n);
    });
  });

  describe("when there is not one call proof for each call", () => {
    it("reverts with the treasury's ActionRefused(ProofCountMismatch)", async () => {
      const f = await loadFixture(fundedFixture);
      await expectRefused(f, { ...(await votedPayment(f)), callProofs: [] }, "ProofCountMismatch");
    });
  });

  describe("when a call is of a class that the votes do not carry", () => {
    it("reverts with the treasury's ActionRefused(ClassNotAllowed) [NX-CON-03]", async () => {
      const f = await loadFixture(fundedFixture);
      const call = transferCall(f.addresses.weth, f.payee.address, 1n);
      await expectRefused(f, await votedCalls(f, [[call, f.leaves.payWeth]]), "ClassNotAllowed");
    });

    it("refuses a batch for its riskiest call, however it is split [NX-CON-03]", async () => {
      const f = await loadFixture(fundedFixture);
      const routine = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const elevated = transferCall(f.addresses.weth, f.payee.address, 1n);
      const steps = [[routine, f.leaves.payUsdc] as const, [elevated, f.leaves.payWeth] as const];
      await expectRefused(f, await votedCalls(f, steps), "ClassNotAllowed", 1n);
    });

    it("does not take the proposer's word for a class [NX-CON-03]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedCalls(f, [[transferCall(f.addresses.weth, f.payee.address, 1n), f.leaves.payWeth]]);
      const callProofs = voted.callProofs.map((callProof) => ({ ...callProof, minClass: Number(RISK.routine) }));
      await expectRefused(f, { ...voted, callProofs }, "NotInMandate");
    });
  });

  describe("given the breaker is tripped", () => {
    it("reverts with the treasury's ActionRefused(BreakerHalted) [NX-BRK-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      await expectRefused(f, voted, "BreakerHalted");
    });
  });

  describe("when a call reverts", () => {
    it("leaves nothing behind, and the nonce unused [NX-CON-06]", async () => {
      const f = await loadFixture(fundedFixture);
      const tooMuch = (await f.wsei.balanceOf(f.addresses.treasury)) + 1n;
      await f.mandate
        .connect(f.admin)
        .setTokenLimit(f.addresses.wsei, { perAction: 2n * tooMuch, perAgentDay: 0n, perDay: 0n });
      const pay = transferCall(f.addresses.usdc, f.payee.address, PAYMENT);
      const fail = transferCall(f.addresses.wsei, f.payee.address, tooMuch);
      const voted = await votedCalls(f, [[pay, f.leaves.payUsdc] as const, [fail, f.leaves.payWsei] as const]);
      await expect(enact(f, voted))
        .to.be.revertedWithCustomError(f.wsei, "ERC20InsufficientBalance")
        .withArgs(f.addresses.treasury, tooMuch - 1n, tooMuch);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
      await enact(f, await votedPayment(f));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("when the calls lose more than the proposal allows", () => {
    it("reverts with ActionLossExceeded and leaves nothing behind [NX-CON-06]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f, { proposal: { maxLoss: 5n * WAD - 1n } });
      await expect(enact(f, voted))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        .withArgs(5n * WAD, 5n * WAD - 1n);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
    });
  });

  describe("when all is well", () => {
    it("executes the calls and uses up the nonce [NX-CON-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await expect(enact(f, await votedPayment(f))).to.changeTokenBalances(
        ethers,
        f.usdc,
        [f.treasury, f.payee],
        [-PAYMENT, PAYMENT],
      );
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).highestNonce).to.equal(1n);
    });

    it("emits ProposalEnacted with what the calls lost", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f, { voters: f.voters.slice(0, 4) });
      await expect(enact(f, voted))
        .to.emit(f.consensus, "ProposalEnacted")
        .withArgs(proposalDigest(f.domain, voted.proposal), 1n, 1n, 5n * WAD, voted.proposal.evidence);
    });

    it("passes the proposal's loss limit and agent on to the treasury", async () => {
      const f = await loadFixture(fundedFixture);
      const roomOf = async (agentId: bigint) => (await f.mandate.remainingOf(agentId, f.addresses.usdc)).forAgent;
      const before = [await roomOf(1n), await roomOf(2n)];
      await enact(f, await votedPayment(f, { proposal: { agentId: 2n, maxLoss: 5n * WAD } }));
      expect([await roomOf(1n), await roomOf(2n)]).to.deep.equal([before[0], (before[1] ?? 0n) - PAYMENT]);
    });

    it("carries as many calls as the mandate allows", async () => {
      const f = await loadFixture(fundedFixture);
      const steps = Array.from({ length: 16 }, (_, index) => {
        const call =
          index % 2 === 0
            ? transferCall(f.addresses.usdc, f.payee.address, USDC)
            : approveCall(f.addresses.usdc, f.payee.address, USDC);
        return [call, index % 2 === 0 ? f.leaves.payUsdc : f.leaves.approveUsdc] as const;
      });
      await enact(f, await votedCalls(f, steps));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(8n * USDC);
    });
  });
});
