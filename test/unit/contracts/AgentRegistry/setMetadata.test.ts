import { expect } from "chai";
import { URI, identityFixture } from "../../../support/agents.ts";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.setMetadata", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.attacker).setMetadata(1n, "key", "0x01"))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(1n, f.attacker.address);
  });

  it("reverts with MetadataKeyReserved for the wallet", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.operatorA).setMetadata(1n, "agentWallet", f.attacker.address))
      .to.be.revertedWithCustomError(f.registry, "MetadataKeyReserved")
      .withArgs("agentWallet");
  });

  it("reverts with MetadataKeyTooLong and MetadataValueTooLong, one byte beyond the longest", async () => {
    const f = await loadFixture(nexusFixture);
    const registry = f.registry.connect(f.operatorA);
    const longest = ethers.hexlify(new Uint8Array(2_048).fill(7));
    await registry.setMetadata(1n, "k".repeat(64), longest);
    expect(await f.registry.getMetadata(1n, "k".repeat(64))).to.equal(longest);
    await expect(registry.setMetadata(1n, "k".repeat(65), "0x"))
      .to.be.revertedWithCustomError(f.registry, "MetadataKeyTooLong")
      .withArgs(65n, 64n);
    await expect(registry.setMetadata(1n, "key", `${longest}07`))
      .to.be.revertedWithCustomError(f.registry, "MetadataValueTooLong")
      .withArgs(2_049n, 2_048n);
  });

  it("keeps entries apart by agent and key, and tells each", async () => {
    const f = await loadFixture(nexusFixture);
    await expect(f.registry.connect(f.operatorA).setMetadata(1n, "key", "0x0102"))
      .to.emit(f.registry, "MetadataSet")
      .withArgs(1n, "key", "key", "0x0102");
    await f.registry.connect(f.operatorA).setMetadata(2n, "key", "0x03");
    expect(await f.registry.getMetadata(1n, "key")).to.equal("0x0102");
    expect(await f.registry.getMetadata(2n, "key")).to.equal("0x03");
    expect(await f.registry.getMetadata(1n, "other")).to.equal("0x");
  });

  it("is not to be mistaken for the uri", async () => {
    const f = await loadFixture(identityFixture);
    const registry = f.registry.connect(f.attacker);
    for (const key of ["", "uri", "\0".repeat(32)]) await registry.setMetadata(6n, key, "0xff");
    expect(await f.registry.tokenURI(6n)).to.equal(URI);
  });
});
