import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { expect } from "chai";
import { Wallet } from "ethers";
import { z } from "zod";
import { loadConfig } from "../../../keepers/wiring/config.ts";
import type { AgentState, KeeperEvent } from "../../../keepers/core/events.ts";
import { blockNumber, unixSeconds } from "../../../keepers/core/units.ts";
import { ALL_AGENT_COMMANDS } from "../../../scripts/cli/agentCommands.ts";
import { keeper } from "../../../scripts/cli/keeper.ts";
import { type Level, openKeeperLog } from "../../../scripts/cli/keeperLog.ts";
import { entryLine, heartbeatOf, idleWords } from "../../../scripts/cli/keeperWords.ts";
import { parseAddressBook } from "../../../deployments/schema.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { shownEndpoint } from "../../../keepers/core/endpoint.ts";
import { namesOf } from "../../../keepers/views/names.ts";
import { agentStateLines } from "../../../keepers/views/agentState.ts";
import { runLine } from "../../support/commandLine.ts";

const NAMES = namesOf({ environment: { tokens: {}, dexes: [], pools: [], oracles: {} } });
const KEY = `0x${"42".repeat(32)}`;
const URL_WITH_KEY = "wss://node.example/v1/very-secret";

const ENTRY = z.looseObject({
  time: z.iso.datetime(),
  level: z.string(),
  event: z.string(),
  agent: z.string().optional(),
  msg: z.string(),
});

const logged = (level: Level, ...events: readonly KeeperEvent[]) => {
  const lines: string[] = [];
  const log = openKeeperLog({
    level,
    names: NAMES,
    secrets: [KEY, URL_WITH_KEY],
    write: (line) => void lines.push(line),
  });
  for (const event of events) log.emit(event);
  return { log, lines, entries: () => lines.map((line) => ENTRY.parse(JSON.parse(line))) };
};

const decision = (why: string | undefined, opportunities: number): KeeperEvent => ({
  kind: "decision",
  agent: "searcher",
  block: blockNumber(7n),
  why,
  opportunities,
  tookMs: 2,
});

const trouble = (what: string): KeeperEvent => ({ kind: "trouble", agent: "searcher", what });
const ACTIVE: AgentState = { agentId: 3n, weight: 1_000n, status: "Active", validUntil: unixSeconds(0n) };
const stands = (now: AgentState, before?: AgentState): KeeperEvent => ({
  kind: "agentState",
  agent: "risk",
  now,
  before,
});

/** The public half of an Ed25519 seed. */
const ed25519Of = (seed: string): string => {
  const der = Buffer.from(`302e020100300506032b657004220420${seed.slice(2)}`, "hex");
  const { x = "" } = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({
    format: "jwk",
  });
  return `0x${Buffer.from(x, "base64url").toString("hex")}`;
};

const EMPTY_BOOK = {
  chainId: 1329,
  name: "sandbox",
  deployedAt: 0,
  environment: { tokens: {}, dexes: [], pools: [], oracles: {} },
  contracts: {},
};

describe("what a new operator begins with", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-begin-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is keys in a file that only its owner reads, the public halves told, and never written over", async () => {
    const path = join(folder, "agent.env");
    const told = await runLine(ALL_AGENT_COMMANDS, ["agent", "keys", "--out", path, "--json"]);
    const { operator, voteSigner, messageKey } = z.record(z.string(), z.string()).parse(JSON.parse(told.output));
    const text = readFileSync(path, "utf8");
    const secretOf = (name: string): string =>
      new RegExp(`^export ${name}=(0x[0-9a-f]{64})$`, "m").exec(text)?.[1] ?? "";
    expect(new Wallet(secretOf("NEXUS_OPERATOR_KEY")).address).to.equal(operator);
    expect(new Wallet(secretOf("NEXUS_SIGNER_KEY")).address).to.equal(voteSigner);
    expect(ed25519Of(secretOf("NEXUS_MESSAGE_KEY"))).to.equal(messageKey);
    expect(told.output).to.not.include(secretOf("NEXUS_SIGNER_KEY"));
    expect(statSync(path).mode & 0o077).to.equal(0);
    const again = await runLine(ALL_AGENT_COMMANDS, ["agent", "keys", "--out", path]);
    expect([again.code, again.error?.message]).to.deep.equal([
      2,
      `${path} exists; name a new file, since keys are never overwritten`,
    ]);
  });

  it("is a configuration for its own key, with every default, that only its owner reads and nothing overwrites", async () => {
    const [path, book] = [join(folder, "keepers.json"), join(folder, "book.json")];
    await writeAddressBook(book, parseAddressBook(EMPTY_BOOK));
    process.env["NEXUS_SIGNER_KEY"] = KEY;
    const line = ["keeper", "--init", path, "--kind", "risk", "--rpc", "http://127.0.0.1:1", "--book", book];
    try {
      expect((await runLine({ keeper }, line)).output).to.include(`nexus keeper --config ${path}`);
      const again = await runLine({ keeper }, line);
      expect([again.code, again.error?.message]).to.deep.equal([2, `${path} exists; name a new file`]);
    } finally {
      delete process.env["NEXUS_SIGNER_KEY"];
    }
    const config = loadConfig(JSON.parse(readFileSync(path, "utf8")), {}, []);
    expect(config.agents.map(({ name, kind, key }) => [name, kind, key.reveal()])).to.deep.equal([
      ["mine", "risk", KEY],
    ]);
    expect([config.rpcUrl, config.chainId, config.addressBook]).to.deep.equal([["ws://127.0.0.1:1"], 1329n, book]);
    expect(config.dryRun).to.equal(true);
    expect(statSync(path).mode & 0o077).to.equal(0);
  });
});

