import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import { gatewayClock } from "../../../keepers/adapters/clock/gateway.ts";
import { type Gateway, startGateway } from "../../../keepers/gateway/gateway.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import { buildDashboard, isDashboardBuilt } from "../../../scripts/setup/dashboard.mjs";
import { hasChromium, openBrowser, openContext, openKeeping, settled, untilTrue } from "../../support/browser.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { testOutside } from "./outside.ts";
import { testPushes } from "./pushes.ts";

const PHONE = { size: "phone", theme: "light" } as const;
const BUILT = join(process.cwd(), "dist/dashboard");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN_AXE = 'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })';
const axeSchema = z.looseObject({ violations: z.array(z.looseObject({ id: z.string() })) });
const readySchema = z.literal(true);

/** Waits until the app is kept on the device: from then on a page opens without a network. */
const untilKept = async (page: Page): Promise<void> => {
  const isActive = await page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active !== null)");
  readySchema.parse(isActive);
};
/** Waits until this device has kept a document. */
const untilHeld = (page: Page, name: string): Promise<void> =>
  untilTrue(page, `caches.match("/kept/${name}").then((found) => found !== undefined)`);

const textOf = (page: Page, selector: string): Promise<string> => page.locator(selector).first().innerText();
const blockIn = (text: string): number => Number(/^Block ([\d,]+)/.exec(text)?.[1]?.replaceAll(",", ""));

