import { expect } from "chai";
import { previewVotes, rotatedFixture, transferredFixture } from "../../../support/agents.ts";
import { at, ethers, loadFixture, networkHelpers } from "../../../support/chain.ts";
import { refusal } from "../../../support/enums.ts";
import { type Nexus, nexusFixture } from "../../../support/nexus.ts";

const previewNonce = async (f: Nexus, nonce: bigint): Promise<bigint> =>
  (await previewVotes(f, [at(f.voters, 0).key], { nonce })).refusal;

/** The registry, called by a vote key, which holds no money of its own. */
const asKey = async (f: Nexus, key: { readonly address: string }) => {
  await networkHelpers.setBalance(key.address, 10n ** 18n);
  return f.registry.connect(await ethers.getImpersonatedSigner(key.address));
};

describe("AgentRegistry.cancelNonce", () => {
  describe("when the id is unknown", () => {
    it("reverts with ERC721NonexistentToken", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.anyone).cancelNonce(6n, 1n))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(6n);
    });
  });

  describe("when the caller is a stranger", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.attacker).cancelNonce(1n, 1n))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.attacker.address);
    });
  });

  describe("when the caller is the rotated-out signer", () => {
    it("reverts with NotAgentOperator [NX-AGT-01]", async () => {
      const f = await loadFixture(rotatedFixture);
      const registry = await asKey(f, f.oldKey);
      await expect(registry.cancelNonce(1n, 1n))
        .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
        .withArgs(1n, f.oldKey.address);
    });
  });

  describe("given the nonce was used", () => {
    it("reverts with NonceNotCancellable(NonceUsed)", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = f.registry.connect(f.operatorA);
      await registry.cancelNonce(1n, 5n);
      await expect(registry.cancelNonce(1n, 5n))
        .to.be.revertedWithCustomError(f.registry, "NonceNotCancellable")
        .withArgs(1n, 5n, refusal("NonceUsed"));
    });
  });

  describe("given the nonce lies below the window", () => {
    it("reverts with NonceNotCancellable(NonceTooOld)", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = f.registry.connect(f.operatorA);
      await registry.cancelNonce(1n, 48n);
      await expect(registry.cancelNonce(1n, 0n))
        .to.be.revertedWithCustomError(f.registry, "NonceNotCancellable")
        .withArgs(1n, 0n, refusal("NonceTooOld"));
    });
  });

  describe("when the nonce lies too far ahead", () => {
    it("reverts with NonceNotCancellable(NonceTooFarAhead)", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).cancelNonce(1n, 65_537n))
        .to.be.revertedWithCustomError(f.registry, "NonceNotCancellable")
        .withArgs(1n, 65_537n, refusal("NonceTooFarAhead"));
    });
  });

  describe("given the id was transferred and has no signer", () => {
    it("reverts with NonceNotCancellable(UnknownSigner)", async () => {
      const f = await loadFixture(transferredFixture);
      await expect(f.registry.connect(f.anyone).cancelNonce(1n, 1n))
        .to.be.revertedWithCustomError(f.registry, "NonceNotCancellable")
        .withArgs(1n, 1n, refusal("UnknownSigner"));
    });
  });

  describe("when all is well", () => {
    it("kills that nonce and no other [NX-CON-09]", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.operatorA).cancelNonce(1n, 3n);
      expect(await previewNonce(f, 3n)).to.equal(refusal("NonceUsed"));
      expect(await previewNonce(f, 2n)).to.equal(refusal("None"));
      expect(await previewNonce(f, 4n)).to.equal(refusal("None"));
    });

    it("is open to the current signer", async () => {
      const f = await loadFixture(nexusFixture);
      await (await asKey(f, at(f.voters, 0).key)).cancelNonce(1n, 3n);
      expect(await previewNonce(f, 3n)).to.equal(refusal("NonceUsed"));
    });

    it("emits NonceCancelled", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.operatorA).cancelNonce(1n, 3n))
        .to.emit(f.registry, "NonceCancelled")
        .withArgs(1n, 3n);
    });
  });
});
