import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import type { PositionAlert } from "../../../../keepers/core/positionAlert.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { MessageChannelState } from "../../../../keepers/core/alerts.ts";
import { RULES, runbookOf } from "../../../../keepers/agents/alerts/rules/all.ts";
import {
  type AlertScene,
  SEI,
  START_MS,
  createAlertScene,
  feedsEvent,
  marketState,
  sourceState,
} from "../../../support/alertScene.ts";
import {
  USDC,
  WSEI,
  account,
  chainSnapshot,
  messageOf,
  signerRecord,
  tokenState,
} from "../../../support/keeperBuilders.ts";
import { slowMessage } from "../../../support/slowBuilders.ts";

type Story = (scene: AlertScene) => AlertScene;
/** What makes a rule's alert stand, what comes close and does not, and how it ends. */
type Case = { readonly fires: Story; readonly silent: Story; readonly ends?: Story };

const times = (count: number, ...events: readonly KeeperEvent[]): readonly KeeperEvent[] =>
  Array.from({ length: count }, () => events).flat();

/** Hears one event after the other, with a pause behind each. */
const slowly = (scene: AlertScene, events: readonly KeeperEvent[], seconds: number): AlertScene => {
  for (const event of events) scene.hear(event).pass(seconds);
  return scene;
};

const refusedAnswer = (fault: string): KeeperEvent => ({
  kind: "answerRefused",
  agent: "monitor",
  about: "host",
  fault,
  detail: "",
  times: 1,
});

const connection = (up: boolean, agent = "risk-1"): KeeperEvent => ({
  kind: "connection",
  agent,
  up,
  detail: "refused",
});
const decision = (tookMs = 5): KeeperEvent => ({
  kind: "decision",
  agent: "searcher",
  block: blockNumber(1n),
  why: undefined,
  opportunities: 0,
  tookMs,
});
const positionTold = (alert: PositionAlert, agent = "risk-1"): KeeperEvent => ({
  kind: "position",
  agent,
  block: blockNumber(1n),
  alert,
});
const position = (kind: "well" | "below" | "fires", agent?: string): KeeperEvent =>
  positionTold({ kind, token: WSEI, stop: 2n, upper: 1n }, agent);
const usdcIsWell = positionTold({ kind: "well", token: USDC, stop: 2n, upper: 3n }, "risk-2");
const unjudged = positionTold({ kind: "unjudged", token: WSEI, why: "no-pool", words: "no pool" });
const trouble: KeeperEvent = { kind: "trouble", agent: "risk-1", what: "the node refuses" };

type State = Extract<KeeperEvent, { readonly kind: "agentState" }>["now"];
const inRegistry = (changes: Partial<State> = {}): KeeperEvent => ({
  kind: "agentState",
  agent: "risk-1",
  now: { agentId: 2n, weight: 1_000n, status: "Active", validUntil: unixSeconds(0n), ...changes },
  before: undefined,
});

/** A vote key, for which another one is asked from a second on. */
const keysOf = (askFrom: bigint | undefined): KeeperEvent => ({
  kind: "keys",
  agent: "risk-1",
  agentId: 2n,
  signerSince: unixSeconds(0n),
  profileSince: unixSeconds(0n),
  askFrom: askFrom === undefined ? undefined : unixSeconds(askFrom),
});

const message = messageOf();
const proposal: KeeperEvent = { kind: "proposal", agent: "searcher", message };
const answer = (isFor: boolean): KeeperEvent =>
  isFor
    ? { kind: "vote", agent: "risk-1", message: { hash: message.hash, signer: account(1), signature: "0x" }, tookMs: 5 }
    : {
        kind: "refusal",
        agent: "risk-1",
        message: { hash: message.hash, signer: account(1), reason: "too-old", detail: "" },
        tookMs: 5,
      };

const PERIOD_SECONDS = 300;
/** Two hours in which somebody does the same in each period of five minutes. */
const habit = (scene: AlertScene, ...events: readonly KeeperEvent[]): AlertScene => {
  for (let period = 0; period < 24; period += 1) scene.hear(...events).pass(PERIOD_SECONDS);
  return scene;
};

