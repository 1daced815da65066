import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { z } from "zod";
import { ALERTS_COMMANDS } from "../../../scripts/cli/alerts/commands.ts";
import { RULES } from "../../../keepers/agents/alerts/rules/all.ts";
import { type Fleet, startFleet } from "../../../scripts/sandbox/keepers.ts";
import { type StartWorld, openWorld } from "../../../scripts/run/worldProcess.ts";
import { type Answer, runLine } from "../../support/commandLine.ts";
import { type Receiver, openReceiver } from "../../support/receiver.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
const messageSchema = z.object({
  id: z.string(),
  kind: z.string(),
  severity: z.string(),
  title: z.string(),
  atMs: z.number(),
  alerts: z.array(z.object({ id: z.string(), rule: z.string() })),
});
const reportSchema = z.object({
  isRunning: z.boolean(),
  rules: z.number(),
  standing: z.array(z.object({ id: z.string(), rule: z.string(), severity: z.string(), what: z.string() })),
});

describe("The alerts agent in the sandbox's fleet", function () {
  this.timeout(5 * PATIENCE_MS);
  let world: StartWorld;
  let fleet: Fleet;
  let hook: Receiver;
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "nexus-alerts-"));
    hook = await openReceiver(() => ({ status: 204 }));
    const options = { seed: 5, marketFile: undefined, blocksPerRow: undefined, unanimous: false };
    world = await openWorld(options, () => undefined);
    const adapt = { alerts: { dir, webhookUrl: `${hook.url}/hook`, webhookSecret: "a secret" } };
    fleet = await startFleet({ wsUrl: world.wsUrl, book: world.book, emit: () => undefined, adapt });
    await world.begin(undefined);
  });
  after(async () => {
    await fleet.stop();
    await world.stop();
    await hook.close();
    await removeFolder(dir);
  });

  const nexus = (...args: readonly string[]): Promise<Answer> =>
    runLine(ALERTS_COMMANDS, ["alerts", ...args, "--dir", dir]);
  const report = async () => reportSchema.parse(JSON.parse((await nexus("list", "--json")).output));
  const messages = () => hook.received.map(({ body }) => messageSchema.parse(JSON.parse(body.toString("utf8"))));

  it("watches, finds nothing urgent in a fleet that is well, and says so to who asks", async () => {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await nexus("list")).error !== undefined && performance.now() < deadline) await delay(200);
    await delay(15_000);
    const { isRunning, rules, standing } = await report();
    expect([isRunning, rules]).to.deep.equal([true, RULES.length]);
    expect(
      standing.filter(({ severity }) => severity !== "info"),
      JSON.stringify(standing),
    ).to.deep.equal([]);
    expect((await nexus("list")).code).to.equal(0);
    expect(messages()).to.deep.equal([]);
  });

  it("sends a test by every channel when it is asked to, and tells how each ended", async () => {
    const { code, output } = await nexus("test");
    expect([code, output.trim()]).to.deep.equal([0, "webhook: delivered"]);
    expect(messages().map(({ kind }) => kind)).to.deep.equal(["test"]);
  });

  it("silences a rule and ends that, and refuses to take up what does not stand", async () => {
    expect((await nexus("silence", "peg-lost", "--minutes", "5")).output).to.equal("peg-lost is silenced for 5 min\n");
    expect((await nexus("list")).output).to.match(/silences peg-lost for (?:5 min|4 min \d+ s)/);
    expect((await nexus("silence", "peg-lost", "--end")).output).to.equal("peg-lost is heard again\n");
    const refused = await nexus("ack", "peg-lost/USDC");
    expect([refused.code, refused.error?.message]).to.deep.equal([2, "no alert peg-lost/USDC stands; there are none"]);
  });

  it("pages when the chain dies under every agent: one message, which a person takes up [NX-ALR-02]", async () => {
    const before = messages().length;
    await world.stop();
    await until("a page", () => messages().find(({ severity }) => severity === "page"), PATIENCE_MS);
    const [page] = messages().slice(before);
    expect(page?.alerts.map(({ rule }) => rule)).to.include("chain-silent");
    expect((await nexus("ack", "chain-silent/chain")).code).to.equal(0);
    const listed = await nexus("list");
    expect(listed.code).to.equal(1);
    expect(listed.output).to.match(/page\s+No new block arrives: chain.*\(taken up by /);
    expect(listed.output).to.match(/An agent is cut off from the chain: .*\(explained by chain-silent\)/);
    await delay(15_000);
    expect(messages().slice(before), JSON.stringify(messages().slice(before))).to.have.length(1);
  });
});
