import { expect } from "chai";
import { sql } from "kysely";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import { runSharedSchedule } from "../../support/killSchedule.ts";
import { createPostgres, installations } from "../../support/postgres.ts";
import { DEPLOYMENT } from "../../support/storeBuilders.ts";

const SCHEDULES = process.env["NEXUS_TEST_DEEP"] === "1" ? 200 : 5;
const PATIENCE_MS = 600_000;

describe("Two senders over one Postgres under kills at any await", function () {
  this.timeout(PATIENCE_MS);

  it(`double nothing, forget nothing and are stuck with nothing in ${SCHEDULES} schedules [NX-SND-01] [NX-STO-02]`, async () => {
    const [packaged] = installations();
    if (packaged === undefined) throw new Error("there is no Postgres");
    const postgres = await createPostgres(packaged);
    // Nothing has to outlive the server here, and a commit that waits for the disk takes most of the time.
    const { url } = await postgres.start("synchronous_commit=off");
    const primary = connectPostgres(url, PATIENCE_MS);
    const store = await openStore({ primary, deployment: DEPLOYMENT, durability: "server" });
    try {
      let kills = 0;
      for (let seed = 1; seed <= SCHEDULES; seed += 1) {
        await sql`truncate nexus.pending_transactions, nexus.transactions, nexus.operations`.execute(primary.db);
        const { doubled, wrong, stuck, ...counts } = await runSharedSchedule(seed, store.transactions);
        expect({ seed, doubled, wrong, stuck }).to.deep.equal({ seed, doubled: [], wrong: [], stuck: [] });
        kills += counts.kills;
      }
      expect(kills).to.be.greaterThan(SCHEDULES);
    } finally {
      await store.close();
      await postgres.remove();
    }
  });
});
