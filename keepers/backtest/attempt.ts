import { type Simulation, type TokenState, valueAt } from "../core/chainSnapshot.ts";
import { type Call, type Condition, type Proposal, CONDITION_KIND, ROUTINE, type RiskClass } from "../core/proposal.ts";
import { minOutOf, readCall } from "../core/protocols/all.ts";
import { maxOf, minOf } from "../core/integers.ts";
import type { Address } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";
import { poolAfter, quoteExactInput } from "../market/quote.ts";
import { type SimulatedWorld, chargeFall, chargeLoss, lossRoom, roomFor, viewOf } from "./world.ts";

/** One swap that was made, as the analytics want it. */
export type MadeSwap = {
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
};

/** What calls come to on the world as it stands; nothing is changed by finding it out. */
export type Attempt =
  | {
      readonly kind: "ok";
      readonly pools: ReadonlyMap<Address, Pool>;
      readonly balances: ReadonlyMap<Address, bigint>;
      readonly changes: ReadonlyMap<Address, bigint>;
      readonly swaps: readonly MadeSwap[];
      /** In USD with 18 decimals. */
      readonly loss: bigint;
      readonly gasUsed: bigint;
    }
  | { readonly kind: "reverted"; readonly why: string; readonly gasUsed: bigint };

type Draft = {
  readonly pools: Map<Address, Pool>;
  readonly balances: Map<Address, bigint>;
  readonly swaps: MadeSwap[];
};

type Swap = Omit<MadeSwap, "amountOut"> & { readonly minOut: bigint };

/** The swap that a call asks for, or why a backtest cannot make it. */
const swapOf = (world: SimulatedWorld, call: Call, pools: ReadonlyMap<Address, Pool>): Swap | string => {
  const [reading, minOut] = [readCall(call)?.reading, minOutOf(call)];
  if (reading === undefined || minOut === undefined) return "no swap that a backtest knows";
  const { tokenIn, tokenOut, amountIn, keyBytes } = reading;
  const at = world.mandate.poolOf(call.target, keyBytes);
  const pool = at === undefined ? undefined : pools.get(at);
  return pool === undefined ? "no such pool" : { pool, tokenIn, tokenOut, amountIn, minOut };
};

/** Makes one call on the draft. @returns why it reverts, or undefined */
const makeCall = (world: SimulatedWorld, call: Call, { pools, balances, swaps }: Draft): string | undefined => {
  const swap = swapOf(world, call, pools);
  if (typeof swap === "string") return swap;
  const { pool, tokenIn, tokenOut, amountIn, minOut } = swap;
  const held = balances.get(tokenIn) ?? 0n;
  if (held < amountIn) return `holds ${held} of ${tokenIn}, not ${amountIn}`;
  const quote = quoteExactInput(pool, tokenIn, amountIn);
  if (quote.kind === "refused") return quote.why;
  if (quote.amountOut < minOut) return `pays ${quote.amountOut}, less than ${minOut}`;
  balances.set(tokenIn, held - amountIn);
  balances.set(tokenOut, (balances.get(tokenOut) ?? 0n) + quote.amountOut);
  pools.set(pool.address, poolAfter(pool, quote.moved));
  swaps.push({ pool, tokenIn, tokenOut, amountIn, amountOut: quote.amountOut });
  return undefined;
};

const gasOf = ({ plan }: SimulatedWorld, swaps: readonly MadeSwap[]): bigint =>
  swaps.reduce((sum, { pool }) => sum + plan.gas.perHop[pool.kind], plan.gas.overhead);

const changesOf = (world: SimulatedWorld, after: ReadonlyMap<Address, bigint>): ReadonlyMap<Address, bigint> =>
  new Map(
    world.plan.tokens.flatMap(({ address }) => {
      const change = (after.get(address) ?? 0n) - (world.balances.get(address) ?? 0n);
      return change === 0n ? [] : [[address, change] as const];
    }),
  );

type Moves = {
  readonly states: readonly TokenState[];
  readonly changes: ReadonlyMap<Address, bigint>;
  readonly multiple: bigint;
  readonly agentId: bigint;
};

/** What fell less what rose, falls priced high and rises low, in USD with 18 decimals; nothing where nothing fell. */
const lossOf = ({ states, changes }: Moves): bigint => {
  if (![...changes.values()].some((change) => change < 0n)) return 0n;
  const gain = states.reduce((sum, state) => {
    const change = changes.get(state.token) ?? 0n;
    return sum + valueAt(state, change, change < 0n ? state.price.upper : state.price.lower);
  }, 0n);
  return maxOf(-gain, 0n);
};

