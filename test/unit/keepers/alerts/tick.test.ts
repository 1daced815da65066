import { expect } from "chai";
import type { AlertMessage, AlertOrder, AlertsReport, MessageDelivery } from "../../../../keepers/core/alerts.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { emptyAlertsMemory } from "../../../../keepers/agents/alerts/memory.ts";
import type { AlertsPorts, KeptAlerts } from "../../../../keepers/agents/alerts/ports.ts";
import { type AlertsAgent, resume, tick } from "../../../../keepers/agents/alerts/tick.ts";
import { LIMITS, SEI, START_MS } from "../../../support/alertScene.ts";

const DOWN: KeeperEvent = { kind: "connection", agent: "risk-1", up: false, detail: "refused" };
const UP: KeeperEvent = { kind: "connection", agent: "risk-1", up: true };
const ID = "agent-down/risk-1";

/** What a channel gets, and how each delivery ends; the last answer goes on. */
type FakeChannel = { readonly name: string; readonly answers: MessageDelivery[]; readonly got: AlertMessage[] };

const fakeChannel = (name: string, ...answers: MessageDelivery[]): FakeChannel => ({ name, answers, got: [] });
const WELL: MessageDelivery = { kind: "delivered" };
const BAD: MessageDelivery = { kind: "failed", why: "answered 500" };

/** An alerts agent in a world made by hand, one second a round. */
const createWorld = (channels: readonly FakeChannel[] = [], kept?: KeptAlerts) => {
  let nowMs = START_MS;
  const events: { readonly event: KeeperEvent; readonly atMs: number }[] = [];
  const orders: AlertOrder[] = [];
  let saved: { readonly report: AlertsReport; readonly kept: KeptAlerts } | undefined;
  let isChainWell = true;
  events.push({ event: { kind: "connection", agent: "risk-2", up: true }, atMs: nowMs });
  const told: KeeperEvent[] = [];
  const subscribed: string[] = [];
  const gone: (readonly [endpoint: string, by: string])[] = [];
  const ports: AlertsPorts = {
    nowMs: () => nowMs,
    takeEvents: () => events.splice(0),
    readProcess: () => ({ headMs: nowMs, residentBytes: 1, lagMs: 0 }),
    readBalances: () =>
      isChainWell
        ? Promise.resolve(new Map([["executor", 5n * SEI]]))
        : Promise.reject(new RetryableError("no answer")),
    takeOrders: () => Promise.resolve(orders.splice(0)),
    subscribe: ({ endpoint }) => {
      subscribed.push(endpoint);
      return Promise.resolve();
    },
    unsubscribe: (endpoint, by) => {
      subscribed.splice(subscribed.indexOf(endpoint), 1);
      gone.push([endpoint, by]);
      return Promise.resolve();
    },
    load: () => Promise.resolve(kept),
    save: (report, what) => {
      saved = { report, kept: what };
      return Promise.resolve();
    },
    channels: channels.map(({ name, answers, got }) => ({
      name,
      send: (message) => {
        got.push(message);
        return Promise.resolve(answers[got.length - 1] ?? answers.at(-1) ?? WELL);
      },
    })),
    emit: (event) => void told.push(event),
    wake: () => undefined,
  };
  const agent: AlertsAgent = {
    ports,
    memory: emptyAlertsMemory(nowMs),
    config: { name: "alerts", leastSeverity: "warn", pushKey: "a key", limits: LIMITS },
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let left = seconds; left > 0; left -= 1) {
      nowMs += 1_000;
      await tick(agent);
    }
  };
  return {
    agent,
    pass,
    told,
    subscribed,
    gone,
    hear: (event: KeeperEvent): void => void events.push({ event, atMs: nowMs }),
    order: (order: AlertOrder): void => void orders.push(order),
    cutChain: (): void => void (isChainWell = false),
    nowMs: () => nowMs,
    report: () => saved?.report,
    kept: () => saved?.kept,
    start: () => resume(agent),
  };
};

