import { Interface } from "ethers";
import type { Log } from "../../keepers/core/log.ts";
import type { Sandbox } from "../../scripts/sandbox/sandbox.ts";
import { priceFromReserves, priceFromSqrt } from "../../scripts/sandbox/sizing.ts";
import { readPool } from "../../scripts/sandbox/traders.ts";

const proxyAbi = new Interface(["function read() view returns (int224 value, uint32 timestamp)"]);

/** A log that keeps what went wrong. */
export const keepWarnings = () => {
  const warnings: string[] = [];
  const keep: Log["warn"] = (event, fields) => void warnings.push(`${event} ${String(fields?.["reason"])}`);
  const log: Log = { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
  return { warnings, log };
};

/** Waits for so many heads; gives the milliseconds at which they came. */
export const heads = (sandbox: Pick<Sandbox, "onHead">, count: number): Promise<readonly number[]> =>
  new Promise((resolve) => {
    const times: number[] = [];
    const leave = sandbox.onHead(() => {
      times.push(performance.now());
      if (times.length < count) return;
      leave();
      resolve(times);
    });
  });

/** What a feed's reader proxy answers, 18 decimals. */
export const readFeed = async (sandbox: Sandbox, feed: string): Promise<bigint> => {
  const oracle = sandbox.environment.oracles[feed];
  if (oracle === undefined || !("proxy" in oracle)) throw new Error(`${feed} has no reader proxy`);
  const to = oracle.proxy;
  const data = await sandbox.control("eth_call", [{ to, data: proxyAbi.encodeFunctionData("read") }, "latest"]);
  const [value]: readonly unknown[] = proxyAbi.decodeFunctionResult("read", String(data));
  if (typeof value !== "bigint") throw new Error(`${feed} has no value`);
  return value;
};

/** A pool's present price, quote per base with 18 decimals. */
export const priceOf = async (sandbox: Sandbox, name: string): Promise<bigint> => {
  const pool = sandbox.pools.find(({ spec }) => spec.name === name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  const state = await readPool(sandbox.control, pool);
  if (state.kind === "v3") return priceFromSqrt(state.sqrtPriceX96, pool.side);
  return priceFromReserves(state.reserve0, state.reserve1, pool.side);
};