const sent = (hash = message.hash): KeeperEvent => ({
  kind: "sent",
  agent: "executor",
  hash,
  transaction: "0xabc",
  block: blockNumber(1n),
});
const result = (isEnacted: boolean): KeeperEvent => {
  const gasPaid = 1n;
  const common = { hash: message.hash, block: blockNumber(2n), latencyMs: 1, latencyBlocks: 1 };
  const end = isEnacted
    ? ({ kind: "enacted", loss: 0n, changes: [], gasUsed: 1n, gasPaid } as const)
    : ({ kind: "reverted", error: "TooLate", gasPaid } as const);
  return { kind: "result", agent: "executor", message: { ...common, result: end } };
};

const slow = slowMessage();
const opened: KeeperEvent = { kind: "slowProposal", agent: "rebalancer", proposed: slow };
const ballotOfAgent = (agent: string): KeeperEvent => ({
  kind: "ballot",
  agent,
  ballot: { hash: slow.hash, signer: account(1), support: 1, signature: "0x", reason: "", detail: "" },
  tookMs: 1,
});
const blocked: KeeperEvent = {
  kind: "slowBlocked",
  agent: "steward",
  hash: slow.hash,
  reason: "QuorumMissed",
  detail: "",
};
const status = (state: "Queued" | "Voting"): KeeperEvent => ({
  kind: "slowStatus",
  agent: "steward",
  status: {
    hash: slow.hash,
    state,
    block: blockNumber(1n),
    time: 1n,
    weightFor: 1n,
    weightAgainst: 0n,
    executableFrom: undefined,
  },
});
const payment = (step: "reverted" | "waits"): KeeperEvent => ({
  kind: "payment",
  agent: "payer",
  operation: "claim 0x01 up to 5",
  step,
  detail: "why",
  block: blockNumber(1n),
});
const channel = (failures: number): MessageChannelState => ({
  channel: "webhook",
  delivered: 0,
  lastDelivered: undefined,
  failures,
  lastFailure: "answered 500",
  waiting: 1,
});
const seconds = (afterMs: number) => unixSeconds(BigInt((START_MS + afterMs) / 1_000));
const DAY_MS = 86_400_000;
const valued = (units: bigint) => ({ treasuryValue: { lower: units, upper: units } });
const priced = (dollars: number) => {
  const middle = BigInt(Math.round(dollars * 10_000)) * 10n ** 14n;
  return { tokens: [tokenState(USDC, { price: { middle, lower: middle, upper: middle } })] };
};
const stay: Story = (scene) => scene.pass(120);