describe("The alerts agent", () => {
  it("tells every channel of a fault within ten seconds, and then that it is over", async () => {
    const channels = [fakeChannel("webhook"), fakeChannel("mail")];
    const world = createWorld(channels);
    world.hear(DOWN);
    await world.pass(10);
    for (const { got } of channels)
      expect(got.map(({ kind, severity }) => [kind, severity])).to.deep.equal([["firing", "page"]]);
    world.hear(UP);
    await world.pass(320);
    expect(channels[0]?.got.map(({ kind }) => kind)).to.deep.equal(["firing", "resolved"]);
    expect(world.report()?.standing).to.deep.equal([]);
    expect(world.report()?.resolved.map(({ id }) => id)).to.deep.equal([ID]);
  });

  it("tries a channel that fails again, later each time, while the others go on [NX-ALR-04]", async () => {
    const [bad, well] = [fakeChannel("webhook", BAD, BAD, WELL), fakeChannel("mail")];
    const world = createWorld([bad, well]);
    world.hear(DOWN);
    await world.pass(9);
    expect([bad.got.length, well.got.length]).to.deep.equal([2, 1]);
    await world.pass(1);
    expect(bad.got, "it is too early").to.have.length(2);
    expect(world.report()?.channels[0]).to.include({ failures: 2, waiting: 1, lastFailure: "answered 500" });
    await world.pass(10);
    expect(bad.got).to.have.length(3);
    expect(new Set(bad.got.map(({ id }) => id)).size, "the same message").to.equal(1);
    expect(world.report()?.channels[0]).to.include({
      failures: 0,
      waiting: 0,
      delivered: 1,
      lastDelivered: bad.got[0]?.id,
    });
  });

  it("tells the other channels of one that fails [NX-ALR-04]", async () => {
    const [bad, well] = [fakeChannel("webhook", BAD), fakeChannel("mail")];
    const world = createWorld([bad, well]);
    world.hear(DOWN);
    await world.pass(40);
    expect(well.got.flatMap(({ alerts }) => alerts.map(({ id }) => id))).to.include("channel-failing/webhook");
  });

  it("goes on while the chain does not answer, with the balances that it had [NX-ALR-04]", async () => {
    const world = createWorld();
    await world.pass(1);
    world.cutChain();
    world.hear(DOWN);
    await world.pass(30);
    expect(world.report()?.standing.map(({ id }) => id)).to.deep.equal([ID]);
    expect(world.agent.memory.facts.process.balances.get("executor")).to.equal(5n * SEI);
  });

  it("obeys: takes up, silences and lifts a silence, tests, and takes a browser", async () => {
    const channel = fakeChannel("webhook");
    const world = createWorld([channel]);
    world.order({ kind: "silence", rule: "agent-down", subject: undefined, untilMs: START_MS + 60_000, by: "ada" });
    world.hear(DOWN);
    await world.pass(30);
    expect(channel.got).to.deep.equal([]);
    expect(world.report()?.silences.map(({ rule, by }) => [rule, by])).to.deep.equal([["agent-down", "ada"]]);
    world.order({ kind: "silence", rule: "agent-down", subject: undefined, untilMs: 0, by: "ada" });
    world.order({ kind: "acknowledge", id: ID, by: "ada" });
    await world.pass(5);
    expect(world.report()?.silences).to.deep.equal([]);
    expect(channel.got.map(({ kind }) => kind)).to.deep.equal(["firing"]);
    expect(world.report()?.standing[0]?.acknowledgedBy).to.equal("ada");
    world.order({ kind: "test", id: "test-1", by: "ada" });
    world.order({
      kind: "subscribe",
      subscription: { endpoint: "https://x.org", keys: { p256dh: "a", auth: "b" } },
      by: "ada",
    });
    await world.pass(1);
    expect([channel.got.at(-1)?.id, channel.got.at(-1)?.kind]).to.deep.equal(["test-1", "test"]);
    expect(world.subscribed).to.deep.equal(["https://x.org"]);
    expect(world.report()?.pushKey).to.equal("a key");
    world.order({ kind: "unsubscribe", endpoint: "https://x.org", by: "ada" });
    await world.pass(1);
    expect([world.subscribed, world.gone]).to.deep.equal([[], [["https://x.org", "ada"]]]);
  });

  it("takes up after a restart what people said and were told [NX-ALR-04]", async () => {
    const first = createWorld([fakeChannel("webhook")]);
    first.hear(DOWN);
    first.order({ kind: "acknowledge", id: ID, by: "ada" });
    first.order({ kind: "silence", rule: "peg-lost", subject: "USDC", untilMs: START_MS * 2, by: "ada" });
    await first.pass(10);
    const channel = fakeChannel("webhook");
    const second = createWorld([channel], first.kept());
    await second.start();
    second.hear(DOWN);
    await second.pass(60);
    expect(channel.got, "it was told already").to.deep.equal([]);
    expect(second.report()?.standing[0]?.acknowledgedBy).to.equal("ada");
    expect(second.report()?.silences.map(({ subject }) => subject)).to.deep.equal(["USDC"]);
  });

  it("forgets who took up what is over, so that the next time is told anew", async () => {
    const world = createWorld();
    world.hear(DOWN);
    world.order({ kind: "acknowledge", id: ID, by: "ada" });
    await world.pass(10);
    world.hear(UP);
    await world.pass(10);
    world.hear(DOWN);
    await world.pass(10);
    expect(world.report()?.standing.map(({ id, acknowledgedBy }) => [id, acknowledgedBy])).to.deep.equal([
      [ID, undefined],
    ]);
  });

  it("tells displays and commands at each change, and every five seconds that it watches", async () => {
    const world = createWorld();
    const times = (): readonly number[] =>
      world.told.flatMap((event) => (event.kind === "alerts" ? [(event.report.atMs - START_MS) / 1_000] : []));
    await world.pass(12);
    expect(times()).to.deep.equal([1, 6, 11]);
    expect(world.report()?.atMs).to.equal(START_MS + 11_000);
    world.hear(DOWN);
    await world.pass(20);
    expect(times().slice(3, 5), "it stands after five more seconds").to.deep.equal([16, 18]);
    expect(world.told.filter(({ kind }) => kind === "alertTold")).to.have.length(1);
  });
});
