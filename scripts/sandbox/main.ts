import { parseArgs } from "node:util";
import type { Log } from "../../keepers/core/log.ts";
import { complain, say, sayLines } from "../lib/output.ts";
import type { SandboxHead } from "./heads.ts";
import { widestOpportunity } from "./opportunities.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { priceFromReserves, priceFromSqrt } from "./sizing.ts";
import { readPool } from "./traders.ts";

const USAGE = `Runs the sandbox by itself and prints a line for each block.

  tsx scripts/sandbox/main.ts [--blocks N] [--seed N] [--market FILE] [--blocks-per-row N] [--port N]

  --blocks N          stop after N blocks; without it, at Ctrl-C
  --seed N            the market's seed (default 1)
  --market FILE       replay recorded flow instead of the seeded market
  --blocks-per-row N  blocks that one recorded minute takes (default 1)
  --port N            port on 127.0.0.1 (default 8545; 0 takes a free one)
`;

/** The whole number that an option holds. @throws Error naming the option */
const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name} must be a whole number from ${least}, got ${text}`);
  return value;
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      blocks: { type: "string" },
      seed: { type: "string", default: "1" },
      market: { type: "string" },
      "blocks-per-row": { type: "string", default: "1" },
      port: { type: "string", default: "8545" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    help: values.help,
    blocks: values.blocks === undefined ? undefined : wholeNumber("blocks", values.blocks, 1),
    seed: wholeNumber("seed", values.seed, 0),
    blocksPerRow: wholeNumber("blocks-per-row", values["blocks-per-row"], 1),
    port: wholeNumber("port", values.port, 0),
    ...(values.market === undefined ? {} : { marketFile: values.market }),
  };
};

/** JSON has no bigint. */
const asText = (_key: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

const logLine =
  (level: string): Log["info"] =>
  (event, fields) => {
    say(JSON.stringify({ level, event, ...fields }, asText));
  };

const log: Log = { debug: () => undefined, info: logLine("info"), warn: logLine("warn"), error: logLine("error") };

const usd = (price: bigint, digits: number): string => (Number(price / 10n ** 6n) / 1e12).toFixed(digits);

/** The pools' prices and the widest gap between them, at the latest block. */
const describe = async (sandbox: Sandbox, head: SandboxHead): Promise<string> => {
  const pools = await Promise.all(
    sandbox.pools.map(async (pool) => {
      const state = await readPool(sandbox.control, pool);
      const price =
        state.kind === "v2"
          ? priceFromReserves(state.reserve0, state.reserve1, pool.side)
          : priceFromSqrt(state.sqrtPriceX96, pool.side);
      return { ...pool.spec, price: Number(price) / 1e18 };
    }),
  );
  const { SEI, ETH } = sandbox.fairPrices();
  const opportunity = widestOpportunity(pools);
  const prices = pools.map(({ name, price }) => `${name} ${price.toPrecision(6)}`).join(" · ");
  const cycle =
    opportunity.gainBps > 0 ? ` GAP ${opportunity.gainBps.toFixed(1)} bp: ${opportunity.path.join(" → ")}` : "";
  return `#${head.number} gas ${head.gasUsed} · SEI ${usd(SEI, 5)} · ETH ${usd(ETH, 2)} · ${prices}${cycle}`;
};

/** Prints each block until `blocks` have come or the signal is aborted. */
const watch = (sandbox: Sandbox, blocks: number | undefined, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    let seen = 0;
    const leave = sandbox.onHead((head) => {
      describe(sandbox, head).then((line) => {
        say(line);
        seen += 1;
        if (blocks !== undefined && seen >= blocks) finish();
      }, reject);
    });
    const finish = (): void => {
      leave();
      resolve();
    };
    signal.addEventListener("abort", finish, { once: true });
  });

const main = async (): Promise<void> => {
  const { help, blocks, ...options } = readOptions();
  if (help) {
    sayLines(USAGE.trimEnd().split("\n"));
    return;
  }
  const ending = new AbortController();
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      ending.abort();
    });
  }
  const started = performance.now();
  const sandbox = await startSandbox({ ...options, signal: ending.signal, log });
  say(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s at ${sandbox.rpcUrl} and ${sandbox.wsUrl}`);
  await sandbox.startMining();
  sandbox.startMarket();
  await watch(sandbox, blocks, ending.signal);
  say(JSON.stringify(sandbox.marketStats()));
  await sandbox.stop();
};

main().catch((error: unknown) => {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
