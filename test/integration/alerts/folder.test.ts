import { mkdir, mkdtemp, readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { AlertOrder, AlertsReport } from "../../../keepers/core/alerts.ts";
import { openAlertsIntake } from "../../../keepers/adapters/alerts/intake.ts";
import { giveOrder, openAlertsFolder, readAlerts } from "../../../keepers/adapters/alerts/folder.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const REPORT: AlertsReport = {
  atMs: 5,
  rules: 36,
  standing: [
    {
      id: "agent-down/risk-1",
      rule: "agent-down",
      subject: "risk-1",
      severity: "page",
      cause: "agents",
      title: "An agent is cut off",
      what: "",
      next: "Look.",
      runbook: "x",
      sinceMs: 4,
      resolvedMs: undefined,
      acknowledgedBy: "ada",
      silencedUntilMs: undefined,
      explainedBy: undefined,
    },
  ],
  resolved: [],
  silences: [{ rule: "peg-lost", subject: undefined, untilMs: 9, by: "ada" }],
  channels: [{ channel: "mail", delivered: 0, lastDelivered: undefined, failures: 1, lastFailure: "no", waiting: 1 }],
  pushKey: "a key",
};
const KEPT = {
  acknowledged: new Map([["agent-down/risk-1", "ada"]]),
  silences: REPORT.silences,
  told: new Map([["agents", { atMs: 4, severity: "page" as const, ids: new Set(["agent-down/risk-1"]) }]]),
};

describe("The folder of alerts", () => {
  let dir: string;
  let troubles: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "nexus-alerts-"));
    troubles = [];
  });
  afterEach(() => removeFolder(dir));
  const open = () => openAlertsFolder(dir, (what) => void troubles.push(what));

  it("gives back to commands and to the next life what was saved", async () => {
    const folder = open();
    expect([await folder.load(), await readAlerts(dir)]).to.deep.equal([undefined, undefined]);
    await folder.save(REPORT, KEPT);
    expect(await readAlerts(dir)).to.deep.equal(REPORT);
    expect(await open().load()).to.deep.equal(KEPT);
  });

  it("is closed to other users, whoever made it", async () => {
    await open().save(REPORT, KEPT);
    await giveOrder(dir, { kind: "test", id: "1", by: "ada" });
    const modes = await Promise.all(
      [join(dir, "state.json"), join(dir, "orders")].map(async (path) => (await stat(path)).mode & 0o077),
    );
    expect(modes).to.deep.equal([0, 0]);
  });

  it("hands each order over once", async () => {
    const orders: readonly AlertOrder[] = [
      { kind: "acknowledge", id: "agent-down/risk-1", by: "ada" },
      { kind: "silence", rule: "peg-lost", subject: undefined, untilMs: 7, by: "ada" },
    ];
    for (const order of orders) await giveOrder(dir, order);
    const folder = open();
    expect(await folder.takeOrders()).to.have.deep.members(orders);
    expect(await folder.takeOrders()).to.deep.equal([]);
  });

  it("hands orders over as they were given: the last word counts", async () => {
    const words = Array.from({ length: 12 }, (_, i): AlertOrder => ({ kind: "test", id: String(i), by: "ada" }));
    for (const word of words) await giveOrder(dir, word);
    expect(await open().takeOrders()).to.deep.equal(words);
  });

  it("tells a gateway the key for browsers while the agent is at work, and hands on what browsers ask [NX-GTW-14]", async () => {
    let nowMs = REPORT.atMs;
    const [folder, intake] = [open(), openAlertsIntake(dir, () => nowMs)];
    expect(await intake.key(), "before an agent ever wrote").to.equal(undefined);
    await folder.save(REPORT, KEPT);
    nowMs += 60_000;
    expect(await intake.key()).to.equal("a key");
    nowMs += 1;
    expect(await intake.key(), "of an agent that is gone").to.equal(undefined);
    const subscription = { endpoint: "https://x.org", keys: { p256dh: "k", auth: "a" } };
    await intake.subscribe(subscription, "0xAda");
    expect(await folder.takeOrders()).to.deep.equal([{ kind: "subscribe", subscription, by: "0xAda" }]);
    await intake.unsubscribe("https://x.org", "0xAda");
    expect(await folder.takeOrders()).to.deep.equal([{ kind: "unsubscribe", endpoint: "https://x.org", by: "0xAda" }]);
  });

  it("deletes what is no order, says so, and goes on", async () => {
    await mkdir(join(dir, "orders"));
    for (const [index, text] of ["", "{", "[]", '{"kind":"sell"}', '{"kind":"test","id":"1"}'].entries()) {
      await writeFile(join(dir, "orders", `${index}.json`), text);
    }
    await giveOrder(dir, { kind: "test", id: "1", by: "ada" });
    expect(await open().takeOrders()).to.have.length(1);
    expect(troubles).to.have.length(5);
    expect(await readdir(join(dir, "orders"))).to.deep.equal([]);
  });

  it("begins anew where the state is damaged: a watch without memory is better than none", async () => {
    for (const text of ["", "{", '{"report":{}}']) {
      await writeFile(join(dir, "state.json"), text);
      expect(await open().load()).to.equal(undefined);
    }
  });
});
