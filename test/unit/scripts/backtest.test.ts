import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import { z } from "zod";
import { decide } from "../../../keepers/agents/arbitrage/decide.ts";
import { entryOf } from "../../../keepers/agents/arbitrage/entry.ts";
import { canonicalJson } from "../../../keepers/core/canonicalJson.ts";
import { blockNumber } from "../../../keepers/core/units.ts";
import { BACKTEST_COMMANDS, REPLAY_COMMANDS } from "../../../scripts/cli/backtest/commands.ts";
import { originHere } from "../../../scripts/backtest/origin.ts";
import { readPolicy } from "../../../scripts/backtest/policy.ts";
import { lineChart } from "../../../scripts/backtest/chart.ts";
import { UsageError } from "../../../scripts/lib/command.ts";
import { directJson } from "../../../scripts/lib/output.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { POLICY, aSnapshot } from "../../support/arbitrage.ts";
import { failureOf } from "../../support/failureOf.ts";
import { recordedCsv } from "../../support/recordedFlow.ts";

const MINUTES = 40;

describe("nexus backtest and nexus replay", () => {
  let folder = "";
  const all = { ...BACKTEST_COMMANDS, ...REPLAY_COMMANDS };
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const run = async (name: keyof typeof all, options: Readonly<Record<string, string>>) => {
    const path = join(folder, "answer.json");
    directJson(path);
    const command = all[name];
    if (command === undefined) throw new Error(`no ${name}`);
    const code = await command.run(new Map([...Object.entries(options), ["json", path]]));
    return { code, answer: z.looseObject({ kind: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))) };
  };
  const failure = async (name: keyof typeof all, options: Readonly<Record<string, string>>): Promise<string> => {
    const error = await failureOf(run(name, options));
    expect(error).to.be.instanceOf(UsageError);
    return error.message;
  };

  let market = "";
  let records = "";
  let page = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "nexus-backtest-"));
    market = file("day.csv", recordedCsv(1, MINUTES));
    [records, page] = [join(folder, "decisions.jsonl"), join(folder, "report.html")];
    const { code, answer } = await run("backtest", { market, record: records, report: page });
    expect(code).to.equal(0);
    expect(answer).to.deep.include({
      kind: "backtest",
      blocks: 3 * MINUTES,
      isWhole: true,
      minutes: MINUTES,
      residual: "0",
    });
    expect(answer["origin"]).to.deep.equal(originHere());
  });
  after(async () => {
    directJson(undefined);
    await removeFolder(folder);
  });

  it("writes a report that loads nothing and runs nothing", () => {
    const html = readFileSync(page, "utf8");
    expect(html).to.match(/^<!doctype html>\n<html lang="en">/);
    expect(html).not.to.match(/<script|\ssrc=|\shref=|url\(|@import|https?:/i);
    expect(html).to.include("default-src 'none'");
    for (const words of [
      "Net value at",
      "Fall from the highest",
      "What strategies did",
      "By cause",
      "residual 0 of",
      originHere().code,
    ])
      expect(html).to.include(words);
    expect(html.match(/<polyline/g)).to.have.length(4);
    expect(html).not.to.match(/NaN|undefined|Infinity/);
  });

  it("replays what it recorded to the same bytes, all or one", async () => {
    const { code, answer } = await run("replay", { RECORDS: records });
    expect(code).to.equal(0);
    expect(answer["same"]).to.equal(answer["decisions"]);
    expect(answer["decisions"]).to.be.at.least(2 * MINUTES);
    const hash = /"record":"(0x[0-9a-f]{64})"/.exec(readFileSync(records, "utf8"))?.[1] ?? "";
    const one = await run("replay", { RECORDS: records, decision: hash.slice(0, 20) });
    expect(one.answer).to.deep.include({ decisions: 1, same: 1 });
  });

  it("finds a changed decision in a file of records, and says what is not right with another file", async () => {
    const text = readFileSync(records, "utf8");
    const changed = file("changed.jsonl", text.replace(/\\"kind\\":\\"refuse\\"/, String.raw`\"kind\":\"refused\"`));
    const { code, answer } = await run("replay", { RECORDS: changed });
    expect(code).to.equal(1);
    expect(Number(answer["decisions"]) - Number(answer["same"])).to.be.at.least(1);
    expect(JSON.stringify(answer["findings"])).to.match(/was changed/);
    const cut = file("cut.jsonl", text.slice(0, -30));
    const rest = await run("replay", { RECORDS: cut });
    expect(rest.code).to.equal(0);
    expect(await failure("replay", { RECORDS: file("foreign.jsonl", "{}\n") })).to.include("line 1");
    expect(await failure("replay", { RECORDS: file("empty.jsonl", "") })).to.equal("there is no record");
    expect(await failure("replay", { RECORDS: join(folder, "none") })).to.include("cannot be read");
    expect(await failure("replay", { RECORDS: records, decision: "0xzz" })).to.include("0xzz");
  });

  it("replays the decision log of a live fleet by the evidence of its proposals", async () => {
    const snapshot = aSnapshot({ block: blockNumber(3n) });
    const record = canonicalJson(entryOf(snapshot, POLICY, decide(snapshot, POLICY)));
    const line = (text: string, evidence = keccak256(toUtf8Bytes(text))) =>
      `{"evidence":"${evidence}","record":${text}}\n`;
    const good = file("searcher.decisions.jsonl", line(record) + line(record));
    const { code, answer } = await run("replay", { RECORDS: good });
    expect([code, answer["decisions"], answer["same"]]).to.deep.equal([0, 2, 2]);
    const other = record.replace(/"grossProfit":"\d+"/, '"grossProfit":"1"');
    const bad = await run("replay", {
      RECORDS: file("other.decisions.jsonl", line(other) + line(other, keccak256("0x"))),
    });
    expect([bad.code, bad.answer["same"]]).to.deep.equal([1, 0]);
    expect(JSON.stringify(bad.answer["findings"]))
      .to.include("decision.plan.figures.grossProfit")
      .and.include("its evidence names");
  });

  it("plays a span of several files, and refuses what is no market", async () => {
    const [first, second] = [file("a.csv", recordedCsv(0, 10)), file("b.csv", recordedCsv(1, 10))];
    const both = await run("backtest", { market: `${first},${second}` });
    expect(both.answer).to.deep.include({ minutes: 20, residual: "0" });
    const span = { from: "2023-08-16 00:02", to: "2023-08-16 00:05" };
    expect((await run("backtest", { market: `${first},${second}`, ...span })).answer["minutes"]).to.equal(3);
    expect(await failure("backtest", { market: `${second},${first}` })).to.include("order of time");
    expect(await failure("backtest", { market: first, from: "2024-01-01" })).to.include("no minute");
    expect(await failure("backtest", { market: first, to: "noon" })).to.include("--to is a time");
    expect(await failure("backtest", { market: file("bad.csv", "timestamp,x\n1,2") })).to.include("line 1");
    expect(await failure("backtest", { market: join(folder, "none.csv") })).to.include("cannot be read");
    expect(await failure("backtest", { market: first, latency: "0" })).to.include("--latency");
  });

  it("plays another policy, and names what is wrong with one", async () => {
    const silent = file(
      "policy.json",
      JSON.stringify({ arbitrage: { minProfit: 10 ** 12 }, rebalance: { targets: {} } }),
    );
    const { answer } = await run("backtest", { market, policy: silent });
    const effects = z.array(z.looseObject({ enacted: z.number() })).parse(answer["effects"]);
    expect(effects.map(({ enacted }) => enacted)).to.deep.equal([0, 0]);
    expect(() => readPolicy(file("unknown.json", '{"arbitrage":{"minProfits":1}}'))).to.throw(UsageError, "minProfits");
    expect(() => readPolicy(file("target.json", '{"rebalance":{"targets":{"DOGE":1}}}'))).to.throw(UsageError, "DOGE");
    expect(() => readPolicy(file("no.json", "{"))).to.throw(UsageError, "no JSON file");
  });

  it("plays a policy that optimises, and every decision of it is decided again", async () => {
    const rebalance = {
      targets: { WSEI: 250, WETH: 250 },
      everyBlocks: 1,
      edgeBps: 50,
      optimise: { minutes: 60, leastMinutes: 30, capsBps: { WSEI: 300 } },
    };
    const path = join(folder, "optimised.jsonl");
    const policy = file("optimise.json", JSON.stringify({ rebalance, arbitrage: { minProfit: 10 ** 12 } }));
    expect((await run("backtest", { market, policy, record: path })).answer["residual"]).to.equal("0");
    const { code, answer } = await run("replay", { RECORDS: path });
    expect([code, answer["same"]]).to.deep.equal([0, answer["decisions"]]);
    const text = readFileSync(path, "utf8");
    expect(text).to.include("too little data: 29 of 30 samples").and.to.include("optimised");
    expect(text.length / Number(answer["decisions"])).to.be.below(4_096);
  });

  it("takes longer to be in a block when it is told to", async () => {
    const slow = await run("backtest", { market, latency: "2" });
    expect(slow.answer["blocks"]).to.equal(4 * MINUTES);
    expect(slow.answer["residual"]).to.equal("0");
  });

  it("looks ahead: no decision changes with the future", async () => {
    const { code, answer } = await run("backtest", { market, to: "2023-08-16 00:09", lookahead: "" });
    expect(code).to.equal(0);
    expect(answer).to.deep.equal({ kind: "lookahead", cuts: 50, changed: [] });
  }).timeout(60_000);

  it("draws a line for each series, thinned to its extremes, and nothing as a flat line", () => {
    const spike = Array.from({ length: 5_000 }, (_, index) => (index === 3_333 ? -9 : 1));
    const chart = lineChart(
      "A <b>",
      [
        { name: "one", values: spike },
        { name: "two", values: [] },
      ],
      (value) => `${value}`,
    );
    expect(chart).to.include("A &lt;b&gt;").and.not.include("<b>");
    expect(chart.match(/>(-9|1)</g)).to.deep.equal([">1<", ">-9<"]);
    expect((/points="([^"]*)"/.exec(chart)?.[1] ?? "").split(" ").length).to.be.at.most(720);
    expect(lineChart("flat", [{ name: "one", values: [5, 5] }], String)).not.to.include("NaN");
  });
});
