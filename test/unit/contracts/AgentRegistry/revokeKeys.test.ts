import { expect } from "chai";
import { identityFixture, rotate, rotatedFixture, spareKey } from "../../../support/agents.ts";
import { ZERO, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS, refusal } from "../../../support/enums.ts";
import { WEIGHT, nexusFixture, profileOf } from "../../../support/nexus.ts";

const OVERLAP = 3_600n;
const second = profileOf("second");

describe("AgentRegistry.revokeKeys", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.attacker).revokeKeys(1n))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("reverts with WrongAgentStatus for who is no member and who is terminated", async () => {
    const f = await loadFixture(identityFixture);
    await expect(f.registry.connect(f.attacker).revokeKeys(6n))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(6n, STATUS.none);
    await f.registry.connect(f.operatorA).terminate(1n);
    await expect(f.registry.connect(f.operatorA).revokeKeys(1n))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(1n, STATUS.terminated);
  });

  it("ends every key now, overlaps included, pauses, and tells it [NX-AGT-02] [NX-AGT-04]", async () => {
    const f = await loadFixture(rotatedFixture);
    await f.registry.connect(f.operatorA).rotateProfile(1n, second, OVERLAP);
    const later = (await now()) + 10n;
    await time.setNextBlockTimestamp(later);
    await expect(f.registry.connect(f.operatorA).revokeKeys(1n))
      .to.emit(f.registry, "SignerChanged")
      .withArgs(1n, ZERO, f.newKey.address, later - 1n)
      .and.to.emit(f.registry, "StatusChanged")
      .withArgs(1n, STATUS.paused)
      .and.to.emit(f.registry, "ProfileChanged")
      .withArgs(1n, ethers.ZeroHash, ethers.ZeroHash, ethers.ZeroHash, 0n);
    for (const { address } of [f.oldKey, f.newKey]) {
      const answer = await f.registry.signerRecordOf(address);
      expect([answer.weight, answer.status]).to.deep.equal([0n, STATUS.paused]);
      expect(answer.validUntil).to.be.lessThan(later);
    }
    for (const profile of [second, profileOf(f.oldKey.address)]) {
      expect(await f.registry.profileValidUntil(1n, profile)).to.equal(0n);
    }
    expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
  });

  it("lets the agent come back with new keys, its nonces and its voting seat kept", async () => {
    const f = await loadFixture(nexusFixture);
    await f.registry.connect(f.operatorA).cancelNonce(1n, 5n);
    await f.registry.connect(f.operatorA).revokeKeys(1n);
    await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n });
    await f.registry.connect(f.operatorA).resume(1n);
    const seat = await f.registry.signerRecordOf(spareKey().address);
    expect([seat.weight, seat.votingSeat, seat.highestNonce]).to.deep.equal([WEIGHT, 0n, 5n]);
    expect(seat.weightSince).to.equal(await now());
    await expect(f.registry.connect(f.operatorA).cancelNonce(1n, 5n))
      .to.be.revertedWithCustomError(f.registry, "NonceNotCancellable")
      .withArgs(1n, 5n, refusal("NonceUsed"));
  });

  it("works a second time, on keys that have ended", async () => {
    const f = await loadFixture(nexusFixture);
    await f.registry.connect(f.operatorA).revokeKeys(1n);
    await f.registry.connect(f.operatorA).revokeKeys(1n);
    await expect(f.registry.connect(f.operatorA).resume(1n))
      .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
      .withArgs(ZERO);
  });
});
