import { expect } from "chai";
import {
  type Ask,
  asConsensus,
  countArgs,
  countVotes,
  pausedFixture,
  previewVotes,
  rotatedFixture,
  spareKey,
  votesBy,
} from "../../../support/agents.ts";
import { type VoteKey, at, ethers, loadFixture, time, voteKey } from "../../../support/chain.ts";
import { type RefusalName, refusal } from "../../../support/enums.ts";
import { type Nexus, WEIGHT, nexusFixture, registerAgent } from "../../../support/nexus.ts";

/** The slot in which the registry counts agents and operators. */
const COUNTERS = 12;
const toWord = (value: bigint): string => ethers.toBeHex(value, 32);

/** Preview and count must refuse alike; a refusal must leave every seat as it was. */
const expectVotesRefused = async (
  f: Nexus,
  votes: string,
  { ask, wanted }: { readonly ask?: Ask | undefined; readonly wanted: readonly [RefusalName, bigint] },
): Promise<void> => {
  const registry = await asConsensus(f);
  const args = countArgs(votes, ask);
  const preview = await f.registry.previewVotes(...args);
  const counted = await registry.countVotes.staticCall(...args);
  const expected = [refusal(wanted[0]), wanted[1]];
  expect([preview.refusal, preview.index]).to.deep.equal(expected);
  expect([counted.refusal, counted.index]).to.deep.equal(expected);
  const seats = () => Promise.all(f.voters.map(({ key }) => f.registry.signerRecordOf(key.address)));
  const before = await seats();
  await registry.countVotes(...args);
  expect(await seats()).to.deep.equal(before);
};

const expectRefused = (
  f: Nexus,
  { keys, ...ask }: Ask & { readonly keys: readonly VoteKey[] },
  wanted: readonly [RefusalName, bigint],
): Promise<void> => expectVotesRefused(f, votesBy(keys), { ask, wanted });

const keysOf = (f: Nexus, ...indices: readonly number[]): readonly VoteKey[] =>
  indices.map((index) => at(f.voters, index).key);

/** A signature that recovers to nobody. */
const NOBODY = `0x${"00".repeat(64)}`;

/** Nonce 60 of agent 1 was used. */
const usedFixture = async () => {
  const f = await nexusFixture();
  await countVotes(f, keysOf(f, 0), { nonce: 60n });
  return f;
};