const CASES: Readonly<Record<string, Case>> = {
  "chain-silent": {
    fires: (scene) => scene.stopChain().pass(10),
    silent: (scene) => scene.stopChain().pass(9),
  },
  "endpoint-unstable": {
    fires: (scene) => slowly(scene, times(3, connection(true), connection(false)), 1),
    silent: (scene) => slowly(scene, times(3, connection(true), connection(false)), 150),
    ends: (scene) => scene.pass(1_000),
  },
  "process-late": {
    fires: (scene) => scene.read({ lagMs: 2_500 }).pass(12),
    silent: (scene) => scene.read({ lagMs: 2_500 }).pass(5).read({ lagMs: 0 }).pass(20),
    ends: (scene) => scene.read({ lagMs: 100 }).pass(40),
  },
  "memory-high": {
    fires: (scene) => scene.read({ residentBytes: 2 ** 31 }).pass(62),
    silent: (scene) => scene.read({ residentBytes: 2 ** 29 }).pass(62),
  },
  "channel-failing": {
    fires: (scene) => scene.tellChannels([channel(3)]).pass(1),
    silent: (scene) => scene.tellChannels([channel(2)]).pass(1),
    ends: (scene) => scene.tellChannels([channel(0)]).pass(1),
  },
  "agent-down": {
    fires: (scene) => scene.hear(connection(true, "risk-2"), connection(true), connection(false)).pass(6),
    silent: (scene) => scene.hear(connection(false)).pass(4).hear(connection(true)).pass(60),
    ends: (scene) => scene.hear(connection(true)).pass(6),
  },
  "agent-silent": {
    fires: (scene) => scene.hear(...times(20, decision())).pass(30),
    silent: (scene) => scene.hear(...times(19, decision())).pass(60),
    ends: (scene) => scene.hear(decision()).pass(11),
  },
  "agent-trouble": {
    fires: (scene) => slowly(scene, times(5, trouble), 10),
    silent: (scene) => slowly(scene, times(5, trouble), 100),
    ends: (scene) => scene.pass(400),
  },
  "agent-not-active": {
    fires: (scene) => scene.hear(inRegistry({ status: "Paused" })).pass(1),
    silent: (scene) => scene.hear(inRegistry()).pass(1),
    ends: (scene) => scene.hear(inRegistry()).pass(1),
  },
  "agent-weight-lost": {
    fires: (scene) => scene.hear(inRegistry(), inRegistry({ weight: 500n })).pass(1),
    silent: (scene) => scene.hear(inRegistry(), inRegistry({ weight: 501n })).pass(1),
  },
  "key-expiring": {
    fires: (scene) =>
      scene
        .see({})
        .hear(inRegistry({ validUntil: seconds(6 * DAY_MS) }))
        .pass(1),
    silent: (scene) =>
      scene
        .see({})
        .hear(inRegistry({ validUntil: seconds(8 * DAY_MS) }))
        .pass(1),
  },
  "agent-rate": {
    fires: (scene) =>
      habit(scene, proposal)
        .hear(...times(10, proposal))
        .pass(1),
    silent: (scene) =>
      habit(scene, ...times(12, proposal))
        .hear(...times(12, proposal))
        .pass(1),
  },
  "agent-refusals": {
    fires: (scene) =>
      habit(scene, answer(true))
        .hear(...times(10, answer(false)))
        .pass(1),
    silent: (scene) =>
      habit(scene, answer(false))
        .hear(...times(10, answer(false)))
        .pass(1),
  },
  "agent-slow": {
    fires: (scene) =>
      habit(scene, decision(50))
        .hear(...times(10, decision(900)))
        .pass(1),
    silent: (scene) =>
      habit(scene, decision(300))
        .hear(...times(10, decision(900)))
        .pass(1),
  },
  "sender-stuck": {
    fires: (scene) => scene.hear(sent()).pass(30),
    silent: (scene) => scene.hear(sent()).pass(20).hear(result(true)).pass(60),
    ends: (scene) => scene.hear(result(false)).pass(1),
  },
  "executions-failing": {
    fires: (scene) => scene.hear(result(true), ...[1, 2, 3].map(() => result(false))).pass(1),
    silent: (scene) => scene.hear(...[1, 2, 3].map(() => result(true)), ...[1, 2, 3].map(() => result(false))).pass(1),
    ends: (scene) => scene.pass(700),
  },
  "balance-low": {
    fires: (scene) => scene.read({ balances: new Map([["executor", SEI - 1n]]) }).pass(1),
    silent: (scene) => scene.read({ balances: new Map([["executor", SEI]]) }).pass(1),
    ends: (scene) => scene.read({ balances: new Map([["executor", 2n * SEI]]) }).pass(11),
  },
  "payment-failing": {
    fires: (scene) => scene.hear(payment("reverted")).pass(1),
    silent: (scene) => scene.hear(payment("waits")).pass(1),
    ends: (scene) => scene.pass(700),
  },
  "slow-blocked": {
    fires: (scene) => scene.hear(opened, blocked).pass(60),
    silent: (scene) => stay(scene.hear(opened, blocked).pass(50).hear(status("Queued"))),
    ends: (scene) => scene.hear(status("Queued")).pass(1),
  },
  "vote-missing": {
    fires: (scene) => scene.hear(opened, ballotOfAgent("risk-1")).pass(61),
    silent: (scene) => stay(scene.hear(opened, ballotOfAgent("risk-1"), ballotOfAgent("risk-2"))),
    ends: (scene) => scene.hear(ballotOfAgent("risk-2")).pass(1),
  },
  "proposal-vetoed": {
    fires: (scene) =>
      scene.hear({ kind: "slowVeto", agent: "guardian", hash: slow.hash, reason: "no", transaction: "0x1" }).pass(1),
    silent: (scene) =>
      scene
        .hear({
          kind: "slowEnd",
          agent: "steward",
          end: { hash: slow.hash, how: "executed", block: blockNumber(1n), changes: [] },
        })
        .pass(1),
    ends: (scene) => scene.pass(700),
  },
  "breaker-raised": {
    fires: (scene) => scene.see({ tokens: [tokenState(WSEI, { level: "ReduceOnly" })] }),
    silent: (scene) => scene.see({}),
    ends: (scene) => scene.see({}),
  },
  "value-drop": {
    fires: (scene) => scene.see(valued(1_000n)).pass(60).see(valued(970n)),
    silent: (scene) => scene.see(valued(1_000n)).pass(60).see(valued(971n)),
    ends: (scene) => scene.see(valued(985n)).pass(31),
  },
  "value-unknown": {
    fires: (scene) => scene.see({ treasuryValue: undefined }).pass(11),
    silent: (scene) => scene.see({ treasuryValue: undefined }).pass(5).see({}).pass(60),
    ends: (scene) => scene.see({}).pass(6),
  },
  "limit-used-up": {
    fires: (scene) => scene.see({ tokens: [tokenState(WSEI, { remainingForAll: 0n })] }),
    silent: (scene) => scene.see({ tokens: [tokenState(WSEI, { remainingForAll: 1n })] }),
    ends: (scene) => scene.see({}).pass(11),
  },
  "loss-limit-near": {
    fires: (scene) => scene.see({ lossPerAction: 500n * SEI, remainingLoss: 499n * SEI }),
    silent: (scene) => scene.see({ lossPerAction: 500n * SEI, remainingLoss: 500n * SEI }),
    ends: (scene) => scene.see({ lossPerAction: 500n * SEI, remainingLoss: 600n * SEI }).pass(11),
  },
  "quorum-lost": {
    fires: (scene) => scene.see({ signerRecords: [1, 2].map((n) => signerRecord(n)) }).pass(6),
    silent: (scene) => scene.see({ signerRecords: [1, 2, 3].map((n) => signerRecord(n)) }).pass(6),
    ends: (scene) => scene.see({}).pass(6),
  },
  "peg-lost": {
    fires: (scene) => scene.see(priced(0.98)).pass(11),
    silent: (scene) => scene.see(priced(0.981)).pass(11),
    ends: (scene) => scene.see(priced(1)).pass(61),
  },
  "price-missing": {
    fires: (scene) => scene.see({ tokens: [tokenState(WSEI, { status: "SourcesDisagree" })] }).pass(6),
    silent: (scene) => scene.see({}).pass(6),
    ends: (scene) => scene.see({}).pass(6),
  },
  "quorum-bare": {
    fires: (scene) => scene.hear(feedsEvent({ agreeing: 2 })).pass(11),
    silent: (scene) => scene.hear(feedsEvent({ agreeing: 3 })).pass(11),
    ends: (scene) => scene.hear(feedsEvent()).pass(31),
  },
  "source-lost": {
    fires: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ state: "Stale" })] })).pass(11),
    silent: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ state: "Outlier" })] })).pass(11),
    ends: (scene) => scene.hear(feedsEvent()).pass(31),
  },
  "source-apart": {
    fires: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ state: "Outlier", offBps: 500 })] })).pass(11),
    silent: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ state: "Stale" })] })).pass(11),
    ends: (scene) => scene.hear(feedsEvent()).pass(61),
  },
  "source-old": {
    fires: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ ageSeconds: 1_440 })] })).pass(1),
    silent: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ ageSeconds: 1_439 })] })).pass(1),
    ends: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ ageSeconds: 1_000 })] })).pass(1),
  },
  "heartbeat-missed": {
    fires: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ lateSeconds: 61 })] })).pass(1),
    silent: (scene) => scene.hear(feedsEvent({ sources: [sourceState({ lateSeconds: 60 })] })).pass(1),
    ends: (scene) => scene.hear(feedsEvent()).pass(1),
  },
  "price-unsure": {
    fires: (scene) => scene.hear(feedsEvent({ confidenceBps: 2_499 })).pass(11),
    silent: (scene) => scene.hear(feedsEvent({ confidenceBps: 2_500 })).pass(11),
    ends: (scene) => scene.hear(feedsEvent({ confidenceBps: 3_000 })).pass(31),
  },
  "price-answers-refused": {
    fires: (scene) => slowly(scene, times(4, refusedAnswer("no-access")), 20),
    silent: (scene) => slowly(scene, [...times(2, refusedAnswer("late")), ...times(5, refusedAnswer("duplicate"))], 20),
    ends: (scene) => scene.pass(31),
  },
  "price-off-market": {
    fires: (scene) => scene.hear(feedsEvent({ market: marketState({ gapBps: -200 }) })).pass(11),
    silent: (scene) => scene.hear(feedsEvent({ market: marketState({ gapBps: 199 }) })).pass(11),
    ends: (scene) => scene.hear(feedsEvent({ market: marketState({ gapBps: 139 }) })).pass(31),
  },
  "volatility-spike": {
    fires: (scene) => scene.hear(feedsEvent({ volatilityRatio: 3 })).pass(1),
    silent: (scene) => scene.hear(feedsEvent({ volatilityRatio: 2.9 })).pass(1),
    ends: (scene) => scene.hear(feedsEvent()).pass(301),
  },
  "stop-loss-fires": {
    // Two managers, one position; and another position of one of them is well.
    fires: (scene) => scene.hear(position("fires"), position("fires", "risk-2"), usdcIsWell).pass(1),
    silent: (scene) => scene.hear(position("below")).pass(600),
    ends: (scene) => scene.hear(position("well"), position("well", "risk-2")).pass(61),
  },
  "stop-loss-blind": {
    fires: (scene) => scene.hear(unjudged, positionTold({ kind: "well", token: USDC, stop: 2n, upper: 3n })).pass(301),
    silent: (scene) => scene.hear(unjudged).pass(290).hear(position("well")).pass(60),
    ends: (scene) => scene.hear(position("below")).pass(61),
  },
};

