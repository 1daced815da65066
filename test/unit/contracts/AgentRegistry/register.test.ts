import { expect } from "chai";
import { URI, enrolmentOf, identityFixture, proofOf, spareKey } from "../../../support/agents.ts";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, WEIGHT, nexusFixture } from "../../../support/nexus.ts";

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
        .withArgs(ZERO, f.attacker.address, 6n);
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
        .withArgs(6n, URI, f.attacker.address);
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
      const metadata = [entry("model", "hunter"), entry("", "nameless")];
      await expect(f.registry.connect(f.attacker)[FULL](URI, metadata))
        .to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "model", "model", bytes("hunter"))
        .and.to.emit(f.registry, "MetadataSet")
        .withArgs(6n, "", "", bytes("nameless"));
      expect(await f.registry.getMetadata(6n, "model")).to.equal(bytes("hunter"));
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

  it("answers for ERC-721 and its metadata, and for no unknown id", async () => {
    const f = await loadFixture(nexusFixture);
    for (const id of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f"]) {
      expect(await f.registry.supportsInterface(id)).to.equal(true);
    }
    const beyond = 2n ** 32n + 1n;
    for (const id of [0n, 6n, beyond]) {
      await expect(f.registry.tokenURI(id))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(id);
      await expect(f.registry.getAgentWallet(id))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(id);
    }
    await expect(f.registry.balanceOf(ZERO))
      .to.be.revertedWithCustomError(f.registry, "ERC721InvalidOwner")
      .withArgs(ZERO);
  });
});

describe("AgentRegistry.join", () => {
  /** The attacker, an honest newcomer here, has stake and approved it. */
  const withStake = async () => {
    const f = await identityFixture();
    await f.stake.connect(f.deployer).mint(f.attacker.address, BOND);
    await f.stake.connect(f.attacker).approve(f.addresses.registry, BOND);
    const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
    return { ...f, enrolment: enrolmentOf(spareKey().address, deadline, proof, BOND) };
  };

  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(withStake);
    await expect(f.registry.connect(f.operatorB).join(6n, f.enrolment))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(6n, f.operatorB.address);
  });

  it("reverts with WrongAgentStatus for a member", async () => {
    const f = await loadFixture(withStake);
    await expect(f.registry.connect(f.operatorA).join(1n, f.enrolment))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(1n, STATUS.active);
  });

  it("reverts with WrongAgentStatus for a terminated agent, which does not come back", async () => {
    const f = await loadFixture(withStake);
    await f.registry.connect(f.operatorA).terminate(1n);
    await expect(f.registry.connect(f.operatorA).join(1n, f.enrolment))
      .to.be.revertedWithCustomError(f.registry, "WrongAgentStatus")
      .withArgs(1n, STATUS.terminated);
  });

  it("makes the identity a member, under its own id and with its uri", async () => {
    const f = await loadFixture(withStake);
    await expect(f.registry.connect(f.attacker).join(6n, f.enrolment)).to.changeTokenBalances(
      ethers,
      f.stake,
      [f.attacker, f.registry],
      [-BOND, BOND],
    );
    const seat = await f.registry.seatOf(spareKey().address);
    expect([seat.agentId, seat.operatorId, seat.weight, seat.votingSeat]).to.deep.equal([6n, 4n, WEIGHT, 5n]);
    expect(await f.registry.tokenURI(6n)).to.equal(URI);
    expect(await f.registry.balanceOf(f.attacker)).to.equal(1n);
  });

  it("weighs it by the score that it has", async () => {
    const f = await loadFixture(withStake);
    await f.reputation.setScore(6n, 5_000n);
    await f.registry.connect(f.attacker).join(6n, f.enrolment);
    expect((await f.registry.seatOf(spareKey().address)).weight).to.equal(WEIGHT / 2n);
  });

  it("reverts with NoFreeVotingSeat when all 128 are taken, and passes when one is freed", async () => {
    const f = await loadFixture(withStake);
    // The counters' slot holds the bitmap of seats above ids (32 bits), operators (24) and total weight (40).
    const slot = await slotOfCounters(f.addresses.registry);
    const word = BigInt(await ethers.provider.getStorage(f.addresses.registry, slot));
    const full = word | (((1n << 128n) - 1n) << 96n);
    await ethers.provider.send("hardhat_setStorageAt", [f.addresses.registry, slot, ethers.toBeHex(full, 32)]);
    expect(await f.registry.votingSeatsTaken()).to.equal(128n);
    await expect(f.registry.connect(f.attacker).join(6n, f.enrolment))
      .to.be.revertedWithCustomError(f.registry, "NoFreeVotingSeat")
      .withArgs(128n);
    const oneFree = full & ~(1n << (96n + 127n));
    await ethers.provider.send("hardhat_setStorageAt", [f.addresses.registry, slot, ethers.toBeHex(oneFree, 32)]);
    await f.registry.connect(f.attacker).join(6n, f.enrolment);
    expect((await f.registry.seatOf(spareKey().address)).votingSeat).to.equal(127n);
  });
});

/** Where the counters lie: the one slot whose lowest 32 bits are the number of ids and the next 24 that of operators. */
const slotOfCounters = async (registry: string): Promise<string> => {
  for (let slot = 0n; slot < 24n; slot += 1n) {
    const word = BigInt(await ethers.provider.getStorage(registry, slot));
    if ((word & 0xffffffffn) === 6n && ((word >> 32n) & 0xffffffn) === 3n) return ethers.toQuantity(slot);
  }
  throw new Error("no slot looks like the counters");
};