describe("the log of keepers [NX-FAC-03]", () => {
  it("gives each entry a time, a level, an event and words", () => {
    const { entries, lines } = logged(
      "info",
      { kind: "connection", agent: "searcher", up: true },
      trouble("no answer"),
    );
    expect(entries().map(({ level, event, agent, msg }) => [level, event, agent, msg])).to.deep.equal([
      ["info", "connection", "searcher", "searcher is connected"],
      ["warn", "trouble", "searcher", "searcher has trouble: no answer"],
    ]);
    expect(entryLine(lines[1] ?? "")).to.match(/^\d\d:\d\d:\d\d warn {2}searcher has trouble: no answer$/);
  });

  it("logs decisions that found a chance, and at debug those that found none, with the reason", () => {
    const events = [decision(undefined, 2), decision("no-gainful-cycle", 0)];
    expect(logged("info", ...events).entries()).to.have.length(1);
    const all = logged("debug", ...events).entries();
    expect(all.map(({ level, msg }) => [level, msg])).to.deep.equal([
      ["info", "#7 searcher found 2 chances in 2 ms: it proposes one"],
      ["debug", "#7 searcher found 0 chances in 2 ms: no round trip through the pools gains"],
    ]);
    expect(logged("warn", ...events, trouble("x")).entries()).to.have.length(1);
  });

  it("never writes a key, nor an endpoint whose path may hold one", () => {
    const { lines, log } = logged("info", trouble(`${URL_WITH_KEY} answered 401 to ${KEY}`));
    log.say("warn", "x", `again ${KEY}`, { url: URL_WITH_KEY });
    expect(lines.join("")).to.not.include("4242").and.to.not.include("very-secret");
    expect(shownEndpoint(URL_WITH_KEY)).to.equal("wss://node.example/…");
    expect(shownEndpoint("wss://me:pass@node.example")).to.equal("wss://node.example");
    expect(shownEndpoint("ws://127.0.0.1:8545")).to.equal("ws://127.0.0.1:8545");
  });

  it("warns when its agent is paused, rotated out or loses weight, and says what to do", () => {
    const paused = { ...ACTIVE, status: "Paused", weight: 0n } as const;
    const rotated = { ...ACTIVE, validUntil: unixSeconds(1_900_000_000n) };
    const { entries } = logged(
      "info",
      stands(ACTIVE),
      stands(paused, ACTIVE),
      stands(rotated, ACTIVE),
      stands(ACTIVE, paused),
    );
    expect(entries().map(({ level, msg }) => `${level}: ${msg}`)).to.deep.equal([
      "info: risk is agent 3, Active, with a weight of 1000",
      "warn: risk: agent 3 is Paused and neither proposes nor votes: nexus agent pause --id 3 --resume brings it back",
      "warn: risk: its weight went from 1000 to 0",
      "warn: risk: its key was rotated out, proposes no more and counts until 2030-03-17T17:46:40.000Z: configure the new one",
      "info: risk: agent 3 is active again",
      "info: risk: its weight went from 0 to 1000",
    ]);
    const ended = agentStateLines({
      kind: "agentState",
      agent: "a",
      now: { ...ACTIVE, status: "Terminated" },
      before: ACTIVE,
    });
    expect(ended).to.deep.equal(["a: agent 3 is Terminated and neither proposes nor votes"]);
  });

  it("logs an alert's message line by line, as loud as it is grave, and nothing of it is obeyed", () => {
    const told = { id: "1", kind: "firing", severity: "page", title: "bad\u001B[2J", atMs: 1, alerts: [] } as const;
    const { entries } = logged(
      "info",
      { kind: "alertTold", agent: "alerts", told },
      { kind: "alertTold", agent: "alerts", told: { ...told, severity: "warn" } },
    );
    expect(entries().map(({ level, msg }) => [level, msg])).to.deep.equal([
      ["error", "PAGE: bad\\u{1b}[2J"],
      ["warn", "warning: bad\\u{1b}[2J"],
    ]);
  });

  it("gives a sign of life that says what was done, and warns of an agent that stands still", () => {
    const look = (ticks: number, failures = 0) => ({ ticks, failures });
    const moving = heartbeatOf(
      { searcher: look(75), risk: look(70) },
      { searcher: look(0), risk: look(0) },
      { proposal: 3 },
    );
    expect(moving.isWell).to.equal(true);
    expect(moving.words).to.equal("looked: searcher 75, risk 70; proposal 3");
    const still = heartbeatOf({ searcher: look(75, 2), risk: look(80) }, { searcher: look(75), risk: look(70) }, {});
    expect(still.isWell).to.equal(false);
    expect(still.words).to.equal(
      "looked: searcher 0, risk 10; nothing happened; 2 looks failed; searcher saw no block",
    );
    const { log } = logged("info", trouble("x"), trouble("y"));
    expect([log.tally(), log.tally()]).to.deep.equal([{ trouble: 2 }, {}]);
  });

  for (const [kinds, said] of [
    [["risk"], ["nobody in this process proposes, so the risk managers will be asked nothing"]],
    [["arbitrage"], ["nobody in this process votes", "nobody in this process executes"]],
    [["execution"], ["nobody in this process proposes, so there will be nothing to execute"]],
    [["arbitrage", "risk", "execution"], []],
    [["payments"], []],
  ] as const) {
    it(`says what ${kinds.join(", ")} alone will wait for in vain`, () => {
      const words = idleWords(kinds);
      expect(words).to.have.length(said.length);
      said.forEach((part, i) => expect(words[i]).to.include(part));
    });
  }
});
