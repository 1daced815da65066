import { expect } from "chai";
import type { AlertsReport, StandingAlert } from "../../../../keepers/core/alerts.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { blockNumber } from "../../../../keepers/core/units.ts";
import { createMetrics } from "../../../../keepers/adapters/metrics/metrics.ts";
import { createReadiness } from "../../../../keepers/adapters/metrics/readiness.ts";
import { serveMetrics } from "../../../../keepers/adapters/metrics/server.ts";
import { feedsEvent, marketState, sourceState } from "../../../support/alertScene.ts";
import { USDC, WAD, WSEI, account, chainSnapshot, messageOf, tokenState } from "../../../support/keeperBuilders.ts";

const symbolOf = (token: string): string => (token === USDC ? "USDC" : token === WSEI ? "WSEI" : token);
const message = messageOf();
const agent = "executor";

const snapshot = (changes: Parameters<typeof chainSnapshot>[0] = {}): KeeperEvent => ({
  kind: "snapshot",
  agent,
  view: chainSnapshot(changes),
  pools: [],
  tookMs: 1,
});
const decision: KeeperEvent = {
  kind: "decision",
  agent: "searcher",
  block: blockNumber(1n),
  why: undefined,
  opportunities: 0,
  tookMs: 30,
};
const result = (kind: "enacted" | "reverted"): KeeperEvent => ({
  kind: "result",
  agent,
  message: {
    hash: message.hash,
    block: blockNumber(3n),
    latencyMs: 800,
    latencyBlocks: 2,
    result:
      kind === "enacted"
        ? { kind, changes: [], loss: 2n * WAD, gasUsed: 1n, gasPaid: WAD / 4n }
        : { kind, error: "TooLate", gasPaid: WAD / 2n },
  },
});

const standing = (rule: string, subject: string): StandingAlert => ({
  id: `${rule}/${subject}`,
  rule,
  subject,
  severity: "page",
  cause: "agents",
  title: "t",
  what: "",
  next: "n",
  runbook: "r",
  sinceMs: 1,
  resolvedMs: undefined,
  acknowledgedBy: undefined,
  silencedUntilMs: undefined,
  explainedBy: undefined,
});
const alerts = (...all: readonly StandingAlert[]): KeeperEvent => {
  const channel = {
    channel: "mail",
    delivered: 0,
    lastDelivered: undefined,
    failures: 2,
    lastFailure: "no",
    waiting: 1,
  };
  const report: AlertsReport = {
    atMs: 1,
    rules: 36,
    standing: all,
    resolved: [],
    silences: [],
    channels: [channel],
    pushKey: undefined,
  };
  return { kind: "alerts", agent: "alerts", report };
};

const open = () => createMetrics({ version: "1.2.3", symbolOf, baseDecimals: 6 });
const textAfter = async (...events: readonly KeeperEvent[]): Promise<readonly string[]> => {
  const metrics = open();
  for (const event of events) metrics.hear(event);
  return (await metrics.text()).split("\n");
};

