import { appendFile, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openFileJournal, pendingTransaction } from "../../../../keepers/adapters/journal/file.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { Entry, PendingTransaction, SlowNote } from "../../../../keepers/sending/pending.ts";
import { account } from "../../../support/keeperBuilders.ts";
import { slowMessage } from "../../../support/slowBuilders.ts";
import { withSmallDisk } from "../../../support/smallDisk.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

type JournalEntry = Entry<PendingTransaction> | SlowNote;

const PENDING: PendingTransaction = {
  hash: `0x${"01".repeat(32)}`,
  agentId: 3n,
  proposalNonce: 2n ** 39n,
  deadline: unixSeconds(1_000n),
  account: account(9),
  accountNonce: 12n,
  gasPrice: 10n ** 12n,
  raw: "0xf86c",
  transaction: `0x${"02".repeat(32)}`,
  block: blockNumber(77n),
  proposedBlock: blockNumber(76n),
  proposedAtMs: 1234.5,
};
const SIGNED: JournalEntry = { kind: "signed", pending: PENDING };
const RESOLVED: JournalEntry = { kind: "resolved", transaction: PENDING.transaction, how: "enacted" };

describe("The journal on disk", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-journal-"));
  });
  afterEach(() => removeFolder(folder));

  const write = async (path: string, entries: readonly JournalEntry[]): Promise<void> => {
    const journal = await openFileJournal(path, pendingTransaction);
    for (const entry of entries) await journal.append(entry);
    await journal.close();
  };
  const read = async (path: string): Promise<readonly JournalEntry[]> => {
    const journal = await openFileJournal(path, pendingTransaction);
    await journal.close();
    return journal.load();
  };

  it("gives back what was appended, in a folder that it makes itself", async () => {
    const path = join(folder, "deep", "journal.jsonl");
    const message = slowMessage();
    const entries = [SIGNED, RESOLVED, { kind: "opened", message }, { kind: "closed", hash: message.hash }] as const;
    await write(path, entries);
    expect(await read(path)).to.deep.equal(entries);
  });

  it("is empty where there is no file", async () => {
    expect(await read(join(folder, "none.jsonl"))).to.deep.equal([]);
  });

  it("loses no line that it said is kept when the disk is full, and takes up after it [NX-KEE-07]", async () => {
    const path = join(folder, "journal.jsonl");
    const file = fileURLToPath(new URL("../../../../keepers/adapters/journal/file.ts", import.meta.url));
    const program = `import { openFileJournal, pendingTransaction } from ${JSON.stringify(file)};
      const journal = await openFileJournal(${JSON.stringify(path)}, pendingTransaction);
      let kept = 0;
      for (;;) {
        const failed = await journal.append(${JSON.stringify(RESOLVED)}).then(() => undefined, (error) => error);
        if (failed !== undefined) {
          console.log(JSON.stringify({ kept, name: failed.name, message: failed.message, code: failed.cause.code }));
          process.exit();
        }
        kept += 1;
      }`;
    const said: unknown = JSON.parse(await withSmallDisk(program, 2));
    const lines = await read(path);
    const message = `the journal ${path} cannot be written`;
    expect(said).to.deep.equal({ kept: lines.length, name: "FatalError", message, code: "EFBIG" });
    expect(lines.length).to.be.greaterThan(5);
    await write(path, [SIGNED]);
    expect(await read(path)).to.deep.equal([...lines, SIGNED]);
  });

  it("has a line on the disk when append resolves", async () => {
    const path = join(folder, "journal.jsonl");
    const journal = await openFileJournal(path, pendingTransaction);
    await journal.append(SIGNED);
    expect((await readFile(path, "utf8")).endsWith("\n")).to.equal(true);
    await journal.close();
  });

  it("passes over a torn last line, whose bytes were never sent, and writes on cleanly [NX-KEE-01]", async () => {
    const path = join(folder, "journal.jsonl");
    await write(path, [SIGNED]);
    const line = await readFile(path, "utf8");
    for (const torn of [1, 20, line.length - 1]) {
      await writeFile(path, line);
      await appendFile(path, line.slice(0, torn));
      expect(await read(path), `torn after ${torn}`).to.deep.equal([SIGNED]);
      await write(path, [RESOLVED]);
      expect(await read(path), `torn after ${torn}`).to.deep.equal([SIGNED, RESOLVED]);
    }
  });

  it("leaves nothing open and no lock behind when it cannot be read", async () => {
    const path = join(folder, "journal.jsonl");
    await writeFile(path, "nonsense\n");
    const opened = async (): Promise<number> => (await readdir("/dev/fd")).length;
    const before = await opened();
    for (let i = 0; i < 5; i += 1) await openFileJournal(path, pendingTransaction).catch(() => undefined);
    expect(await opened()).to.equal(before);
    expect(await readdir(folder)).to.deep.equal(["journal.jsonl"]);
  });

  it("refuses to start with a line that it cannot read", async () => {
    const path = join(folder, "journal.jsonl");
    const faults = ["{}\n", "nonsense\n", `{"kind":"signed","pending":{"hash":"0x01"}}\n`, `{"kind":"resolved"}\n`];
    for (const fault of faults) {
      await writeFile(path, fault);
      const error: unknown = await openFileJournal(path, pendingTransaction).catch((reason: unknown) => reason);
      expect(error, fault).to.be.instanceOf(FatalError);
      expect(String(error)).to.contain("line 1 of the journal");
    }
  });

  it("stops everything when the disk fails", async () => {
    const journal = await openFileJournal(join(folder, "journal.jsonl"), pendingTransaction);
    await journal.close();
    const error: unknown = await journal.append(SIGNED).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FatalError);
  });
});