/** Why the mandate or the proposal's own allowance does not carry what fell. */
const limitFault = (world: SimulatedWorld, proposal: Proposal, moves: Moves): string | undefined => {
  const loss = lossOf(moves);
  const most = minOf(proposal.maxLoss, world.plan.lossLimit.perAction * moves.multiple);
  if (loss > most) return `loses ${loss}, more than ${most}`;
  if (loss > lossRoom(world, moves.multiple)) return "the limit of loss has no room";
  for (const token of world.plan.tokens) {
    const fall = -(moves.changes.get(token.address) ?? 0n);
    const { forAgent, forAll } = roomFor(world, token, moves);
    if (fall > 0n && (fall > forAgent || fall > forAll))
      return `${token.symbol} may fall by ${minOf(forAgent, forAll)}`;
  }
  return undefined;
};

type Judge = (bound: bigint, found: { readonly state: TokenState; readonly change: bigint }) => boolean;

/** How a post-condition is judged by what it is about; those that are missing need more than balances and prices. */
const JUDGES: Readonly<Partial<Record<Condition["kind"], Judge>>> = {
  [CONDITION_KIND.onlyMoves]: () => true,
  [CONDITION_KIND.balanceAtLeast]: (bound, { state, change }) => state.balance + change >= bound,
  [CONDITION_KIND.balanceAtMost]: (bound, { state, change }) => state.balance + change <= bound,
  [CONDITION_KIND.balanceIncreasesAtLeast]: (bound, { change }) => change >= bound,
  [CONDITION_KIND.balanceDecreasesAtMost]: (bound, { change }) => -change <= bound,
  [CONDITION_KIND.positionAtMost]: (bound, { state, change }) =>
    valueAt(state, state.balance + change, state.price.upper) <= bound,
};

const holds = ({ kind, subject, amount }: Condition, { states, changes }: Moves): boolean | undefined => {
  const state = states.find(({ token }) => token === subject);
  return state === undefined ? undefined : JUDGES[kind]?.(amount, { state, change: changes.get(subject) ?? 0n });
};

/** The first post-condition that does not hold, or that a backtest cannot judge. */
const conditionFault = ({ conditions }: Proposal, moves: Moves): string | undefined => {
  for (const [index, condition] of conditions.entries()) {
    const verdict = holds(condition, moves);
    if (verdict === undefined) return `a backtest cannot judge condition ${index}`;
    if (!verdict) return `condition ${index} does not hold`;
  }
  const named = new Set(
    conditions.flatMap(({ kind, subject }) => (kind === CONDITION_KIND.onlyMoves ? [subject] : [])),
  );
  const stray = named.size === 0 ? undefined : [...moves.changes.keys()].find((token) => !named.has(token));
  return stray === undefined ? undefined : `${stray} moved`;
};

/**
 * What a proposal's calls come to on the world as it stands, by the pools' exact arithmetic, the mandate's limits and the
 * proposal's allowance. `isWhole`: its post-conditions too, as when it is enacted.
 */
export const attempt = (
  world: SimulatedWorld,
  proposal: Proposal,
  { riskClass, isWhole }: { readonly riskClass: RiskClass; readonly isWhole: boolean },
): Attempt => {
  const draft: Draft = { pools: new Map(world.pools), balances: new Map(world.balances), swaps: [] };
  for (const call of proposal.calls) {
    const why = makeCall(world, call, draft);
    if (why !== undefined) return { kind: "reverted", why, gasUsed: gasOf(world, draft.swaps) };
  }
  const { pools, balances, swaps } = draft;
  const gasUsed = gasOf(world, swaps);
  const changes = changesOf(world, balances);
  const multiple = riskClass === ROUTINE ? 1n : world.plan.elevatedMultiple;
  const moves = { states: viewOf(world, proposal.agentId).tokens, changes, multiple, agentId: proposal.agentId };
  const why = limitFault(world, proposal, moves) ?? (isWhole ? conditionFault(proposal, moves) : undefined);
  if (why !== undefined) return { kind: "reverted", why, gasUsed };
  return { kind: "ok", pools, balances, changes, swaps, loss: lossOf(moves), gasUsed };
};

/** The same as a reviewer's dry run answers it. */
export const dryRun = (world: SimulatedWorld, proposal: Proposal, riskClass: RiskClass): Simulation => {
  const tried = attempt(world, proposal, { riskClass, isWhole: false });
  const { block } = world;
  if (tried.kind === "ok") return { kind: "ok", block, gasUsed: tried.gasUsed, changes: tried.changes };
  return { kind: "reverted", block, error: { name: "Reverted", text: tried.why } };
};

/** Makes what was attempted so. */
export const commit = (
  world: SimulatedWorld,
  proposal: Proposal,
  made: Extract<Attempt, { readonly kind: "ok" }>,
): void => {
  world.pools = made.pools;
  world.balances = made.balances;
  for (const token of world.plan.tokens) {
    const fall = -(made.changes.get(token.address) ?? 0n);
    if (fall > 0n) chargeFall(world, token, { agentId: proposal.agentId, amount: fall });
  }
  chargeLoss(world, made.loss);
};
