import { expect } from "chai";
import type { AlertsReport } from "../../../../keepers/core/alerts.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { uniswapV2 } from "../../../../keepers/core/protocols/uniswapV2.ts";
import { untrusted } from "../../../../keepers/gateway/documents/amounts.ts";
import { alertsDocument, urgentAlerts } from "../../../../keepers/gateway/documents/alerts.ts";
import { alertsSchema } from "../../../../keepers/gateway/schema/alerts.ts";
import { decisionsOf } from "../../../../keepers/gateway/decisions.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { lendingCallsOf } from "../../../../keepers/core/protocols/all.ts";
import { explain } from "../../../../keepers/gateway/server/problems.ts";
import { NO_AGENTS, applyToAgents } from "../../../../keepers/views/fleetAgents.ts";
import type { Names } from "../../../../keepers/views/names.ts";
import { sentenceOf } from "../../../../keepers/views/sentences.ts";
import { EMPTY_STATE, applyEvent } from "../../../../keepers/views/stories.ts";
import {
  TREASURY,
  USDC,
  V2_ROUTER,
  WSEI,
  account,
  chainSnapshot,
  honestProposal,
  messageOf,
} from "../../../support/keeperBuilders.ts";
import { slowMessage } from "../../../support/slowBuilders.ts";

const TOKENS = new Map([
  [USDC, { symbol: "USDC", decimals: 6 }],
  [WSEI, { symbol: "WSEI", decimals: 18 }],
]);
const names: Names = {
  token: (at) => TOKENS.get(at),
  router: (at) => (at === V2_ROUTER ? "DragonSwap V2" : undefined),
  pool: () => undefined,
};

const WSEI_UNIT = 10n ** 18n;
const swap = (tokenIn: typeof USDC, tokenOut: typeof USDC, amountIn: bigint, minOut: bigint) =>
  uniswapV2.pools.encode({
    router: V2_ROUTER,
    tokenIn,
    tokenOut,
    amountIn,
    minOut,
    recipient: TREASURY,
    deadline: 1n,
    feePips: 3_000n,
  });

describe("A sentence for a proposal", () => {
  it("names a round trip by what it spends and what it passes through", () => {
    const calls = [swap(USDC, WSEI, 6_642_123_456n, 10n ** 18n), swap(WSEI, USDC, 10n ** 18n, 6_650_000_000n)];
    expect(sentenceOf(calls, names)).to.equal("Buy and sell 6,642 USDC of WSEI");
  });

  it("names one swap by what it spends, what it gets at least, and where; small amounts keep their digits", () => {
    expect(sentenceOf([swap(USDC, WSEI, 12_500_000n, 41n * 10n ** 18n)], names)).to.equal(
      "Swap 12.50 USDC for at least 41.00 WSEI on DragonSwap V2",
    );
    expect(sentenceOf([swap(USDC, WSEI, 500n, 10n ** 14n)], names)).to.include("0.0005 USDC for at least 0.0001 WSEI");
  });

  it("names every swap, unless each spends what the one before bought [NX-FAC-06]", () => {
    const small = swap(USDC, WSEI, 1_000_000n, 4n * WSEI_UNIT);
    const back = (amountIn: bigint) => swap(WSEI, USDC, amountIn, 1_100_000n);
    const tells = (...calls: Parameters<typeof sentenceOf>[0]): string => sentenceOf(calls, names);
    const first = "Swap 1.00 USDC for at least 4.00 WSEI on DragonSwap V2";
    expect(tells(small, swap(USDC, WSEI, 900_000_000_000n, 3n * WSEI_UNIT))).to.equal(
      `${first}; Swap 900,000 USDC for at least 3.00 WSEI on DragonSwap V2`,
    );
    expect(tells(small, swap(USDC, WSEI, 4n * WSEI_UNIT, WSEI_UNIT))).to.include("; Swap 4,000,000,000,000 USDC");
    for (const passedOn of [38n, 40n, 42n]) {
      expect(tells(small, back((passedOn * WSEI_UNIT) / 10n))).to.equal("Buy and sell 1.00 USDC of WSEI");
    }
    for (const other of [1n, 37n, 43n, 1_000n]) {
      expect(tells(small, back((other * WSEI_UNIT) / 10n))).to.match(
        new RegExp(`^${first}; Swap .* WSEI for at least 1.10`),
      );
    }
  });

  it("tells a supply and a withdrawal as what they are", () => {
    const { supply, withdraw } = lendingCallsOf("aaveV3");
    const order = { pool: V2_ROUTER, asset: USDC, position: account(0xa5), amount: 1_500_000n, recipient: TREASURY };
    expect(sentenceOf([supply.encode(order), withdraw.encode(order)], names)).to.equal(
      "Supply 1.5000 USDC to DragonSwap V2; withdraw 1.5000 USDC from DragonSwap V2",
    );
  });

  it("tells each call where they are not all swaps, and a call that nobody knows as such", () => {
    const unknown = { target: account(7), data: "0xdeadbeef" } as const;
    expect(sentenceOf([swap(USDC, WSEI, 1_000_000n, 1n), unknown], names)).to.match(
      /^Swap 1\.0000 USDC .*; call 0xdeadbeef of 0x0{39}7$/,
    );
    expect(sentenceOf([], names)).to.equal("Nothing: it has no calls");
  });
});

