import { expect } from "chai";
import { sql } from "kysely";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { type DatabaseOptions, openStore } from "../../../keepers/adapters/store/open.ts";
import { FatalError, RetryableError } from "../../../keepers/core/errors.ts";
import type { Alert, PerformanceReport, Retention, Store } from "../../../keepers/core/store.ts";
import { blockNumber } from "../../../keepers/core/units.ts";
import { failureOf } from "../../support/failureOf.ts";
import { type TestPostgres, createPostgres, installations } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { DEPLOYMENT, MAX_UINT, MINED, accountOf, hashOf, storedTransaction } from "../../support/storeBuilders.ts";

const PATIENCE_MS = 60_000;
const ALWAYS = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 100 };
const DAY_MS = 86_400_000;

const report = (n: number, atMs: number): PerformanceReport => ({
  hash: hashOf(n),
  agentId: MAX_UINT,
  result: "enacted",
  block: blockNumber(7n),
  gain: -(2n ** 255n),
  loss: MAX_UINT,
  gasPaid: 3n,
  atMs,
});

const alert: Omit<Alert, "clearedAtMs"> = {
  code: "lane-stuck",
  subject: "lane-1",
  severity: "page",
  what: "said\u0000by a node",
  next: "look at it",
  raisedAtMs: 5,
};

const keepAll: Retention = {
  transactionsMs: DAY_MS,
  decisionsMs: DAY_MS,
  reportsMs: DAY_MS,
  pricesMs: DAY_MS,
  alertsMs: DAY_MS,
  maxRows: 1_000,
};

