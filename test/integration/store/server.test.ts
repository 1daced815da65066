import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import { startLocalServer } from "../../../keepers/adapters/store/server.ts";
import { FatalError } from "../../../keepers/core/errors.ts";
import type { Store } from "../../../keepers/core/store.ts";
import { failureOf } from "../../support/failureOf.ts";
import { DEPLOYMENT } from "../../support/storeBuilders.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
const CHILD = resolve(import.meta.dirname, "../../support/localServerChild.ts");

/** Starts a server in a process of its own. @returns the process, once the server answers, and the server's address */
const startChild = async (folder: string) => {
  const child = spawn(process.execPath, ["--import=tsx", CHILD, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const url = await until("the server of the child", () => /^postgres:\S+/.exec(said)?.[0], PATIENCE_MS);
  return { child, url };
};

describe("The store's own server", function () {
  this.timeout(PATIENCE_MS);
  let folder = "";
  const open = (url: string): Promise<Store> =>
    openStore({ primary: connectPostgres(url, PATIENCE_MS), deployment: DEPLOYMENT, durability: "server" });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-server-"));
  });
  afterEach(() => removeFolder(folder));

  it("ends with its process, however that ends, and the next one has all that was written [NX-STO-01]", async () => {
    for (const position of [1n, 2n, 3n]) {
      const { child, url } = await startChild(folder);
      const store = await open(url);
      expect(await store.cursors.position("seen")).to.equal(position === 1n ? undefined : position - 1n);
      await store.cursors.advance("seen", position);
      await store.close();
      child.kill("SIGKILL");
      await new Promise((done) => child.once("exit", done));
    }
    const server = await startLocalServer({ folder });
    const store = await open(server.url);
    expect(await store.cursors.position("seen")).to.equal(3n);
    await store.close();
    await server.close();
    expect(await readdir(folder)).to.deep.equal(["data"]);
  });

  it("is closed to other users", async () => {
    const server = await startLocalServer({ folder });
    for (const name of ["", "data"]) expect((await stat(join(folder, name))).mode & 0o077).to.equal(0);
    expect(server.url).to.match(/^postgres:\/\/nexus@localhost\/postgres\?host=/);
    await server.close();
  });

  it("is one for each folder: a second process is refused by the first one's id", async () => {
    const { child } = await startChild(folder);
    const failure = await failureOf(startLocalServer({ folder }));
    expect(failure).to.be.instanceOf(FatalError);
    expect(failure.message).to.match(new RegExp(`in use by process ${child.pid}`));
    child.kill("SIGKILL");
  });

  it("begins again where a crash left half a folder", async () => {
    const first = await startLocalServer({ folder });
    await first.close();
    await removeFolder(join(folder, "data"));
    await writeFile(join(folder, "data.new"), "half");
    const second = await startLocalServer({ folder });
    await second.close();
    expect(await readdir(folder)).to.deep.equal(["data"]);
  });

  it("says what to do where it may not enter its folder", async function () {
    if (process.getuid?.() !== 0) {
      // Only root starts it as another user, and whoever is not root has made the folder.
      await (await startLocalServer({ folder })).close();
      return;
    }
    const failure = await failureOf(startLocalServer({ folder: join(folder, "below") }));
    expect(failure).to.be.instanceOf(FatalError);
    expect(failure.message).to.match(/as nobody it cannot enter \S+below: run as another user, or .*chmod o\+x/);
  });

  it("refuses a folder of another major version in one line, and leaves it as it is", async () => {
    const server = await startLocalServer({ folder });
    await server.close();
    const version = join(folder, "data/PG_VERSION");
    await writeFile(version, "12\n");
    const failure = await failureOf(startLocalServer({ folder }));
    expect(failure).to.be.instanceOf(FatalError);
    expect(failure.message).to.match(/^the store in \S+ was written by Postgres 12, and this is \d+: dump it/);
    expect(await readFile(version, "utf8")).to.equal("12\n");
  });
});
