import { expect } from "chai";
import { ZERO, at, ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { nexusFixture } from "../../../support/nexus.ts";
import { type Claim, consent, wallet } from "../../../support/wallets.ts";

const MAX_DEADLINE = 300n;

describe("AgentRegistry.setAgentWallet", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(nexusFixture);
    const deadline = (await now()) + 100n;
    await expect(
      f.registry.connect(f.attacker).setAgentWallet(1n, wallet.address, deadline, await consent(f, deadline)),
    )
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("takes a proof in its last second and reverts with WalletProofExpired after it", async () => {
    const f = await loadFixture(nexusFixture);
    const registry = f.registry.connect(f.operatorA);
    const deadline = (await now()) + 100n;
    const proof = await consent(f, deadline);
    await time.setNextBlockTimestamp(deadline);
    await registry.setAgentWallet(1n, wallet.address, deadline, proof);
    await time.setNextBlockTimestamp(deadline + 1n);
    await expect(registry.setAgentWallet(1n, wallet.address, deadline, proof))
      .to.be.revertedWithCustomError(f.registry, "WalletProofExpired")
      .withArgs(deadline);
  });

  it("takes a deadline five minutes ahead and reverts with WalletDeadlineTooFar a second further", async () => {
    const f = await loadFixture(nexusFixture);
    const registry = f.registry.connect(f.operatorA);
    const later = (await now()) + 10n;
    const [most, tooFar] = [later + MAX_DEADLINE, later + MAX_DEADLINE + 1n];
    const proofs = [await consent(f, most), await consent(f, tooFar)];
    await time.setNextBlockTimestamp(later);
    await expect(registry.setAgentWallet(1n, wallet.address, tooFar, at(proofs, 1)))
      .to.be.revertedWithCustomError(f.registry, "WalletDeadlineTooFar")
      .withArgs(tooFar, later + MAX_DEADLINE);
    await time.setNextBlockTimestamp(later + 1n);
    await registry.setAgentWallet(1n, wallet.address, most, at(proofs, 0));
  });

  it("reverts with InvalidWalletProof for another's key, agent or owner, and for nobody", async () => {
    const f = await loadFixture(nexusFixture);
    const registry = f.registry.connect(f.operatorA);
    const deadline = (await now()) + 100n;
    const wrong: readonly Claim[] = [{ key: voteKey(71) }, { agentId: 2n }, { owner: f.attacker.address }];
    for (const claim of wrong) {
      await expect(registry.setAgentWallet(1n, wallet.address, deadline, await consent(f, deadline, claim)))
        .to.be.revertedWithCustomError(f.registry, "InvalidWalletProof")
        .withArgs(wallet.address);
    }
    await expect(registry.setAgentWallet(1n, ZERO, deadline, `0x${"11".repeat(65)}`))
      .to.be.revertedWithCustomError(f.registry, "InvalidWalletProof")
      .withArgs(ZERO);
  });

  it("names the wallet and tells it", async () => {
    const f = await loadFixture(nexusFixture);
    const deadline = (await now()) + 100n;
    const proof = await consent(f, deadline);
    await expect(f.registry.connect(f.operatorA).setAgentWallet(1n, wallet.address, deadline, proof))
      .to.emit(f.registry, "MetadataSet")
      .withArgs(1n, "agentWallet", "agentWallet", wallet.address.toLowerCase());
    expect(await f.registry.getAgentWallet(1n)).to.equal(wallet.address);
    expect(await f.registry.getMetadata(1n, "agentWallet")).to.equal(wallet.address.toLowerCase());
  });

  it("asks a contract by ERC-1271", async () => {
    const f = await loadFixture(nexusFixture);
    const account = await ethers.deployContract("MockAccount", [wallet.address]);
    const newWallet = await account.getAddress();
    const registry = f.registry.connect(f.operatorA);
    const deadline = (await now()) + 100n;
    await registry.setAgentWallet(1n, newWallet, deadline, await consent(f, deadline, { newWallet }));
    expect(await f.registry.getAgentWallet(1n)).to.equal(newWallet);
    await expect(
      registry.setAgentWallet(1n, newWallet, deadline, await consent(f, deadline, { newWallet, key: voteKey(71) })),
    )
      .to.be.revertedWithCustomError(f.registry, "InvalidWalletProof")
      .withArgs(newWallet);
  });

  it("is cleared by a transfer, and the old proof is worth nothing to the new owner [NX-AGT-06]", async () => {
    const f = await loadFixture(nexusFixture);
    const deadline = (await now()) + 100n;
    const proof = await consent(f, deadline);
    await f.registry.connect(f.operatorA).setAgentWallet(1n, wallet.address, deadline, proof);
    await expect(f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n))
      .to.emit(f.registry, "MetadataSet")
      .withArgs(1n, "agentWallet", "agentWallet", "0x");
    expect(await f.registry.getAgentWallet(1n)).to.equal(ZERO);
    expect(await f.registry.getMetadata(1n, "agentWallet")).to.equal("0x");
    await expect(f.registry.connect(f.anyone).setAgentWallet(1n, wallet.address, deadline, proof))
      .to.be.revertedWithCustomError(f.registry, "InvalidWalletProof")
      .withArgs(wallet.address);
  });
});