describe("AgentRegistry.countVotes", () => {
  describe("when anyone but Consensus calls", () => {
    it("reverts with NotConsensus", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.admin).countVotes(...countArgs(votesBy(keysOf(f, 0)))))
        .to.be.revertedWithCustomError(f.registry, "NotConsensus")
        .withArgs(f.admin.address);
    });
  });

  describe("when a signer has no seat", () => {
    it("refuses with UnknownSigner at its index [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { keys: [...keysOf(f, 0), spareKey()] }, ["UnknownSigner", 1n]);
    });
  });

  describe("when a signer's overlap has ended", () => {
    it("refuses with SignerExpired at its index [NX-CON-04]", async () => {
      const f = await loadFixture(rotatedFixture);
      await time.increaseTo((await f.registry.signerRecordOf(f.oldKey.address)).validUntil + 1n);
      await expectRefused(f, { keys: [f.oldKey, ...keysOf(f, 1)], agentId: 2n }, ["SignerExpired", 0n]);
    });
  });

  describe("when a signer's agent is paused", () => {
    it("refuses with AgentNotActive at its index [NX-AGT-04]", async () => {
      const f = await loadFixture(pausedFixture);
      await expectRefused(f, { keys: keysOf(f, 0, 1), agentId: 2n }, ["AgentNotActive", 0n]);
    });
  });

  describe("when an agent has no weight", () => {
    it("refuses with NoWeight at its index", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.admin).setWeightCap(0n);
      await f.registry.refreshWeight(2n);
      await expectRefused(f, { keys: keysOf(f, 0, 1) }, ["NoWeight", 1n]);
    });
  });

  describe("when agents do not ascend", () => {
    it("refuses with VotesNotAscending at the first that falls [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { keys: keysOf(f, 0, 2, 1) }, ["VotesNotAscending", 2n]);
    });
  });

  describe("when one key signs twice", () => {
    it("refuses with VotesNotAscending [NX-CON-04]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { keys: keysOf(f, 0, 0) }, ["VotesNotAscending", 1n]);
    });
  });

  describe("when both keys of one agent sign during rotation", () => {
    it("refuses with VotesNotAscending [NX-CON-04]", async () => {
      const f = await loadFixture(rotatedFixture);
      await expectRefused(f, { keys: [f.oldKey, f.newKey] }, ["VotesNotAscending", 1n]);
    });
  });

  describe("when the proposer is not among the voters", () => {
    it("refuses with ProposerDidNotVote", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { keys: keysOf(f, 1, 2) }, ["ProposerDidNotVote", 0n]);
    });
  });

  describe("when nobody votes", () => {
    it("refuses with NoVotes [NX-CON-02]", async () => {
      const f = await loadFixture(nexusFixture);
      await expectRefused(f, { keys: [] }, ["NoVotes", 0n]);
    });
  });

  describe("when the votes are not whole signatures", () => {
    it("refuses with MalformedVotes and how many are whole", async () => {
      const f = await loadFixture(nexusFixture);
      const votes = votesBy(keysOf(f, 0, 1));
      for (const [bytes, whole] of [
        [1, 0n],
        [63, 0n],
        [65, 1n],
        [127, 1n],
      ] as const) {
        await expectVotesRefused(f, ethers.dataSlice(votes, 0, bytes), { wanted: ["MalformedVotes", whole] });
      }
    });
  });

  describe("when there are more votes than are counted at once", () => {
    it("refuses with MalformedVotes before it recovers any", async () => {
      const f = await loadFixture(nexusFixture);
      const many = (count: number) => ethers.concat(Array.from({ length: count }, () => NOBODY));
      await expectVotesRefused(f, many(129), { wanted: ["MalformedVotes", 129n] });
      await expectVotesRefused(f, many(128), { wanted: ["InvalidSignature", 0n] });
    });
  });

  describe("when a signature recovers to nobody", () => {
    it("refuses with InvalidSignature at its index", async () => {
      const f = await loadFixture(nexusFixture);
      const votes = ethers.concat([votesBy(keysOf(f, 0)), NOBODY, votesBy(keysOf(f, 2))]);
      await expectVotesRefused(f, votes, { wanted: ["InvalidSignature", 1n] });
    });

    it("names what is wrong with an earlier vote first, vote by vote", async () => {
      const f = await loadFixture(nexusFixture);
      const stranger = ethers.concat([votesBy([spareKey()]), NOBODY]);
      await expectVotesRefused(f, stranger, { wanted: ["UnknownSigner", 0n] });
      const unsorted = ethers.concat([votesBy(keysOf(f, 1, 0)), NOBODY]);
      await expectVotesRefused(f, unsorted, { wanted: ["VotesNotAscending", 1n] });
    });
  });

  describe("when the proposer votes with its rotated-out key", () => {
    it("refuses with ProposerDidNotVote: an old key votes and does not propose", async () => {
      const f = await loadFixture(rotatedFixture);
      await expectRefused(f, { keys: [f.oldKey, ...keysOf(f, 1)] }, ["ProposerDidNotVote", 0n]);
    });
  });

  describe("given the nonce was used", () => {
    it("refuses with NonceUsed at the proposer's index [NX-CON-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await countVotes(f, keysOf(f, 1), { agentId: 2n });
      await expectRefused(f, { keys: keysOf(f, 0, 1), agentId: 2n }, ["NonceUsed", 1n]);
    });

    it("refuses nonces below the window with NonceTooOld [NX-CON-01]", async () => {
      const f = await loadFixture(usedFixture);
      await expectRefused(f, { keys: keysOf(f, 0), nonce: 12n }, ["NonceTooOld", 0n]);
    });

    it("refuses nonces too far above it with NonceTooFarAhead", async () => {
      const f = await loadFixture(usedFixture);
      await expectRefused(f, { keys: keysOf(f, 0), nonce: 60n + 65_537n }, ["NonceTooFarAhead", 0n]);
    });

    it("accepts every nonce of the window that was not used [NX-CON-09]", async () => {
      const f = await loadFixture(usedFixture);
      const registry = await asConsensus(f);
      for (const nonce of [13n, 59n, 14n, 61n, 60n + 65_536n]) {
        const answer = await registry.countVotes.staticCall(...countArgs(votesBy(keysOf(f, 0)), { nonce }));
        expect(answer.refusal, `nonce ${nonce}`).to.equal(refusal("None"));
        await countVotes(f, keysOf(f, 0), { nonce });
      }
      expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).highestNonce).to.equal(60n + 65_536n);
    });
  });

  describe("when all is well", () => {
    it("tells operators apart whose numbers end in the same eight bits", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await f.registry.getAddress();
      // As if 256 operators had come: their number stands above the 32 bits of the number of agents.
      const word = BigInt(await ethers.provider.getStorage(registry, COUNTERS));
      expect((word >> 32n) & 0xffffffn).to.equal(3n);
      const later = word + (253n << 32n);
      await ethers.provider.send("hardhat_setStorageAt", [registry, `0x${COUNTERS.toString(16)}`, toWord(later)]);
      const key = voteKey(60);
      await registerAgent(f, { operator: f.anyone, key });
      const numbers = await Promise.all(
        [at(f.voters, 0).key, key].map(({ address }) => f.registry.signerRecordOf(address)),
      );
      expect(numbers.map(({ operatorId }) => operatorId)).to.deep.equal([1n, 257n]);
      expect((await previewVotes(f, [at(f.voters, 0).key, key])).operators).to.equal(2n);
    });

    it("tallies weight, voters, distinct operators and seats", async () => {
      const f = await loadFixture(nexusFixture);
      const answer = await previewVotes(f, keysOf(f, 0, 1, 2, 4), { agentId: 3n });
      expect([...answer]).to.deep.equal([refusal("None"), 0n, 4n * WEIGHT, 4n, 3n, 0b10111n]);
    });

    it("uses up the nonce of the proposer and of nobody else", async () => {
      const f = await loadFixture(nexusFixture);
      await countVotes(f, keysOf(f, 0, 1), { agentId: 2n, nonce: 3n });
      const [first, second] = [at(f.voters, 0), at(f.voters, 1)];
      expect((await f.registry.signerRecordOf(first.key.address)).highestNonce).to.equal(0n);
      const seat = await f.registry.signerRecordOf(second.key.address);
      expect([seat.highestNonce, seat.nonceWindow]).to.deep.equal([3n, 0b1001n]);
    });

    it("counts an old key during its overlap as a vote of its agent [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      const answer = await previewVotes(f, [f.oldKey, ...keysOf(f, 1)], { agentId: 2n });
      expect([answer.refusal, answer.weight]).to.deep.equal([refusal("None"), 2n * WEIGHT]);
    });
  });
});
