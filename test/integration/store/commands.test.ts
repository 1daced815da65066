import { expect } from "chai";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import type { Store } from "../../../keepers/core/store.ts";
import { blockNumber } from "../../../keepers/core/units.ts";
import { TX_COMMANDS } from "../../../scripts/cli/tx/commands.ts";
import { type Answer, runLine } from "../../support/commandLine.ts";
import { type TestPostgres, createPostgres, installations } from "../../support/postgres.ts";
import { DEPLOYMENT, MINED, accountOf, hashOf, storedTransaction } from "../../support/storeBuilders.ts";

const PATIENCE_MS = 60_000;

describe("nexus tx", function () {
  this.timeout(PATIENCE_MS);
  let postgres: TestPostgres;
  let store: Store;
  const nexus = (...args: readonly string[]): Promise<Answer> =>
    runLine(TX_COMMANDS, ["tx", ...args, "--store", postgres.folder]);
  before(async () => {
    const [packaged] = installations();
    if (packaged === undefined) throw new Error("there is no Postgres");
    postgres = await createPostgres(packaged);
    await postgres.start();
    const before = await nexus("list");
    expect([before.code, before.error?.message]).to.deep.equal([
      1,
      "there is no store of this version in the database: start a keeper with it first",
    ]);
    const primary = connectPostgres(postgres.server().url, PATIENCE_MS);
    store = await openStore({ primary, deployment: DEPLOYMENT, durability: "server" });
    for (const n of [1, 2, 3]) await store.transactions.add(storedTransaction(n, { account: accountOf(n) }));
    const reverted = { ...MINED, kind: "reverted", detail: "OverLimit\u001b[2J", block: blockNumber(9n) } as const;
    await store.transactions.resolve(hashOf(1_001), reverted, 1);
  });
  after(async () => {
    await store.close();
    await postgres.remove();
  });

  it("list shows the pending ones and the newest resolved, of all accounts or of one, and obeys no text [NX-FAC-01]", async () => {
    const { code, output } = await nexus("list");
    expect(code).to.equal(0);
    expect(output.split("\n").slice(0, 4)).to.deep.equal([
      `${hashOf(1_002)}  ${accountOf(2)} nonce 2  pending`,
      `${hashOf(1_003)}  ${accountOf(3)} nonce 3  pending`,
      `${hashOf(1_001)}  ${accountOf(1)} nonce 1  reverted at block 9 (OverLimit\\u{1b}[2J)`,
      "2 pending, 1 resolved shown",
    ]);
    const one = await nexus("list", "--account", accountOf(3), "--json");
    expect(JSON.parse(one.output)).to.have.nested.property("pending[0].gasPrice", "1000000000000");
    expect(JSON.parse(one.output)).to.have.property("resolved").that.deep.equals([]);
    expect((await nexus("list", "--count", "0")).output).to.include("2 pending, 0 resolved shown");
    expect((await nexus("list", "--account", "me")).code).to.equal(2);
  });

  it("show says for what and at which price, whether it is pending or resolved", async () => {
    const pending = await nexus("show", hashOf(1_002));
    expect(pending.output)
      .to.include("pending")
      .and.include(`operation ${hashOf(2)}`);
    expect(pending.output).to.include("signed at block 100 for 1000000000000 wei per gas; its deadline is 1970-01-01");
    expect((await nexus("show", hashOf(1_001))).output).to.include("gas paid: 42 wei");
    expect((await nexus("show", hashOf(5))).code).to.equal(2);
    expect((await nexus("show", "0x12")).error?.message).to.match(/must be a transaction's hash/);
  });

  it("cancel leaves the request for the sender, and says where there is nothing to cancel", async () => {
    expect((await nexus("cancel", hashOf(1_002))).code).to.equal(0);
    expect(await store.transactions.cancelRequests(accountOf(2))).to.deep.equal([hashOf(1_002)]);
    const none = await nexus("cancel", hashOf(1_001));
    expect([none.code, none.output]).to.deep.equal([
      1,
      `${hashOf(1_001)} is not pending: there is nothing to cancel\n`,
    ]);
  });

  it("says in one line what is wrong with the store, without its password [NX-NET-03]", async () => {
    const gone = await runLine(TX_COMMANDS, ["tx", "list", "--store", "postgres://me:secret@127.0.0.1:1/nexus"]);
    expect(gone.code).to.equal(4);
    expect(gone.error?.message).to.match(/^the store does not answer \(ask for its version\): connect ECONNREFUSED/);
    expect(gone.error?.message).not.to.include("secret");
    const folder = await runLine(TX_COMMANDS, ["tx", "list", "--store", "/nowhere"]);
    expect([folder.code, folder.error?.message]).to.deep.equal([
      2,
      "no keeper has transactions in /nowhere: name its data folder by --store, or its Postgres in NEXUS_STORE_URL",
    ]);
    const none = await runLine(TX_COMMANDS, ["tx", "list"]);
    expect([none.code, none.error?.message]).to.deep.equal([
      2,
      "no keeper has transactions in .nexus: name its data folder by --store, or its Postgres in NEXUS_STORE_URL",
    ]);
  });
});
