import { expect } from "chai";
import { runKillSchedule } from "../../../support/killSchedule.ts";

/** A deep run takes minutes, and says which seed it is at when it fails. */
const SCHEDULES = process.env["NEXUS_TEST_DEEP"] === "1" ? 10_000 : 200;
const PATIENCE_MS = 600_000;

describe("The sending pipeline under kills at any await", function () {
  this.timeout(PATIENCE_MS);

  it(`doubles nothing, forgets nothing and is stuck with nothing in ${SCHEDULES} schedules [NX-KEE-01] [NX-KEE-02] [NX-SND-01]`, async () => {
    let kills = 0;
    let done = 0;
    for (let seed = 1; seed <= SCHEDULES; seed += 1) {
      const result = await runKillSchedule(seed);
      const { doubled, wrong, stuck } = result;
      expect({ seed, doubled, wrong, stuck }).to.deep.equal({ seed, doubled: [], wrong: [], stuck: [] });
      kills += result.kills;
      done += result.done;
    }
    // The schedules must bite, and must leave something to be done.
    expect(kills).to.be.greaterThan(SCHEDULES);
    expect(done).to.be.greaterThan(SCHEDULES * 5);
  });
});
