import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { RULES } from "../../../keepers/agents/alerts/rules/all.ts";
import type { AlertDocument, AlertsDocument } from "../../../keepers/gateway/schema/alerts.ts";
import { type ThemeName, hasChromium, openBrowser, openContext, settled } from "../../support/browser.ts";
import type { GatewayWorld } from "../../support/gatewayWorld.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN_AXE = 'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })';
const axeSchema = z.looseObject({ violations: z.array(z.looseObject({ id: z.string() })) });
const HOSTILE = '<img src=x onerror="document.title=1"> refused';

const alert = (changes: Partial<AlertDocument> = {}): AlertDocument => ({
  id: "agent-down/risk-1",
  rule: "agent-down",
  untrustedSubject: "risk-1",
  severity: "page",
  cause: "agents",
  title: "An agent is cut off from the chain",
  untrustedWhat: HOSTILE,
  next: "Look at its endpoint.",
  runbook: "keepers/agents/alerts/README.md#agent-down",
  sinceMs: Date.now() - 65_000,
  resolvedMs: null,
  acknowledgedBy: null,
  silencedUntilMs: null,
  explainedBy: null,
  ...changes,
});
const watched = (changes: Partial<AlertsDocument> = {}): AlertsDocument => ({
  asOf: { block: 5, time: 5 },
  watch: { atMs: Date.now(), rules: 36, silences: [], channels: [] },
  items: [],
  resolved: [],
  notes: [],
  ...changes,
});
const FULL = (): AlertsDocument =>
  watched({
    watch: {
      atMs: Date.now(),
      rules: 36,
      silences: [{ rule: "peg-lost", subject: "USDC", untilMs: Date.now() + 600_000, by: "ada" }],
      channels: [
        { channel: "webhook", delivered: 4, waiting: 0, failures: 0, untrustedFailure: null },
        { channel: "mail", delivered: 0, waiting: 2, failures: 3, untrustedFailure: "answered 550" },
      ],
    },
    items: [
      alert(),
      alert({ id: "balance-low/executor", severity: "warn", title: "Money is short", acknowledgedBy: "ada" }),
      alert({ id: "source-lost/WETH-Pyth", severity: "info", title: "A source is lost", explainedBy: "chain-silent" }),
    ],
    resolved: [alert({ id: "value-drop/treasury", title: "Value fell", resolvedMs: Date.now() - 60_000 })],
  });

/** The page of alerts in each of its states, in a real browser. */
export const testAlertsPage = (world: () => GatewayWorld): void => {
  let browser: Browser | undefined;
  before(async function () {
    if (!hasChromium()) this.skip();
    browser = await openBrowser();
  });
  after(() => browser?.close());

  /** Opens the page where the gateway answers this, and streams nothing. */
  const openWith = async (document: AlertsDocument | undefined, theme: ThemeName = "light"): Promise<Page> => {
    if (browser === undefined) throw new Error("the browser did not start");
    const page = await (await openContext(browser, { size: "desktop", theme })).newPage();
    await page.routeWebSocket(/\/v1\/stream$/, () => undefined);
    await page.route("**/v1/alerts", (route) =>
      document === undefined
        ? route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" })
        : route.fulfill({ contentType: "application/json", body: JSON.stringify(document) }),
    );
    await page.goto(`${world().gateway.url}/alerts`);
    await settled(page);
    return page;
  };
  const textOf = async (document: AlertsDocument | undefined): Promise<string> => {
    const page = await openWith(document);
    const text = await page.locator("main").innerText();
    await page.context().close();
    return text;
  };

  it("shows what the fleet's own alerts agent says", async () => {
    if (browser === undefined) throw new Error("the browser did not start");
    const page = await (await openContext(browser, { size: "desktop", theme: "light" })).newPage();
    await page.goto(`${world().gateway.url}/alerts`);
    await page.waitForSelector(`text=${RULES.length} rules watch`);
    expect(await page.locator("main").innerText()).to.contain("No channel is configured");
    await page.context().close();
  });

  for (const theme of ["light", "dark"] as const) {
    it(`shows what stands, who has it, what explains it, what was over and how messages do, ${theme}, to every reader [NX-GTW-08]`, async () => {
      const page = await openWith(FULL(), theme);
      const text = await page.locator("main").innerText();
      for (const words of [
        "An agent is cut off from the chain: risk-1",
        "nexus alerts ack agent-down/risk-1",
        "ada has it",
        "comes with chain-silent",
        "Value fell",
        "failed 3 times, last: answered 550",
        "peg-lost of USDC",
      ]) {
        expect(text).to.contain(words);
      }
      expect(text).to.match(/for 1 min \d+ s/);
      await page.evaluate(AXE);
      expect(axeSchema.parse(await page.evaluate(RUN_AXE)).violations.map(({ id }) => id)).to.deep.equal([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).to.be.at.most(320);
      await page.context().close();
    });
  }

  it("shows the words of others as words [NX-GTW-06]", async () => {
    const page = await openWith(FULL());
    expect(await page.locator("main").innerText()).to.contain(HOSTILE);
    expect(await page.locator("main img").count()).to.equal(0);
    await page.context().close();
  });

  it("tells apart that all is well, that nobody watches, that the watch has gone silent, and that nothing is known", async () => {
    expect(await textOf(watched())).to.contain("No alert stands, and none was over within the last hour.");
    const last = watched({ resolved: [alert({ resolvedMs: Date.now() - 120_000 })] });
    expect(await textOf(last)).to.match(/The last one was over (?:1|2) min.* ago: An agent is cut off/);
    const absent = await textOf(watched({ watch: null, notes: ["No alerts agent runs in this process."] }));
    expect(absent).to.contain("No alerts agent runs").and.not.contain("No alert stands");
    const silent = watched({ watch: { atMs: Date.now() - 40_000, rules: 36, silences: [], channels: [] } });
    expect(await textOf(silent)).to.match(/The alerts agent has said nothing for (?:[4-9]\d s|\d+ min)/);
    const page = await openWith(undefined);
    expect(await page.locator("main .failure").count()).to.equal(1);
    await page.context().close();
  });
};