for (const installation of installations()) {
  describe(`The store on ${installation.name}`, function () {
    this.timeout(PATIENCE_MS);
    let postgres: TestPostgres;
    let store: Store;
    const open = ({ primary, ...changes }: Partial<DatabaseOptions> = {}): Promise<Store> =>
      openStore({
        primary: primary ?? connectPostgres(postgres.server().url, PATIENCE_MS),
        deployment: DEPLOYMENT,
        durability: "server",
        ...changes,
      });
    before(async () => {
      postgres = await createPostgres(installation);
      await postgres.start();
      store = await open();
    });
    after(async () => {
      await store.close();
      await postgres.remove();
    });

    it("keeps a decision byte for byte, once", async () => {
      const entry = { agent: "searcher", evidence: hashOf(1), record: '{"b":1,"a":"\\u0000 é"}', atMs: 1_000 };
      await store.history.addDecision(entry);
      await store.history.addDecision({ ...entry, record: "{}" });
      expect(await store.history.decisions(ALWAYS)).to.deep.equal([entry]);
    });

    it("keeps the first report of a proposal, to the unit [NX-STO-03]", async () => {
      await store.history.addReport(report(1, 1_000));
      await store.history.addReport({ ...report(1, 2_000), result: "expired" });
      expect(await store.history.reports(ALWAYS)).to.deep.equal([report(1, 1_000)]);
    });

    it("shows prices of one token and one period, newest first", async () => {
      const price = (n: number, atMs: number) => ({ source: "api3", token: accountOf(n), price: MAX_UINT, atMs });
      await store.history.addPrices([]);
      await store.history.addPrices([price(1, 10), price(1, 20), price(1, 30), price(2, 20)]);
      await store.history.addPrices([{ ...price(1, 20), price: 0n }]);
      const shown = await store.history.prices(accountOf(1), { fromMs: 10, toMs: 20, limit: 9 });
      expect(shown).to.deep.equal([price(1, 20), price(1, 10)]);
      expect(await store.history.prices(accountOf(1), { fromMs: 0, toMs: 99, limit: 1 })).to.deep.equal([price(1, 30)]);
    });

    it("raises an alert once until it is cleared", async () => {
      await store.history.raise(alert);
      await store.history.raise({ ...alert, raisedAtMs: 6 });
      await store.history.clear(alert.code, alert.subject, 7);
      await store.history.clear(alert.code, alert.subject, 8);
      await store.history.raise({ ...alert, raisedAtMs: 9 });
      const what = "said\\u{0}by a node";
      expect(await store.history.alerts(ALWAYS)).to.deep.equal([
        { ...alert, what, raisedAtMs: 9, clearedAtMs: undefined },
        { ...alert, what, clearedAtMs: 7 },
      ]);
    });

    it("moves a cursor forward only", async () => {
      expect(await store.cursors.position("votes")).to.equal(undefined);
      for (const position of [5n, MAX_UINT, 6n]) await store.cursors.advance("votes", position);
      expect(await store.cursors.position("votes")).to.equal(MAX_UINT);
    });

    it("deletes what is too old or too much, and never a pending transaction or an open alert [NX-STO-02]", async () => {
      const now = 10 * DAY_MS;
      await store.transactions.add(storedTransaction(1));
      for (const n of [2, 3, 4]) {
        await store.transactions.add(storedTransaction(n));
        await store.transactions.resolve(hashOf(1_000 + n), MINED, n === 2 ? 0 : now);
      }
      await store.prune({ ...keepAll, maxRows: 1 }, now);
      const kept = await store.transactions.resolved(10);
      expect(kept.map(({ transaction }) => transaction)).to.deep.equal([hashOf(1_004)]);
      expect(await store.transactions.pending(accountOf(1))).to.deep.equal([storedTransaction(1)]);
      expect(await store.history.decisions(ALWAYS)).to.deep.equal([]);
      expect(await store.history.reports(ALWAYS)).to.deep.equal([]);
      expect(await store.history.prices(accountOf(1), ALWAYS)).to.deep.equal([]);
      const alerts = await store.history.alerts(ALWAYS);
      expect(alerts.map(({ raisedAtMs }) => raisedAtMs)).to.deep.equal([9]);
      expect(await store.prune({ ...keepAll, maxRows: 1 }, now)).to.equal(0);
    });

    it("opens again on what it wrote, also by several at once", async () => {
      const others = await Promise.all([open(), open(), open()]);
      for (const other of others) {
        expect(await other.cursors.position("votes")).to.equal(MAX_UINT);
        await other.close();
      }
    });

    it("is refused to another chain and to another registry, in one line [NX-STO-04]", async () => {
      for (const changes of [{ chainId: 1n }, { registry: accountOf(0xbad) }]) {
        const failure = await failureOf(open({ deployment: { ...DEPLOYMENT, ...changes } }));
        expect(failure).to.be.instanceOf(FatalError);
        expect(failure.message).to.match(/^the store belongs to the registry 0x.*give each deployment.*own$/);
      }
    });

    it("refuses to rest on a replica where there is none [NX-STO-01]", async () => {
      const other = await open({ durability: "replica" });
      const failure = await failureOf(other.transactions.add(storedTransaction(50)));
      expect(failure).to.be.instanceOf(FatalError);
      expect(failure.message).to.match(/^the store has no synchronous replica.*journal on the sender's disk$/);
      expect(await other.transactions.pending(accountOf(1))).to.deep.equal([storedTransaction(1)]);
      await other.close();
    });

    it("does not answer while its server is gone, and does once it is back [NX-STO-05]", async () => {
      const brief = await open({ primary: connectPostgres(postgres.server().url, 500) });
      postgres.freeze();
      const silent = await failureOf(brief.transactions.add(storedTransaction(60)));
      postgres.thaw();
      expect(silent).to.be.instanceOf(RetryableError);
      await brief.close();
      const { url } = postgres.server();
      await postgres.kill();
      const gone = await failureOf(store.transactions.add(storedTransaction(61)));
      expect(gone).to.be.instanceOf(RetryableError);
      expect(gone.message).to.match(/^the store does not answer \(store a pending transaction\): /);
      await store.close();
      expect(await failureOf(open({ primary: connectPostgres(url, 500) }))).to.be.instanceOf(RetryableError);
      await postgres.start();
      store = await open();
      expect(await store.transactions.add(storedTransaction(60))).to.deep.equal({ kind: "stored" });
    });

    it("has every transaction that it acknowledged, when its server is killed again and again [NX-STO-01]", async () => {
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const running = store;
        const batch = Array.from({ length: 200 }, (_, n) => storedTransaction(1_000 * (round + 1) + n));
        const work = Promise.allSettled(
          batch.map(async (tx) => {
            await running.transactions.add(tx);
            acknowledged.push(tx.transaction);
          }),
        );
        await until("fifty answers", () => acknowledged.length >= 50 * (round + 1));
        await postgres.kill();
        await work;
        await running.close();
        await postgres.start();
        store = await open();
      }
      const found = new Set((await store.transactions.pending(accountOf(1))).map(({ transaction }) => transaction));
      expect(acknowledged.filter((transaction) => !found.has(hashOf(Number(transaction))))).to.deep.equal([]);
      expect(acknowledged.length).to.be.at.least(150);
    });

    it("is refused when a newer version has migrated it, and left as it is [NX-STO-04]", async () => {
      const { db, close } = connectPostgres(postgres.server().url, PATIENCE_MS);
      await sql`insert into nexus.kysely_migration values ('0999_later', '')`.execute(db);
      const failure = await failureOf(open());
      expect(failure).to.be.instanceOf(FatalError);
      expect(failure.message).to.match(/^the store was migrated by a newer NEXUS \(0999_later\): start that version/);
      await sql`delete from nexus.kysely_migration where name = '0999_later'`.execute(db);
      await close();
    });
  });
}
