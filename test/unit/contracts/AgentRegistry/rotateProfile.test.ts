import { expect } from "chai";
import { identityFixture, terminatedFixture } from "../../../support/agents.ts";
import { DAY, at, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { nexusFixture, profileOf } from "../../../support/nexus.ts";

const OVERLAP = 3_600n;
const FOR_EVER = 2n ** 256n - 1n;
const [second, third] = [profileOf("second"), profileOf("third")];

const withSecond = async () => {
  const f = await nexusFixture();
  const first = profileOf(at(f.voters, 0).key.address);
  await f.registry.connect(f.operatorA).rotateProfile(1n, second, OVERLAP);
  return { ...f, first };
};

describe("AgentRegistry.rotateProfile", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.attacker).rotateProfile(1n, second, 0n))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("reverts with WrongAgentStatus for who is no member and who is terminated", async () => {
    const f = await loadFixture(identityFixture);
    await expect(f.registry.connect(f.attacker).rotateProfile(6n, second, 0n))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(6n, STATUS.none);
    await f.registry.connect(f.operatorA).terminate(1n);
    await expect(f.registry.connect(f.operatorA).rotateProfile(1n, second, 0n))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(1n, STATUS.terminated);
  });

  it("reverts with OverlapTooLong beyond a week", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.operatorA).rotateProfile(1n, second, 7n * DAY + 1n))
      .to.be.revertedWithCustomError(f.registry, "OverlapTooLong")
      .withArgs(7n * DAY + 1n, 7n * DAY);
  });

  it("lets the old keys count until the overlap ends, and tells the new ones [NX-AGT-02]", async () => {
    const f = await loadFixture(nexusFixture);
    const first = profileOf(at(f.voters, 0).key.address);
    expect(await f.registry.profileValidUntil(1n, first)).to.equal(FOR_EVER);
    const later = (await now()) + 10n;
    await time.setNextBlockTimestamp(later);
    await expect(f.registry.connect(f.operatorA).rotateProfile(1n, second, OVERLAP))
      .to.emit(f.registry, "ProfileChanged")
      .withArgs(1n, second.uriDigest, second.messageKey, second.boxKey, later + OVERLAP);
    expect(await f.registry.profileValidUntil(1n, second)).to.equal(FOR_EVER);
    expect(await f.registry.profileValidUntil(1n, first)).to.equal(later + OVERLAP);
    expect(await f.registry.profileValidUntil(2n, second)).to.equal(0n);
  });

  it("ends a still older profile at once [NX-AGT-02]", async () => {
    const f = await loadFixture(withSecond);
    await f.registry.connect(f.operatorA).rotateProfile(1n, third, OVERLAP);
    expect(await f.registry.profileValidUntil(1n, f.first)).to.equal(0n);
    expect(await f.registry.profileValidUntil(1n, second)).to.equal((await now()) + OVERLAP);
  });

  it("ends the old one at once without an overlap [NX-AGT-02]", async () => {
    const f = await loadFixture(withSecond);
    await f.registry.connect(f.operatorA).rotateProfile(1n, third, 0n);
    for (const old of [f.first, second]) expect(await f.registry.profileValidUntil(1n, old)).to.equal(0n);
  });

  it("keeps one word: the hash of the three [NX-AGT-02]", async () => {
    const f = await loadFixture(withSecond);
    const hash = ethers.keccak256(ethers.concat([second.uriDigest, second.messageKey, second.boxKey]));
    expect((await f.registry.agentOf(1n)).profile).to.equal(hash);
    const mixed = { ...second, boxKey: second.messageKey, messageKey: second.boxKey };
    expect(await f.registry.profileValidUntil(1n, mixed)).to.equal(0n);
  });

  it("takes a profile without a word for none", async () => {
    const f = await loadFixture(withSecond);
    const { ZeroHash } = ethers;
    const none = { uriDigest: ZeroHash, messageKey: ZeroHash, boxKey: ZeroHash };
    await f.registry.connect(f.operatorA).rotateProfile(1n, none, 0n);
    expect((await f.registry.agentOf(1n)).profile).to.equal(ZeroHash);
    expect(await f.registry.profileValidUntil(1n, none)).to.equal(0n);
  });

  it("counts for nobody once the agent is terminated [NX-AGT-04]", async () => {
    const f = await loadFixture(terminatedFixture);
    expect(await f.registry.profileValidUntil(1n, profileOf(at(f.voters, 0).key.address))).to.equal(0n);
  });
});
