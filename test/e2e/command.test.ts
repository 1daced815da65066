import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect } from "chai";
import { z } from "zod";
import { parseAddressBook } from "../../deployments/schema.ts";
import { bundle } from "../../scripts/setup/bundle.mjs";
import { testKeys } from "../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../scripts/sandbox/fleet.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

type Running = ChildProcessByStdio<null, Readable, Readable>;
type Ended = { readonly code: number | null; readonly output: string };

const start = (command: readonly string[], args: readonly string[]): Running =>
  spawn(process.execPath, [...command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NEXUS_DEPLOYER_KEY: testKeys()(0).privateKey,
      NEXUS_OPERATOR_KEY: testKeys()(ROLE_INDICES.firstOperator).privateKey,
    },
  });

/** A command as `npx nexus` runs it: built; the sandbox from its sources. */
const nexus = (...args: readonly string[]): Running =>
  args[0] === "sandbox"
    ? start(["--import=tsx", "scripts/cli/main.ts"], args)
    : start([join("dist", "cli", "main.js")], args);

/** A deployment of its own: as the sandbox's, with a smaller loss limit. */
const PARAMETERS = {
  assets: [
    {
      token: "USDC",
      sources: [{ oracle: "USDC/USD", maxAge: 1800, deviationBps: 50 }],
      quorum: 1,
      maxBandBps: 400,
      moveLimit: { maxMoveBps: 1000, window: 300 },
      cap: "0",
      limit: { perAction: "1000000000", perAgentDay: "1000000000", perDay: "1000000000" },
    },
  ],
  stakeToken: "STAKE",
  minBond: "1000000000000000000",
  weightCap: 100,
  operatorCap: 200,
  minHoldingTime: 3600,
  reputation: { halfLife: 2592000, halfWeight: "1000000000000000000000", lossWeightBps: 2000 },
  lossLimit: { perAction: "1000000000000000000", perDay: "2000000000000000000" },
  fees: { jobFeeBps: 100, performanceFeeBps: 1000, protocolBps: 2000 },
  tripBounty: "5000000",
  shareLimits: { price: { maxFallBps: 1000, window: 3600 }, outflow: { maxFallBps: 3333, window: 86400 } },
  policies: {
    Routine: { threshold: "1", minVoters: 1, minOperators: 1, maxDeadline: 60, delay: 0 },
    Elevated: { threshold: "1", minVoters: 1, minOperators: 1, maxDeadline: 600, delay: 60 },
    Critical: { threshold: "1", minVoters: 1, minOperators: 1, maxDeadline: 600, delay: 60 },
  },
  classMultiples: { elevated: 1, critical: 1 },
  guardian: `0x${"11".repeat(20)}`,
  governance: {
    holder: `0x${"22".repeat(20)}`,
    supply: "1000000000000000000000000",
    votingDelay: 60,
    votingPeriod: 600,
    proposalThreshold: "1000000000000000000",
    quorumPercent: 4,
    voteExtension: 60,
    guardian: `0x${"11".repeat(20)}`,
    guardianTerm: 86400,
    minVotingPeriod: 60,
    gracePeriod: 86400,
  },
  timelockDelay: 7200,
};

/** The sandbox's address book before anything of ours was deployed. */
const withoutContracts = (book: string): string => {
  const all = z.record(z.string(), z.unknown()).parse(JSON.parse(book));
  return JSON.stringify({ ...all, mandate: undefined, contracts: {} });
};

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

const entry = z.looseObject({ level: z.string(), event: z.string(), msg: z.string() });

/** A risk manager alone, as its log has it: what it waits for in vain, how it stands, a sign of life, and its pause. */
const watchRiskManager = async (folder: string, where: readonly string[]): Promise<void> => {
  const config = join(folder, "keepers.json");
  // The second agent of the sandbox's first operator.
  const key = testKeys()(ROLE_INDICES.firstSigner + 1).privateKey;
  writeFileSync(config, JSON.stringify({ dataDir: folder, agents: [{ name: "risk-1", kind: "risk", key }] }));
  const keeper = nexus("keeper", "--config", config, "--json", "--heartbeat", "2", ...where);
  const end = once(keeper, "close");
  const log: string[] = [];
  const wanted = [
    /^info start: dry run, nothing is sent: risk-1 \(risk\) on ws:/,
    /^warn idle: nobody in this process proposes/,
    /^info agentState: risk-1 is agent 2, Active, with a weight of 1000$/,
    /^info heartbeat: looked: risk-1 \d+; nothing happened$/,
    /^warn agentState: risk-1: agent 2 is Paused and neither proposes nor votes: nexus agent pause --id 2 --resume/,
  ];
  for await (const line of createInterface({ input: keeper.stdout })) {
    const { level, event, msg } = entry.parse(JSON.parse(line));
    log.push(`${level} ${event}: ${msg}`);
    if (event === "agentState" && level === "info") await toItsEnd(nexus("agent", "pause", "--id", "2", ...where));
    const isDone = wanted.every((pattern) => log.some((told) => pattern.test(told))) || log.length > MAX_ENTRIES;
    // Once: a second signal would meet it on its way out.
    if (isDone && !keeper.killed) keeper.kill("SIGTERM");
  }
  await end;
  for (const pattern of wanted)
    expect(
      log.some((told) => pattern.test(told)),
      log.join("\n"),
    ).to.equal(true);
  expect(log).to.include("info stop: every agent has ended");
  expect(keeper.exitCode).to.equal(0);
};

