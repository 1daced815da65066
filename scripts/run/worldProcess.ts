import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorldOptions, WorldOrder, WorldReport } from "./messages.ts";

type Of<Kind extends WorldReport["kind"]> = Extract<WorldReport, { readonly kind: Kind }>;

/** The sandbox, running in another process. */
export type StartWorld = Omit<Of<"ready">, "kind"> & {
  /** Lets the market run. @returns the block on whose state the first orders went out */
  readonly begin: (blocks: number | undefined) => Promise<number>;
  /** The last block of the run; never when no number of blocks was given. @throws Error when the process fails */
  readonly halted: Promise<number>;
  /** Ends the process and waits for it. A second call does nothing. */
  readonly stop: () => Promise<void>;
};

const PATIENCE_MS = 10_000;
const STDERR_KEPT = 4_000;

/** Promises for the reports that come once. All fail when the process does. */
const createMailbox = (child: ChildProcess, onProgress: (line: string) => void) => {
  const ready = Promise.withResolvers<Of<"ready">>();
  const begun = Promise.withResolvers<number>();
  const halted = Promise.withResolvers<number>();
  const fail = (reason: string): void => {
    for (const { reject } of [ready, begun, halted]) reject(new Error(reason));
  };
  // Who does not wait for one of them must not be ended by it.
  for (const { promise } of [ready, begun, halted]) promise.catch(() => undefined);
  child.on("message", (report: WorldReport) => {
    if (report.kind === "progress") onProgress(report.line);
    else if (report.kind === "ready") ready.resolve(report);
    else if (report.kind === "begun") begun.resolve(report.block);
    else if (report.kind === "halted") halted.resolve(report.block);
    else fail(report.reason);
  });
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-STDERR_KEPT);
  });
  child.on("exit", (code) => fail(`the sandbox's process ended with code ${code}\n${complaints}`.trim()));
  return { ready: ready.promise, begun: begun.promise, halted: halted.promise };
};

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const killing = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  if (child.connected) child.send({ kind: "stop" } satisfies WorldOrder);
  await exited;
  clearTimeout(killing);
};

/**
 * Starts the sandbox with NEXUS deployed in a process of its own.
 * @throws Error with the reason when it cannot be started; nothing is left running then
 */
export const openWorld = async (options: WorldOptions, onProgress: (line: string) => void): Promise<StartWorld> => {
  const child = fork(fileURLToPath(new URL("world.ts", import.meta.url)), [], {
    execArgv: ["--import=tsx"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const send = (order: WorldOrder): void => void child.send(order);
  const mailbox = createMailbox(child, onProgress);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopChild(child));
  try {
    send({ kind: "open", options });
    const { rpcUrl, wsUrl, book } = await mailbox.ready;
    const begin = (blocks: number | undefined): Promise<number> => {
      send({ kind: "begin", blocks });
      return mailbox.begun;
    };
    return { rpcUrl, wsUrl, book, begin, halted: mailbox.halted, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