const played = (story: Story): AlertScene => {
  const scene = createAlertScene();
  story(scene);
  return scene;
};

describe("Rules of alerts [NX-ALR-01]", () => {
  it("have a case each that fires and one that does not", () => {
    expect(Object.keys(CASES).toSorted()).to.deep.equal(RULES.map(({ id }) => id).toSorted());
    expect(new Set(RULES.map(({ id }) => id)).size).to.equal(RULES.length);
  });

  for (const [rule, { fires, silent, ends }] of Object.entries(CASES)) {
    it(`${rule} stands when its fault lasts, and not for what comes close`, () => {
      expect(played(fires).of(rule), "fires").to.have.length(1);
      expect(played(silent).of(rule), "silent").to.deep.equal([]);
    });

    if (ends === undefined) continue;
    it(`${rule} is over once its fault is gone`, () => {
      const scene = played(fires);
      ends(scene);
      expect(scene.of(rule)).to.deep.equal([]);
      expect(scene.alerts().some((one) => one.rule === rule && one.resolvedMs !== undefined)).to.equal(true);
    });
  }

  it("are described in the runbook, each under its own heading, which their alerts name", () => {
    const runbook = readFileSync(new URL("../../../../keepers/agents/alerts/README.md", import.meta.url), "utf8");
    const headings = [...runbook.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading);
    expect(headings).to.deep.equal(RULES.map(({ id }) => id));
    const [alert] = played(CASES["balance-low"]?.fires ?? stay).alerts();
    expect(alert?.runbook).to.equal(runbookOf({ id: "balance-low" }));
  });

  it("keep an alert while a figure stays between the limit that raises it and the one that ends it", () => {
    const scene = createAlertScene();
    const drop = (units: bigint): AlertScene => scene.see(valued(units)).pass(60);
    drop(1_000n);
    drop(970n);
    drop(975n);
    expect(scene.of("value-drop")).to.have.length(1);
    drop(981n);
    expect(scene.of("value-drop")).to.have.length(0);
    drop(975n);
    expect(scene.of("value-drop"), "the upper limit counts again").to.have.length(0);
  });

  it("call nothing unlike an agent of which less than an hour is known", () => {
    const scene = createAlertScene();
    for (let period = 0; period < 11; period += 1) scene.hear(proposal).pass(PERIOD_SECONDS);
    scene.hear(...times(10, proposal)).pass(1);
    expect(scene.of("agent-rate")).to.deep.equal([]);
  });

  it("take a fault that is gone for a moment for the same one", () => {
    const scene = createAlertScene();
    scene.hear(connection(true, "risk-2"), connection(false)).pass(6);
    const [before] = scene.alerts();
    scene.hear(connection(true)).pass(3).hear(connection(false)).pass(1);
    expect(scene.alerts().map(({ sinceMs, resolvedMs }) => [sinceMs, resolvedMs])).to.deep.equal([
      [before?.sinceMs, undefined],
    ]);
  });

  it("pass over a view that is older than the newest, as a slow agent tells it", () => {
    const late = (block: bigint): KeeperEvent => {
      const view = chainSnapshot({ block: blockNumber(block), everything: "Halted" });
      return { kind: "snapshot", agent: "slow", view, pools: [], tookMs: 1 };
    };
    const scene = createAlertScene().see({}).hear(late(100n), late(101n)).pass(1);
    expect(scene.of("breaker-raised")).to.deep.equal([]);
    expect(scene.hear(late(102n)).pass(1).of("breaker-raised")).to.deep.equal(["breaker-raised/everything"]);
  });

  it("take it for one fault of the chain, and not of each agent, when all are cut off", () => {
    const scene = createAlertScene();
    scene.hear(connection(false, "risk-1"), connection(false, "risk-2")).pass(6);
    const told = scene.alerts().filter(({ explainedBy }) => explainedBy === undefined);
    expect(told.map(({ id }) => id)).to.deep.equal(["chain-silent/chain"]);
  });

  it("ask for a vote key in time, and end when another one is there", () => {
    const due = seconds(3_600_000);
    const scene = createAlertScene()
      .see({})
      .hear(inRegistry(), keysOf(due + 86_400n))
      .pass(1);
    expect(scene.of("key-expiring"), "a day too early").to.deep.equal([]);
    scene.hear(keysOf(0n)).pass(1);
    expect(scene.of("key-expiring")).to.deep.equal(["key-expiring/risk-1"]);
    expect(scene.alerts().map(({ what }) => what)).to.deep.equal([
      `its vote key is ${seconds(0) / 86_400n} days old: its operator is to replace it`,
    ]);
    scene.hear(keysOf(due + 86_400n)).pass(1);
    expect(scene.of("key-expiring")).to.deep.equal([]);
    scene.hear(keysOf(undefined)).pass(1);
    expect(scene.of("key-expiring")).to.deep.equal([]);
  });

  it("say nothing of a fleet in which all is well", () => {
    const scene = createAlertScene();
    for (let look = 0; look < 1_440; look += 1) {
      scene.hear(
        connection(true),
        inRegistry(),
        decision(),
        proposal,
        answer(true),
        sent(),
        result(true),
        feedsEvent(),
      );
      scene.see({});
      scene.pass(1);
    }
    expect(scene.alerts()).to.deep.equal([]);
  });
});
