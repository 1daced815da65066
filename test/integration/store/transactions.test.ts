import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { expect } from "chai";
import { Kysely, PGliteDialect } from "kysely";
import { INTEGER_PARSERS, connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openTransactionJournal } from "../../../keepers/adapters/store/journal.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import type { Tables } from "../../../keepers/adapters/store/tables.ts";
import type { TransactionStore } from "../../../keepers/core/store.ts";
import { unixSeconds } from "../../../keepers/core/units.ts";
import { type Installation, createPostgres, installations } from "../../support/postgres.ts";
import { DEPLOYMENT, MAX_UINT, MINED, accountOf, hashOf, storedTransaction } from "../../support/storeBuilders.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;

/** One kind of store: how it is opened, again on what was written, and removed. */
type Kind = {
  readonly open: () => Promise<TransactionStore & { readonly close: () => Promise<void> }>;
  readonly remove: () => Promise<void>;
};

const onDisk = async (): Promise<Kind> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-journal-"));
  return {
    open: () => openTransactionJournal(join(folder, "transactions.journal")),
    remove: () => removeFolder(folder),
  };
};

const onServer = async (installation: Installation): Promise<Kind> => {
  const postgres = await createPostgres(installation);
  const { url } = await postgres.start();
  return {
    open: async () => {
      const primary = connectPostgres(url, PATIENCE_MS);
      const store = await openStore({ primary, deployment: DEPLOYMENT, durability: "server" });
      return { ...store.transactions, close: store.close };
    },
    remove: postgres.remove,
  };
};

/** Postgres as WebAssembly takes hundreds of megabytes, so it is tried with the deep tests alone. */
const inProcess = async (): Promise<Kind> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-pglite-"));
  return {
    open: async () => {
      const pglite = await PGlite.create(folder, { parsers: { ...INTEGER_PARSERS } });
      const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
      const primary = { db, warnings: () => 0, close: () => db.destroy() };
      const store = await openStore({ primary, deployment: DEPLOYMENT, durability: "server" });
      return { ...store.transactions, close: store.close };
    },
    remove: () => removeFolder(folder),
  };
};

const IS_DEEP = process.env["NEXUS_TEST_DEEP"] === "1";
const KINDS: readonly (readonly [string, () => Promise<Kind>])[] = [
  ["a journal on the sender's disk", onDisk],
  ...installations().map((one): readonly [string, () => Promise<Kind>] => [one.name, () => onServer(one)]),
  ...(IS_DEEP ? [["PGlite", inProcess] as const] : []),
];

