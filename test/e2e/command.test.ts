import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect } from "chai";

type Running = ChildProcessByStdio<null, Readable, Readable>;
type Ended = { readonly code: number | null; readonly output: string };

const nexus = (...args: readonly string[]): Running =>
  spawn(process.execPath, ["--import=tsx", "scripts/cli/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });

const toItsEnd = async (child: Running): Promise<Ended> => {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, output };
};

/** The endpoint that the sandbox names once everything is deployed. */
const endpointOf = async (sandbox: Running): Promise<string> => {
  for await (const line of createInterface({ input: sandbox.stdout })) {
    const url = /^ready: (\S+),/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error("the sandbox ended before it was ready");
};

/** The same address book, but for one digit of one contract's code hash. */
const withOtherCode = (book: string): string =>
  book.replace(
    /("bytecodeHash": "0x)(.)/,
    (_all, before: string, digit: string) => before + (digit === "0" ? "1" : "0"),
  );

describe("the nexus command", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-command-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("runs a sandbox whose deployment agrees with its address book, and stops it cleanly", async () => {
    const book = join(folder, "book.json");
    const sandbox = nexus("sandbox", "--port", "0", "--book", book);
    const end = toItsEnd(sandbox);
    try {
      const rpc = await endpointOf(sandbox);
      const right = await toItsEnd(nexus("status", "--rpc", rpc, "--book", book));
      expect(right.code, right.output).to.equal(0);
      expect(right.output)
        .to.match(/✓ Treasury obeys/)
        .and.to.match(/agents\s+5, weight 5000/);

      const wrong = join(folder, "wrong.json");
      writeFileSync(wrong, withOtherCode(readFileSync(book, "utf8")));
      const altered = await toItsEnd(nexus("status", "--rpc", rpc, "--book", wrong));
      expect(altered.output.match(/^✗/gm)).to.have.length(1);
      expect(altered.code).to.equal(1);

      writeFileSync(wrong, readFileSync(book, "utf8").replace('"chainId": 1329', '"chainId": 1328'));
      const foreign = await toItsEnd(nexus("status", "--rpc", rpc, "--book", wrong));
      expect(foreign.output).to.include("✗ chain id").and.to.include("the address book is for 1328");
      expect(foreign.code).to.equal(1);
    } finally {
      sandbox.kill("SIGTERM");
    }
    const { code, output } = await end;
    expect(code, output).to.equal(0);
  });

  it("refuses what it does not know with one line and exit code 2", async () => {
    for (const args of [["frobnicate"], ["status"], ["sandbox", "--blocks", "none"]]) {
      const { code, output } = await toItsEnd(nexus(...args));
      expect(code).to.equal(2);
      expect(output.trim().split("\n"), output).to.have.length(1);
    }
  });
});
