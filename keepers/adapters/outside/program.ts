import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import type { MindAnswer } from "../../agents/outside/answer.ts";

/** A program that is started for each question: the question comes on its standard input, its answer is its standard output. */
export type ProgramTerms = {
  /** The program's whole path, and its arguments as they are: no shell reads them. */
  readonly command: string;
  readonly args: readonly string[];
  /** The folder that it works in, which is made. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

const MOST_COMPLAINT = 500;

const silent = (why: string): MindAnswer => ({ kind: "silent", why });

/** Ends a program with all that it started and that stayed in its group. */
const endGroup = ({ pid }: ChildProcessWithoutNullStreams): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty already.
  }
};

const howItEnded = (code: number | null, signal: NodeJS.Signals | null, complaint: string): string => {
  const how = signal === null ? `it ended with code ${code ?? "unknown"}` : `it was ended by ${signal}`;
  const said = complaint.trim().split("\n").at(-1) ?? "";
  return said === "" ? how : `${how}: ${said}`;
};

/** Hears a program to its end, its deadline or the end of what it may say, whichever comes first. */
const hear = (child: ChildProcessWithoutNullStreams, terms: ProgramTerms, signal: AbortSignal): Promise<MindAnswer> => {
  const { promise, resolve } = Promise.withResolvers<MindAnswer>();
  const parts: Buffer[] = [];
  let [size, complaint, isOver] = [0, "", false];
  const end = (answer: MindAnswer): void => {
    // Its process id may be another's by the time the pipes close.
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    endGroup(child);
    // What left its group may still hold the pipes: nothing of ours waits for it.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    child.unref();
    resolve(answer);
  };
  const stop = (): void => end(silent("nobody waits for it any more"));
  const timer = setTimeout(() => end(silent(`no answer within ${terms.timeoutMs} ms`)), terms.timeoutMs);
  signal.addEventListener("abort", stop, { once: true });
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    parts.push(chunk);
    if (size > terms.maxBytes) end(silent(`it says more than ${terms.maxBytes} bytes`));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-MOST_COMPLAINT);
  });
  // A program that reads nothing breaks the pipe; its end tells the rest.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  child.on("error", ({ message }) => end(silent(`it cannot be started: ${message}`)));
  child.on("close", (code, by) => {
    if (code === 0) end({ kind: "answered", text: Buffer.concat(parts).toString("utf8") });
    else end(silent(howItEnded(code, by, complaint)));
  });
  return promise;
};

/**
 * Asks a program once. It gets an empty environment, no shell, a folder of its own and a group of its own, which is killed when it
 * has answered, at its deadline, or when it says too much. Never throws.
 */
export const askProgram = async (terms: ProgramTerms, question: string, signal: AbortSignal): Promise<MindAnswer> => {
  try {
    await mkdir(terms.folder, { recursive: true, mode: 0o700 });
    if (signal.aborted) return silent("nobody waits for it any more");
    const options = { cwd: terms.folder, env: {}, shell: false, detached: true, stdio: "pipe" } as const;
    const child = spawn(terms.command, [...terms.args], options);
    const heard = hear(child, terms, signal);
    child.stdin.end(`${question}\n`);
    return await heard;
  } catch (error) {
    return silent(`it cannot be started: ${error instanceof Error ? error.message : "unknown"}`);
  }
};
