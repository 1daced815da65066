import { expect } from "chai";
import { type VoteKey, ZERO, at, ethers, loadFixture, now, time, voteKey } from "../../../support/chain.ts";
import { type Nexus, nexusFixture } from "../../../support/nexus.ts";

const wallet = voteKey(70);
const MAX_DEADLINE = 300n;

const TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

type Claim = {
  readonly agentId?: bigint;
  readonly newWallet?: string;
  readonly owner?: string;
  readonly key?: VoteKey;
};

/** The consent of `key`, the new wallet unless told otherwise, in the domain that ERC-5267 tells. */
const consent = async (f: Nexus, deadline: bigint, claim: Claim = {}): Promise<string> => {
  const { agentId = 1n, newWallet = wallet.address, owner = f.operatorA.address, key = wallet } = claim;
  const told = await f.registry.eip712Domain();
  const domain = {
    name: told.name,
    version: told.version,
    chainId: told.chainId,
    verifyingContract: told.verifyingContract,
  };
  return key.signTypedData(domain, TYPES, { agentId, newWallet, owner, deadline });
};

const withWallet = async () => {
  const f = await nexusFixture();
  const deadline = (await now()) + 100n;
  await f.registry.connect(f.operatorA).setAgentWallet(1n, wallet.address, deadline, await consent(f, deadline));
  return f;
};

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
    const account = await ethers.deployContract("StandInAccount", [wallet.address]);
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

describe("AgentRegistry.unsetAgentWallet", () => {
  it("reverts with NotAgentOperator for a stranger, the wallet included [NX-AGT-01]", async () => {
    const f = await loadFixture(withWallet);
    await expect(f.registry.connect(f.attacker).unsetAgentWallet(1n))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("leaves nobody, tells it once, and harms not when called twice", async () => {
    const f = await loadFixture(withWallet);
    const registry = f.registry.connect(f.operatorA);
    await expect(registry.unsetAgentWallet(1n)).to.emit(f.registry, "MetadataSet");
    expect(await f.registry.getAgentWallet(1n)).to.equal(ZERO);
    await expect(registry.unsetAgentWallet(1n)).not.to.emit(f.registry, "MetadataSet");
  });
});

describe("AgentRegistry.isAuthorizedOrOwner", () => {
  it("is true for the owner and whom it approved, and for nobody else", async () => {
    const f = await loadFixture(nexusFixture);
    await f.registry.connect(f.operatorA).approve(f.payee.address, 1n);
    await f.registry.connect(f.operatorA).setApprovalForAll(f.anyone.address, true);
    const answers = await Promise.all(
      [f.operatorA, f.payee, f.anyone, f.attacker].map((who) => f.registry.isAuthorizedOrOwner(who, 1n)),
    );
    expect(answers).to.deep.equal([true, true, true, false]);
    await expect(f.registry.isAuthorizedOrOwner(f.anyone, 9n))
      .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
      .withArgs(9n);
  });
});
