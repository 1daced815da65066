import { expect } from "chai";
import {
  countVotes,
  previewVotes,
  rotate,
  rotatedFixture,
  spareKey,
  terminatedFixture,
  transferredFixture,
} from "../../../support/agents.ts";
import { ZERO, at, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { STATUS, refusal } from "../../../support/enums.ts";
import { BOND, WEIGHT, nexusFixture, profileOf, registerAgent } from "../../../support/nexus.ts";

describe("AgentRegistry.transferFrom", () => {
  describe("when the caller neither owns the id nor is approved", () => {
    it("reverts with ERC721InsufficientApproval [NX-AGT-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await expect(f.registry.connect(f.attacker).transferFrom(f.operatorA.address, f.attacker.address, 1n))
        .to.be.revertedWithCustomError(f.registry, "ERC721InsufficientApproval")
        .withArgs(f.attacker.address, 1n);
    });
  });

  describe("given the agent is active", () => {
    it("pauses it, takes its weight and clears its signer [NX-AGT-06]", async () => {
      const f = await loadFixture(transferredFixture);
      const { signer, status, bond } = await f.registry.agentOf(1n);
      expect([signer, status, bond]).to.deep.equal([ZERO, STATUS.paused, BOND]);
      expect(await f.registry.ownerOf(1n)).to.equal(f.anyone.address);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });

    it("ends the seller's key [NX-AGT-06]", async () => {
      const f = await loadFixture(transferredFixture);
      const { key } = at(f.voters, 0);
      expect((await f.registry.signerRecordOf(key.address)).validUntil).to.equal((await now()) - 1n);
      expect((await previewVotes(f, [key])).refusal).to.equal(refusal("SignerExpired"));
    });

    it("emits StatusChanged and SignerChanged", async () => {
      const f = await loadFixture(nexusFixture);
      const seller = at(f.voters, 0).key.address;
      const transfer = f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      await expect(transfer).to.emit(f.registry, "StatusChanged").withArgs(1n, STATUS.paused);
      await expect(transfer)
        .to.emit(f.registry, "SignerChanged")
        .withArgs(1n, ZERO, seller, (await now()) - 1n);
    });

    it("clears its wallet and its profile [NX-AGT-06]", async () => {
      const f = await loadFixture(transferredFixture);
      expect(await f.registry.getAgentWallet(1n)).to.equal(ZERO);
      const { profile, previousProfile } = await f.registry.agentOf(1n);
      expect([profile, previousProfile]).to.deep.equal([ethers.ZeroHash, `0x${"00".repeat(27)}`]);
      expect(await f.registry.profileValidUntil(1n, profileOf(at(f.voters, 0).key.address))).to.equal(0n);
    });

    it("restarts its score [NX-AGT-06]", async () => {
      const f = await loadFixture(transferredFixture);
      expect(await f.reputation.restarts(1n)).to.equal(1n);
    });

    it("moves balances, clears the approval and takes the weight from the seller", async () => {
      const f = await loadFixture(nexusFixture);
      await f.registry.connect(f.operatorA).approve(f.attacker.address, 1n);
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      expect(await f.registry.getApproved(1n)).to.equal(ZERO);
      const balances = await Promise.all([f.operatorA, f.anyone].map((owner) => f.registry.balanceOf(owner)));
      expect(balances).to.deep.equal([1n, 1n]);
      expect(await f.registry.operatorWeightOf(f.operatorA)).to.equal(WEIGHT);
    });

    it("leaves the seller no way back in after the buyer has resumed [NX-AGT-06]", async () => {
      const f = await loadFixture(transferredFixture);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
      await f.registry.connect(f.anyone).resume(1n);
      const answer = await previewVotes(f, [at(f.voters, 0).key]);
      expect(answer.refusal).to.equal(refusal("SignerExpired"));
    });

    it("leaves its voting seat with nobody until its new owner gives it a signer [NX-CON-10]", async () => {
      const f = await loadFixture(transferredFixture);
      await registerAgent(f, { operator: f.anyone, key: spareKey(2) });
      // Agent 1 has seat 0; asked of voters of the seller and of the buyer, about a ballot that opens now.
      const isNew = async (key: { readonly address: string }, since: bigint) =>
        (await f.registry.voterOf(key.address, 1n, since)).isNewOperator;
      const [seller, buyer, later] = [at(f.voters, 1).key, spareKey(2), (await now()) + 1n];
      expect([await isNew(seller, later), await isNew(buyer, later)]).to.deep.equal([true, true]);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
      expect([await isNew(seller, later), await isNew(buyer, later)]).to.deep.equal([true, false]);
    });

    it("counts its seller as no new operator on what was open in that second [NX-CON-10]", async () => {
      const f = await loadFixture(transferredFixture);
      const second = await now();
      for (const [since, isNewOperator] of [
        [second - 1n, false],
        [second, false],
        [second + 1n, true],
      ] as const) {
        const answer = await f.registry.voterOf(at(f.voters, 1).key.address, 1n, since);
        expect(answer.isNewOperator).to.equal(isNewOperator);
      }
      // Whoever passes on what it never gave a signer left nothing.
      await f.registry.connect(f.anyone).transferFrom(f.anyone.address, f.operatorB.address, 1n);
      expect((await f.registry.voterOf(at(f.voters, 2).key.address, 1n, second)).isNewOperator).to.equal(true);
    });

    it("gives the new signer the buyer's operator number", async () => {
      const f = await loadFixture(transferredFixture);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
      expect((await f.registry.signerRecordOf(spareKey().address)).operatorId).to.equal(
        await f.registry.operatorIdOf(f.anyone),
      );
    });

    it("keeps the used nonces used, so that no proposal runs twice [NX-CON-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await countVotes(f, [at(f.voters, 0).key], { nonce: 5n });
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.anyone);
      await f.registry.connect(f.anyone).resume(1n);
      const answer = await previewVotes(f, [spareKey()], { nonce: 5n });
      expect(answer.refusal).to.equal(refusal("NonceUsed"));
    });

    it("keeps them through a second transfer without a signer in between [NX-CON-01]", async () => {
      const f = await loadFixture(nexusFixture);
      await countVotes(f, [at(f.voters, 0).key], { nonce: 5n });
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      await f.registry.connect(f.anyone).transferFrom(f.anyone.address, f.operatorB.address, 1n);
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 0n }, f.operatorB);
      await f.registry.connect(f.operatorB).resume(1n);
      const answer = await previewVotes(f, [spareKey()], { nonce: 5n });
      expect(answer.refusal).to.equal(refusal("NonceUsed"));
      expect(await f.registry.totalWeight()).to.equal(5n * WEIGHT);
    });
  });

  describe("given an overlap is running", () => {
    it("ends both keys [NX-AGT-06]", async () => {
      const f = await loadFixture(rotatedFixture);
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      for (const key of [f.oldKey, f.newKey]) {
        const answer = await previewVotes(f, [key]);
        expect(answer.refusal).to.equal(refusal("SignerExpired"));
      }
    });
  });

  describe("given the agent is terminated", () => {
    it("moves the id and leaves it terminated", async () => {
      const f = await loadFixture(terminatedFixture);
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      expect((await f.registry.agentOf(1n)).status).to.equal(STATUS.terminated);
      expect(await f.registry.totalWeight()).to.equal(4n * WEIGHT);
    });

    it("moves no voting seat once that was given back", async () => {
      const f = await loadFixture(terminatedFixture);
      await time.increaseTo((await f.registry.agentOf(1n)).unbondingEnd);
      await f.registry.withdrawBond(1n);
      const taken = await f.registry.votingSeatsTaken();
      await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
      expect(await f.registry.votingSeatsTaken()).to.equal(taken);
      // The seat is free for the next who joins.
      await registerAgent(f, { operator: f.operatorC, key: spareKey() });
      expect((await f.registry.signerRecordOf(spareKey().address)).votingSeat).to.equal(0n);
    });
  });
});
