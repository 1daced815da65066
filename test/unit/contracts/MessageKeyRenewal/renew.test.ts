import { expect } from "chai";
import { rotate, rotatedFixture, spareKey } from "../../../support/agents.ts";
import { DAY, at, ethers, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { type Nexus, nexusFixture, profileOf } from "../../../support/nexus.ts";

const FOR_EVER = 2n ** 256n - 1n;
const second = { messageKey: ethers.id("second message"), boxKey: ethers.id("second box") };
const third = { messageKey: ethers.id("third message"), boxKey: ethers.id("third box") };

/** A key of an agent that can pay for a transaction. */
const signerOf = async (address: string) => {
  await networkHelpers.setBalance(address, 10n ** 18n);
  return ethers.getImpersonatedSigner(address);
};

/** The owner of agent 1 approved the contract; the agent's signer calls it. */
const withRenewal = async <F extends Nexus>(f: F) => {
  const contract = await ethers.deployContract("MessageKeyRenewal", [f.addresses.registry]);
  await f.registry.connect(f.operatorA).approve(await contract.getAddress(), 1n);
  const { key } = at(f.voters, 0);
  const first = profileOf(key.address);
  return { ...f, contract, first, key, renewal: contract.connect(await signerOf(key.address)) };
};
const renewalFixture = async () => withRenewal(await nexusFixture());
const rotatedRenewalFixture = async () => withRenewal(await rotatedFixture());

type Keys = typeof second;
const withDigest = ({ uriDigest }: { readonly uriDigest: string }, keys: Keys) => ({ uriDigest, ...keys });

/** Runs calls in one block, in this order. */
const inOneBlock = async (calls: readonly (() => Promise<unknown>)[]): Promise<void> => {
  await networkHelpers.setNextBlockBaseFeePerGas(0n);
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    for (const call of calls) await call();
    await networkHelpers.mine();
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
};

/** So that a transaction that is going to revert is sent all the same. */
const SENT = { gasLimit: 500_000n } as const;

describe("MessageKeyRenewal.renew", () => {
  it("reverts with NotCurrentSigner for a stranger, the owner and a rotated-out signer [NX-AGT-07]", async () => {
    const f = await loadFixture(rotatedRenewalFixture);
    for (const caller of [f.attacker, f.operatorA, await signerOf(f.oldKey.address)]) {
      await expect(f.contract.connect(caller).renew(1n, f.first, second.messageKey, second.boxKey))
        .to.be.revertedWithCustomError(f.contract, "NotCurrentSigner")
        .withArgs(1n, caller.address);
    }
    const renewal = f.contract.connect(await signerOf(f.newKey.address));
    await renewal.renew(1n, f.first, second.messageKey, second.boxKey);
    // One agent's signer is another one's stranger.
    await expect(renewal.renew(2n, f.first, second.messageKey, second.boxKey)).to.be.revertedWithCustomError(
      f.contract,
      "NotCurrentSigner",
    );
  });

  it("reverts with AgentNotActive for a paused agent [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    await f.registry.connect(f.operatorA).pause(1n);
    await expect(f.renewal.renew(1n, f.first, second.messageKey, second.boxKey))
      .to.be.revertedWithCustomError(f.contract, "AgentNotActive")
      .withArgs(1n, STATUS.paused);
  });

  it("reverts with NotCurrentProfile for another profile, the one before, and an agent without one [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const { messageKey, boxKey } = third;
    const refuse = async (current: typeof f.first): Promise<void> => {
      await expect(f.renewal.renew(1n, current, messageKey, boxKey))
        .to.be.revertedWithCustomError(f.contract, "NotCurrentProfile")
        .withArgs(1n);
    };
    await refuse({ ...f.first, uriDigest: ethers.id("another file") });
    await refuse({ ...f.first, messageKey: f.first.boxKey, boxKey: f.first.messageKey });
    await f.registry.connect(f.operatorA).rotateProfile(1n, withDigest(f.first, second), 0n);
    await refuse(f.first);
    const { ZeroHash } = ethers;
    const none = { uriDigest: ZeroHash, messageKey: ZeroHash, boxKey: ZeroHash };
    await f.registry.connect(f.operatorA).rotateProfile(1n, none, 0n);
    await refuse(none);
  });

  it("reverts with OverlapNotOver up to the last second of an overlap [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    await f.registry.connect(f.operatorA).rotateProfile(1n, withDigest(f.first, second), 100n);
    const end = (await now()) + 100n;
    const call = () => f.renewal.renew(1n, withDigest(f.first, second), third.messageKey, third.boxKey);
    await time.setNextBlockTimestamp(end);
    await expect(call()).to.be.revertedWithCustomError(f.contract, "OverlapNotOver").withArgs(1n, end);
    await time.setNextBlockTimestamp(end + 1n);
    await call();
  });

  it("reverts with NotAgentOperator unless the owner approved it, and once the approval is taken back [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const other = at(f.voters, 1).key;
    const at_ = await f.contract.getAddress();
    await expect(
      f.contract
        .connect(await signerOf(other.address))
        .renew(2n, profileOf(other.address), second.messageKey, second.boxKey),
    )
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(2n, at_);
    await f.registry.connect(f.operatorA).approve(ethers.ZeroAddress, 1n);
    await expect(f.renewal.renew(1n, f.first, second.messageKey, second.boxKey))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, at_);
  });

  it("replaces both keys, keeps the digest, and lets the keys before count for a day [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const later = (await now()) + 10n;
    await time.setNextBlockTimestamp(later);
    await expect(f.renewal.renew(1n, f.first, second.messageKey, second.boxKey))
      .to.emit(f.registry, "ProfileChanged")
      .withArgs(1n, f.first.uriDigest, second.messageKey, second.boxKey, later + DAY);
    expect(await f.registry.profileValidUntil(1n, withDigest(f.first, second))).to.equal(FOR_EVER);
    expect(await f.registry.profileValidUntil(1n, f.first)).to.equal(later + DAY);
    expect([await f.contract.OVERLAP(), await f.contract.REGISTRY()]).to.deep.equal([DAY, f.addresses.registry]);
  });

  it("renews once, however often it is sent [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const call = () => f.renewal.renew(1n, f.first, second.messageKey, second.boxKey, SENT);
    await inOneBlock([call, call]);
    expect(await f.registry.queryFilter(f.registry.filters.ProfileChanged(1n))).to.have.length(1);
    await time.increase(2n * DAY);
    await expect(call()).to.be.revertedWithCustomError(f.contract, "NotCurrentProfile").withArgs(1n);
  });

  it("does nothing any more for a signer whose keys were revoked in the same second [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const { registry, operatorA } = f;
    await inOneBlock([
      () => f.renewal.renew(1n, f.first, second.messageKey, second.boxKey, SENT),
      () => registry.connect(operatorA).revokeKeys(1n, SENT),
      () => f.renewal.renew(1n, withDigest(f.first, second), third.messageKey, third.boxKey, SENT),
    ]);
    for (const profile of [f.first, withDigest(f.first, second), withDigest(f.first, third)]) {
      expect(await registry.profileValidUntil(1n, profile)).to.equal(0n);
    }
    await expect(
      f.renewal.renew(1n, withDigest(f.first, second), third.messageKey, third.boxKey),
    ).to.be.revertedWithCustomError(f.contract, "NotCurrentSigner");
  });

  it("does nothing any more for a signer that was rotated out in the same second [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    await inOneBlock([
      () => rotate(f, { agentId: 1n, key: spareKey(), overlap: 3_600n }),
      () => f.renewal.renew(1n, f.first, second.messageKey, second.boxKey, SENT),
    ]);
    expect((await f.registry.agentOf(1n)).signer).to.equal(spareKey().address);
    expect(await f.registry.profileValidUntil(1n, f.first)).to.equal(FOR_EVER);
  });

  it("ends with a transfer of the id, approval and all [NX-AGT-07]", async () => {
    const f = await loadFixture(renewalFixture);
    const { operatorA, anyone, registry } = f;
    await registry.connect(operatorA).transferFrom(operatorA.address, anyone.address, 1n);
    expect(await registry.getApproved(1n)).to.equal(ethers.ZeroAddress);
    await expect(f.renewal.renew(1n, f.first, second.messageKey, second.boxKey))
      .to.be.revertedWithCustomError(f.contract, "NotCurrentSigner")
      .withArgs(1n, f.key.address);
  });
});
