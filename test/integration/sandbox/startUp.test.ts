import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startChain } from "../../../scripts/sandbox/chain.ts";
import { RECORDED_POOL } from "../../../scripts/sandbox/pools.ts";
import { startSandbox } from "../../../scripts/sandbox/sandbox.ts";
import { distancePips } from "../../../scripts/sandbox/sizing.ts";
import { expectNear } from "../../support/near.ts";
import { heads, keepWarnings, priceOf, readFeed } from "../../support/sandbox.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const { log } = keepWarnings();

describe("sandbox: recorded flow on the chain", () => {
  const HEADER =
    "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";
  const minute = (index: number, netUsdc: bigint, netWeth: bigint, tick: number): string =>
    `2024-02-15 00:0${index}:00,${netUsdc},${netWeth},${tick}.0,${tick}.0,${tick},${tick},0,0,${10n ** 18n}`;

  it("moves the recorded pool as far as it moved the real one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-market-"));
    const ending = new AbortController();
    try {
      const marketFile = join(folder, "flow.csv");
      // 27 WETH against a liquidity of 10^18 lower the root of 2,776 dollars by 27/52.7·10^-6: 0.28 % of the price.
      const flow = [minute(0, 0n, 0n, 197030), minute(1, -7n * 10n ** 10n, 27n * 10n ** 18n, 197058)];
      await writeFile(marketFile, [HEADER, ...flow, minute(2, 0n, 0n, 197058)].join("\n"));
      const sandbox = await startSandbox({ port: 0, seed: 1, marketFile, signal: ending.signal, log });
      const before = await priceOf(sandbox, RECORDED_POOL);
      expectNear(Number(before) / 1e18, 1e12 / 1.0001 ** 197030, 0.01);
      await sandbox.startMining();
      sandbox.startMarket();
      await heads(sandbox, 5);
      const moved = 1 - Number(await priceOf(sandbox, RECORDED_POOL)) / Number(before);
      expectNear(moved, 0.0028, 0.0001);
      expect(distancePips(await readFeed(sandbox, "ETH/USD"), sandbox.fairPrices().ETH) <= 1_500n).to.equal(true);
    } finally {
      ending.abort();
      await removeFolder(folder);
    }
  });

  it("refuses a malformed file before it starts anything", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-market-"));
    try {
      const marketFile = join(folder, "flow.csv");
      await writeFile(marketFile, `${HEADER}\n1,2,3\n`);
      const { signal } = new AbortController();
      const fault = await startSandbox({ port: 0, seed: 1, marketFile, signal, log }).catch((error: unknown) => error);
      expect(String(fault)).to.match(/line 2: has 3 columns instead of 10/);
    } finally {
      await removeFolder(folder);
    }
  });
});

describe("sandbox: the port", () => {
  it("says so when it is taken", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => {
        const bound = other.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
      });
    });
    const fault = await startChain(port).catch((error: unknown) => error);
    expect(String(fault)).to.match(new RegExp(`port ${port} of 127.0.0.1 cannot be used`));
    await new Promise((resolve) => other.close(resolve));
  });
});
