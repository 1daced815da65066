/**
 * Makes the pictures of the dashboard: each page in both themes and both widths, over a sandbox with a fleet at work.
 *
 *   npm run pictures             into docs/pictures
 *   npm run pictures -- FOLDER
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Browser } from "playwright-core";
import { ensureChromium, NO_CHROMIUM } from "../../scripts/setup/chromium.mjs";
import { PATHS, type SizeName, type ThemeName, openBrowser, openContext, settled } from "../support/browser.ts";
import { startGatewayWorld } from "../support/gatewayWorld.ts";

const SEED = 1;
const TRADES = 6;
/** Plots and prices are drawn after the first figures. */
const DRAWING_MS = 900;
const MAX_BYTES = 150_000;

type Shot = { readonly name: string; readonly path: string };

const shoot = async (
  browser: Browser,
  url: string,
  folder: string,
  how: { size: SizeName; theme: ThemeName; shots: readonly Shot[] },
) => {
  const context = await openContext(browser, how);
  const page = await context.newPage();
  for (const { name, path } of how.shots) {
    await page.goto(`${url}${path}`);
    await settled(page);
    await page.waitForTimeout(DRAWING_MS);
    const file = join(folder, `${name}-${how.size}-${how.theme}.png`);
    await page.screenshot({ path: file });
    const { size } = statSync(file);
    process.stdout.write(`${file} ${Math.round(size / 1_000)} kB${size > MAX_BYTES ? ", too large" : ""}\n`);
    if (size > MAX_BYTES) process.exitCode = 1;
  }
  await context.close();
};

const main = async (folder: string): Promise<void> => {
  if ((await ensureChromium()) === undefined) throw new Error(NO_CHROMIUM);
  mkdirSync(folder, { recursive: true });
  const world = await startGatewayWorld(SEED);
  const browser = await openBrowser();
  try {
    await world.until(`${TRADES} trades and a proposal that waits`, ({ enacted, slow }) => {
      return enacted >= TRADES && slow.stories.some(({ status, end }) => status !== undefined && end === undefined);
    });
    const open = world.display().slow.stories.find(({ status, end }) => status !== undefined && end === undefined);
    const shots: Shot[] = PATHS.map(([name, path]) => ({ name, path }));
    if (open !== undefined) shots.push({ name: "proposal", path: `/proposals/${open.proposed.hash}` });
    for (const size of ["desktop", "phone"] as const) {
      for (const theme of ["light", "dark"] as const)
        await shoot(browser, world.gateway.url, folder, { size, theme, shots });
    }
  } finally {
    await browser.close();
    await world.close();
  }
};

await main(process.argv[2] ?? "docs/pictures");
