import type { RouteHop, RoutePath } from "../../core/protocols/protocol.ts";
import type { Address } from "../../core/units.ts";
import { type RouteOrder, type RoutePool, hopThrough, inOrder, oracleMaxOut, ownMinOut } from "./route.ts";

/** A hop as an aggregator answers it. Amounts in the tokens' units; nothing of it is believed. */
export type AnsweredHop = {
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly amountOutMin: bigint;
  readonly exchange: bigint;
  readonly feePips: bigint;
};

/** Why a route is not taken. */
export type RouteFault =
  /** It has no path, or a path no hop. */
  | "no-route"
  | "too-long"
  /** It spends another token. */
  | "begins-elsewhere"
  /** It buys another token. */
  | "ends-elsewhere"
  /** A hop does not begin where the one before it ends. */
  | "broken-path"
  /** A hop goes through a pool that the address book does not have. */
  | "unknown-pool"
  /** Its paths spend more or less in all than was asked for. */
  | "other-amount"
  /** An amount is off by a power of ten, or beyond anything that the oracles can mean. */
  | "decimals"
  /** It promises less than the least that the oracles' band allows. */
  | "below-oracle"
  /** The oracles' band allows no least output above nothing: the amount is too small, or a token has no price. */
  | "no-least";

/** A route that holds, made of the address book's own pools, or why there is none. */
export type RouteJudgement =
  | {
      readonly kind: "route";
      readonly paths: readonly RoutePath[];
      /** By the oracles alone, in units of what is bought. */
      readonly minOut: bigint;
      /** What the aggregator promises, in the same units. */
      readonly promised: bigint;
    }
  | { readonly kind: "refused"; readonly fault: RouteFault; readonly detail: string };

/** What the router's decoder reads at most. */
const MAX_PATHS = 8;
const MAX_HOPS = 4;
/** How many times what the oracles mean a route may promise before its decimals are held to be wrong. */
const BEYOND_ORACLE = 2n;

const refused = (fault: RouteFault, detail: string): RouteJudgement => ({ kind: "refused", fault, detail });

type Path = readonly AnsweredHop[];

/** Whether one number is the other with zeros behind it. */
const isPowerOfTenApart = (a: bigint, b: bigint): boolean => {
  const [small, large] = a < b ? [a, b] : [b, a];
  return small > 0n && large % small === 0n && /^10+$/.test(String(large / small));
};

const pathFault = (path: Path, { spend, buy }: RouteOrder): RouteJudgement | undefined => {
  const [first, last] = [path[0]?.tokenIn, path.at(-1)?.tokenOut];
  if (first !== spend.address) return refused("begins-elsewhere", `a path spends ${first ?? "nothing"}`);
  if (last !== buy.address) return refused("ends-elsewhere", `a path buys ${last ?? "nothing"}`);
  const broken = path.findIndex((hop, place) => place > 0 && hop.tokenIn !== path[place - 1]?.tokenOut);
  return broken === -1 ? undefined : refused("broken-path", `hop ${broken} of a path begins elsewhere`);
};

const shapeFault = (paths: readonly Path[], order: RouteOrder): RouteJudgement | undefined => {
  if (paths.length === 0 || paths.some((path) => path.length === 0)) return refused("no-route", "it has no hop");
  if (paths.length > MAX_PATHS || paths.some((path) => path.length > MAX_HOPS))
    return refused("too-long", `more than ${MAX_PATHS} paths of ${MAX_HOPS} hops`);
  return paths.map((path) => pathFault(path, order)).find((fault) => fault !== undefined);
};

const amountFault = (paths: readonly Path[], order: RouteOrder, minOut: bigint): RouteJudgement | undefined => {
  const spent = paths.reduce((sum, path) => sum + (path[0]?.amountIn ?? 0n), 0n);
  if (spent !== order.amountIn) {
    const fault = isPowerOfTenApart(spent, order.amountIn) ? "decimals" : "other-amount";
    return refused(fault, `it spends ${spent} units where ${order.amountIn} were asked for`);
  }
  if (paths.some((path) => path[0]?.amountIn === 0n)) return refused("other-amount", "a path spends nothing");
  const promised = promisedBy(paths);
  const most = oracleMaxOut(order) * BEYOND_ORACLE;
  if (promised > most) return refused("decimals", `it promises ${promised} units where oracles mean ${most} at most`);
  return promised < minOut ? refused("below-oracle", `it promises ${promised} units, below ${minOut}`) : undefined;
};

const promisedBy = (paths: readonly Path[]): bigint =>
  paths.reduce((sum, path) => sum + (path.at(-1)?.amountOutMin ?? 0n), 0n);

/** The address book's pool behind a hop; undefined where it has none. The tier counts only where the exchange has several. */
const poolOf = ({ tokenIn, tokenOut, exchange, feePips }: AnsweredHop, pools: readonly RoutePool[]) =>
  pools.find(
    (pool) =>
      pool.exchange === exchange &&
      tokenIn !== tokenOut &&
      pool.tokens.includes(tokenIn) &&
      pool.tokens.includes(tokenOut) &&
      (pool.feePips === 0n || pool.feePips === feePips),
  );

/** The hops as the address book has them; undefined where one goes through a pool that it does not have. */
const ownHops = (path: Path, pools: readonly RoutePool[]): readonly RouteHop[] | undefined => {
  const hops = path.flatMap((hop) => {
    const pool = poolOf(hop, pools);
    return pool === undefined ? [] : [hopThrough(pool, hop.tokenIn)];
  });
  return hops.length === path.length ? hops : undefined;
};

/**
 * Judges an aggregator's route for an order. Of the answer only the choice of pools and the split between paths are taken:
 * pools, exchanges and tiers are the address book's, and the least output is that of the oracles' band. [NX-SYM-03]
 */
export const judgeRoute = (paths: readonly Path[], order: RouteOrder, pools: readonly RoutePool[]): RouteJudgement => {
  const minOut = ownMinOut(order);
  if (minOut === 0n) return refused("no-least", "the oracles allow no least output above nothing");
  const fault = shapeFault(paths, order) ?? amountFault(paths, order, minOut);
  if (fault !== undefined) return fault;
  const own: RoutePath[] = [];
  for (const [index, path] of paths.entries()) {
    const hops = ownHops(path, pools);
    if (hops === undefined) return refused("unknown-pool", `path ${index} leads through a pool that is not ours`);
    own.push({ amountIn: path[0]?.amountIn ?? 0n, hops });
  }
  return { kind: "route", paths: inOrder(own), minOut, promised: promisedBy(paths) };
};
