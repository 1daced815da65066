import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { findChromium } from "../../scripts/setup/chromium.mjs";

/** The two widths that pages are looked at in. */
export const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;
export type SizeName = keyof typeof SIZES;
export type ThemeName = "light" | "dark";

/** Every page by its path; one proposal has a path of its own. */
export const PATHS = [
  ["overview", "/"],
  ["agents", "/agents"],
  ["portfolio", "/portfolio"],
  ["analytics", "/analytics"],
  ["opportunities", "/opportunities"],
  ["markets", "/markets"],
  ["proposals", "/proposals"],
  ["exit", "/exit"],
  ["safe", "/safe"],
  ["payments", "/payments"],
  ["system", "/system"],
  ["alerts", "/alerts"],
  ["settings", "/settings"],
] as const;

/** A container has no user namespaces for the sandbox, and what the tests open is our own. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const PATIENCE_MS = 60_000;

/** Whether this machine has a browser. */
export const hasChromium = (): boolean => findChromium() !== undefined;

/** Starts a browser without a window; whoever does closes it. */
export const openBrowser = async (): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium: node scripts/setup/chromium.mjs");
  return chromium.launch({ executablePath, args: ARGUMENTS });
};

type Look = { readonly size: SizeName; readonly theme: ThemeName };

const optionsOf = ({ size, theme }: Look) =>
  ({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: "reduce",
    hasTouch: size === "phone",
    locale: "en-US",
  }) as const;

/** What the browser says of a page that may keep no app; no page of ours is at fault. */
export const NO_WORKER = "Service Worker registration blocked by Playwright";

/**
 * A person's browser: of a size, in a theme, without motion. It keeps no app unless it is told to: a worker would answer for pages
 * whose requests a test answers itself.
 */
export const openContext = async (
  browser: Browser,
  look: Look,
  { keepsApp = false }: { readonly keepsApp?: boolean } = {},
): Promise<BrowserContext> => {
  const context = await browser.newContext({
    ...optionsOf(look),
    serviceWorkers: keepsApp ? "allow" : "block",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
};

/** A browser that keeps what it has in a folder, as one that an app is installed in. Whoever opens it closes it. */
export const openKeeping = async (folder: string, look: Look): Promise<BrowserContext> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium: node scripts/setup/chromium.mjs");
  const context = await chromium.launchPersistentContext(folder, {
    ...optionsOf(look),
    executablePath,
    args: ARGUMENTS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
};

/** Waits until a page has its document: nothing of it is loading any more. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForSelector("main section.card", { state: "attached" });
  await page.waitForSelector('[aria-busy="true"]', { state: "detached" });
};

const LOOK_MS = 20;

/** Waits until a page says `true` to an expression that may take its time. @throws Error when it never does */
export const untilTrue = async (page: Page, expression: string, patienceMs = PATIENCE_MS): Promise<void> => {
  const deadline = performance.now() + patienceMs;
  // A page that is just being loaded again has no answer.
  while ((await page.evaluate(expression).catch(() => undefined)) !== true) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
