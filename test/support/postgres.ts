import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresPrograms, isInstallation, packagedPostgres } from "../../keepers/adapters/store/programs.ts";
import { type LocalServer, startLocalServer } from "../../keepers/adapters/store/server.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";
import { signalTo } from "./signalTo.ts";

/** One Postgres that this machine has. */
export type Installation = { readonly name: string; readonly programs: PostgresPrograms };

const DISTRIBUTION = "/usr/lib/postgresql";

/** The Postgres that npm brings, and each of the distribution's that this machine has. */
export const installations = (): readonly Installation[] => {
  const versions = existsSync(DISTRIBUTION) ? readdirSync(DISTRIBUTION) : [];
  const found = versions
    .map((version) => ({ name: `the distribution's Postgres ${version}`, bin: join(DISTRIBUTION, version, "bin") }))
    .filter(({ bin }) => isInstallation(bin))
    .map(({ name, bin }) => ({ name, programs: { bin, release: () => undefined } }));
  return [{ name: "the packaged Postgres", programs: packagedPostgres() }, ...found];
};

/** A server in a temporary folder of its own, which survives until `remove`. */
export type TestPostgres = {
  readonly folder: string;
  readonly server: () => LocalServer;
  readonly start: (...settings: readonly string[]) => Promise<LocalServer>;
  /** Ends the server without notice. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Stops the processes where they stand, and lets them go on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly remove: () => Promise<void>;
};

/** The processes of a server, which stem from the one that was started. */
const processesOf = (ancestor: number): readonly number[] => {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" });
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const below = (parent: number): readonly number[] =>
    rows.flatMap(([pid, of, name]) => {
      if (Number(of) !== parent) return [];
      return [...(name === "postgres" ? [Number(pid)] : []), ...below(Number(pid))];
    });
  return below(ancestor);
};

/** Prepares a server; nothing runs before `start`. */
export const createPostgres = async ({ programs }: Installation): Promise<TestPostgres> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-pg-"));
  let running: LocalServer | undefined;
  const server = (): LocalServer => {
    if (running === undefined) throw new Error("the server does not run");
    return running;
  };
  const end = async (): Promise<void> => {
    await server().close();
    running = undefined;
  };
  const signal = (name: "SIGSTOP" | "SIGCONT"): void => {
    for (const pid of processesOf(server().group)) signalTo(pid, name);
  };
  return {
    folder,
    server,
    start: async (...settings) => (running = await startLocalServer({ folder, programs, settings })),
    kill: async () => {
      // Its processes too: one of them could still answer for a moment after the first one is gone.
      for (const pid of processesOf(server().group)) signalTo(pid, "SIGKILL");
      await server().kill();
      await end();
    },
    stop: end,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    remove: async () => {
      await running?.kill();
      await running?.close();
      await removeFolder(folder);
    },
  };
};

/** Where a server of a test listens: the folder of its socket. */
const socketsOf = (url: string): string => new URL(url).searchParams.get("host") ?? "";

/** A primary that waits for its replica before it acknowledges, and the replica; both run. */
export const createReplicated = async (
  installation: Installation,
): Promise<{ readonly primary: TestPostgres; readonly replica: TestPostgres }> => {
  const primary = await createPostgres(installation);
  const replica = await createPostgres(installation);
  await primary.start();
  await primary.stop();
  spawnSync("cp", ["-a", join(primary.folder, "data"), join(replica.folder, "data")]);
  writeFileSync(join(replica.folder, "data/standby.signal"), "");
  const { url } = await primary.start("synchronous_standby_names=ANY 1 (replica)", "wal_sender_timeout=2s");
  const follow = `primary_conninfo=host=${socketsOf(url)} user=nexus application_name=replica`;
  await replica.start(follow, "wal_retrieve_retry_interval=100ms", "wal_receiver_status_interval=1s");
  return { primary, replica };
};