describe("Metrics of a process", () => {
  it("count what agents do, and how long it takes", async () => {
    const lines = await textAfter(
      { kind: "connection", agent, up: true },
      decision,
      { kind: "proposal", agent: "searcher", message },
      {
        kind: "vote",
        agent: "risk-1",
        message: { hash: message.hash, signer: account(1), signature: "0x" },
        tookMs: 4,
      },
      { kind: "sent", agent, hash: message.hash, transaction: "0x1", block: blockNumber(1n) },
      { kind: "trouble", agent, what: "no" },
    );
    expect(lines).to.include.members([
      'nexus_build_info{version="1.2.3"} 1',
      'nexus_agent_up{agent="executor"} 1',
      'nexus_decisions_total{agent="searcher"} 1',
      'nexus_proposals_total{agent="searcher",path="fast"} 1',
      'nexus_answers_total{agent="risk-1",answer="for"} 1',
      'nexus_transactions_sent_total{agent="executor"} 1',
      'nexus_troubles_total{agent="executor"} 1',
      'nexus_decision_duration_seconds_bucket{le="0.05",work="decision"} 1',
      'nexus_decision_duration_seconds_bucket{le="0.005",work="answer"} 1',
    ]);
  });

  it("tell what money does in whole tokens, dollars and SEI", async () => {
    const lines = await textAfter(snapshot({ remainingLoss: 5n * WAD }), result("enacted"), result("reverted"));
    expect(lines).to.include.members([
      'nexus_treasury_value_tokens{bound="lower"} 1000000',
      'nexus_treasury_balance_tokens{token="USDC"} 1000000',
      'nexus_price_usd{token="USDC",bound="middle"} 1',
      "nexus_loss_limit_remaining_usd 5",
      'nexus_executions_total{result="enacted"} 1',
      'nexus_executions_total{result="reverted"} 1',
      "nexus_executed_loss_usd_total 2",
      'nexus_gas_paid_sei_total{path="fast"} 0.75',
      "nexus_head_block 100",
      'nexus_breaker_level{scope="everything"} 0',
    ]);
  });

  it("show no old figure for what is not known any more", async () => {
    const lost = tokenState(USDC, { status: "QuorumMissed" });
    const text = (await textAfter(snapshot(), snapshot({ treasuryValue: undefined, tokens: [lost] }))).join("\n");
    expect(text).to.contain('nexus_price_ready{token="USDC"} 0');
    expect(text).to.not.match(/nexus_price_usd\{token="USDC"/);
    expect(text).to.not.match(/^nexus_treasury_value_tokens\{/m);
  });

  it("tell which alerts stand by their rules, how messages go out, and how prices' sources do", async () => {
    const both = [standing("agent-down", "a"), standing("agent-down", "b")];
    const lines = await textAfter(alerts(...both), feedsEvent({ sources: [sourceState({ ageSeconds: 9 })] }));
    expect(lines).to.include.members([
      'nexus_alert_active{rule="agent-down",severity="page"} 2',
      'nexus_alert_channel_failures{channel="mail"} 2',
      'nexus_price_source_age_seconds{asset="WETH",source="API3"} 9',
      'nexus_price_confidence_ratio{asset="WETH"} 0.8',
    ]);
    const volatility = { index: 0.5, withJumps: 0.75, windows: [0.4, 0.6] };
    const known = feedsEvent({ volatility, market: marketState() });
    const refused = {
      kind: "answerRefused",
      agent: "monitor",
      about: "host",
      fault: "late",
      detail: "",
      times: 1,
    } as const;
    expect(await textAfter(known, refused, { ...refused, times: 2 })).to.include.members([
      'nexus_volatility_ratio{asset="WETH",kind="index"} 0.5',
      'nexus_volatility_ratio{asset="WETH",kind="withJumps"} 0.75',
      'nexus_price_market_gap_ratio{asset="WETH"} 0.0005',
      'nexus_market_loss_ratio{asset="WETH",pool="pool A",side="sell"} 0.0035',
      'nexus_price_answers_refused_total{about="host",fault="late"} 2',
    ]);
    const gone = (await textAfter(known, feedsEvent())).join("\n");
    expect(gone, "what is unknown is no old figure").to.not.match(/nexus_(?:volatility|price_market_gap)_ratio\{/);
    expect((await textAfter(alerts(...both), alerts())).join("\n")).to.not.match(/^nexus_alert_active\{/m);
  });

  it("are named as Prometheus has it: a prefix, a unit, `_total` for what only grows, a help for each", async () => {
    const text = (await textAfter(snapshot(), result("enacted"), alerts(), feedsEvent())).join("\n");
    const types = [...text.matchAll(/^# TYPE (nexus_\S+) (\w+)$/gm)];
    expect(types.length).to.be.above(25);
    for (const [, name = "", type] of types) {
      expect(name, name).to.match(/^nexus_[a-z_]+$/);
      expect(name.endsWith("_total"), name).to.equal(type === "counter");
      if (type === "histogram") expect(name, name).to.match(/_seconds$/);
      expect(text).to.match(new RegExp(`^# HELP ${name} \\S`, "m"));
    }
  });
});

describe("The server of a fleet's metrics", () => {
  it("tells that it runs, and that it is ready once every agent is connected and blocks come", async () => {
    let nowMs = 0;
    const [metrics, readiness] = [open(), createReadiness(["a", "b"], () => nowMs)];
    const server = await serveMetrics({ metrics, readiness, port: 0 });
    const ask = async (path: string): Promise<readonly [number, string]> => {
      const response = await fetch(`${server.url}${path}`);
      return [response.status, (await response.text()).trim()];
    };
    try {
      readiness.hear({ kind: "connection", agent: "a", up: true });
      expect(await ask("/healthz")).to.deep.equal([200, "ok"]);
      expect(await ask("/readyz")).to.deep.equal([503, "b: not connected"]);
      readiness.hear({ kind: "connection", agent: "b", up: true });
      readiness.hear(decision);
      expect(await ask("/readyz")).to.deep.equal([200, "ready"]);
      nowMs = 10_001;
      expect(await ask("/readyz")).to.deep.equal([503, "no block for 10 s"]);
      expect((await ask("/metrics"))[1]).to.contain('nexus_build_info{version="1.2.3"} 1');
      expect((await ask("/else"))[0]).to.equal(404);
      expect((await fetch(`${server.url}/metrics`, { method: "POST" })).status).to.equal(405);
    } finally {
      await server.close();
    }
  });

  it("answers nobody who calls it by another name, and says so where its port is taken", async () => {
    const options = { metrics: open(), readiness: createReadiness([], () => 0) };
    const server = await serveMetrics({ ...options, port: 0 });
    try {
      const { port } = new URL(server.url);
      const { get } = await import("node:http");
      const status = await new Promise((resolve) => {
        get({ host: "127.0.0.1", port, path: "/metrics", headers: { host: "evil.example" } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
      });
      expect(status).to.equal(403);
      const failure = await serveMetrics({ ...options, port: Number(port) }).catch((error: unknown) => error);
      expect(String(failure)).to.contain(`port ${port} cannot be used`);
    } finally {
      await server.close();
    }
  });
});
