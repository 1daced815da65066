import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { openAccount } from "../../../../keepers/backtest/account.ts";
import { replayRecord } from "../../../../keepers/backtest/replay.ts";
import { summaryOf } from "../../../../keepers/backtest/summary.ts";
import { recordWriter } from "../../../../keepers/core/record.ts";
import { HASHING, sha256 } from "../../../../scripts/backtest/origin.ts";
import { sandboxPlan, tokenAt } from "../../../../scripts/backtest/plan.ts";
import { ORIGIN, type Played, marketOf, played } from "../../../support/backtests.ts";

const ROOT = new URL("../../../../", import.meta.url).pathname;

/** Every file that a file reaches by its imports, types alone left out, by its path in the repository. */
const reached = (start: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    const text = readFileSync(join(ROOT, path), "utf8");
    found.set(path, text);
    for (const [, from = ""] of text.matchAll(/^(?:import|export) (?!type ).*?from "([^"]+)";/gms)) {
      visit(from.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), from)) : from);
    }
  };
  visit(start);
  return found;
};

const only = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined) throw new Error("there is nothing");
  return first;
};

describe("A backtest", () => {
  let run: Played;
  before(async () => {
    run = await played(marketOf(1, 120));
  });

  const tools = (parts: ReadonlyMap<string, string> = run.parts) => ({
    find: (name: string) => parts.get(name),
    hash: sha256,
    keccak: HASHING.keccak,
    origin: ORIGIN,
  });
  const ofKind = (kind: string) => run.records.filter(([, text]) => text.includes(`"kind":"${kind}"`));

  it("decides by the modules that run live, and reaches nothing of the world [NX-QNT-10]", () => {
    const files = reached("keepers/backtest/run.ts");
    for (const [path] of reached("keepers/backtest/fleet.ts"))
      expect(path).to.match(/^keepers\/(?:core|market|quant|sending|agents|backtest)\//);
    for (const [path, text] of files) {
      expect(path).to.match(/^keepers\/(?:core|market|quant|sending|agents|backtest)\//);
      expect(text, path).not.to.match(/\bDate\.now|\bnew Date|Math\.random|\bprocess\.|\bsetTimeout|\bfetch\(/);
    }
    const live = ["arbitrage", "risk", "rebalance"].flatMap((kind) => [
      `keepers/agents/${kind}/tick.ts`,
      `keepers/agents/${kind}/decide.ts`,
    ]);
    const fleet = [...reached("keepers/backtest/fleet.ts").keys()];
    expect(fleet).to.include.members([...live, "keepers/agents/risk/slowReview.ts"]);
    expect([...files.keys()]).to.include.members([
      "keepers/agents/execution/decide.ts",
      "keepers/agents/steward/decide.ts",
    ]);
  });

  it("finds, votes and trades as the fleet does, and gains what it said or reverts", () => {
    const { outcomes } = run.result;
    const enacted = outcomes.filter(({ kind, strategy }) => kind === "enacted" && strategy === "arbitrage");
    expect(enacted.length).to.be.above(5);
    for (const { expected = 0n, changes, block, decidedAt } of enacted) {
      expect(block - decidedAt).to.equal(1n);
      expect((changes.get(tokenAt("USDC")) ?? 0n) > 0n).to.equal(true);
      expect((changes.get(tokenAt("USDC")) ?? 0n) <= expected).to.equal(true);
      expect([...changes.values()].every((change) => change >= 0n)).to.equal(true);
    }
    expect(outcomes.some(({ strategy, kind }) => strategy === "rebalance" && kind === "enacted")).to.equal(true);
    expect(new Set(enacted.map(({ nonce }) => nonce)).size).to.equal(enacted.length);
    expect(run.result.refusals.map(({ reason }) => reason)).not.to.include("NonceUsed");
    for (const { kind, why, gasPaid } of outcomes) {
      expect(why === undefined).to.equal(kind === "enacted");
      expect(gasPaid > 0n).to.equal(true);
    }
  });

  it("accounts for every unit: causes sum to the change of value, and balances are those of the chain [NX-QNT-09]", () => {
    const { report, points } = run.result;
    expect(report.residual).to.equal(0n);
    expect(report.tokenResiduals).to.deep.equal([]);
    expect(report.rows.map(({ cause }) => cause)).to.include.members([
      "arbitrage",
      "pool-fee",
      "slippage",
      "gas",
      "price",
    ]);
    const cents = 10n ** 34n;
    const last = points.at(-1)?.value ?? 0n;
    expect(report.netValue / cents).to.equal((last * 10n ** 18n) / cents);
  });

  it("lets agents decide only where what they decide can still be in a block of the same minute", () => {
    expect(run.blocks.every((block) => block % 3n !== 0n)).to.equal(true);
    expect(new Set(run.blocks.map((block) => block % 3n))).to.deep.equal(new Set([1n, 2n]));
    expect(run.result.outcomes.map(({ why }) => why)).not.to.include("DeadlinePassed");
  });

  it("books a trade's fee as the pool takes it, rounded up, and gas to who pays it", () => {
    const plan = sandboxPlan(
      { SEI: 10n ** 18n, ETH: 2_000n * 10n ** 18n },
      { overhead: 1n, perHop: { v2: 1n, v3: 1n } },
    );
    const pool = plan.pools.find(({ pool: { feePips, kind } }) => feePips === 500n && kind === "v3")?.pool;
    if (pool === undefined) throw new Error("no pool");
    const account = openAccount({ ...plan, holdings: new Map([[pool.token0, 2_001n]]) });
    account.prices(1, new Map(plan.tokens.map(({ address }) => [address, 10n ** 18n])));
    const swap = { pool, tokenIn: pool.token0, tokenOut: pool.token1, amountIn: 2_001n, amountOut: 7n };
    account.outcome({
      hash: "0x",
      nonce: 1n,
      agent: "a",
      strategy: "arbitrage",
      kind: "enacted",
      why: undefined,
      decidedAt: 0n,
      block: 1n,
      time: 1n,
      swaps: [swap],
      changes: new Map(),
      expected: undefined,
      gasPaid: 5n,
    });
    const causes = account.ledger.resultOf("cause");
    const decimals = plan.tokens.find(({ address }) => address === pool.token0)?.decimals ?? 0;
    expect(causes.get("pool-fee")).to.equal(-2n * 10n ** BigInt(36 - decimals));
    expect(causes.get("gas")).to.equal(-5n * 10n ** 18n);
    expect(account.ledger.report().residual).to.equal(0n);
  });

  it("is the same each time, to the last byte [NX-QNT-11]", async () => {
    const again = await played(marketOf(1, 120));
    expect(again.records).to.deep.equal(run.records);
    expect(again.parts).to.deep.equal(run.parts);
  });

  it("records every decision, and each is decided again to the same bytes [NX-QNT-11]", () => {
    expect(run.records.length).to.be.at.least(240);
    for (const kind of ["hunt", "review", "slowReview", "rebalance"]) expect(ofKind(kind), kind).not.to.have.length(0);
    for (const [hash, text] of run.records) expect(replayRecord(hash, text, tools()).kind).to.equal("same");
    const size = [...run.parts.values(), ...run.records.map(([, text]) => text)].reduce(
      (sum, { length }) => sum + length,
      0,
    );
    expect(size / run.records.length).to.be.below(4_096);
  });

  it("finds a record or a part that was changed, and one that is missing [NX-QNT-11]", () => {
    const [hash, text] = only(ofKind("hunt"));
    const changed = text.replace(/"block":"(\d+)n"/, '"block":"9$1n"');
    expect(replayRecord(hash, changed, tools())).to.deep.include({ kind: "broken" });
    const [name, part] = only([...run.parts].filter(([key]) => text.includes(key)));
    const others = new Map(run.parts);
    others.set(name, `${part} `);
    const verdict = replayRecord(hash, text, tools(others));
    expect(verdict.kind === "broken" ? verdict.why : "").to.equal(`the part ${name} was changed`);
    others.delete(name);
    const missing = replayRecord(hash, text, tools(others));
    expect(missing.kind === "broken" ? missing.why : "").to.include("is missing");
    for (const foreign of ["{}", "[]", "5", "{", '{"format":"other"}'])
      expect(replayRecord(sha256(foreign), foreign, tools()).kind, foreign).to.equal("broken");
  });

  it("names the first field of a decision that is another now, and another code or engine [NX-QNT-11]", () => {
    const verdicts = ["hunt", "review", "slowReview", "rebalance"].map((kind) => {
      const [, text] = only(ofKind(kind).filter(([, one]) => !one.includes('"kind":"rest"')));
      const other = text.replace(/"decision":.*,"engine":/, '"decision":{"kind":"another"},"engine":');
      const known = { ...tools(), origin: { code: "newer", engine: "engine" } };
      return replayRecord(sha256(other), other, known);
    });
    for (const verdict of verdicts) {
      if (verdict.kind !== "differs") throw new Error(JSON.stringify(verdict.kind));
      expect(verdict.difference.path).to.match(/^decision\./);
      expect(verdict.other).to.deep.equal(["decided by code code, replayed by newer"]);
    }
  });

  it("refuses an input that is none of its kind instead of deciding on it", () => {
    for (const kind of ["hunt", "review", "slowReview", "rebalance"]) {
      const head = { format: "nexus-decisions-1", ...ORIGIN, kind, agent: "a", block: 1n, time: 1n };
      for (const input of [
        undefined,
        {},
        { snapshot: { pools: 5 }, policy: {} },
        { seen: {}, policy: {} },
        { input: {}, context: {} },
      ]) {
        const text = recordWriter()({ ...head, input, decision: {} });
        const verdict = replayRecord(sha256(text), text, tools());
        expect(verdict.kind === "broken" ? verdict.why : verdict.kind).to.include("no input of a");
      }
    }
  });

  it("leaves what it has when it is stopped", async () => {
    const stopped = await played(marketOf(1, 120), { isStopped: (blocks) => blocks === 60 });
    expect([stopped.result.blocks, stopped.result.isWhole]).to.deep.equal([60, false]);
    expect(stopped.records).to.deep.equal(run.records.slice(0, stopped.records.length));
    expect(stopped.result.report.residual).to.equal(0n);
  });

  it("says the value at risk of a minute by what was known a minute before", () => {
    const summary = summaryOf(run.result, tokenAt("USDC"));
    expect(summary.minutes).to.have.length(120);
    expect(summary.coverage).to.equal(undefined);
    expect(summary.endValue).to.equal(run.result.points.at(-1)?.value);
    const [arbitrage] = summary.effects;
    expect(arbitrage?.enacted).to.equal(
      run.result.outcomes.filter(({ kind, strategy }) => kind === "enacted" && strategy === "arbitrage").length,
    );
    expect(arbitrage !== undefined && arbitrage.realised <= arbitrage.expected).to.equal(true);
  });
});
