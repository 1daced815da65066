import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createKey } from "../../../../keepers/adapters/chain/keys.ts";
import { pendingTransaction } from "../../../../keepers/adapters/journal/file.ts";
import { openTransactionJournal } from "../../../../keepers/adapters/store/journal.ts";
import { noteOf } from "../../../../keepers/sending/flight.ts";
import { loadConfig } from "../../../../keepers/wiring/config.ts";
import { toStoredProposal } from "../../../../keepers/wiring/execution.ts";
import { paymentTransaction, toStoredPayment } from "../../../../keepers/wiring/payments.ts";
import { moveEarlierFile, openTransactions, sendingFiles } from "../../../../keepers/wiring/transactions.ts";
import { hashText } from "../../../support/fakeMempool.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { account } from "../../../support/keeperBuilders.ts";
import { storedTransaction } from "../../../support/storeBuilders.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

const OLD = join(dirname(fileURLToPath(import.meta.url)), "../../../fixtures/before-renames");
const KEY = createKey(`0x${"11".repeat(32)}`);
const SENDER = account(9);

describe("Where an agent's transactions are stored", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-transactions-"));
  });
  afterEach(() => removeFolder(folder));

  const oldJournal = async (name: string): Promise<string> => {
    const path = sendingFiles(folder, "executor").notes;
    await copyFile(join(OLD, name), path);
    return path;
  };
  const open = () => openTransactionJournal(join(folder, "store.log"));
  const config = () =>
    loadConfig(
      {
        rpcUrl: "ws://127.0.0.1:1",
        chainId: "1",
        addressBook: "none",
        dataDir: folder,
        agents: [{ name: "executor", kind: "execution", key: `0x${"11".repeat(32)}` }],
      },
      {},
    );

  it("takes over what an earlier release's journal left open, once, and the journal says so [NX-KEE-01]", async () => {
    const path = await oldJournal("execution.journal");
    const store = await open();
    const to = { store, account: SENDER, toStored: toStoredProposal };
    for (let start = 0; start < 2; start += 1) await moveEarlierFile(path, pendingTransaction, to);
    const [moved, ...others] = await store.pending(SENDER);
    expect(others).to.deep.equal([]);
    expect(moved).to.include({ operation: `0x${"03".repeat(32)}`, accountNonce: 13n });
    expect(noteOf(moved ?? { details: "" })).to.match(/^\d+ \d/);
    // What has ended since does not come back.
    if (moved === undefined) throw new Error("nothing was moved");
    const { transaction, block } = moved;
    await store.resolve(transaction, { kind: "expired", block, gasPaid: 0n, detail: "" }, 0);
    await moveEarlierFile(path, pendingTransaction, to);
    expect(await store.pending()).to.deep.equal([]);
    await store.close();
    expect((await readFile(path, "utf8")).split("\n").filter((line) => line.includes('"moved"'))).to.have.length(1);
  });

  it("takes over a payments agent's operations by the identity that they have today", async () => {
    const path = await oldJournal("payments.journal");
    const store = await open();
    await moveEarlierFile(path, paymentTransaction, { store, account: SENDER, toStored: toStoredPayment });
    const pending = await store.pending();
    await store.close();
    expect(pending.map((tx) => noteOf(tx).split(" ")[0])).to.deep.equal(["finalizeClose", "resolveTimeout", "claim"]);
    expect(pending.map(({ operation }) => operation)).to.deep.equal(pending.map((tx) => hashText(noteOf(tx))));
  });

  it("refuses an earlier journal, and one of today, with an open transaction of another account", async () => {
    const path = await oldJournal("execution.journal");
    const store = await open();
    const to = { store, account: account(7), toStored: toStoredProposal };
    const failure = await failureOf(moveEarlierFile(path, pendingTransaction, to));
    expect(failure.message).to.include(
      `has an open transaction of ${SENDER}, and we send as ${account(7)}: start the agent`,
    );
    expect(await store.pending()).to.deep.equal([]);
    await store.close();

    const own = await openTransactionJournal(sendingFiles(folder, "executor").transactions);
    await own.add(storedTransaction(1));
    await own.close();
    const tools = { name: "executor", key: KEY };
    expect((await failureOf(openTransactions({ config: config() }, tools))).message).to.include(
      "has an open transaction of",
    );
    // Nothing stays open, and no lock is kept.
    await rm(sendingFiles(folder, "executor").transactions);
    await (await openTransactions({ config: config() }, tools)).close();
  });

  it("is one process's at a time, and so is the key, wherever the transactions are stored [NX-KEE-07]", async () => {
    const first = await openTransactions({ config: config() }, { name: "executor", key: KEY });
    expect((await failureOf(openTransactions({ config: config() }, { name: "other", key: KEY }))).message).to.include(
      "is in use by",
    );
    const transactions = first.store;
    const elsewhere = { config: config(), transactions };
    expect((await failureOf(openTransactions(elsewhere, { name: "other", key: KEY }))).message).to.include(
      "is in use by",
    );
    await first.close();
    await (await openTransactions(elsewhere, { name: "other", key: KEY })).close();
  });

  it("never forgets what the disk has open when the fleet's store takes over, nor the other way round [NX-KEE-01]", async () => {
    const tools = { name: "executor", key: KEY };
    const own = await openTransactions({ config: config() }, tools);
    const pending = storedTransaction(1, { account: KEY.address });
    await own.store.add(pending);
    await own.close();

    const transactions = await open();
    const inStore = await openTransactions({ config: config(), transactions }, tools);
    expect(await inStore.store.pending(KEY.address)).to.deep.equal([pending]);
    await inStore.close();

    // Back on the disk nobody would look after it.
    const back = { config: config(), store: { transactions } };
    const failure = await failureOf(openTransactions(back, tools));
    expect(failure.message).to.include(`the fleet's store has 1 open transactions of ${KEY.address}`);
    const { transaction, block } = pending;
    await transactions.resolve(transaction, { kind: "expired", block, gasPaid: 0n, detail: "" }, 0);
    const again = await openTransactions(back, tools);
    expect(await again.store.pending()).to.deep.equal([]);
    await again.close();
    await transactions.close();
  });
});
