import type { Interface, Signer } from "ethers";
import type { BookAggregator, BookEnvironment } from "../../deployments/schema.ts";
import { type SandboxSymphony, SandboxSymphony__factory } from "../../types/index.ts";
import { readArtifact } from "../lib/artifact.ts";
import { textOf } from "./account.ts";
import type { Chain } from "./chain.ts";
import { ARTIFACTS } from "./dex.ts";
import type { Environment } from "./environment.ts";
import type { LivePool } from "./liquidity.ts";
import { type RouteAnswer, type RouteQuestion, startRouteServer } from "./routeServer.ts";

/** The sandbox's Symphony: its entry of the address book, the stand-in for its router, and what ends the stand-in for its routes. */
export type SandboxSymphonyWorld = {
  readonly entry: BookAggregator;
  readonly router: SandboxSymphony;
  readonly stop: () => Promise<void>;
};

type World = {
  readonly control: Chain["control"];
  readonly pools: readonly LivePool[];
  readonly routers: Environment["routers"];
  readonly quoter: string;
};

const NAME = "Symphony";
/** Symphony's numbers of the two exchanges. */
const EXCHANGES = [
  { number: 1, dex: "DragonSwap V1" },
  { number: 6, dex: "DragonSwap V2" },
] as const;
const NUMBERS = { v2: 1, v3: 6 } as const;

const v2Abi: Interface = readArtifact(ARTIFACTS.v2Router).abi;
const quoterAbi: Interface = readArtifact(ARTIFACTS.quoter).abi;

/** Liquidity of a pool on each side, in dollars: by it an order is split. */
const depthOf = ({ spec: { liquidity } }: LivePool): number =>
  liquidity.kind === "v2" ? liquidity.depthUsd : liquidity.positions.reduce((sum, { depthUsd }) => sum + depthUsd, 0);

const ask = async (control: Chain["control"], to: string, abi: Interface, call: readonly [string, unknown[]]) => {
  const [method, args] = call;
  const data = abi.encodeFunctionData(method, args);
  const result = textOf(await control("eth_call", [{ to, data }, "latest"]), "eth_call");
  const answer: readonly unknown[] = abi.decodeFunctionResult(method, result);
  return answer;
};

/** @throws Error when a quoter answers no number */
const lastNumber = (value: unknown): bigint => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const last = list.at(-1);
  if (typeof last !== "bigint") throw new Error("a quoter answered no number");
  return last;
};

/** What a pool gives for an amount now, by the exchange's own quoter. */
const quote = async (
  { control, routers, quoter }: World,
  pool: LivePool,
  [tokenIn, tokenOut, amountIn]: readonly [string, string, bigint],
): Promise<bigint> => {
  if (pool.spec.liquidity.kind === "v2") {
    const amounts = await ask(control, routers.v2, v2Abi, ["getAmountsOut", [amountIn, [tokenIn, tokenOut]]]);
    return lastNumber(amounts[0]);
  }
  const order = { tokenIn, tokenOut, amountIn, fee: pool.spec.feePips, sqrtPriceLimitX96: 0n };
  const answer = await ask(control, quoter, quoterAbi, ["quoteExactInputSingle", [order]]);
  return lastNumber([answer[0]]);
};

const isPool = ({ base, quote: other }: LivePool, tokenIn: string, tokenOut: string): boolean =>
  [base.address, other.address].includes(tokenIn) && [base.address, other.address].includes(tokenOut);

/** An amount in parts as the pools are deep; the last has what rounding leaves. */
const split = (amount: bigint, depths: readonly number[]): readonly bigint[] => {
  const all = BigInt(depths.reduce((sum, depth) => sum + depth, 0));
  const parts = depths.slice(1).map((depth) => (amount * BigInt(depth)) / all);
  return [amount - parts.reduce((sum, part) => sum + part, 0n), ...parts];
};

/** Finds a route through all pools of two tokens at once. Not Symphony's own search, whose source nobody has published. */
const routeOf = async (
  world: World,
  { tokenIn, tokenOut, amountIn }: RouteQuestion,
): Promise<RouteAnswer | undefined> => {
  const pools = world.pools.filter((pool) => isPool(pool, tokenIn, tokenOut));
  if (pools.length === 0 || tokenIn === tokenOut) return undefined;
  const parts = split(amountIn, pools.map(depthOf));
  return Promise.all(
    pools.map(async (pool, index) => {
      const part = parts[index] ?? 0n;
      const amountOutMin = await quote(world, pool, [tokenIn, tokenOut, part]);
      const { kind } = pool.spec.liquidity;
      const fee = kind === "v3" ? pool.spec.feePips : 0;
      return [{ pool: pool.address, tokenIn, tokenOut, amountIn: part, amountOutMin, swapType: NUMBERS[kind], fee }];
    }),
  );
};

/**
 * Deploys the stand-in for Symphony's router and starts the stand-in for its routes on 127.0.0.1; `signer` owns the router.
 * @throws Error when a transaction fails
 */
export const createSymphony = async (
  signer: Signer,
  control: Chain["control"],
  { book, pools, routers }: { readonly book: BookEnvironment } & Pick<Environment, "pools" | "routers">,
): Promise<SandboxSymphonyWorld> => {
  const router = await new SandboxSymphony__factory(signer).deploy(routers.v2, routers.v3);
  await router.waitForDeployment();
  const quoter = book.dexes.find(({ kind }) => kind === "v3")?.quoter ?? "";
  const tokens = Object.values(book.tokens);
  const world = { control, pools, routers, quoter };
  const { url, stop } = await startRouteServer(tokens, (question) => routeOf(world, question));
  return {
    entry: { name: NAME, kind: "symphony", router: await router.getAddress(), api: url, exchanges: EXCHANGES },
    router,
    stop,
  };
};