describe("The dashboard of a gateway without a fleet", function () {
  this.timeout(180_000);
  let started: Deployed | undefined;
  let gateway: Gateway | undefined;
  let browser: Browser | undefined;
  let dashboardDir = "";
  let port = 0;

  const deployed = (): Deployed => {
    if (started === undefined) throw new Error("the chain did not start");
    return started;
  };
  const url = (): string => `http://127.0.0.1:${port}`;
  /** Starts the gateway again where it was: for a browser it is the same one. */
  const start = async (): Promise<void> => {
    gateway = await startGateway({
      book: deployed().book,
      provider: deployed().provider,
      rpcUrl: deployed().sandbox.rpcUrl,
      fleet: undefined,
      clock: gatewayClock(),
      residentBytes: () => 0,
      version: "0.0.0",
      onTrouble: () => undefined,
      port,
      dashboardDir,
    });
    port = Number(new URL(gateway.url).port);
  };
  const stop = async (): Promise<void> => {
    await gateway?.close();
    gateway = undefined;
  };
  const open = async (keepsApp = true): Promise<BrowserContext> => {
    if (browser === undefined) throw new Error("the browser did not start");
    return openContext(browser, PHONE, { keepsApp });
  };
  /** A page whose app and overview are kept, on the very first visit. */
  const visit = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(url());
    await settled(page);
    await untilKept(page);
    await untilHeld(page, "overview");
    return page;
  };

  before(async function () {
    if (!hasChromium()) {
      process.stderr.write(`nexus: ${NO_CHROMIUM}\n`);
      this.skip();
    }
    if (!isDashboardBuilt()) await buildDashboard();
    dashboardDir = mkdtempSync(join(tmpdir(), "nexus-pages-"));
    cpSync(BUILT, dashboardDir, { recursive: true });
    [started, browser] = await Promise.all([startDeployed(), openBrowser()]);
    await start();
  });
  beforeEach(async () => {
    if (gateway === undefined) await start();
  });
  after(async () => {
    await browser?.close();
    await stop();
    await started?.stop();
    if (dashboardDir !== "") await removeFolder(dashboardDir);
  });

  it("can be installed: the browser finds no fault with its manifest, its icons and its worker", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-browser-"));
    const context = await openKeeping(folder, PHONE);
    const page = await context.newPage();
    await page.goto(url());
    await untilKept(page);
    const devtools = await context.newCDPSession(page);
    expect((await devtools.send("Page.getInstallabilityErrors")).installabilityErrors).to.deep.equal([]);
    const { errors, url: manifest } = await devtools.send("Page.getAppManifest");
    expect([errors, manifest]).to.deep.equal([[], `${url()}/app.webmanifest`]);
    await context.close();
    await removeFolder(folder);
  });

  it("opens without the gateway after one visit, shows the last figures with their age, and sends nothing over them [NX-GTW-13]", async () => {
    const context = await open();
    const page = await visit(context);
    await untilHeld(page, "portfolio");
    await untilHeld(page, "meta");
    const before = await textOf(page, ".big");
    await stop();
    await page.reload();
    await page.getByTestId("kept").waitFor();
    expect(await textOf(page, ".big")).to.equal(before);
    expect(await textOf(page, '[data-testid="kept"]')).to.match(/figures of .+, (?:\d+\.\d|\d+) (?:s|min \d+ s) old/);
    expect(await page.locator(".frame").getAttribute("data-age")).to.equal("silent");
    expect(await page.locator(".failure").count()).to.equal(0);
    await page.goto(`${url()}/exit`);
    await settled(page);
    expect(await textOf(page, "main")).to.contain("nothing is sent over it");
    expect(await page.locator("main input").count()).to.equal(0);
    await page.goto(`${url()}/system`);
    await page.locator("main .failure").waitFor();
    expect(await textOf(page, ".failure"), "what was never kept is not made up").to.contain("does not answer");
    await start();
    await page.goto(url());
    await settled(page);
    await page.waitForSelector('.frame:not([data-age="silent"])');
    expect(await page.getByTestId("kept").count()).to.equal(0);
    await context.close();
  });

  it("shows the figures of now as soon as the gateway is back, also where its chain has begun again [NX-GTW-13]", async () => {
    const context = await open();
    const page = await visit(context);
    const real = blockIn(await textOf(page, '[data-testid="head"]'));
    await page.evaluate(`caches.open("nexus-figures").then(async (kept) => {
      for (const name of ["head", "overview"]) {
        const told = await (await kept.match("/kept/" + name)).json();
        told.document.asOf.block = 999999999;
        await kept.put("/kept/" + name, Response.json({ ...told, atMs: Date.now() - 3_600_000 }));
      }
    })`);
    await stop();
    await page.reload();
    await page.getByTestId("kept").waitFor();
    expect(await textOf(page, '[data-testid="kept"]')).to.contain(", 1 h");
    expect(blockIn(await textOf(page, '[data-testid="head"]'))).to.equal(999_999_999);
    await start();
    await page.getByTestId("kept").waitFor({ state: "detached" });
    const now = blockIn(await textOf(page, '[data-testid="head"]'));
    expect(now).to.be.within(real, real + 1_000);
    await context.close();
  });

  it("keeps nothing for whoever may not read here any more [NX-GTW-13]", async () => {
    const context = await open();
    const page = await visit(context);
    expect(await page.evaluate('caches.has("nexus-figures")')).to.equal(true);
    await page.route("**/v1/session", (route) => route.fulfill({ json: { kind: "nobody", name: null, until: null } }));
    await page.reload();
    await page.getByText("Sign in").first().waitFor();
    await untilTrue(page, 'caches.has("nexus-figures").then((has) => !has)');
    await context.close();
  });

  it("lets a newer app wait until one tab asks for it, and cuts off nobody in another", async function () {
    // Chromium puts the newer worker off while requests of the older one are under way; on a busy machine that was once for over a minute.
    this.retries(1);
    const context = await open();
    const first = await visit(context);
    await first.reload();
    const second = await context.newPage();
    await second.goto(`${url()}/settings`);
    await settled(second);
    for (const page of [first, second])
      await untilTrue(page, "navigator.serviceWorker.controller !== null && (globalThis.isSame = true)");
    const path = join(dashboardDir, "worker.js");
    const worker = readFileSync(path, "utf8");
    try {
      writeFileSync(path, worker.replace(/nexus-files-[0-9a-f]+/, "nexus-files-newer"));
      await first.evaluate(
        "navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)",
      );
      for (const page of [first, second]) await page.getByText("A newer version of this app is here.").waitFor();
      const keptNames = () =>
        first.evaluate('caches.keys().then((all) => all.filter((name) => name.startsWith("nexus-files-")).length)');
      expect(await keptNames(), "the older one is still whole").to.equal(2);
      await first.getByRole("button", { name: "Use it" }).click();
      await untilTrue(first, "globalThis.isSame === undefined");
      await second.getByText("This app was renewed in another tab.").waitFor();
      expect(await second.evaluate("globalThis.isSame")).to.equal(true);
      await settled(first);
      await untilTrue(
        first,
        'caches.keys().then((all) => all.filter((name) => name.startsWith("nexus-files-")).join() === "nexus-files-newer")',
      );
    } finally {
      writeFileSync(path, worker);
      await context.close();
    }
  });

  for (const theme of ["light", "dark"] as const) {
    it(`shows its settings and the page of a Safe to every reader, ${theme} [NX-GTW-08]`, async () => {
      const context = await open(false);
      const page = await context.newPage();
      await page.emulateMedia({ colorScheme: theme });
      for (const path of ["/settings", "/safe", "/exit"]) {
        await page.goto(`${url()}${path}`);
        await settled(page);
        await page.evaluate(AXE);
        expect(axeSchema.parse(await page.evaluate(RUN_AXE)).violations, path).to.deep.equal([]);
        await page.setViewportSize({ width: 320, height: 640 });
        expect(await page.evaluate("document.documentElement.scrollWidth"), path).to.be.at.most(320);
      }
      await context.close();
    });
  }

  it("says in words that a browser without service workers keeps no app, and works all the same", async () => {
    const context = await open();
    await context.addInitScript("delete Navigator.prototype.serviceWorker");
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => void errors.push(error.message));
    await page.goto(url());
    await settled(page);
    expect(await textOf(page, '[data-testid="head"]')).to.match(/^Block [\d,]+/);
    await page.goto(`${url()}/settings`);
    await page.getByTestId("app").filter({ hasText: "keeps no app: it has no service workers" }).waitFor();
    expect(await page.getByRole("button", { name: /alerts/ }).count()).to.equal(0);
    expect(errors).to.deep.equal([]);
    await context.close();
  });

  describe("without a wallet", () =>
    testOutside(() => ({ deployed: deployed(), url: url(), open: () => open(false) })));
  describe("its alerts", () => testPushes(() => ({ deployed: deployed(), dashboardDir })));
});
