import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect } from "chai";
import { parseUnits } from "ethers";
import { z } from "zod";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

type Running = ChildProcessByStdio<null, Readable, Readable>;

const start = (...args: readonly string[]): Running =>
  spawn(process.execPath, ["--import=tsx", "scripts/start.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });

/** Collects what a process prints, until it ends. */
const follow = (child: Running) => {
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const end = once(child, "close").then(() => ({ code: child.exitCode, output }));
  const printed = (pattern: RegExp): Promise<boolean> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (pattern.test(output)) resolve(true);
      };
      listeners.add(look);
      look();
      void end.then(() => resolve(pattern.test(output)));
    });
  return { end, printed, output: () => output };
};

const amount = z.string().regex(/^-?\d+(\.\d{1,6})?$/);
const spread = z.strictObject({ p50: z.number(), p99: z.number() });
const reportSchema = z.strictObject({
  blocks: z.int(),
  opportunities: z.int(),
  proposals: z.int(),
  enacted: z.int(),
  refused: z.record(z.string(), z.int().positive()),
  treasuryBefore: amount,
  treasuryAfter: amount,
  profitGross: amount,
  gasPaid: amount,
  profitNet: amount,
  captured: z.number(),
  latencyMs: spread,
  latencyBlocks: spread,
  slow: z.strictObject({
    proposals: z.int(),
    executed: z.int(),
    vetoed: z.int(),
    lapsed: z.int(),
    open: z.int(),
    votesFor: z.int(),
    votesAgainst: z.int(),
    changed: amount,
  }),
});

const units = (text: string): bigint => parseUnits(text, 6);

describe("npm start, once everything is compiled", function () {
  this.timeout(180_000);
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-start-"));
  });
  after(() => removeFolder(folder));

  it("trades by votes for so many blocks, and reports what the treasury really gained", async () => {
    const json = join(folder, "report.json");
    const child = start("--blocks", "40", "--seed", "1", "--json", json);
    const { code, output } = await follow(child).end;
    expect(code, output).to.equal(0);
    expect(output).to.match(/first enacted trade \d+\.\d s after the command/);
    const report = reportSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    expect(report.blocks).to.equal(40);
    expect(report.enacted).to.be.at.least(1);
    expect(report.opportunities).to.be.at.least(1);
    const refused = Object.values(report.refused).reduce((sum, n) => sum + n, 0);
    expect(report.enacted + refused, JSON.stringify(report)).to.equal(report.proposals);

    const gained = units(report.treasuryAfter) - units(report.treasuryBefore);
    expect(report.treasuryBefore).to.equal("500000");
    expect(gained > 0n).to.equal(true);
    expect(gained).to.equal(units(report.profitGross) + units(report.slow.changed));
    expect(units(report.profitNet)).to.equal(units(report.profitGross) - units(report.gasPaid));
    expect(units(report.gasPaid) > 0n).to.equal(true);
    expect(report.captured).to.be.greaterThan(0);
    expect(report.latencyBlocks.p50).to.be.at.least(1);

    // The slow path beside it: what waits is shown with its delay and its votes, and the guardian stops the first.
    expect(output).to.match(/rebalancer proposes 0x\w+ as Elevated: WSEI is 0 % of the treasury and shall be 2.5 %/);
    // The fourth vote may arrive after the first three have queued it.
    expect(output).to.match(/Queued, weight [34]000 for, 0 against, \d+ s of delay left, open to votes and to veto/);
    expect(output).to.match(/guardian stand-in vetoes 0x\w+: guardian-owner-2 and guardian-owner-3 signed/);
    const { proposals, vetoed, executed, open, votesFor, votesAgainst, lapsed } = report.slow;
    expect([vetoed, executed, lapsed, votesAgainst]).to.deep.equal([1, 0, 0, 0]);
    expect([proposals, votesFor]).to.deep.equal([vetoed + open, 4 * proposals]);
  });

  it("trades the same way with each agent in a process of its own, and says so", async () => {
    const json = join(folder, "processes.json");
    const child = start("--blocks", "30", "--seed", "7", "--json", json, "--processes");
    const { code, output } = await follow(child).end;
    expect(code, output).to.equal(0);
    const report = reportSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    expect(report.enacted, output).to.be.at.least(1);
    expect(output).to.match(/risk-4 votes for 0x/);
    expect(output).not.to.match(/its process has ended/);
  });

  it("stops everything when it is told to, in the middle of a run", async () => {
    const child = start("--seed", "3");
    const run = follow(child);
    expect(await run.printed(/executor is connected/), run.output()).to.equal(true);
    expect(await run.printed(/dashboard: http/), run.output()).to.equal(true);
    const dashboard = /dashboard: (http:\S+)/.exec(run.output())?.[1] ?? "";
    expect((await fetch(`${dashboard}/v1/overview`)).status).to.equal(200);
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(run.output())?.[1] ?? "";
    child.kill("SIGINT");
    const { code, output } = await run.end;
    expect(code, output).to.equal(0);
    for (const url of [`http://127.0.0.1:${port}`, dashboard]) {
      const refusal = await fetch(url).catch((error: unknown) => error);
      expect(refusal, url).to.be.instanceOf(TypeError);
    }
  });

  it("refuses what it does not know with one line and exit code 2, before it starts anything", async () => {
    for (const args of [["--frob"], ["--blocks", "x"], ["--market", join(folder, "none.csv")]]) {
      const { code, output } = await follow(start(...args)).end;
      expect(code).to.equal(2);
      expect(output.trim().split("\n"), output).to.have.length(1);
    }
  });

  it("says what is wrong with a market file", async () => {
    const market = join(folder, "market.csv");
    writeFileSync(market, "this,is,no,market\n1,2,3,4\n");
    const { code, output } = await follow(start("--blocks", "2", "--market", market)).end;
    expect(code, output).to.equal(1);
    expect(output).to.match(/nexus: .*(column|header|line)/i);
  });
});
