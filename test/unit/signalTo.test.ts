import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { signalTo } from "../support/signalTo.ts";

describe("a signal to a process of a test", () => {
  it("ends one that runs, and finds nothing to do for one that has ended", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1_000)"]);
    const { pid } = child;
    if (pid === undefined) throw new Error("the process did not start");
    const ended = once(child, "exit");
    signalTo(pid, "SIGKILL");
    await ended;
    expect([child.exitCode, child.signalCode]).to.deep.equal([null, "SIGKILL"]);
    expect(() => signalTo(pid, "SIGKILL")).to.not.throw();
  });
});
