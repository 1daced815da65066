import { expect } from "chai";
import { spareKey } from "../../../support/agents.ts";
import { DAY, ZERO, at, ethers, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import {
  BOND,
  MIN_BOND,
  OPERATOR_CAP,
  WEIGHT_CAP,
  bareFixture,
  nexusFixture,
  profileOf,
} from "../../../support/nexus.ts";

const NO_PREVIOUS = `0x${"00".repeat(27)}`;

describe("AgentRegistry views", () => {
  it("say what the constructor was told", async () => {
    const f = await loadFixture(bareFixture);
    expect(await f.registry.ADMIN()).to.equal(f.admin.address);
    expect(await f.registry.STAKE_TOKEN()).to.equal(await f.stake.getAddress());
    expect(await f.registry.MIN_BOND()).to.equal(MIN_BOND);
    expect(await f.registry.weightCap()).to.equal(WEIGHT_CAP);
    expect(await f.registry.operatorCap()).to.equal(OPERATOR_CAP);
    expect(await f.registry.REPUTATION()).to.equal(await f.reputation.getAddress());
    expect(await f.registry.VOTING_SEATS()).to.equal(128n);
    expect(await f.registry.UNBONDING_DELAY()).to.equal(7n * DAY);
    expect(await f.registry.MAX_OVERLAP()).to.equal(7n * DAY);
    expect(await f.registry.MAX_VOTES()).to.equal(128n);
    expect([await f.registry.name(), await f.registry.symbol()]).to.deep.equal(["NEXUS Agent", "NXA"]);
    expect([await f.registry.agentCount(), await f.registry.totalWeight()]).to.deep.equal([0n, 0n]);
  });

  it("answer all zero for what is unknown", async () => {
    const f = await loadFixture(nexusFixture);
    expect([...(await f.registry.signerRecordOf(spareKey().address))]).to.deep.equal([
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
    const { ZeroHash } = ethers;
    const nobody = [ZERO, 0n, ZERO, 0n, ZERO, STATUS.none, 0n, 0n, 0n, ZeroHash, NO_PREVIOUS, 0n];
    expect([...(await f.registry.agentOf(9n))]).to.deep.equal(nobody);
    expect(await f.registry.profileValidUntil(9n, profileOf("nobody's"))).to.equal(0n);
    expect(await f.registry.operatorIdOf(f.attacker)).to.equal(0n);
  });

  it("answer what is kept of an agent", async () => {
    const f = await loadFixture(nexusFixture);
    const signer = at(f.voters, 1).key.address;
    const { uriDigest, messageKey, boxKey } = profileOf(signer);
    const profile = ethers.keccak256(ethers.concat([uriDigest, messageKey, boxKey]));
    const { weightSince: joinedAt } = await f.registry.signerRecordOf(signer);
    const owner = [f.operatorA.address, STATUS.active, 0n, 0n, joinedAt];
    const kept = [signer, BOND, ZERO, 0n, ...owner, profile, NO_PREVIOUS, 0n];
    expect([...(await f.registry.agentOf(2n))]).to.deep.equal(kept);
    expect(await f.registry.operatorIdOf(f.operatorC)).to.equal(3n);
  });
});
