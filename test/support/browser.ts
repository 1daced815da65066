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
  ["opportunities", "/opportunities"],
  ["markets", "/markets"],
  ["proposals", "/proposals"],
  ["exit", "/exit"],
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

/** A person's browser: of a size, in a theme, without motion. */
export const openContext = async (
  browser: Browser,
  { size, theme }: { readonly size: SizeName; readonly theme: ThemeName },
): Promise<BrowserContext> => {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: "reduce",
    hasTouch: size === "phone",
    locale: "en-US",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
};

/** Waits until a page has its document: nothing of it is loading any more. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForSelector("main section.card", { state: "attached" });
  await page.waitForSelector('[aria-busy="true"]', { state: "detached" });
};
