import { expect } from "chai";
import { sql } from "kysely";
import { type Database, connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import type { Store, StoredTransaction } from "../../../keepers/core/store.ts";
import { failureOf } from "../../support/failureOf.ts";
import { type TestPostgres, createReplicated, installations } from "../../support/postgres.ts";
import { DEPLOYMENT, accountOf, hashOf, storedTransaction } from "../../support/storeBuilders.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const BRIEF_MS = 1_500;
const ALWAYS = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 100 };

/** Tries again until it succeeds, as a caller does whose answer was lost. */
const insist = async (store: Store, tx: StoredTransaction): Promise<void> => {
  let added = false;
  const attempt = async (): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS / 2;
    while (!added && performance.now() < deadline) {
      added = await store.transactions.add(tx).then(
        () => true,
        (error: unknown) => {
          if (error instanceof RetryableError) return false;
          throw error;
        },
      );
    }
  };
  await attempt();
};

for (const installation of installations()) {
  describe(`The store on two servers of ${installation.name}, of which one follows the other`, function () {
    this.timeout(PATIENCE_MS);
    let primary: TestPostgres;
    let replica: TestPostgres;
    let store: Store;
    let admin: Database;
    const open = (): Promise<Store> =>
      openStore({
        primary: connectPostgres(primary.server().url, BRIEF_MS),
        replica: connectPostgres(replica.server().url, BRIEF_MS),
        deployment: DEPLOYMENT,
        durability: "replica",
      });
    before(async () => {
      ({ primary, replica } = await createReplicated(installation));
      admin = connectPostgres(primary.server().url, PATIENCE_MS);
      store = await open();
    });
    after(async () => {
      await Promise.all([store.close(), admin.close()]);
      await primary.remove();
      await replica.remove();
    });

    it("reads history from the replica, and from the primary where the replica is gone", async () => {
      const entry = { agent: "searcher", evidence: hashOf(1), record: "{}", atMs: 1 };
      await store.history.addDecision(entry);
      let shown: unknown;
      const look = async (): Promise<void> => {
        const deadline = performance.now() + PATIENCE_MS / 2;
        while (performance.now() < deadline) {
          const found = await store.history.decisions(ALWAYS);
          if (found.length > 0) {
            shown = found;
            return;
          }
        }
      };
      await look();
      expect(shown).to.deep.equal([entry]);
      replica.freeze();
      expect(await store.history.decisions(ALWAYS)).to.deep.equal([entry]);
      replica.thaw();
    });

    it("acknowledges nothing while the replica is silent, and the same transaction once it is back [NX-STO-01]", async () => {
      const sent = storedTransaction(1);
      replica.freeze();
      const failure = await failureOf(store.transactions.add(sent));
      expect(failure).to.be.instanceOf(RetryableError);
      replica.thaw();
      await insist(store, sent);
      expect(await store.transactions.pending(accountOf(1))).to.deep.equal([sent]);
    });

    it("acknowledges nothing when an operator cancels the wait, which the server calls a success [NX-STO-01]", async () => {
      const sent = storedTransaction(2);
      const patient = await openStore({
        primary: connectPostgres(primary.server().url, PATIENCE_MS),
        deployment: DEPLOYMENT,
        durability: "replica",
      });
      replica.freeze();
      const adding = failureOf(patient.transactions.add(sent));
      const waiting = sql<{ readonly pid: number }>`select pid from pg_stat_activity where wait_event = 'SyncRep'`;
      const cancel = sql`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`;
      const deadline = performance.now() + PATIENCE_MS / 2;
      while ((await waiting.execute(admin.db)).rows.length === 0 && performance.now() < deadline) {
        await new Promise(setImmediate);
      }
      await cancel.execute(admin.db);
      expect(await adding).to.be.instanceOf(RetryableError);
      // It is there, on this server alone: to ask again must not be answered from that.
      expect(await patient.transactions.pending(accountOf(1))).to.deep.include(sent);
      expect(await failureOf(store.transactions.add(sent))).to.be.instanceOf(RetryableError);
      replica.thaw();
      await insist(patient, sent);
      await patient.close();
    });

    it("has all that it acknowledged when the primary is lost and the replica takes over [NX-STO-01]", async () => {
      const acknowledged: StoredTransaction[] = [];
      const batch = Array.from({ length: 100 }, (_, n) => storedTransaction(100 + n, { account: accountOf(7) }));
      const work = Promise.allSettled(
        batch.map(async (tx) => {
          await store.transactions.add(tx);
          acknowledged.push(tx);
        }),
      );
      await until("thirty answers", () => acknowledged.length >= 30);
      await primary.kill();
      await work;
      await Promise.all([store.close(), admin.close()]);
      admin = connectPostgres(replica.server().url, PATIENCE_MS);
      await sql`select pg_promote()`.execute(admin.db);
      const next = connectPostgres(replica.server().url, PATIENCE_MS);
      store = await openStore({ primary: next, deployment: DEPLOYMENT, durability: "server" });
      const pending = await store.transactions.pending(accountOf(7));
      expect(pending).to.include.deep.members(acknowledged);
    });
  });
}
