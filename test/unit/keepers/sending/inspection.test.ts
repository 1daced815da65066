import { appendFile, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type TransactionJournal, openTransactionJournal } from "../../../../keepers/adapters/store/journal.ts";
import { detailsOf } from "../../../../keepers/sending/flight.ts";
import { sendingFiles } from "../../../../keepers/wiring/transactions.ts";
import { TX_COMMANDS } from "../../../../scripts/cli/tx/commands.ts";
import { type Answer, runLine } from "../../../support/commandLine.ts";
import { MINED, accountOf, hashOf, storedTransaction } from "../../../support/storeBuilders.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

describe("nexus tx on a keeper's own disk", () => {
  let folder = "";
  let journals: readonly TransactionJournal[] = [];
  const nexus = (...args: readonly string[]): Promise<Answer> =>
    runLine(TX_COMMANDS, ["tx", ...args, "--store", folder]);
  const openAll = () =>
    Promise.all(
      ["executor", "payments"].map((name) => openTransactionJournal(sendingFiles(folder, name).transactions)),
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-tx-"));
    journals = await openAll();
    const details = detailsOf({ endsOnChain: false, note: "topUp 0xabc to 7" });
    const block = storedTransaction(2).block;
    await journals[0]?.add(storedTransaction(1));
    await journals[1]?.add(storedTransaction(2, { account: accountOf(2), details }));
    await journals[0]?.add(storedTransaction(3));
    await journals[0]?.resolve(hashOf(1_003), { ...MINED, block }, 5);
  });
  afterEach(async () => {
    await Promise.all(journals.map((journal) => journal.close()));
    await removeFolder(folder);
  });

  it("shows what its agents sent, while they run and afterwards, and writes nothing to their journals", async () => {
    const { code, output } = await nexus("list");
    expect(code).to.equal(0);
    expect(output.split("\n").toSorted()).to.deep.equal(
      [
        `${hashOf(1_001)}  ${accountOf(1)} nonce 1  pending`,
        `${hashOf(1_002)}  ${accountOf(2)} nonce 2  pending`,
        `${hashOf(1_003)}  ${accountOf(1)} nonce 3  mined at block 100`,
        "2 pending, 1 resolved shown",
        "",
      ].toSorted(),
    );
    const shown = await nexus("show", hashOf(1_002));
    expect(shown.output).to.include(`operation ${hashOf(2)}: topUp 0xabc to 7`);
    // A line that is being written is not there yet.
    await appendFile(sendingFiles(folder, "executor").transactions, "00000000 {");
    expect((await nexus("list", "--account", accountOf(2))).output).to.include("1 pending, 0 resolved shown");
    await Promise.all(journals.map((journal) => journal.close()));
    expect((await nexus("list")).output).to.include("2 pending, 1 resolved shown");
    journals = [];
  });

  it("asks a running keeper to cancel, which it hears of, also after a restart, until the transaction has ended", async () => {
    expect((await nexus("cancel", hashOf(1_002))).code).to.equal(0);
    expect((await nexus("cancel", hashOf(1_003))).code).to.equal(1);
    expect(await journals[1]?.cancelRequests(accountOf(2))).to.deep.equal([hashOf(1_002)]);
    expect(await journals[0]?.cancelRequests(accountOf(1))).to.deep.equal([]);
    await Promise.all(journals.map((journal) => journal.close()));
    journals = await openAll();
    expect(await journals[1]?.cancelRequests(accountOf(2))).to.deep.equal([hashOf(1_002)]);
    const requests = `${sendingFiles(folder, "payments").transactions}.cancel`;
    // What is there of something else is nobody's.
    await writeFile(join(requests, hashOf(1_003)), "");
    await writeFile(join(requests, "notes"), "");
    expect(await journals[1]?.cancelRequests(accountOf(2))).to.deep.equal([hashOf(1_002)]);
    await journals[1]?.resolve(hashOf(1_002), { ...MINED, kind: "superseded" }, 6);
    expect(await journals[1]?.cancelRequests(accountOf(2))).to.deep.equal([]);
    expect(await readdir(requests)).to.have.members([hashOf(1_003), "notes"]);
    expect((await nexus("cancel", hashOf(1_002))).code).to.equal(1);
  });
});
