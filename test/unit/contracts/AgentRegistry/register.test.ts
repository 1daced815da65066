import { expect } from "chai";
import { URI, identityFixture } from "../../../support/agents.ts";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { WEIGHT, nexusFixture } from "../../../support/nexus.ts";

const bytes = (text: string): string => ethers.hexlify(ethers.toUtf8Bytes(text));
const entry = (metadataKey: string, text: string) => ({ metadataKey, metadataValue: bytes(text) });
const FULL = "register(string,(string,bytes)[])";

describe("AgentRegistry.register", () => {
  describe("when called without a uri", () => {
    it("gives the next id to the caller, who is its wallet [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = f.registry.connect(f.attacker);
      await expect(registry["register()"]())
        .to.emit(f.registry, "Registered")
        .withArgs(6n, "", f.attacker.address)
        .and.to.emit(f.registry, "Transfer")
        .withArgs(ZERO, f.attacker.address, 6n)
        .and.to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "agentWallet", "agentWallet", f.attacker.address.toLowerCase());
      expect(await f.registry.ownerOf(6n)).to.equal(f.attacker.address);
      expect(await f.registry.balanceOf(f.attacker)).to.equal(1n);
      expect(await f.registry.getAgentWallet(6n)).to.equal(f.attacker.address);
      expect(await f.registry.getMetadata(6n, "agentWallet")).to.equal(f.attacker.address.toLowerCase());
      expect(await f.registry.tokenURI(6n)).to.equal("");
    });

    it("makes no member of it: no bond, no seat, no number, no weight", async () => {
      const f = await loadFixture(identityFixture);
      const { status, bond, signer } = await f.registry.agentOf(6n);
      expect([status, bond, signer]).to.deep.equal([STATUS.none, 0n, ZERO]);
      expect(await f.registry.operatorIdOf(f.attacker)).to.equal(0n);
      expect(await f.registry.votingSeatsTaken()).to.equal(5n);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
    });
  });

  describe("when called with a uri", () => {
    it("keeps it and tells it", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.attacker)["register(string)"](URI))
        .to.emit(f.registry, "Registered")
        .withArgs(6n, URI, f.attacker.address)
        .and.to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "agentWallet", "agentWallet", f.attacker.address.toLowerCase());
      expect(await f.registry.tokenURI(6n)).to.equal(URI);
    });

    it("takes the longest uri and refuses one byte more with UriTooLong", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = f.registry.connect(f.attacker);
      await registry["register(string)"]("u".repeat(2_048));
      expect(await f.registry.tokenURI(6n)).to.equal("u".repeat(2_048));
      await expect(registry["register(string)"]("u".repeat(2_049)))
        .to.be.revertedWithCustomError(f.registry, "UriTooLong")
        .withArgs(2_049n, 2_048n);
    });
  });

  describe("when called with a uri and metadata", () => {
    it("keeps and tells both", async () => {
      const f = await loadFixture(nexusFixture);
      const metadata = [entry("model", "searcher"), entry("", "nameless")];
      await expect(f.registry.connect(f.attacker)[FULL](URI, metadata))
        .to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "model", "model", bytes("searcher"))
        .and.to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "", "", bytes("nameless"))
        .and.to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "agentWallet", "agentWallet", f.attacker.address.toLowerCase());
      expect(await f.registry.getMetadata(6n, "model")).to.equal(bytes("searcher"));
      expect(await f.registry.getMetadata(6n, "")).to.equal(bytes("nameless"));
      expect(await f.registry.tokenURI(6n)).to.equal(URI);
    });

    it("refuses the reserved key with MetadataKeyReserved and gives no id", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.attacker)[FULL](URI, [entry("agentWallet", "me")]))
        .to.be.revertedWithCustomError(f.registry, "MetadataKeyReserved")
        .withArgs("agentWallet");
      expect(await f.registry.agentCount()).to.equal(5n);
    });
  });

  describe("given another agent joined without a uri", () => {
    it("answers an empty tokenURI for it until one is set", async () => {
      const f = await loadFixture(nexusFixture);
      expect(await f.registry.tokenURI(1n)).to.equal("");
      await f.registry.connect(f.operatorA).setAgentURI(1n, URI);
      expect(await f.registry.tokenURI(1n)).to.equal(URI);
    });
  });

  it("answers for ERC-721, its metadata and their updates, and of an unknown id that it has no wallet", async () => {
    const f = await loadFixture(nexusFixture);
    for (const id of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x49064906"]) {
      expect(await f.registry.supportsInterface(id)).to.equal(true);
    }
    expect(await f.registry.supportsInterface("0xffffffff")).to.equal(false);
    const beyond = 2n ** 32n + 1n;
    for (const id of [0n, 6n, beyond]) {
      await expect(f.registry.tokenURI(id))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(id);
      expect(await f.registry.getAgentWallet(id)).to.equal(ZERO);
      expect(await f.registry.getMetadata(id, "agentWallet")).to.equal("0x");
      expect(await f.registry.getMetadata(id, "model")).to.equal("0x");
    }
    await expect(f.registry.balanceOf(ZERO))
      .to.be.revertedWithCustomError(f.registry, "ERC721InvalidOwner")
      .withArgs(ZERO);
  });
});