describe("What the gateway folds of a fleet", () => {
  const message = messageOf(honestProposal());
  const refusal = { hash: message.hash, signer: account(2), reason: "too-old", detail: "" };
  const events: readonly KeeperEvent[] = [
    { kind: "connection", agent: "risk-1", up: true },
    { kind: "proposal", agent: "searcher", message },
    { kind: "vote", agent: "risk-1", message: { hash: message.hash, signer: account(1), signature: "0x" }, tookMs: 1 },
    { kind: "refusal", agent: "risk-1", message: refusal, tookMs: 1 },
    { kind: "refusal", agent: "risk-1", message: refusal, tookMs: 1 },
    { kind: "trouble", agent: "searcher", what: "node down" },
    { kind: "decision", agent: "searcher", block: blockNumber(1n), why: "below-minimum", opportunities: 0, tookMs: 1 },
    { kind: "sent", agent: "submitter", hash: message.hash, transaction: "0x", block: blockNumber(2n) },
    {
      kind: "agentState",
      agent: "risk-1",
      now: { agentId: 4n, weight: 9n, status: "Active", validUntil: unixSeconds(0n) },
      before: undefined,
    },
  ];
  const agents = events.reduce((all, event, index) => applyToAgents(all, event, index), NO_AGENTS);

  it("counts for each agent what it did, and when it was last heard", () => {
    expect(agents.get("risk-1")).to.include({ isUp: true, votesFor: 1, votesAgainst: 2, proposals: 0, lastEventMs: 8 });
    expect(agents.get("risk-1")?.refusals).to.deep.equal({ "too-old": 2 });
    expect(agents.get("risk-1")?.status?.agentId).to.equal(4n);
    expect(agents.get("searcher")).to.include({
      proposals: 1,
      troubles: 1,
      lastTrouble: "node down",
      idle: "below-minimum",
    });
    expect(agents.get("submitter")).to.include({ sent: 1, enacted: 0, isUp: false });
  });

  it("tells of a new proposal on the fast path also that it overtakes the one before", () => {
    const second = messageOf(honestProposal({ nonce: 99n }));
    const first: KeeperEvent = { kind: "proposal", agent: "searcher", message };
    const next: KeeperEvent = { kind: "proposal", agent: "searcher", message: second };
    const state = [first, next].reduce(applyEvent, EMPTY_STATE);
    const told = decisionsOf(next, state, names).map(({ id, state: { words, isOpen } }) => [id, words, isOpen]);
    expect(told).to.deep.equal([
      [message.hash, "overtaken by a newer proposal", false],
      [second.hash, "voters look at it", true],
    ]);
    const trouble: KeeperEvent = { kind: "trouble", agent: "searcher", what: "" };
    expect(decisionsOf(trouble, state, names)).to.deep.equal([]);
  });

  it("tells of a proposal on the slow path what became of it, with a guardian's words made harmless [NX-GTW-06]", () => {
    const proposed = slowMessage();
    const veto: KeeperEvent = {
      kind: "slowVeto",
      agent: "guardian",
      hash: proposed.hash,
      reason: "no\u202egniht",
      transaction: "0x",
    };
    const end: KeeperEvent = {
      kind: "slowEnd",
      agent: "steward",
      end: { hash: proposed.hash, how: "vetoed", block: blockNumber(9n), changes: undefined },
    };
    const begun: KeeperEvent = { kind: "slowProposal", agent: "rebalancer", proposed };
    const state = [begun, veto, end].reduce(applyEvent, EMPTY_STATE);
    const [told] = decisionsOf(end, state, names);
    expect(told?.state.code).to.equal("vetoed");
    expect(told?.state.words).to.equal(String.raw`vetoed by guardian: no\u{202e}gniht`);
  });
});

