import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { expect } from "chai";
import type { Browser, Page, WebSocketRoute } from "playwright-core";
import { z } from "zod";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import { proposalSchema } from "../../../keepers/gateway/schema/proposals.ts";
import { ROUTES } from "../../../keepers/gateway/schema/routes.ts";
import {
  NO_WORKER,
  PATHS,
  SIZES,
  type SizeName,
  type ThemeName,
  hasChromium,
  openBrowser,
  openContext,
  settled,
} from "../../support/browser.ts";
import type { GatewayWorld } from "../../support/gatewayWorld.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const RUN_AXE = `axe.run(document, { runOnly: ${JSON.stringify(WCAG)}, resultTypes: ["violations"] })`;
const axeSchema = z.looseObject({
  violations: z.array(z.looseObject({ id: z.string(), nodes: z.array(z.looseObject({ html: z.string() })) })),
});

type Look = { readonly size: SizeName; readonly theme: ThemeName };
const LOOKS: readonly Look[] = (["desktop", "phone"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((theme) => ({ size, theme })),
);
const NARROW = { width: 320, height: 640 };

/** Every page in every look where there is time for it; else each page in one of the looks, which take turns. */
const isLookedAt = (pageIndex: number, lookIndex: number): boolean =>
  process.env["NEXUS_TEST_DEEP"] === "1" || pageIndex % LOOKS.length === lookIndex;

/** Keeps what a page does that it should not. */
const watch = (page: Page, url: string) => {
  const faults: string[] = [];
  page.on("pageerror", (error) => void faults.push(`an error: ${error.message}`));
  page.on("console", (message) => {
    const isOurs = message.text() !== NO_WORKER;
    if (isOurs && (message.type() === "error" || message.type() === "warning"))
      faults.push(`it complains: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) faults.push(`it asks elsewhere: ${request.url()}`);
  });
  page.on("dialog", (dialog) => void faults.push(`a dialog: ${dialog.message()}`));
  return faults;
};

const violationsOf = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  const { violations } = axeSchema.parse(await page.evaluate(RUN_AXE));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
};

const textOf = (page: Page, selector: string): Promise<string> => page.locator(selector).first().innerText();

const HREFS = `[...document.querySelectorAll("a.decision")].map((one) => one.getAttribute("href"))`;

const styleOf = (page: Page, selector: string, property: string): Promise<unknown> =>
  page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`);

/** The pages, in a real browser over a world that already trades. */
export const testPages = (world: () => GatewayWorld): void => {
  let browser: Browser | undefined;
  const open = async (look: Look = { size: "desktop", theme: "light" }): Promise<Page> => {
    if (browser === undefined) throw new Error("the browser did not start");
    return (await openContext(browser, look)).newPage();
  };
  before(async function () {
    if (!hasChromium()) {
      process.stderr.write(`nexus: ${NO_CHROMIUM}\n`);
      this.skip();
    }
    browser = await openBrowser();
  });
  after(() => browser?.close());

  const pages = (): readonly (readonly [string, string])[] => {
    const known = world().display();
    const ids = [
      known.stories.find(({ result }) => result?.result.kind === "enacted")?.message.hash,
      known.slow.stories.at(-1)?.proposed.hash,
    ];
    return [...PATHS, ...ids.flatMap((id) => (id === undefined ? [] : [["a proposal", `/proposals/${id}`] as const]))];
  };

  LOOKS.forEach((look, lookIndex) => {
    it(`opens pages with what the gateway tells, ${look.size} and ${look.theme}: nothing foreign, nothing that axe finds, no line too wide for 320 pixels [NX-GTW-08]`, async () => {
      const { url } = world().gateway;
      const page = await open(look);
      const faults = watch(page, url);
      for (const [name, path] of pages().filter((_, index) => isLookedAt(index, lookIndex))) {
        await page.setViewportSize(SIZES[look.size]);
        await page.goto(`${url}${path}`);
        await settled(page);
        expect(await page.locator(".failure").count(), name).to.equal(0);
        expect(await textOf(page, '[data-testid="head"]'), name).to.match(/^Block [\d,]+ · \d/);
        expect(await violationsOf(page), `${name} ${look.theme}`).to.deep.equal([]);
        await page.setViewportSize(NARROW);
        expect(await page.evaluate("document.documentElement.scrollWidth"), name).to.be.at.most(NARROW.width);
      }
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  });

  it("moves on by itself: new blocks, new decisions, no line twice", async () => {
    const { url } = world().gateway;
    const page = await open();
    await page.goto(`${url}/proposals`);
    await settled(page);
    const rows = page.locator("a.decision");
    const first = await rows.first().getAttribute("href");
    const before = world().display().proposals;
    await world().until("another proposal", ({ proposals }) => proposals > before);
    await page.waitForSelector(`main li:first-child a.decision:not([href="${first}"])`);
    const links = z.array(z.string()).parse(await page.evaluate(HREFS));
    expect(links).to.deep.equal([...new Set(links)]);
    await page.context().close();
  });

  it("says how old figures are once no block comes: faded after three seconds, across the page after thirty, and well again after [NX-GTW-07]", async () => {
    const { url } = world().gateway;
    const page = await open();
    await page.clock.install();
    let isCut = false;
    await page.routeWebSocket(/\/v1\/stream$/, (socket: WebSocketRoute) => {
      const server = socket.connectToServer();
      server.onMessage((message) => (isCut ? undefined : socket.send(message)));
    });
    await page.goto(url);
    await settled(page);
    await page.waitForSelector('[data-age="fresh"]');
    isCut = true;
    await page.clock.fastForward(4_000);
    await page.waitForSelector('[data-age="stale"]');
    expect(await styleOf(page, ".big.live", "color")).to.equal(await styleOf(page, ".card header small", "color"));
    expect(await page.locator(".bar").count()).to.equal(0);
    await page.clock.fastForward(31_000);
    await page.waitForSelector('[data-age="silent"]');
    expect(await textOf(page, ".bar")).to.match(/^Nothing new for (?:[3-9]\d s|\d+ min)/);
    isCut = false;
    await page.waitForSelector('[data-age="fresh"]');
    expect(await page.locator(".bar").count()).to.equal(0);
    await page.context().close();
  });

  it("shows text from outside as text, whatever it holds [NX-GTW-06]", async () => {
    const { url } = world().gateway;
    const page = await open();
    const faults = watch(page, url);
    const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'{{7*7}}`;
    const answer = ROUTES.agents.answer.parse(await (await fetch(`${url}/v1/agents`)).json());
    const items = answer.items.map((agent, index) =>
      index === 0 && agent.fleet !== null
        ? { ...agent, name: hostile, fleet: { ...agent.fleet, troubles: 1, untrustedTrouble: hostile } }
        : agent,
    );
    await page.route("**/v1/agents", (route) => route.fulfill({ json: { ...answer, items } }));
    await page.routeWebSocket(/\/v1\/stream$/, () => undefined);
    await page.goto(`${url}/agents`);
    await page.waitForSelector(".told");
    expect(await textOf(page, ".told")).to.equal(hostile);
    expect(await textOf(page, "tbody b")).to.equal(hostile);
    expect(await page.locator("main img, main script").count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it("computes a proposal's digest and sentence itself, and says so where the gateway tells something false [NX-GTW-10]", async () => {
    const { url } = world().gateway;
    await world().until("a proposal on the slow path", ({ slow }) => slow.stories.length > 0);
    const id = world().display().slow.stories.at(-1)?.proposed.hash ?? "";
    const page = await open();
    await page.goto(`${url}/proposals/${id}`);
    const proved = page.locator("section", { hasText: "Proved here" });
    await proved.getByText("is the one that was signed").waitFor();
    expect(await proved.getByRole("img", { name: "holds" }).count()).to.be.at.least(2);
    expect((await proved.locator(".digest").innerText()).replace(/\s/g, "")).to.equal(id);
    const answer = proposalSchema.parse(await (await fetch(`${url}/v1/proposals/${id}`)).json());
    // One bit more of the amount that the first call spends.
    const calls = answer.calls.map((call, index) =>
      index === 0
        ? {
            ...call,
            data: `${call.data.slice(0, 73)}${((Number.parseInt(call.data[73] ?? "0", 16) + 1) % 16).toString(16)}${call.data.slice(74)}`,
          }
        : call,
    );
    await page.route(`**/v1/proposals/${id}`, (route) => route.fulfill({ json: { ...answer, calls } }));
    await page.reload();
    await proved.getByText("this gateway tells something false").waitFor();
    // Words beside the hashed parts say nothing here: the page makes its own.
    const lie = "a lie of the gateway";
    const lies = {
      ...answer,
      calls: answer.calls.map((call) => ({ ...call, words: lie })),
      conditions: [lie],
      changes: answer.changes.map((change) => ({ ...change, guaranteed: lie })),
      maxLoss: { units: "777", decimals: 0, symbol: lie },
      forecast: { units: "777", decimals: 0, symbol: lie },
    };
    await page.unroute(`**/v1/proposals/${id}`);
    await page.route(`**/v1/proposals/${id}`, (route) => route.fulfill({ json: lies }));
    await page.reload();
    await proved.getByText("is the one that was signed").waitFor();
    await page.getByText("Guaranteed, or nothing of it happens").first().waitFor();
    expect(await page.getByText(lie).count()).to.equal(0);
    await page.context().close();
  });

  it("shows nothing of another proposal than its address names [NX-GTW-10]", async () => {
    const { url } = world().gateway;
    const id = world().display().slow.stories.at(-1)?.proposed.hash ?? "";
    const page = await open();
    const answer = proposalSchema.parse(await (await fetch(`${url}/v1/proposals/${id}`)).json());
    const other = `0x${"5".repeat(64)}`;
    await page.route(`**/v1/proposals/${other}`, (route) => route.fulfill({ json: answer }));
    await page.goto(`${url}/proposals/${other}`);
    await page.locator(".failure").waitFor();
    expect(await textOf(page, ".failure")).to.include("another proposal");
    expect(await page.getByText(answer.sentence).count()).to.equal(0);
    await page.context().close();
  });

  it("says what failed and what to do where the gateway does not answer, and goes on when it does", async () => {
    const { url } = world().gateway;
    const page = await open();
    let isCut = true;
    await page.route("**/v1/**", (route) => (isCut ? route.abort() : route.continue()));
    await page.routeWebSocket(/\/v1\/stream$/, (socket) => (isCut ? socket.close() : void socket.connectToServer()));
    await page.goto(`${url}/portfolio`);
    expect(await textOf(page, ".failure")).to.match(/does not answer[^]*npm start/);
    isCut = false;
    await page.waitForSelector("main table");
    expect(await page.locator(".failure").count()).to.equal(0);
    await page.context().close();
  });

  it("works by keyboard alone: past the pages, through them, and into a proposal [NX-GTW-08]", async () => {
    const { url } = world().gateway;
    const page = await open();
    await page.goto(url);
    await settled(page);
    const focused = (what: string) => page.evaluate(`document.activeElement.${what}`);
    await page.keyboard.press("Tab");
    expect(await focused("textContent")).to.match(/Skip to the page/);
    await page.keyboard.press("Tab");
    expect(await focused("getAttribute('href')")).to.equal("/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/agents");
    await settled(page);
    expect(await focused("tagName"), "the focus goes to the new page").to.equal("MAIN");
    await page.goto(`${url}/proposals`);
    await settled(page);
    await page.locator("a.decision").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/proposals/0x*");
    await settled(page);
    expect(await textOf(page, "h1")).to.match(/^(Buy and sell|Swap) /);
    await page.context().close();
  });

  it("keeps the theme that was chosen, before anything is drawn", async () => {
    const { url } = world().gateway;
    const page = await open();
    await page.goto(`${url}/settings`);
    await settled(page);
    await page.getByRole("button", { name: "Dark" }).click();
    await page.reload();
    await settled(page);
    expect(await page.evaluate("document.documentElement.dataset.theme")).to.equal("dark");
    expect(await styleOf(page, "body", "backgroundColor")).to.equal("rgb(13, 16, 20)");
    await page.context().close();
  });
};
