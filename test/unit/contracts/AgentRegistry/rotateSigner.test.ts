import { expect } from "chai";
import {
  OVERLAP,
  countVotes,
  previewVotes,
  proofOf,
  rotate,
  rotatedFixture,
  spareKey,
  terminatedFixture,
} from "../../../support/agents.ts";
import { DAY, at, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { STATUS, refusal } from "../../../support/enums.ts";
import { WEIGHT, nexusFixture } from "../../../support/nexus.ts";

const MAX_OVERLAP = 7n * DAY;

describe("AgentRegistry.rotateSigner", () => {
  describe("when the id is unknown", () => {
    it("reverts with ERC721NonexistentToken", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      await expect(f.registry.connect(f.operatorA).rotateSigner(9n, spareKey().address, 0n, deadline, proof))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(9n);
    });
  });

  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      await expect(f.registry.connect(f.attacker).rotateSigner(1n, spareKey().address, 0n, deadline, proof))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.attacker.address);
    });
  });

  describe("when the caller is approved by the owner", () => {
    it("rotates [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.operatorA).approve(f.anyone.address, 1n);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      await f.registry.connect(f.anyone).rotateSigner(1n, spareKey().address, 0n, deadline, proof);
      expect((await f.registry.agentOf(1n)).signer).to.equal(spareKey().address);
    });
  });

  describe("given the agent is terminated", () => {
    it("reverts with WrongAgentStatus", async () => {
      const f = await loadFixture(terminatedFixture);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      await expect(f.registry.connect(f.operatorA).rotateSigner(1n, spareKey().address, 0n, deadline, proof))
        .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
        .withArgs(1n, STATUS.terminated);
    });
  });

  describe("when the overlap is too long", () => {
    it("reverts with OverlapTooLong", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      const registry = f.registry.connect(f.operatorA);
      await expect(registry.rotateSigner(1n, spareKey().address, MAX_OVERLAP + 1n, deadline, proof))
        .to.be.revertedWithCustomError(f.registry, "OverlapTooLong")
        .withArgs(MAX_OVERLAP + 1n, MAX_OVERLAP);
    });
  });

  describe("when the new signer is the old one", () => {
    it("reverts with SignerTaken [NX-AGT-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const { key } = at(f.voters, 0);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, key);
      await expect(f.registry.connect(f.operatorA).rotateSigner(1n, key.address, 0n, deadline, proof))
        .to.be.revertedWithCustomError(f.registry, "SignerTaken")
        .withArgs(key.address, 1n);
    });
  });

  describe("when all is well", () => {
    it("seats the new signer and lets the old one vote until the overlap ends [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      const end = (await now()) + OVERLAP;
      expect((await f.registry.signerRecordOf(f.newKey.address)).validUntil).to.equal(0n);
      expect((await f.registry.signerRecordOf(f.oldKey.address)).validUntil).to.equal(end);
      expect((await f.registry.signerRecordOf(f.oldKey.address)).weight).to.equal(WEIGHT);
      const { signer, previousSigner } = await f.registry.agentOf(1n);
      expect([signer, previousSigner]).to.deep.equal([f.newKey.address, f.oldKey.address]);
    });

    it("leaves the total weight as it was", async () => {
      const f = await loadFixture(rotatedFixture);
      expect((await f.registry.signerRecordOf(f.newKey.address)).weight).to.equal(WEIGHT);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
    });

    it("counts the old key in the last second of its overlap and not after it [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      const end = (await f.registry.signerRecordOf(f.oldKey.address)).validUntil;
      const keys = [f.oldKey, at(f.voters, 1).key];
      await time.increaseTo(end);
      expect((await previewVotes(f, keys, { agentId: 2n })).refusal).to.equal(refusal("None"));
      await time.increaseTo(end + 1n);
      const late = await previewVotes(f, keys, { agentId: 2n });
      expect([late.refusal, late.index]).to.deep.equal([refusal("SignerExpired"), 0n]);
    });

    it("hands the nonce window on to the new signer", async () => {
      const f = await loadFixture(nexusFixture);
      const { key } = at(f.voters, 0);
      await countVotes(f, [key], { nonce: 7n });
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n });
      const after = await previewVotes(f, [spareKey()], { nonce: 7n });
      expect(after.refusal).to.equal(refusal("NonceUsed"));
    });

    it("emits SignerChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, spareKey());
      const later = (await now()) + 10n;
      await time.setNextBlockTimestamp(later);
      const registry = f.registry.connect(f.operatorA);
      await expect(registry.rotateSigner(1n, spareKey().address, OVERLAP, deadline, proof))
        .to.emit(f.registry, "SignerChanged")
        .withArgs(1n, spareKey().address, at(f.voters, 0).key.address, later + OVERLAP);
    });
  });

  describe("when the overlap is zero", () => {
    it("revokes the old key at once [NX-AGT-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const { key } = at(f.voters, 0);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n });
      const answer = await previewVotes(f, [key]);
      expect(answer.refusal).to.equal(refusal("SignerExpired"));
    });
  });

  describe("given an overlap is running", () => {
    it("ends a still older key at once [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      await rotate(f, { agentId: 1n, key: spareKey(1), overlap: OVERLAP });
      const at2 = await now();
      expect((await f.registry.signerRecordOf(f.oldKey.address)).validUntil).to.equal(at2 - 1n);
      expect((await f.registry.signerRecordOf(f.newKey.address)).validUntil).to.equal(at2 + OVERLAP);
      const answer = await previewVotes(f, [f.oldKey]);
      expect(answer.refusal).to.equal(refusal("SignerExpired"));
    });

    it("does not bring back a key that has already ended", async () => {
      const f = await loadFixture(rotatedFixture);
      await networkHelpers.time.increase(OVERLAP + 10n);
      const ended = (await f.registry.signerRecordOf(f.oldKey.address)).validUntil;
      await rotate(f, { agentId: 1n, key: spareKey(1), overlap: OVERLAP });
      expect((await f.registry.signerRecordOf(f.oldKey.address)).validUntil).to.equal(ended);
    });
  });

  describe("given the agent is paused", () => {
    it("seats a signer without weight", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.operatorA).pause(1n);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n });
      const seat = await f.registry.signerRecordOf(spareKey().address);
      expect([seat.weight, seat.status]).to.deep.equal([0n, STATUS.paused]);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });
  });
});
