import { type Random, seededRandom } from "../../keepers/core/random.ts";
import type { BlockFacts, LogFact, SwapFact, TransactionFacts } from "../../keepers/quant/analytics/facts.ts";

export const BASE = "USDC";
export const DECIMALS = new Map([
  [BASE, 6],
  ["WETH", 18],
  ["WBTC", 8],
  ["aUSDC", 6],
  ["gas", 18],
]);
const TOKENS = [BASE, "WETH", "WBTC"] as const;
const E18 = 10n ** 18n;

/** A treasury that is moved here by plain addition, so that what the fold says of it can be compared with it. */
type World = { readonly random: Random; readonly held: Map<string, bigint>; readonly owed: Map<string, bigint> };

const one = <T>({ random }: World, values: readonly T[]): T => {
  const value = values[Number(random.below(BigInt(values.length)))];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
};

const move = ({ held }: World, token: string, amount: bigint): void =>
  void held.set(token, (held.get(token) ?? 0n) + amount);

const someOf = ({ random }: World, most: bigint): bigint => random.below(most + 1n);
const heldOf = ({ held, owed }: World, token: string): bigint => (held.get(token) ?? 0n) - (owed.get(token) ?? 0n);

const transfer = (world: World, token: string, amount: bigint): LogFact => {
  move(world, token, amount);
  return { kind: "transfer", token, amount };
};

const deposit = (world: World): readonly LogFact[] => {
  const amount = someOf(world, 10n ** 12n) + 1n;
  return [transfer(world, BASE, amount), { kind: "deposit", token: BASE, amount }];
};

const withdraw = (world: World): readonly LogFact[] => {
  const amount = someOf(world, heldOf(world, BASE));
  if (amount === 0n) return [];
  return [transfer(world, BASE, -amount), { kind: "deposit", token: BASE, amount: -amount }];
};

/** Each asset is paid or, where its transfer fails, owed. */
const redeemInKind = (world: World): readonly LogFact[] => {
  const amounts = TOKENS.map((token) => [token, someOf(world, heldOf(world, token))] as const);
  const moved = amounts.flatMap(([token, amount]): readonly LogFact[] => {
    if (amount === 0n) return [];
    if (world.random.uniform() < 0.7) return [transfer(world, token, -amount)];
    world.owed.set(token, (world.owed.get(token) ?? 0n) + amount);
    return [{ kind: "owed", token, amount }];
  });
  return [...moved, { kind: "in-kind", amounts }];
};

const payOut = (world: World): readonly LogFact[] => {
  const token = one(world, TOKENS);
  const amount = world.owed.get(token) ?? 0n;
  if (amount === 0n) return [];
  world.owed.set(token, 0n);
  return [{ kind: "paid", token, amount }, transfer(world, token, -amount)];
};

const gift = (world: World): readonly LogFact[] => [transfer(world, one(world, TOKENS), someOf(world, 10n ** 9n) + 1n)];

const swapOf = (world: World, tokenIn: string, tokenOut: string, amountIn: bigint): SwapFact => {
  const spotOut = someOf(world, 10n ** 10n) + 1n;
  const amountOut = 1n + someOf(world, spotOut - 1n);
  const pool = `pool ${tokenIn}-${tokenOut}`;
  return { kind: "swap", pool, tokenIn, amountIn, feeIn: someOf(world, amountIn), tokenOut, spotOut, amountOut };
};

/** One to three hops: the treasury pays the first pool, the pools pass it on or the treasury does, and the last one pays back. */
const swaps = (world: World): readonly LogFact[] => {
  const hops = Number(world.random.below(3n)) + 1;
  let token: string = one(world, TOKENS);
  let amount = someOf(world, heldOf(world, token));
  if (amount === 0n) return [];
  const facts: LogFact[] = [transfer(world, token, -amount)];
  for (let hop = 1; hop <= hops; hop += 1) {
    const swap = swapOf(
      world,
      token,
      one(
        world,
        TOKENS.filter((other) => other !== token),
      ),
      amount,
    );
    [token, amount] = [swap.tokenOut, swap.amountOut];
    const isPassedOn = hop < hops && world.random.uniform() < 0.5;
    if (isPassedOn || hop === hops) facts.push(swap);
    else facts.push(transfer(world, token, amount), swap, transfer(world, token, -amount));
  }
  return [...facts, transfer(world, token, amount)];
};

/** Into a lending market and out of it: the market's own events say the interest. */
const lend = (world: World): readonly LogFact[] => {
  const amount = someOf(world, heldOf(world, BASE));
  if (amount === 0n) return [];
  return [transfer(world, BASE, -amount), transfer(world, "aUSDC", amount)];
};

const interest = (world: World): readonly LogFact[] => {
  const amount = heldOf(world, "aUSDC") / 1_000n;
  if (amount === 0n) return [];
  move(world, "aUSDC", amount);
  return [{ kind: "interest", token: "aUSDC", amount, venue: "Yei", agent: "2" }];
};

/** Somebody else's swap in the same transaction: its legs are no transfers of the treasury. */
const strangersSwap = (world: World): readonly LogFact[] => [
  swapOf(world, BASE, "WETH", someOf(world, 10n ** 9n) + 1n),
];

const execution = (world: World): readonly LogFact[] => [
  ...one(world, [swaps, swaps, lend])(world),
  { kind: "execution", agent: one(world, ["1", "2", "3"]), hash: "0x01" },
  ...(world.random.uniform() < 0.5 ? [{ kind: "fee", token: BASE, amount: someOf(world, 1_000n) } as const] : []),
];

const transaction = (world: World): TransactionFacts => {
  const make = [deposit, deposit, withdraw, redeemInKind, payOut, gift, execution, execution, execution, interest];
  const facts = one(world, [...make, strangersSwap])(world);
  return { facts, gasPaid: someOf(world, 10n ** 16n) };
};

const freeBalances = (world: World): ReadonlyMap<string, bigint> =>
  new Map([...world.held.keys()].map((token) => [token, heldOf(world, token)]));

const priceOf = ({ random }: World): bigint => random.below(60_000n * E18) + 1n;

/** A random history of a treasury, with what it holds after each block. */
export const treasuryHistory = (seed: number, blocks = 12): readonly BlockFacts[] => {
  const world: World = { random: seededRandom(seed), held: new Map(), owed: new Map() };
  return Array.from({ length: blocks }, (_, block) => {
    const tokens = block === 0 ? [...TOKENS, "aUSDC"] : [one(world, [...TOKENS, "aUSDC"])];
    const prices = new Map(tokens.map((token) => [token, priceOf(world)]));
    const transactions = Array.from({ length: Number(world.random.below(3n)) + 1 }, () => transaction(world));
    return { block, time: block, prices, gasPrice: priceOf(world), transactions, balances: freeBalances(world) };
  });
};
