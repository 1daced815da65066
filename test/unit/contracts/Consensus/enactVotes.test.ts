import { expect } from "chai";
import { rotatedFixture, rotate, spareKey } from "../../../support/agents.ts";
import { PAYMENT, enact, enactedFixture, expectRefused, votedPayment } from "../../../support/votedProposals.ts";
import { transferCall } from "../../../support/calls.ts";
import { WAD, at, ethers, loadFixture } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import { POLICY, fundedFixture, registerAgent } from "../../../support/nexus.ts";
import { signVotes, signVotesAsIs, votingDomain } from "../../../support/votes.ts";

/** The order of secp256k1: s and order - s sign the same. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The other form of a signature, order - s with the other parity, as far as 64 bytes can hold it. */
const malleate = (vote: string): string => {
  const r = vote.slice(0, 66);
  const vs = BigInt(`0x${vote.slice(66)}`);
  const s = ORDER - (vs & (2n ** 255n - 1n));
  return ethers.concat([r, ethers.toBeHex(s | ((1n - (vs >> 255n)) << 255n), 32)]);
};

const deadPolicyFixture = async () => {
  const f = await fundedFixture();
  const tooMany = { ...POLICY, minVoters: 5n, minOperators: 3n, threshold: 5_000n };
  await f.consensus.connect(f.admin).setPolicy(RISK.routine, tooMany);
  return f;
};

