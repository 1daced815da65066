import { expect } from "chai";
import process from "node:process";
import { runFleetSchedule } from "../../../support/fleetSchedule.ts";

const SEEDS = process.env["NEXUS_TEST_DEEP"] === undefined ? 200 : 5_000;

describe("Two orchestrators of one fleet, killed at any call, with a Redis that fails and forgets", function () {
  this.timeout(SEEDS * 1_000);

  it("never run a process twice, never act under an old token, and end with what operators want [NX-ORC-01] [NX-ORC-02]", async () => {
    const sums = { kills: 0, crashes: 0, starts: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { doubled, stale, wrong, kills, crashes, starts } = await runFleetSchedule(seed);
      expect({ seed, doubled, stale, wrong }).to.deep.equal({ seed, doubled: [], stale: [], wrong: [] });
      sums.kills += kills;
      sums.crashes += crashes;
      sums.starts += starts;
    }
    // A schedule in which nothing happens proves nothing.
    expect(sums.kills).to.be.greaterThan(SEEDS);
    expect(sums.crashes).to.be.greaterThan(SEEDS);
    expect(sums.starts).to.be.greaterThan(sums.crashes);
  });
});
