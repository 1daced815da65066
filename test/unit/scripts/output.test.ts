import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect } from "chai";

const OUTPUT = JSON.stringify(new URL("../../../scripts/lib/output.ts", import.meta.url).href);
/** Every write to it fails as on a disk that is full. */
const FULL = "/dev/full";

/** Prints a line every few milliseconds until it is stopped, and then says so beside it. */
const RUNNING = `
  import { complain, endWithReader, say, untilStopped } from ${OUTPUT};
  endWithReader();
  const signal = untilStopped();
  const timer = setInterval(() => say("a line"), 5);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    setTimeout(() => complain("ended cleanly"), 50);
  });
  process.on("message", () => process.disconnect());
  process.send("ready");
`;

type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly told: string }>;
};

const start = (program: string, stdout: "pipe" | number): Running => {
  const child = spawn(process.execPath, ["--import=tsx", "--no-warnings", "--input-type=module", "--eval", program], {
    stdio: ["ignore", stdout, "pipe", "ipc"],
  });
  let told = "";
  child.stderr?.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const ended = new Promise<{ readonly code: number | null; readonly told: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, told }));
  });
  return { child, ended };
};

/** Runs a program whose output is a full disk. */
const startFull = (program: string): Running => {
  const full = openSync(FULL, "w");
  const running = start(program, full);
  closeSync(full);
  return running;
};

const messageOf = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once("message", resolve));

describe("What a process prints", () => {
  it("is a failure, said in one line, where a full disk cuts the answer off", async () => {
    const { code, told } = await startFull(`
      import { endWithReader, sayJson } from ${OUTPUT};
      endWithReader();
      sayJson({ a: "z".repeat(100_000) });
    `).ended;
    expect([code, told.trim().split("\n").length]).to.deep.equal([1, 1]);
    expect(told).to.include("not all of the answer could be printed: ENOSPC");
  });

  it("may be lost by one that runs until it is stopped: it says so once, and goes on [NX-FAC-03]", async () => {
    const { child, ended } = startFull(
      RUNNING.replace("process.send(", 'setTimeout(() => process.send("late"), 100); void ('),
    );
    expect(await messageOf(child)).to.equal("late");
    child.send("leave");
    child.kill("SIGTERM");
    const { code, told } = await ended;
    expect([code, told.match(/what is printed is lost/g)?.length]).to.deep.equal([0, 1]);
    expect(told).to.include("ended cleanly");
  });

  it("ends one that runs until it is stopped cleanly, once its reader is gone", async () => {
    const { child, ended } = start(RUNNING, "pipe");
    await messageOf(child);
    child.send("leave");
    child.stdout?.destroy();
    expect(await ended).to.deep.equal({ code: 0, told: "ended cleanly\n" });
  });

  it("ends one that gives one answer without a word, once its reader is gone", async () => {
    const { child, ended } = start(
      `
      import { endWithReader, say } from ${OUTPUT};
      endWithReader();
      process.send("ready");
      setInterval(() => say("a line"), 5);
    `,
      "pipe",
    );
    await messageOf(child);
    child.stdout?.destroy();
    expect(await ended).to.deep.equal({ code: 0, told: "" });
  });
});

describe("A process that runs until it is stopped", () => {
  it("ends cleanly when its terminal is closed", async () => {
    const { child, ended } = start(RUNNING, "pipe");
    child.stdout?.resume();
    await messageOf(child);
    child.send("leave");
    child.kill("SIGHUP");
    expect(await ended).to.deep.equal({ code: 0, told: "ended cleanly\n" });
  });
});
