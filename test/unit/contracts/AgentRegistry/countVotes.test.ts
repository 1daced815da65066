import { expect } from "chai";
import { asConsensus, pausedFixture, rotatedFixture, spareKey } from "../../../support/agents.ts";
import { at, loadFixture, time } from "../../../support/chain.ts";
import { type RefusalName, refusal } from "../../../support/enums.ts";
import { type Nexus, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

type Ask = { readonly signers: readonly string[]; readonly agentId?: bigint; readonly nonce?: bigint };

/** Preview and count must refuse alike; a refusal must leave the window as it was. */
const expectRefused = async (f: Nexus, ask: Ask, wanted: readonly [RefusalName, bigint]): Promise<void> => {
  const { signers, agentId = 1n, nonce = 1n } = ask;
  const registry = await asConsensus(f);
  const preview = await f.registry.previewVotes([...signers], agentId, nonce);
  const counted = await registry.countVotes.staticCall([...signers], agentId, nonce);
  const expected = [refusal(wanted[0]), wanted[1]];
  expect([preview.refusal, preview.index]).to.deep.equal(expected);
  expect([counted.refusal, counted.index]).to.deep.equal(expected);
  const before = await Promise.all(f.voters.map(({ key }) => f.registry.seatOf(key.address)));
  await registry.countVotes([...signers], agentId, nonce);
  expect(await Promise.all(f.voters.map(({ key }) => f.registry.seatOf(key.address)))).to.deep.equal(before);
};

const signersOf = (f: Nexus, ...indices: readonly number[]): readonly string[] =>
  indices.map((index) => at(f.voters, index).key.address);

/** Nonce 60 of agent 1 was used. */
const usedFixture = async () => {
  const f = await nexusFixture();
  await (await asConsensus(f)).countVotes([...signersOf(f, 0)], 1n, 60n);
  return f;
};

describe("AgentRegistry.countVotes", () => {
  describe("when anyone but Consensus calls", () => {
    it("reverts with NotConsensus", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.admin).countVotes([...signersOf(f, 0)], 1n, 1n))
        .to.be.revertedWithCustomError(f.registry, "NotConsensus")
        .withArgs(f.admin.address);
    });
  });

  describe("when a signer has no seat", () => {
    it("refuses with UnknownSigner at its index [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { signers: [...signersOf(f, 0), spareKey().address] }, ["UnknownSigner", 1n]);
    });
  });

  describe("when a signer's overlap has ended", () => {
    it("refuses with SignerExpired at its index [NX-CON-04]", async () => {
      const f = await loadFixture(rotatedFixture);
      await time.increaseTo((await f.registry.seatOf(f.oldKey.address)).validUntil + 1n);
      await expectRefused(f, { signers: [f.oldKey.address, ...signersOf(f, 1)], agentId: 2n }, ["SignerExpired", 0n]);
    });
  });

  describe("when a signer's agent is paused", () => {
    it("refuses with AgentNotActive at its index [NX-AGT-04]", async () => {
      const f = await loadFixture(pausedFixture);
      await expectRefused(f, { signers: signersOf(f, 0, 1), agentId: 2n }, ["AgentNotActive", 0n]);
    });
  });

  describe("when agents do not ascend", () => {
    it("refuses with VotesNotAscending at the first that falls [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { signers: signersOf(f, 0, 2, 1) }, ["VotesNotAscending", 2n]);
    });
  });

  describe("when one key signs twice", () => {
    it("refuses with VotesNotAscending [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { signers: signersOf(f, 0, 0) }, ["VotesNotAscending", 1n]);
    });
  });

  describe("when both keys of one agent sign during rotation", () => {
    it("refuses with VotesNotAscending [NX-CON-04]", async () => {
      const f = await loadFixture(rotatedFixture);
      await expectRefused(f, { signers: [f.oldKey.address, f.newKey.address] }, ["VotesNotAscending", 1n]);
    });
  });

  describe("when the proposer is not among the voters", () => {
    it("refuses with ProposerDidNotVote", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { signers: signersOf(f, 1, 2) }, ["ProposerDidNotVote", 0n]);
    });
  });

  describe("when nobody votes", () => {
    it("refuses with ProposerDidNotVote", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { signers: [] }, ["ProposerDidNotVote", 0n]);
    });
  });

  describe("when the proposer votes with its rotated-out key", () => {
    it("refuses with ProposerDidNotVote: an old key votes and does not propose", async () => {
      const f = await loadFixture(rotatedFixture);
      await expectRefused(f, { signers: [f.oldKey.address, ...signersOf(f, 1)] }, ["ProposerDidNotVote", 0n]);
    });
  });

  describe("given the nonce was used", () => {
    it("refuses with NonceUsed at the proposer's index [NX-CON-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await (await asConsensus(f)).countVotes([...signersOf(f, 1)], 2n, 1n);
      await expectRefused(f, { signers: signersOf(f, 0, 1), agentId: 2n }, ["NonceUsed", 1n]);
    });

    it("refuses nonces below the window with NonceTooOld [NX-CON-01]", async () => {
      const f = await loadFixture(usedFixture);
      await expectRefused(f, { signers: signersOf(f, 0), nonce: 12n }, ["NonceTooOld", 0n]);
    });

    it("refuses nonces too far above it with NonceTooFarAhead", async () => {
      const f = await loadFixture(usedFixture);
      await expectRefused(f, { signers: signersOf(f, 0), nonce: 60n + 65_537n }, ["NonceTooFarAhead", 0n]);
    });

    it("accepts every nonce of the window that was not used [NX-CON-09]", async () => {
      const f = await loadFixture(usedFixture);
      const registry = await asConsensus(f);
      for (const nonce of [13n, 59n, 14n, 61n, 60n + 65_536n]) {
        const answer = await registry.countVotes.staticCall([...signersOf(f, 0)], 1n, nonce);
        expect(answer.refusal, `nonce ${nonce}`).to.equal(refusal("None"));
        await registry.countVotes([...signersOf(f, 0)], 1n, nonce);
      }
      expect((await f.registry.seatOf(at(f.voters, 0).key.address)).highestNonce).to.equal(60n + 65_536n);
    });
  });

  describe("when all is well", () => {
    it("tallies weight, voters and distinct operators", async () => {
      const f = await loadFixture(nexusFixture);
      const { refusal: why, index, tally } = await f.registry.previewVotes([...signersOf(f, 0, 1, 2, 4)], 3n, 1n);
      expect([why, index]).to.deep.equal([refusal("None"), 2n]);
      expect([tally.weight, tally.voters, tally.operators]).to.deep.equal([4n * WEIGHT, 4n, 3n]);
    });

    it("uses up the nonce of the proposer and of nobody else", async () => {
      const f = await loadFixture(nexusFixture);
      await (await asConsensus(f)).countVotes([...signersOf(f, 0, 1)], 2n, 3n);
      const [first, second] = [at(f.voters, 0), at(f.voters, 1)];
      expect((await f.registry.seatOf(first.key.address)).highestNonce).to.equal(0n);
      const seat = await f.registry.seatOf(second.key.address);
      expect([seat.highestNonce, seat.nonceWindow]).to.deep.equal([3n, 0b1001n]);
    });

    it("counts an old key during its overlap as a vote of its agent [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      const answer = await f.registry.previewVotes([f.oldKey.address, ...signersOf(f, 1)], 2n, 1n);
      expect([answer.refusal, answer.tally.weight]).to.deep.equal([refusal("None"), 2n * WEIGHT]);
    });
  });
});