/** Two a second are more than a quiet log has. */
const MAX_ENTRIES = 120;

describe("the nexus command", function () {
  this.timeout(240_000);
  let folder = "";
  before(async () => {
    await bundle();
    folder = mkdtempSync(join(tmpdir(), "nexus-command-"));
  });
  after(() => removeFolder(folder));

  it("runs a sandbox, tells a right deployment from a wrong one, deploys once more by itself, and stops cleanly", async () => {
    const book = join(folder, "book.json");
    const sandbox = nexus("sandbox", "--port", "0", "--book", book);
    const end = toItsEnd(sandbox);
    try {
      const rpc = await endpointOf(sandbox);
      const port = new URL(rpc).port;
      const second = await toItsEnd(nexus("sandbox", "--port", port, "--book", join(folder, "second.json")));
      expect([second.code, second.output]).to.deep.equal([
        2,
        `nexus: port ${port} is in use: stop what listens there, perhaps another sandbox, or take another by --port\n`,
      ]);
      const bySocket = await toItsEnd(nexus("dao", "list", "--rpc", rpc.replace("http", "ws"), "--book", book));
      expect(bySocket).to.deep.equal({ code: 0, output: "no proposal was made yet\n" });
      const right = await toItsEnd(nexus("status", "--rpc", rpc, "--book", book));
      expect(right.code, right.output).to.equal(0);
      expect(right.output)
        .to.match(/✓ Treasury obeys/)
        .and.to.match(/agents\s+5, weight 5000/)
        .and.to.match(/treasury\s+[\d,.]+ to [\d,.]+ USDC\n/);

      await watchRiskManager(folder, ["--rpc", rpc, "--book", book]);
      const proposals = await toItsEnd(nexus("proposal", "list", "--rpc", rpc, "--book", book));
      expect(proposals).to.deep.equal({ code: 0, output: "agents proposed nothing on the slow path yet\n" });
      const where = ["--rpc", rpc, "--book", book, "--out", join(folder, "request.json")];
      const trip = ["--target", "CircuitBreaker", "--call", "trip(address,uint8,string)"];
      const args = ["--args", '["USDC", 1, "a strange price"]'];
      const asked = await toItsEnd(nexus("safe", "propose", ...trip, ...args, ...where));
      expect(asked.output)
        .to.match(/^Safe GuardianSafe 0x\w+, chain 1329\nmakes its call 0:\n {2}CircuitBreaker/)
        .and.to.match(/scope: 0x\w+ \(USDC\)\n/);

      const wrong = join(folder, "wrong.json");
      writeFileSync(wrong, withOtherCode(readFileSync(book, "utf8")));
      const altered = await toItsEnd(nexus("status", "--rpc", rpc, "--book", wrong));
      expect(altered.output.match(/^✗/gm)).to.have.length(1);
      expect(altered.code).to.equal(1);

      writeFileSync(wrong, readFileSync(book, "utf8").replace('"chainId": 1329', '"chainId": 1328'));
      const foreign = await toItsEnd(nexus("status", "--rpc", rpc, "--book", wrong));
      expect(foreign.output).to.include("✗ chain id").and.to.include("the address book is for 1328");
      expect(foreign.code).to.equal(1);

      const own = join(folder, "own.json");
      const parameters = join(folder, "parameters.json");
      writeFileSync(own, withoutContracts(readFileSync(book, "utf8")));
      writeFileSync(parameters, JSON.stringify(PARAMETERS));
      const deploy = ["deploy", "--rpc", rpc, "--book", own, "--parameters", parameters];
      const planned = await toItsEnd(nexus(...deploy));
      const { contracts } = parseAddressBook(JSON.parse(readFileSync(book, "utf8")));
      // All that the sandbox has but what belongs to Safe, and what reads oracles that these parameters do not use.
      const wanted = Object.keys(contracts).filter((name) => !/Safe|^source of /.test(name));
      const named = planned.output.match(/(?<=^would deploy\s+)\w+/gm);
      expect(named, planned.output).to.have.members(wanted);
      expect(planned.output).to.include("nothing was sent");
      const sent = await toItsEnd(nexus(...deploy, "--send"));
      expect(sent.output).to.include("core: deployed").and.to.include("no agent has weight yet");
      const written = readFileSync(own, "utf8");
      const again = await toItsEnd(nexus(...deploy, "--send"));
      expect(again.output).to.include("core: already deployed").and.to.include("are in place");
      expect(readFileSync(own, "utf8")).to.equal(written);
    } finally {
      sandbox.kill("SIGTERM");
    }
    const { code, output } = await end;
    expect(code, output).to.equal(0);
  });

  it("refuses what it does not know with one line and exit code 2", async () => {
    for (const args of [["frobnicate"], ["agent", "bond"], ["sandbox", "--blocks", "none"]]) {
      const { code, output } = await toItsEnd(nexus(...args));
      expect(code).to.equal(2);
      expect(output.trim().split("\n"), output).to.have.length(1);
    }
  });
});
