import { expect } from "chai";
import { contractOf, enrolmentOf, proofOf, rotatedFixture, seatContract, spareKey } from "../../../support/agents.ts";
import { ZERO, at, ethers, loadFixture, now } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, MIN_BOND, type Nexus, WEIGHT, WEIGHT_CAP, nexusFixture, profileOf } from "../../../support/nexus.ts";
import { signBinding } from "../../../support/votes.ts";

/** The attacker is an honest newcomer here: someone without an agent who has stake and approved it. */
const withStake = async (f: Nexus, bond: bigint) => {
  await f.stake.connect(f.deployer).mint(f.attacker.address, bond);
  await f.stake.connect(f.attacker).approve(f.addresses.registry, bond);
  return f.registry.connect(f.attacker);
};

describe("AgentRegistry.registerMember", () => {
  describe("when the bond is below the least", () => {
    it("reverts with BondTooSmall", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await expect(registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, MIN_BOND - 1n)))
        .to.be.revertedWithCustomError(f.registry, "BondTooSmall")
        .withArgs(MIN_BOND - 1n, MIN_BOND);
    });
  });

  describe("when the bond is larger than 96 bits", () => {
    it("reverts with SafeCastOverflowedUintDowncast", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await expect(
        f.registry.connect(f.attacker).registerMember(enrolmentOf(spareKey().address, deadline, proof, 2n ** 96n)),
      )
        .to.be.revertedWithCustomError(f.registry, "SafeCastOverflowedUintDowncast")
        .withArgs(96n, 2n ** 96n);
    });
  });

  describe("when the bond is not approved", () => {
    it("reverts with the token's ERC20InsufficientAllowance and registers nothing", async () => {
      const f = await loadFixture(nexusFixture);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await expect(
        f.registry.connect(f.attacker).registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND)),
      )
        .to.be.revertedWithCustomError(f.stake, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.registry, 0n, BOND);
      expect(await f.registry.agentCount()).to.equal(5n);
    });
  });

  describe("when the signer's proof has expired", () => {
    it("reverts with SignerProofExpired", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const past = (await now()) - 1n;
      const proof = await signBinding(f.addresses.registry, f.attacker.address, spareKey(), past);
      await expect(registry.registerMember(enrolmentOf(spareKey().address, past, proof, BOND)))
        .to.be.revertedWithCustomError(f.registry, "SignerProofExpired")
        .withArgs(past);
    });
  });

  describe("when the signer is another agent's", () => {
    it("reverts with SignerTaken [NX-AGT-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const taken = at(f.voters, 2).key;
      const { deadline, proof } = await proofOf(f, f.attacker.address, taken);
      await expect(registry.registerMember(enrolmentOf(taken.address, deadline, proof, BOND)))
        .to.be.revertedWithCustomError(f.registry, "SignerTaken")
        .withArgs(taken.address, 3n);
    });
  });

  describe("when the signer was an agent's once", () => {
    it("reverts with SignerTaken [NX-AGT-02]", async () => {
      const f = await loadFixture(rotatedFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, f.oldKey);
      await expect(registry.registerMember(enrolmentOf(f.oldKey.address, deadline, proof, BOND)))
        .to.be.revertedWithCustomError(f.registry, "SignerTaken")
        .withArgs(f.oldKey.address, 1n);
    });
  });

  describe("when the proof names another owner", () => {
    it("reverts with InvalidSignerProof", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.operatorB.address, spareKey());
      await expect(registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND)))
        .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
        .withArgs(spareKey().address);
    });
  });

  describe("when the proof is another key's", () => {
    it("reverts with InvalidSignerProof", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey(1));
      await expect(registry.registerMember(enrolmentOf(spareKey(0).address, deadline, proof, BOND)))
        .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
        .withArgs(spareKey(0).address);
    });
  });

  describe("when the signer is the zero address", () => {
    it("reverts with InvalidSignerProof", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const deadline = (await now()) + 600n;
      await expect(registry.registerMember(enrolmentOf(ZERO, deadline, `0x${"11".repeat(65)}`, BOND)))
        .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
        .withArgs(ZERO);
    });
  });

  describe("when the signer is a contract", () => {
    it("seats it by its consent under ERC-1271 [NX-AGT-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const signer = await contractOf(spareKey());
      await seatContract(f, signer, spareKey());
      const seat = await f.registry.signerRecordOf(signer);
      expect([seat.agentId, seat.weight, seat.status]).to.deep.equal([6n, WEIGHT, STATUS.active]);
      expect((await f.registry.signerRecordOf(spareKey().address)).agentId).to.equal(0n);
    });

    it("reverts with InvalidSignerProof when the contract does not agree", async () => {
      const f = await loadFixture(nexusFixture);
      const signer = await contractOf(spareKey(0));
      await expect(seatContract(f, signer, spareKey(1)))
        .to.be.revertedWithCustomError(f.registry, "InvalidSignerProof")
        .withArgs(signer);
    });
  });

  describe("when all is well", () => {
    it("gives out the next id, to the caller [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      expect(await registry.registerMember.staticCall(enrolmentOf(spareKey().address, deadline, proof, BOND))).to.equal(
        6n,
      );
      await registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND));
      expect(await f.registry.ownerOf(6n)).to.equal(f.attacker.address);
      expect(await f.registry.agentCount()).to.equal(6n);
    });

    it("seats the signer with weight, operator and a fresh nonce window", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND));
      const seat = await f.registry.signerRecordOf(spareKey().address);
      const { agentId, operatorId, weight, status, validUntil, highestNonce, nonceWindow } = seat;
      expect([seat.votingSeat, seat.weightSince]).to.deep.equal([5n, await now()]);
      expect({ agentId, operatorId, weight, status, validUntil, highestNonce, nonceWindow }).to.deep.equal({
        agentId: 6n,
        operatorId: 4n,
        weight: WEIGHT,
        status: STATUS.active,
        validUntil: 0n,
        highestNonce: 0n,
        nonceWindow: 1n,
      });
      expect(await f.registry.operatorIdOf(f.attacker)).to.equal(4n);
    });

    it("takes the bond and adds the weight", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await expect(
        registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND)),
      ).to.changeTokenBalances(ethers, f.stake, [f.attacker, f.registry], [-BOND, BOND]);
      expect((await f.registry.agentOf(6n)).bond).to.equal(BOND);
      expect(await f.registry.totalWeight()).to.equal(6n * WEIGHT);
    });

    it("emits AgentJoined and Registered", async () => {
      const f = await loadFixture(nexusFixture);
      const registry = await withStake(f, BOND);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await expect(registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, BOND)))
        .to.emit(f.registry, "AgentJoined")
        .withArgs(6n, 4n, spareKey().address, 5n, BOND, WEIGHT, Object.values(profileOf(spareKey().address)))
        .and.to.emit(f.registry, "Registered")
        .withArgs(6n, "", f.attacker.address);
    });

    it("keeps the operator's number for a second agent", async () => {
      const f = await loadFixture(nexusFixture);
      const seats = await Promise.all(f.voters.map(({ key }) => f.registry.signerRecordOf(key.address)));
      expect(seats.map(({ operatorId }) => operatorId)).to.deep.equal([1n, 1n, 2n, 2n, 3n]);
    });

    it("caps the weight of a large bond", async () => {
      const f = await loadFixture(nexusFixture);
      const bond = 10n * BOND;
      const registry = await withStake(f, bond);
      const { deadline, proof } = await proofOf(f, f.attacker.address, spareKey());
      await registry.registerMember(enrolmentOf(spareKey().address, deadline, proof, bond));
      expect((await f.registry.signerRecordOf(spareKey().address)).weight).to.equal(WEIGHT_CAP);
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT + WEIGHT_CAP);
    });
  });
});
