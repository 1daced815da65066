import { expect } from "chai";
import { URI, enrolmentOf, identityFixture, proofOf, spareKey } from "../../../support/agents.ts";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, WEIGHT } from "../../../support/nexus.ts";

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
    const seat = await f.registry.signerRecordOf(spareKey().address);
    expect([seat.agentId, seat.operatorId, seat.weight, seat.votingSeat]).to.deep.equal([6n, 4n, WEIGHT, 5n]);
    expect(await f.registry.tokenURI(6n)).to.equal(URI);
    expect(await f.registry.balanceOf(f.attacker)).to.equal(1n);
  });

  it("weighs it by the score that it has", async () => {
    const f = await loadFixture(withStake);
    await f.reputation.setScore(6n, 5_000n);
    await f.registry.connect(f.attacker).join(6n, f.enrolment);
    expect((await f.registry.signerRecordOf(spareKey().address)).weight).to.equal(WEIGHT / 2n);
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
    expect((await f.registry.signerRecordOf(spareKey().address)).votingSeat).to.equal(127n);
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