describe("Consensus.enact, votes", () => {
  describe("when there are no votes", () => {
    it("reverts with ProposalRefused(NoVotes) [NX-CON-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await expectRefused(f, { ...(await votedPayment(f)), votes: "0x" }, "NoVotes");
    });
  });

  describe("when a vote is cut short", () => {
    it("reverts with ProposalRefused(MalformedVotes)", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await expectRefused(f, { ...voted, votes: voted.votes.slice(0, -2) }, "MalformedVotes", 4n);
    });
  });

  describe("when there are more votes than seats", () => {
    it("reverts with ProposalRefused(MalformedVotes)", async () => {
      const f = await loadFixture(fundedFixture);
      const votes = ethers.concat(Array.from({ length: 129 }, () => `0x${"11".repeat(64)}`));
      await expectRefused(f, { ...(await votedPayment(f)), votes }, "MalformedVotes", 129n);
    });
  });

  describe("when a signature is high-s", () => {
    it("reverts with ProposalRefused(InvalidSignature) at its index [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const minHigh = ethers.toBeHex(ORDER / 2n + 1n, 32);
      const votes = ethers.concat([ethers.dataSlice(voted.votes, 0, 160), minHigh, ethers.dataSlice(voted.votes, 192)]);
      await expectRefused(f, { ...voted, votes }, "InvalidSignature", 2n);
    });

    it("has no room for the other form of a vote, which then is a stranger's [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const votes = ethers.concat([malleate(ethers.dataSlice(voted.votes, 0, 64)), ethers.dataSlice(voted.votes, 64)]);
      await expectRefused(f, { ...voted, votes }, "UnknownSigner", 0n);
    });
  });

  describe("when a signature recovers to nobody", () => {
    it("reverts with ProposalRefused(InvalidSignature) at its index", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await expectRefused(f, { ...voted, votes: `0x${"00".repeat(64)}` }, "InvalidSignature", 0n);
    });
  });

  describe("when the proposal differs from what was signed by one unit", () => {
    it("reverts with ProposalRefused(UnknownSigner) [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const calls = [transferCall(f.addresses.usdc, f.payee.address, PAYMENT + 1n)];
      await expectRefused(f, { ...voted, proposal: { ...voted.proposal, calls } }, "UnknownSigner");
    });
  });

  describe("when the votes were signed for another chain", () => {
    it("reverts with ProposalRefused(UnknownSigner) [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const votes = signVotes(votingDomain(f.addresses.consensus, 1328n), voted.proposal, f.voters);
      await expectRefused(f, { ...voted, votes }, "UnknownSigner");
    });
  });

  describe("when the votes were signed for another Consensus", () => {
    it("reverts with ProposalRefused(UnknownSigner) [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const votes = signVotes(votingDomain(f.addresses.treasury), voted.proposal, f.voters);
      await expectRefused(f, { ...voted, votes }, "UnknownSigner");
    });
  });

  describe("when votes do not ascend", () => {
    it("reverts with ProposalRefused(VotesNotAscending) at the first that falls [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const votes = signVotesAsIs(f.domain, voted.proposal, [at(f.voters, 0), at(f.voters, 2), at(f.voters, 1)]);
      await expectRefused(f, { ...voted, votes }, "VotesNotAscending", 2n);
    });
  });

  describe("when one agent votes twice", () => {
    it("reverts with ProposalRefused(VotesNotAscending) [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const votes = signVotesAsIs(f.domain, voted.proposal, [at(f.voters, 0), at(f.voters, 1), at(f.voters, 1)]);
      await expectRefused(f, { ...voted, votes }, "VotesNotAscending", 2n);
    });
  });

  describe("given the proposing agent rotates its key", () => {
    it("reverts with ProposalRefused(VotesNotAscending) when both keys vote [NX-CON-04]", async () => {
      const f = await loadFixture(fundedFixture);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 3_600n });
      const both = [at(f.voters, 0), { agentId: 1n, key: spareKey() }, at(f.voters, 2)];
      const voted = await votedPayment(f);
      const votes = signVotesAsIs(f.domain, voted.proposal, both);
      await expectRefused(f, { ...voted, votes }, "VotesNotAscending", 1n);
    });

    it("reverts with ProposalRefused(ProposerDidNotVote) when only the old key votes", async () => {
      const f = await loadFixture(fundedFixture);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 3_600n });
      await expectRefused(f, await votedPayment(f), "ProposerDidNotVote");
    });
  });

  describe("given a voter is paused", () => {
    it("reverts with ProposalRefused(AgentNotActive) at its index [NX-AGT-04]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await f.registry.connect(f.operatorB).pause(3n);
      await expectRefused(f, voted, "AgentNotActive", 2n);
    });
  });

  describe("given the nonce was used", () => {
    it("reverts with ProposalRefused(NonceUsed) [NX-CON-01]", async () => {
      const f = await loadFixture(enactedFixture);
      await expectRefused(f, f.voted, "NonceUsed");
    });
  });

  describe("given the nonce was cancelled", () => {
    it("reverts with ProposalRefused(NonceUsed) [NX-CON-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      await f.registry.connect(f.operatorA).cancelNonce(1n, voted.proposal.nonce);
      await expectRefused(f, voted, "NonceUsed");
    });
  });

  describe("given a much higher nonce was used", () => {
    it("reverts with ProposalRefused(NonceTooOld) below the window", async () => {
      const f = await loadFixture(fundedFixture);
      await enact(f, await votedPayment(f, { proposal: { nonce: 100n } }));
      await expectRefused(f, await votedPayment(f, { proposal: { nonce: 52n } }), "NonceTooOld");
    });

    it("enacts what lies inside the window, in any order [NX-CON-09]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const nonce of [100n, 53n, 99n, 101n]) await enact(f, await votedPayment(f, { proposal: { nonce } }));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(4n * PAYMENT);
    });
  });

  describe("when the nonce lies too far ahead", () => {
    it("reverts with ProposalRefused(NonceTooFarAhead)", async () => {
      const f = await loadFixture(fundedFixture);
      await expectRefused(f, await votedPayment(f, { proposal: { nonce: 65_537n } }), "NonceTooFarAhead");
    });
  });

  describe("when the votes weigh less than the threshold", () => {
    it("reverts with ProposalRefused(BelowThreshold): silence counts as no [NX-CON-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const voters = [at(f.voters, 0), at(f.voters, 2)];
      await expectRefused(f, await votedPayment(f, { voters }), "BelowThreshold");
    });
  });

  describe("when too few agents vote, heavy as they are", () => {
    it("reverts with ProposalRefused(TooFewVoters) [NX-CON-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await registerAgent(f, { operator: f.attacker, key: spareKey(), bond: 2_000n * WAD });
      const voters = [at(f.voters, 0), { agentId: 6n, key: spareKey() }];
      await expectRefused(f, await votedPayment(f, { voters }), "TooFewVoters");
    });
  });

  describe("when too few operators stand behind them", () => {
    it("reverts with ProposalRefused(TooFewOperators) [NX-CON-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await registerAgent(f, { operator: f.operatorA, key: spareKey() });
      const voters = [at(f.voters, 0), at(f.voters, 1), { agentId: 6n, key: spareKey() }];
      await expectRefused(f, await votedPayment(f, { voters }), "TooFewOperators");
    });
  });

  describe("given the policy demands everybody", () => {
    it("reverts with ProposalRefused(BelowThreshold) when one is missing [NX-CON-02]", async () => {
      const f = await loadFixture(deadPolicyFixture);
      await expectRefused(f, await votedPayment(f, { voters: f.voters.slice(0, 4) }), "BelowThreshold");
      await enact(f, await votedPayment(f));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("given an old key is in its overlap", () => {
    it("counts the old key's vote for another's proposal", async () => {
      const f = await loadFixture(rotatedFixture);
      const voters = [{ agentId: 1n, key: f.oldKey }, at(f.voters, 1), at(f.voters, 2), at(f.voters, 3)];
      const voted = await votedPayment(f, { proposal: { agentId: 2n }, voters });
      await f.usdc.connect(f.deployer).mint(f.addresses.treasury, PAYMENT);
      await enact(f, voted);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });
});
