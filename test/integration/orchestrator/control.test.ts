import { appendFile, mkdtemp, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type FleetStatus, askStatus, handIn, serveControl } from "../../../keepers/adapters/orchestrator/control.ts";
import { openOrderFile } from "../../../keepers/adapters/orchestrator/orderFile.ts";
import { address } from "../../../keepers/core/units.ts";
import { COMMAND_BYTES, type LifecycleCommand } from "../../../keepers/orchestrator/command.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const account = address(`0x${"01".repeat(20)}`);
const command = (verb: LifecycleCommand["verb"], sequence: bigint): LifecycleCommand => ({
  verb,
  account,
  sequence,
  sentAtMs: 1,
});

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it went well",
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

describe("An orchestrator's files and socket", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-control-"));
  });
  afterEach(() => removeFolder(folder));

  it("remember commands over the orchestrator's end, and a torn last line costs nothing [NX-ORC-03]", async () => {
    const path = join(folder, "orders");
    const first = await openOrderFile(path);
    await first.append(command("pause", 3n));
    await first.close();
    await appendFile(path, '{"verb":"resume","acc');
    const second = await openOrderFile(path);
    expect(second.orders().get(account)).to.deep.equal({ state: "paused", restarts: 0, lastSequence: 3n });
    await second.append(command("restart", 4n));
    await second.close();
    const third = await openOrderFile(path);
    expect(third.orders().get(account)).to.deep.equal({ state: "running", restarts: 1, lastSequence: 4n });
    await third.close();
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it("refuse a file with a line that is no command, by its number", async () => {
    const path = join(folder, "orders");
    await writeFile(path, '{"verb":"fly"}\n');
    expect(await messageOf(openOrderFile(path)))
      .to.contain("FatalError: line 1 of")
      .and.to.contain("is no command");
  });

  const status: FleetStatus = { token: 3, watchedMs: 5, processes: [] };
  const opened: { readonly close: () => Promise<void> }[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

  const served = async (obey: (bytes: Uint8Array) => Promise<"replayed" | undefined>) => {
    const path = join(folder, "sock");
    const control = await serveControl(path, { status: () => status, command: obey });
    opened.push(control);
    return { path, control };
  };

  it("answer how the fleet is, and hand commands over as they are", async () => {
    const got: Uint8Array[] = [];
    const { path, control } = await served((bytes) => {
      got.push(Uint8Array.from(bytes));
      return Promise.resolve(got.length === 1 ? undefined : "replayed");
    });
    const bytes = new Uint8Array(COMMAND_BYTES).fill(9);
    expect(await askStatus(path)).to.deep.equal(status);
    expect([await handIn(path, bytes), await handIn(path, bytes)]).to.deep.equal([undefined, "replayed"]);
    expect(got[0]).to.deep.equal(bytes);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    await control.close();
    expect(await messageOf(askStatus(path))).to.contain("RetryableError: no orchestrator answers at");
  });

  it("cut off who speaks another language, and go on for others", async () => {
    const { path } = await served(() => Promise.resolve(undefined));
    for (const text of ["GET / HTTP/1.1\n", '{"ask":"keys"}\n', '{"command":"0x00"}\n', "x".repeat(400_000)]) {
      const socket = connect(path);
      const closed = new Promise<void>((done) => socket.once("close", () => done()));
      socket.on("error", () => undefined);
      socket.write(text);
      socket.resume();
      await closed;
    }
    expect(await askStatus(path)).to.deep.equal(status);
  });
});
