import { expect } from "chai";
import fc from "fast-check";
import type { AlertMessage, Severity, StandingAlert } from "../../../../keepers/core/alerts.ts";
import { messageLines } from "../../../../keepers/core/alertWords.ts";
import {
  GATHER_MS,
  type MessageMemory,
  NOTHING_TOLD,
  PAUSE_MS,
  REMIND_MS,
  nextMessage,
} from "../../../../keepers/agents/alerts/messages.ts";
import { START_MS, createAlertScene } from "../../../support/alertScene.ts";

const alert = (changes: Partial<StandingAlert> = {}): StandingAlert => ({
  id: "agent-down/risk-1",
  rule: "agent-down",
  subject: "risk-1",
  severity: "page",
  cause: "agents",
  title: "An agent is cut off from the chain",
  what: "refused",
  next: "Look.",
  runbook: "keepers/agents/alerts/README.md#agent-down",
  sinceMs: START_MS,
  resolvedMs: undefined,
  acknowledgedBy: undefined,
  silencedUntilMs: undefined,
  explainedBy: undefined,
  ...changes,
});
const named = (name: string, changes: Partial<StandingAlert> = {}): StandingAlert =>
  alert({ id: `agent-down/${name}`, subject: name, ...changes });

/** A teller to whom alerts are shown second by second. */
const createTeller = (least: Severity = "warn") => {
  let memory: MessageMemory = NOTHING_TOLD;
  let nowMs = START_MS;
  const messages: AlertMessage[] = [];
  const show = (alerts: readonly StandingAlert[], seconds = 1): void => {
    for (let left = seconds; left > 0; left -= 1) {
      nowMs += 1_000;
      const next = nextMessage(memory, { alerts, least, nowMs });
      memory = next.memory;
      if (next.message !== undefined) messages.push(next.message);
    }
  };
  return { show, messages, nowMs: () => nowMs };
};

describe("Messages about alerts [NX-ALR-02]", () => {
  it("tell of twenty failures at once in one message, within ten seconds of the first", () => {
    const [scene, teller] = [createAlertScene(), createTeller()];
    const names = Array.from({ length: 20 }, (_, index) => `agent-${index}`);
    scene.hear({ kind: "connection", agent: "well", up: true });
    for (const agent of names) scene.hear({ kind: "connection", agent, up: false, detail: "refused" });
    const brokenMs = scene.nowMs();
    for (let second = 0; second < 120; second += 1) {
      scene.pass(1);
      teller.show(scene.alerts());
    }
    const [first] = teller.messages;
    expect(teller.messages).to.have.length(1);
    expect(first?.alerts).to.have.length(20);
    expect((first?.atMs ?? Infinity) - brokenMs).to.be.at.most(10_000);
    expect(first?.title).to.equal("20 alerts, An agent is cut off from the chain");
  });

  it("put several causes that begin together into one message, the gravest first", () => {
    const teller = createTeller();
    teller.show([alert(), alert({ id: "x/y", cause: "sources", severity: "warn", title: "A source is lost" })], 60);
    expect(teller.messages.map(({ severity, alerts }) => [severity, alerts.length])).to.deep.equal([["page", 2]]);
  });

  it("are at most one in five minutes for a fault that comes and goes, however it does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), { maxLength: 60 }), (turns) => {
        const teller = createTeller();
        for (const [isOn, seconds] of turns) {
          teller.show([alert({ resolvedMs: isOn ? undefined : teller.nowMs() })], seconds);
        }
        const gaps = teller.messages.slice(1).map(({ atMs }, index) => atMs - (teller.messages[index]?.atMs ?? 0));
        expect(gaps.every((gap) => gap >= PAUSE_MS)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });

  it("tell at last how a fault stands: that it is over, once, or nothing when it lasts", () => {
    const teller = createTeller();
    teller.show([alert()], 20);
    teller.show([alert({ resolvedMs: START_MS })], 20);
    teller.show([alert()], 300);
    expect(
      teller.messages.map(({ kind }) => kind),
      "it lasts, as was told",
    ).to.deep.equal(["firing"]);
    teller.show([alert({ resolvedMs: START_MS })], 600);
    expect(teller.messages.map(({ kind }) => kind)).to.deep.equal(["firing", "resolved"]);
    expect(teller.messages.at(-1)?.title).to.equal("over: An agent is cut off from the chain");
  });

  it("wait for the pause with more of the same, and come at once with something graver", () => {
    const [same, graver] = [createTeller(), createTeller()];
    const small = named("a", { severity: "warn" });
    same.show([small], 10);
    same.show([small, named("b", { severity: "warn" })], 200);
    expect(same.messages).to.have.length(1);
    same.show([small, named("b", { severity: "warn" })], 120);
    expect(same.messages.map(({ alerts }) => alerts.length)).to.deep.equal([1, 2]);
    graver.show([small], 10);
    graver.show([small, named("b")], 10);
    expect(graver.messages.map(({ severity }) => severity)).to.deep.equal(["warn", "page"]);
  });

  it("leave out what is silenced, explained or too small, and do not call it over", () => {
    const teller = createTeller();
    teller.show([alert({ silencedUntilMs: START_MS * 2 })], 20);
    teller.show([named("b", { explainedBy: "chain-silent" })], 20);
    teller.show([named("c", { severity: "info" })], 20);
    expect(teller.messages).to.deep.equal([]);
    teller.show([alert()], 20);
    teller.show([alert({ silencedUntilMs: START_MS * 2 })], 2 * (PAUSE_MS / 1_000));
    expect(teller.messages.map(({ kind }) => kind)).to.deep.equal(["firing"]);
  });

  it("repeat a page every half hour until somebody takes it up", () => {
    const teller = createTeller();
    teller.show([alert(), named("b", { severity: "warn" })], 2 * (REMIND_MS / 1_000) + 10);
    expect(teller.messages.map(({ kind }) => kind)).to.deep.equal(["firing", "reminder", "reminder"]);
    expect(teller.messages[1]?.alerts.map(({ subject }) => subject)).to.deep.equal(["risk-1"]);
    const taken = createTeller();
    taken.show([alert()], 10);
    taken.show([alert({ acknowledgedBy: "ada" })], 2 * (REMIND_MS / 1_000));
    expect(taken.messages).to.have.length(1);
  });

  it("wait a moment for what begins together", () => {
    const teller = createTeller();
    teller.show([alert()], GATHER_MS / 1_000);
    expect(teller.messages).to.deep.equal([]);
    teller.show([alert(), named("b")], 1);
    expect(teller.messages.map(({ alerts }) => alerts.length)).to.deep.equal([2]);
  });

  it("have an id of their own each", () => {
    const teller = createTeller();
    for (let turn = 0; turn < 5; turn += 1) {
      teller.show([alert({ resolvedMs: turn % 2 === 0 ? undefined : START_MS })], PAUSE_MS / 1_000 + 10);
    }
    expect(new Set(teller.messages.map(({ id }) => id)).size).to.equal(5);
  });

  it("are lines that no terminal obeys, the rest of many alerts counted [NX-FAC-01]", () => {
    const what = "bad\u001B[2J\u202Enode\nPAGE: all is well";
    const alerts = Array.from({ length: 12 }, (_, index) => named(`agent-${index}`, { what }));
    const lines = messageLines({ id: "1", kind: "firing", severity: "page", title: "12 alerts", atMs: 0, alerts });
    expect(["\u001B", "\u202E"].filter((sign) => lines.join("\n").includes(sign))).to.deep.equal([]);
    expect(
      lines
        .join("\n")
        .split("\n")
        .filter((line) => line.startsWith("PAGE")),
    ).to.have.length(1);
    expect(lines).to.include("  and 2 more");
    expect(lines).to.include("  do: Look.");
  });
});

