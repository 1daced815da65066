import { expect } from "chai";
import { spareKey } from "../../../support/agents.ts";
import { DAY, ZERO, at, loadFixture } from "../../../support/chain.ts";
import { STATUS } from "../../../support/enums.ts";
import { BOND, MIN_BOND, WEIGHT_CAP, bareFixture, nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry views", () => {
  it("say what the constructor was told", async () => {
    const f = await loadFixture(bareFixture);
    expect(await f.registry.ADMIN()).to.equal(f.admin.address);
    expect(await f.registry.STAKE_TOKEN()).to.equal(await f.stake.getAddress());
    expect(await f.registry.MIN_BOND()).to.equal(MIN_BOND);
    expect(await f.registry.weightCap()).to.equal(WEIGHT_CAP);
    expect(await f.registry.UNBONDING_DELAY()).to.equal(7n * DAY);
    expect(await f.registry.MAX_OVERLAP()).to.equal(7n * DAY);
    expect(await f.registry.MAX_VOTES()).to.equal(128n);
    expect([await f.registry.name(), await f.registry.symbol()]).to.deep.equal(["NEXUS Agent", "NXA"]);
    expect([await f.registry.agentCount(), await f.registry.totalWeight()]).to.deep.equal([0n, 0n]);
  });

  it("answer all zero for what is unknown", async () => {
    const f = await loadFixture(nexusFixture);
    expect([...(await f.registry.seatOf(spareKey().address))]).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n, 0n]);
    expect([...(await f.registry.agentOf(9n))]).to.deep.equal([ZERO, ZERO, 0n, 0n, STATUS.none]);
    expect(await f.registry.operatorIdOf(f.attacker)).to.equal(0n);
  });

  it("answer what is kept of an agent", async () => {
    const f = await loadFixture(nexusFixture);
    const signer = at(f.voters, 1).key.address;
    expect([...(await f.registry.agentOf(2n))]).to.deep.equal([signer, ZERO, BOND, 0n, STATUS.active]);
    expect(await f.registry.operatorIdOf(f.operatorC)).to.equal(3n);
  });
});
