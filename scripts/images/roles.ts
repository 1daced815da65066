import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Wallet } from "ethers";
import { z } from "zod";
import { say } from "../lib/output.ts";
import type { Storage } from "./build.ts";
import { engineArguments, runArguments } from "./podman.ts";

const run = promisify(execFile);
const USER = 10_001;
const READY_MS = 180_000;
const STEP_MS = 200;
const MOST_END_MS = 10_000;
const [KEEPER_PORT, GATEWAY_PORT] = [19_464, 18_600];

const until = async <T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  const end = Date.now() + READY_MS;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(STEP_MS);
  }
  throw new Error(`${what} did not come within ${READY_MS / 1_000} s`);
};

const isWell = (url: string): Promise<true | undefined> =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => (ok ? true : undefined),
    () => undefined,
  );

const where = z.looseObject({ rpcUrl: z.string() });

type World = { readonly rpc: string; readonly folder: string; readonly end: () => Promise<void> };

const nexus = (root: string, args: readonly string[]): readonly string[] => [
  "--import=tsx",
  join(root, "scripts/cli/main.ts"),
  ...args,
];

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
};

/** Writes the configuration of a fleet in a sandbox, with the places that it has in the image, for the image's user. */
const writeFleet = async (root: string, etc: string, rpc: string): Promise<void> => {
  const book = join(etc, "book.json");
  const environment = { ...process.env, NEXUS_SIGNER_KEY: Wallet.createRandom().privateKey };
  const init = [
    "keeper",
    "--init",
    join(etc, "keeper.json"),
    "--kind",
    "execution",
    "--fleet",
    "--rpc",
    rpc,
    "--book",
    book,
  ];
  await run(process.execPath, [...nexus(root, init)], { cwd: root, env: environment, timeout: READY_MS });
  const config = z.looseObject({}).parse(JSON.parse(readFileSync(join(etc, "keeper.json"), "utf8")));
  const moved = { ...config, addressBook: "/etc/nexus/book.json", dataDir: "/var/lib/nexus" };
  writeFileSync(join(etc, "keeper.json"), JSON.stringify(moved));
  for (const path of [etc, book, join(etc, "keeper.json")]) chownSync(path, USER, USER);
};

/** Brings a sandbox up with a fleet's configuration beside it. */
const openWorld = async (root: string, folder: string): Promise<World> => {
  const [told, etc, data] = [join(folder, "where.json"), join(folder, "etc"), join(folder, "data")];
  for (const path of [etc, data]) mkdirSync(path, { recursive: true });
  chownSync(data, USER, USER);
  const args = nexus(root, ["sandbox", "--port", "0", "--book", join(etc, "book.json"), "--json", told]);
  const sandbox = spawn(process.execPath, [...args], { cwd: root, stdio: "ignore" });
  try {
    const { rpcUrl: rpc } = await until("the sandbox", () =>
      existsSync(told) ? where.safeParse(JSON.parse(readFileSync(told, "utf8") || "{}")).data : undefined,
    );
    await writeFleet(root, etc, rpc);
    return { rpc, folder, end: () => ended(sandbox) };
  } catch (error) {
    await ended(sandbox);
    throw error;
  }
};

type Role = { readonly name: string; readonly args: readonly string[]; readonly ready: string; readonly busy?: RegExp };

const rolesOf = (rpc: string): readonly Role[] => [
  {
    name: "keeper",
    args: ["keeper", "--config", "/etc/nexus/keeper.json", "--send", "--metrics", String(KEEPER_PORT)],
    ready: `http://127.0.0.1:${KEEPER_PORT}/readyz`,
    // Ended while transactions are on their way.
    busy: /^nexus_transactions_sent_total\{[^}]*\} [1-9]/m,
  },
  {
    name: "gateway",
    args: ["gateway", "--rpc", rpc, "--book", "/etc/nexus/book.json", "--port", String(GATEWAY_PORT)],
    ready: `http://127.0.0.1:${GATEWAY_PORT}/readyz`,
  },
];

/** Starts a role in the image, waits until it is ready and at work, and tells it to end. @returns whether it ended well and soon */
const proveRole = async (storage: Storage, { folder }: World, { name, args, ready, busy }: Role): Promise<boolean> => {
  const volumes = [
    "--volume",
    `${join(folder, "etc")}:/etc/nexus:ro`,
    "--volume",
    `${join(folder, "data")}:/var/lib/nexus`,
  ];
  const options = runArguments(storage, ["--name", name, "--network", "host", ...volumes]);
  const child = spawn("podman", [...options, "nexus", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let last = "";
  child.stdout.on("data", (chunk: Buffer) => (last = `${last}${String(chunk)}`.slice(-2_000)));
  child.stderr.on("data", (chunk: Buffer) => (last = `${last}${String(chunk)}`.slice(-2_000)));
  const exit = once(child, "exit");
  const isOver = (): boolean => child.exitCode !== null;
  await until(`a ready ${name}`, async () => (isOver() ? true : isWell(ready)));
  if (busy !== undefined && !isOver())
    await until(`work of ${name}`, async () => {
      if (isOver()) return true;
      const text = await fetch(new URL("/metrics", ready)).then(
        (answer) => answer.text(),
        () => "",
      );
      return busy.test(text) ? true : undefined;
    });
  const begun = Date.now();
  await run("podman", [...engineArguments(storage), "kill", "--signal", "TERM", name]).catch(() => undefined);
  await Promise.race([exit, pause(MOST_END_MS * 2, undefined, { ref: false })]);
  const tookMs = Date.now() - begun;
  const isGood = child.exitCode === 0 && tookMs <= MOST_END_MS;
  if (child.exitCode === null) await run("podman", [...engineArguments(storage), "kill", name]).catch(() => undefined);
  const at = busy === undefined ? "ready" : "sending transactions";
  say(
    `${isGood ? "✓" : "✗"} ${name.padEnd(12)} ${at}; SIGTERM: exit ${child.exitCode} after ${(tookMs / 1_000).toFixed(1)} s, at most 10 s`,
  );
  if (!isGood) for (const line of last.split("\n").slice(-10)) say(`    ${line}`);
  return isGood;
};

/** Starts roles of the image against a sandbox of this machine and ends them. It needs root: files are given to the image's user. */
export const proveRoles = async (root: string, storage: Storage): Promise<boolean> => {
  const world = await openWorld(root, join(storage.folder, "world"));
  try {
    let isGood = true;
    for (const role of rolesOf(world.rpc)) isGood = (await proveRole(storage, world, role)) && isGood;
    return isGood;
  } finally {
    await world.end();
  }
};
