import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { complain, say } from "../lib/output.ts";
import type { Storage } from "./build.ts";
import { runArguments } from "./podman.ts";
import { proveRoles } from "./roles.ts";

const run = promisify(execFile);
const PATIENCE_MS = 60_000;

/** Runs inside the image, and tells what a process there is and may do. */
const LOOK = `
const fs = require("node:fs"), os = require("node:os");
const status = Object.fromEntries(fs.readFileSync("/proc/self/status", "utf8").split("\\n").map((line) => line.split(":\\t")));
const write = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };
JSON.stringify({
  uid: process.getuid(), gid: process.getgid(), pid: process.pid,
  capabilities: status.CapEff, noNewPrivileges: status.NoNewPrivs, seccomp: status.Seccomp,
  app: write("/app/x"), root: write("/x"), tmp: write("/tmp/x"),
  interfaces: Object.keys(os.networkInterfaces()),
});`;

const seen = z.object({
  uid: z.number(),
  gid: z.number(),
  pid: z.number(),
  capabilities: z.string(),
  noNewPrivileges: z.string(),
  seccomp: z.string(),
  app: z.string(),
  root: z.string(),
  tmp: z.string(),
  interfaces: z.array(z.string()),
});

const LEAST_UID = 10_000;

/** Each promise about a process in the image, and whether it holds. */
const promisesOf = (found: z.infer<typeof seen>): readonly (readonly [what: string, holds: boolean])[] => [
  [`runs as ${found.uid}:${found.gid}, above ${LEAST_UID}`, found.uid >= LEAST_UID && found.gid >= LEAST_UID],
  [`is process ${found.pid} there`, found.pid === 1],
  [`capabilities ${found.capabilities}`, /^0+$/.test(found.capabilities)],
  [`no new privileges: ${found.noNewPrivileges}`, found.noNewPrivileges === "1"],
  [`seccomp filters: ${found.seccomp}`, found.seccomp === "2"],
  [`a write beside the program: ${found.app}`, found.app === "EROFS"],
  [`a write at the root: ${found.root}`, found.root === "EROFS"],
  [`a write to /tmp: ${found.tmp}`, found.tmp === "written"],
];

/** Runs the image as a cluster would, hardened, and prints what holds. @returns whether all of it does */
export const proveImage = async (root: string, storage: Storage): Promise<boolean> => {
  const args = runArguments(storage, ["--network", "none", "--entrypoint", "/usr/bin/node"]);
  const { stdout } = await run("podman", [...args, "nexus", "-p", LOOK], { timeout: PATIENCE_MS }).catch(
    (error: unknown) => {
      complain(`the image does not run: ${String(error)}`);
      return { stdout: "" };
    },
  );
  if (stdout === "") return false;
  const promises = promisesOf(seen.parse(JSON.parse(stdout)));
  for (const [what, holds] of promises) say(`${holds ? "✓" : "✗"} run          ${what}`);
  const isHardened = promises.every(([, holds]) => holds);
  return (await proveRoles(root, storage)) && isHardened;
};