describe("Alerts in the agent's hands", () => {
  it("are explained by a wider alert, and by one of the same subject, and by no other's", () => {
    const scene = createAlertScene();
    for (let count = 0; count < 5; count += 1) scene.hear({ kind: "trouble", agent: "risk-2", what: "again" });
    scene.hear({ kind: "connection", agent: "risk-2", up: true }, { kind: "connection", agent: "risk-1", up: false });
    scene.pass(6);
    const explained = (): Record<string, string | undefined> =>
      Object.fromEntries(scene.alerts().map(({ id, explainedBy }) => [id, explainedBy]));
    expect(explained()).to.deep.equal({ "agent-down/risk-1": undefined, "agent-trouble/risk-2": undefined });
    scene.stopChain();
    scene.pass(12);
    expect(explained()).to.deep.equal({
      "agent-down/risk-1": "chain-silent",
      "chain-silent/chain": undefined,
      "agent-trouble/risk-2": "chain-silent",
    });
  });

  it("carry who took them up and until when they are silenced", () => {
    const scene = createAlertScene();
    scene.hear({ kind: "connection", agent: "risk-2", up: true }, { kind: "connection", agent: "risk-1", up: false });
    scene.pass(6);
    const untilMs = scene.nowMs() + 1_000;
    const attention = {
      acknowledged: new Map([["agent-down/risk-1", "ada"]]),
      silences: [{ rule: "agent-down", subject: undefined, untilMs, by: "ada" }],
    };
    expect(scene.alerts(attention)[0]).to.include({ acknowledgedBy: "ada", silencedUntilMs: untilMs });
    const other = { ...attention, silences: [{ rule: "agent-down", subject: "risk-2", untilMs, by: "ada" }] };
    expect(scene.alerts(other)[0]?.silencedUntilMs).to.equal(undefined);
    scene.pass(1);
    expect(scene.alerts(attention)[0]?.silencedUntilMs, "it has ended").to.equal(undefined);
  });
});