for (const [name, make] of KINDS) {
  describe(`Transactions in ${name}`, function () {
    this.timeout(PATIENCE_MS);
    let kind: Kind;
    let store: Awaited<ReturnType<Kind["open"]>>;
    before(async () => {
      kind = await make();
    });
    after(() => kind.remove());
    beforeEach(async () => {
      store = await kind.open();
    });
    afterEach(() => store.close());

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await kind.open();
    };

    it("gives back a pending transaction to the unit, after a restart too [NX-STO-01] [NX-STO-03]", async () => {
      const sent = storedTransaction(1, {
        account: accountOf(11),
        accountNonce: 2n ** 64n - 1n,
        gasPrice: MAX_UINT,
        deadline: unixSeconds(2n ** 64n),
        details: '{"b":1,"a":"é\\u2028\\u0000"}',
      });
      expect(await store.add(sent)).to.deep.equal({ kind: "stored" });
      expect(await store.pending(accountOf(11))).to.deep.equal([sent]);
      await reopen();
      expect(await store.pending(accountOf(11))).to.deep.equal([sent]);
      expect(await store.pending(accountOf(12))).to.deep.equal([]);
    });

    it("changes nothing when the same transaction is added again", async () => {
      const sent = storedTransaction(2, { account: accountOf(21) });
      const other = storedTransaction(3, { account: accountOf(21) });
      for (const tx of [sent, other, sent]) expect(await store.add(tx)).to.deep.equal({ kind: "stored" });
      expect(await store.pending(accountOf(21))).to.deep.equal([sent, other]);
    });

    it("holds one pending transaction for each operation, whoever adds it [NX-STO-02]", async () => {
      const sent = storedTransaction(4, { account: accountOf(31) });
      const rival = storedTransaction(5, { operation: sent.operation, account: accountOf(32) });
      await store.add(sent);
      expect(await store.add(rival)).to.deep.equal({ kind: "busy", transaction: sent.transaction });
      expect(await store.pending(accountOf(32))).to.deep.equal([]);
      await store.resolve(sent.transaction, { ...MINED, kind: "expired" }, 1);
      expect(await store.add(rival)).to.deep.equal({ kind: "stored" });
    });

    it("lets one of many that race for an operation through [NX-STO-02]", async () => {
      const rivals = Array.from({ length: 20 }, (_, n) =>
        storedTransaction(100 + n, { operation: hashOf(99), account: accountOf(41) }),
      );
      const answers = await Promise.all(rivals.map((rival) => store.add(rival)));
      const pending = await store.pending(accountOf(41));
      expect(pending).to.have.lengthOf(1);
      const winner = pending[0]?.transaction;
      const others = answers.filter((answer) => answer.kind === "busy");
      expect(others).to.deep.equal(Array.from({ length: 19 }, () => ({ kind: "busy", transaction: winner })));
    });

    it("moves a transaction to the resolved ones once, with its result", async () => {
      const sent = storedTransaction(6, { account: accountOf(51) });
      await store.add(sent);
      const result = { ...MINED, kind: "reverted", gasPaid: MAX_UINT, detail: "OverLimit" } as const;
      await store.resolve(sent.transaction, result, 1_700_000_000_123);
      await store.resolve(sent.transaction, MINED, 5);
      await store.resolve(hashOf(0xdead), MINED, 5);
      expect((await store.pending(accountOf(51))).length).to.equal(0);
      await reopen();
      expect(await store.pending(accountOf(51))).to.deep.equal([]);
      const resolved = await store.resolved(10, accountOf(51));
      expect(resolved).to.deep.equal([{ ...sent, result, atMs: 1_700_000_000_123 }]);
    });

    it("remembers what is to be cancelled, until it is resolved", async () => {
      const [one, other] = [80, 81].map((n) => storedTransaction(n, { account: accountOf(81) }));
      if (one === undefined || other === undefined) throw new Error("two were made");
      await store.add(one);
      await store.add(other);
      expect(await store.requestCancel(one.transaction)).to.equal(true);
      expect(await store.requestCancel(hashOf(0xdead))).to.equal(false);
      await reopen();
      expect(await store.cancelRequests(accountOf(81))).to.deep.equal([one.transaction]);
      expect(await store.cancelRequests(accountOf(82))).to.deep.equal([]);
      await store.resolve(one.transaction, MINED, 1);
      expect(await store.cancelRequests(accountOf(81))).to.deep.equal([]);
      expect(await store.requestCancel(one.transaction)).to.equal(false);
    });

    it("knows how operations stand [NX-SND-01]", async () => {
      for (const [n, end] of [
        [71, "mined"],
        [72, "reverted"],
        [73, "superseded"],
      ] as const) {
        await store.add(storedTransaction(n));
        await store.resolve(hashOf(1_000 + n), { ...MINED, kind: end }, 1);
      }
      await store.add(storedTransaction(74));
      await reopen();
      const known = await Promise.all([71, 72, 73, 74].map((n) => store.stateOf(hashOf(n))));
      expect(known).to.deep.equal(["mined", "free", "free", "pending"]);
      const again = await Promise.all(
        [71, 72, 73].map((n) => store.add(storedTransaction(n + 10, { operation: hashOf(n) }))),
      );
      expect(again.map(({ kind: answer }) => answer)).to.deep.equal(["done", "stored", "stored"]);
    });

    it("shows resolved transactions newest first, and no more than asked for", async () => {
      for (const n of [7, 8, 9]) {
        await store.add(storedTransaction(n, { account: accountOf(61) }));
        await store.resolve(hashOf(1_000 + n), MINED, n);
      }
      const shown = await store.resolved(2, accountOf(61));
      expect(shown.map(({ accountNonce }) => accountNonce)).to.deep.equal([9n, 8n]);
      expect(await store.resolved(2)).to.deep.equal(shown);
    });
  });
}
