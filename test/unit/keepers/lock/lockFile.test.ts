import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openFileJournal, pendingTransaction } from "../../../../keepers/adapters/journal/file.ts";
import { takeLock } from "../../../../keepers/adapters/lock/lockFile.ts";
import { openVoucherStore } from "../../../../keepers/adapters/payments/store.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";
import { DOMAIN } from "../../../support/payments.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

const LOCK_MODULE = fileURLToPath(new URL("../../../../keepers/adapters/lock/lockFile.ts", import.meta.url));

let child: ChildProcess | undefined;

/** A process that takes the lock, says so, and keeps it until it is killed. */
const holderProcess = async (path: string): Promise<ChildProcess> => {
  const program = `import { takeLock } from ${JSON.stringify(LOCK_MODULE)};
    await takeLock(${JSON.stringify(path)});
    console.log("held");
    setInterval(() => undefined, 1_000);`;
  const options = ["--experimental-strip-types", "--no-warnings", "--input-type=module", "--eval", program];
  child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  const { stdout } = child;
  if (stdout === null) throw new Error("the process has no output");
  await once(stdout, "data");
  return child;
};

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

let folder = "";
const file = (): string => join(folder, "deep", "file");
const lockAt = (content: string): Promise<void> => writeFile(`${file()}.lock`, content);

/** What a holder writes, with something changed. */
const lockOf = async (change: object): Promise<string> => {
  const lock = await takeLock(file());
  const content: unknown = JSON.parse(await readFile(`${file()}.lock`, "utf8"));
  await lock.release();
  return JSON.stringify({ ...Object(content), ...change });
};

const KINDS = [
  ["a journal", () => openFileJournal(file(), pendingTransaction)],
  ["a voucher store", async () => (await openVoucherStore(file(), { domain: DOMAIN })).store],
  ["a lock", async () => ({ close: (await takeLock(file())).release })],
] as const;

for (const [name, open] of KINDS) {
  describe(`Of two processes with one file, ${name}`, () => {
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "nexus-lock-"));
    });
    afterEach(async () => {
      child?.kill("SIGKILL");
      await removeFolder(folder);
    });

    it("refuses the second by the first one's id, and takes over when that was killed [NX-KEE-07]", async () => {
      const holder = await holderProcess(file());
      const error = await refusal(open());
      expect(error).to.be.instanceOf(FatalError);
      expect(String(error)).to.include(`${file()} is in use by process ${holder.pid}`);
      const closed = once(holder, "close");
      holder.kill("SIGKILL");
      await closed;
      await (await open()).close();
      expect(await readdir(join(folder, "deep"))).to.not.include("file.lock");
    });

    it("refuses a second one in the same process, and lets it in after the first was closed [NX-KEE-07]", async () => {
      const first = await open();
      expect(String(await refusal(open()))).to.include("in use by this process");
      await first.close();
      await (await open()).close();
    });

    it("takes over what lost its content, or belongs to a process whose id another one has now", async () => {
      for (const stale of [
        "",
        "{",
        "{}",
        await lockOf({ started: "another boot 1" }),
        await lockOf({ pid: 2 ** 22 + 1 }),
      ]) {
        await lockAt(stale);
        await (await open()).close();
      }
    });

    it("refuses what another machine holds, and says what to delete if that is gone", async () => {
      await lockAt(await lockOf({ host: `${hostname()}-other`, pid: 7 }));
      const error = String(await refusal(open()));
      expect(error).to.include("process 7 on ").and.to.include(`delete ${file()}.lock`);
    });
  });
}

describe("A lock", () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-lock-"));
  });
  afterEach(() => removeFolder(folder));

  it("has one holder, however many find it stale at the same time, and leaves nothing behind [NX-KEE-07]", async () => {
    const stale = await lockOf({ pid: 2 ** 22 + 1 });
    for (let round = 0; round < 20; round += 1) {
      await lockAt(stale);
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file())));
      const locks = taken.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(locks.length, `round ${round}`).to.be.at.most(1);
      for (const lock of locks) await lock.release();
      // Who was refused while another one took over may try again.
      await (await takeLock(file())).release();
    }
    expect(await readdir(join(folder, "deep"))).to.deep.equal([]);
  });

  it("is not released by one that lost it", async () => {
    const lock = await takeLock(file());
    const foreign = await readFile(`${file()}.lock`, "utf8");
    await lockAt(foreign.replace(/"token":"[^"]*"/, '"token":"other"'));
    await lock.release();
    expect(await readdir(join(folder, "deep"))).to.deep.equal(["file.lock"]);
  });

  it("says so where it cannot be taken at all", async () => {
    await writeFile(join(folder, "deep"), "a file where a folder must be");
    const error = await refusal(takeLock(file()));
    expect(error).to.be.instanceOf(FatalError);
    expect(String(error)).to.include("cannot be locked");
  });
});