describe("What the gateway says of alerts", () => {
  const standing = {
    id: "agent-down/risk-1",
    rule: "agent-down",
    subject: "risk-1",
    severity: "page" as const,
    cause: "agents",
    title: "An agent is cut off",
    what: "bad\u202Enode",
    next: "Look.",
    runbook: "x",
    sinceMs: 1,
    resolvedMs: undefined,
    acknowledgedBy: undefined,
    silencedUntilMs: undefined,
    explainedBy: undefined,
  };
  const report: AlertsReport = {
    atMs: 5,
    rules: 36,
    standing: [
      standing,
      { ...standing, id: "b", severity: "info" },
      { ...standing, id: "c", silencedUntilMs: 9 },
      { ...standing, id: "d", explainedBy: "chain-silent" },
    ],
    resolved: [],
    silences: [],
    channels: [],
    pushKey: undefined,
  };
  const view = chainSnapshot();

  it("is what the alerts agent says, the words of others marked and harmless [NX-GTW-06]", () => {
    const document = alertsSchema.parse(alertsDocument({ view, alerts: report }));
    expect(document.watch).to.include({ atMs: 5, rules: 36 });
    expect(document.items.map(({ id }) => id)).to.deep.equal(["agent-down/risk-1", "b", "c", "d"]);
    expect(document.items[0]?.untrustedWhat).to.equal("bad\\u{202e}node");
  });

  it("counts those that want somebody", () => {
    expect(urgentAlerts({ alerts: report })).to.equal(1);
    expect(urgentAlerts({ alerts: undefined })).to.equal(0);
  });

  it("is that nobody watches where no agent does, and never that all is well", () => {
    const { watch, notes } = alertsSchema.parse(alertsDocument({ view, alerts: undefined }));
    expect(watch).to.equal(null);
    expect(notes.join(" ")).to.match(/nothing is watched/);
  });
});

describe("What the gateway says of itself", () => {
  it("shows no more of somebody else's words than a page need hold, and nothing that hides [NX-GTW-06]", () => {
    expect(untrusted("a\u0000b")).to.equal(String.raw`a\u{0}b`);
    expect(untrusted("x".repeat(9_000))).to.have.length(4_000);
    expect(untrusted(undefined)).to.equal(null);
  });

  it("tells a client what it did wrong, and nobody what went wrong inside [NX-GTW-02]", () => {
    expect(explain(new Error("secret path"))).to.deep.include({ status: 500, code: "internal" });
    expect(explain(new Error("secret path")).detail).not.to.include("secret");
    expect(explain(new RetryableError("no block"))).to.deep.include({ status: 503, code: "chain-unreachable" });
    expect(explain(Object.assign(new Error("slow down"), { statusCode: 429 }))).to.deep.include({
      status: 429,
      code: "rate-limited",
    });
    expect(explain(Object.assign(new Error("odd"), { statusCode: 418 }))).to.deep.include({
      status: 418,
      code: "bad-request",
    });
    expect(explain("thrown text")).to.deep.include({ status: 500, code: "internal" });
  });
});
