import { expect } from "chai";
import { type Attempt, attempt, commit, dryRun } from "../../../../keepers/backtest/attempt.ts";
import { EMPTY_BUCKET, filled, freeIn } from "../../../../keepers/backtest/bucket.ts";
import type { MarketBlock, StrangersOrder } from "../../../../keepers/backtest/market.ts";
import { type SimulatedWorld, advance, openWorld, spendNonce, viewOf } from "../../../../keepers/backtest/world.ts";
import { ELEVATED } from "../../../../keepers/core/ballot.ts";
import {
  type Condition,
  type Proposal,
  CONDITION_KIND,
  ROUTINE,
  ZERO_ADDRESS,
} from "../../../../keepers/core/proposal.ts";
import { poolCallsOf } from "../../../../keepers/core/protocols/all.ts";
import { nonceRefusal } from "../../../../keepers/core/signerRecord.ts";
import { type Address, unixSeconds } from "../../../../keepers/core/units.ts";
import { poolAfter, quoteExactInput } from "../../../../keepers/market/quote.ts";
import type { Pool } from "../../../../keepers/market/pool.ts";
import { pushToPrice, spotSqrtPriceX96 } from "../../../../keepers/market/toPrice.ts";
import { HASHING } from "../../../../scripts/backtest/origin.ts";
import { POOL_AT, sandboxPlan, tokenAt } from "../../../../scripts/backtest/plan.ts";
import { sandboxPolicy } from "../../../../scripts/backtest/policy.ts";

const [USDC, WETH, WSEI] = [tokenAt("USDC"), tokenAt("WETH"), tokenAt("WSEI")];
const E6 = 10n ** 6n;
const E18 = 10n ** 18n;
const PRICES = { SEI: (3n * E18) / 10n, ETH: 1_800n * E18 };
const V3_POOL = POOL_AT.get("v3-500 WETH/USDC") ?? ZERO_ADDRESS;

const blockAt = (time: bigint, strangers: MarketBlock["strangers"] = []): MarketBlock => ({
  time: unixSeconds(time),
  baseFee: 1n,
  prices: new Map([
    [USDC, E18],
    [WETH, PRICES.ETH],
    [WSEI, PRICES.SEI],
  ]),
  strangers,
  isWatched: true,
});

const opened = (): SimulatedWorld => {
  const world = openWorld(sandboxPlan(PRICES, sandboxPolicy().gas), HASHING.keccak);
  advance(world, blockAt(1_000_000n));
  return world;
};

const poolIn = (world: SimulatedWorld, at: Address) => {
  const pool = world.pools.get(at);
  if (pool === undefined) throw new Error(`no pool ${at}`);
  return pool;
};

/** A swap of the treasury's in one pool. */
const swapIn = (
  world: SimulatedWorld,
  at: Address,
  swap: { tokenIn: Address; tokenOut: Address; amountIn: bigint; minOut?: bigint },
) => {
  const pool = poolIn(world, at);
  const router = world.mandate.venues.routerOf(at) ?? ZERO_ADDRESS;
  const recipient = world.plan.environment.treasury;
  return poolCallsOf(pool.kind).encode({
    router,
    recipient,
    feePips: pool.feePips,
    deadline: 2_000_000n,
    minOut: 1n,
    ...swap,
  });
};

const proposalOf = (calls: Proposal["calls"], changes: Partial<Proposal> = {}): Proposal => ({
  agentId: 5n,
  nonce: 1n,
  deadline: unixSeconds(2_000_000n),
  submitter: ZERO_ADDRESS,
  maxLoss: 500n * E18,
  forecast: 0n,
  calls,
  conditions: [],
  evidence: `0x${"00".repeat(32)}`,
  ...changes,
});

const WHOLE = { riskClass: ELEVATED, isWhole: true } as const;
const done = (made: Attempt): Extract<Attempt, { kind: "ok" }> => {
  if (made.kind === "reverted") throw new Error(made.why);
  return made;
};
const whyNot = (made: Attempt): string => (made.kind === "ok" ? "it is made" : made.why);

/** Buys WETH for so many dollars. */
const buying = (world: SimulatedWorld, dollars: bigint, changes: Partial<Proposal> = {}): Proposal =>
  proposalOf([swapIn(world, V3_POOL, { tokenIn: USDC, tokenOut: WETH, amountIn: dollars * E6 })], changes);

const ofTreasury = (world: SimulatedWorld, kind: Condition["kind"], subject: Address, amount: bigint): Condition => ({
  kind,
  subject,
  holder: kind === CONDITION_KIND.onlyMoves ? ZERO_ADDRESS : world.plan.environment.treasury,
  amount,
});

/** What a swap pays that brings a pool back to where another one stands. */
const pushed = (pool: Pool, goal: Pool): { readonly amountOut: bigint } => {
  const push = pushToPrice(pool, spotSqrtPriceX96(goal));
  if (push.kind !== "push") throw new Error(push.kind);
  return push;
};

describe("What a simulated chain carries out", () => {
  it("is what the pools' exact arithmetic says, hop after hop, and changes nothing until it is committed [NX-QNT-12]", () => {
    const world = opened();
    const proposal = proposalOf([
      swapIn(world, V3_POOL, { tokenIn: USDC, tokenOut: WETH, amountIn: 9_000n * E6 }),
      swapIn(world, V3_POOL, { tokenIn: USDC, tokenOut: WETH, amountIn: 1_000n * E6 }),
    ]);
    const first = quoteExactInput(poolIn(world, V3_POOL), USDC, 9_000n * E6);
    if (first.kind !== "ok") throw new Error(first.why);
    const second = quoteExactInput(poolAfter(poolIn(world, V3_POOL), first.moved), USDC, 1_000n * E6);
    if (second.kind !== "ok") throw new Error(second.why);
    const before = poolIn(world, V3_POOL);
    const made = done(attempt(world, proposal, WHOLE));
    expect(made.changes).to.deep.equal(
      new Map([
        [USDC, -10_000n * E6],
        [WETH, first.amountOut + second.amountOut],
      ]),
    );
    expect(poolIn(world, V3_POOL)).to.equal(before);
    commit(world, proposal, made);
    expect(poolIn(world, V3_POOL)).to.deep.equal(poolAfter(poolAfter(before, first.moved), second.moved));
    expect(world.balances.get(USDC)).to.equal(490_000n * E6);
    const { gas } = world.plan;
    expect(made.gasUsed).to.equal(gas.overhead + 2n * gas.perHop.v3);
  });

  it("reverts as a whole where a hop pays too little, the treasury has too little, or nothing is permitted [NX-QNT-12]", () => {
    const world = opened();
    const swap = { tokenIn: USDC, tokenOut: WETH, amountIn: 1_000n * E6 };
    const quote = quoteExactInput(poolIn(world, V3_POOL), USDC, swap.amountIn);
    const pays = quote.kind === "ok" ? quote.amountOut : 0n;
    const tried = (call: Proposal["calls"][number]) => attempt(world, proposalOf([call]), WHOLE);
    expect(tried(swapIn(world, V3_POOL, { ...swap, minOut: pays })).kind).to.equal("ok");
    expect(whyNot(tried(swapIn(world, V3_POOL, { ...swap, minOut: pays + 1n })))).to.match(/^pays \d+, less than/);
    expect(whyNot(tried(swapIn(world, V3_POOL, { ...swap, amountIn: 600_000n * E6 })))).to.match(/^holds/);
    expect(whyNot(tried(swapIn(world, V3_POOL, { ...swap, tokenOut: V3_POOL })))).to.equal("no such pool");
    expect(whyNot(tried({ target: V3_POOL, data: "0x12345678" }))).to.equal("no swap that a backtest knows");
    const simulated = dryRun(
      world,
      proposalOf([swapIn(world, V3_POOL, { ...swap, amountIn: 600_000n * E6 })]),
      ELEVATED,
    );
    expect(simulated.kind === "reverted" ? simulated.error.text : "").to.match(/^holds/);
  });

  it("keeps the limits of what may fall and be lost, for the agent and in all, and lets them drain [NX-QNT-12]", () => {
    const world = opened();
    const { plan } = world;
    expect(whyNot(attempt(world, buying(world, 10_001n), { ...WHOLE, riskClass: ROUTINE }))).to.equal(
      "USDC may fall by 10000000000",
    );
    expect(attempt(world, buying(world, 10_000n), { ...WHOLE, riskClass: ROUTINE }).kind).to.equal("ok");
    const most = buying(world, 20_000n);
    commit(world, most, done(attempt(world, most, WHOLE)));
    expect(whyNot(attempt(world, buying(world, 1n), WHOLE))).to.equal("USDC may fall by 0");
    expect(attempt(world, buying(world, 10_000n, { agentId: 4n }), WHOLE).kind).to.equal("ok");
    expect(viewOf(world, 5n).tokens[0]?.remainingForAgent).to.equal(0n);
    expect(viewOf(world, 4n).tokens[0]?.remainingForAgent).to.equal(10_000n * E6);
    const charged = done(attempt(world, buying(world, 20_000n, { agentId: 4n }), WHOLE));
    const room = viewOf(world, 4n).remainingLoss;
    commit(world, buying(world, 20_000n, { agentId: 4n }), charged);
    expect(room - viewOf(world, 4n).remainingLoss).to.equal(charged.loss);
    // Two agents have used 40,000 of the 50,000 that all of them may.
    expect(attempt(world, buying(world, 10_000n, { agentId: 3n }), WHOLE).kind).to.equal("ok");
    expect(whyNot(attempt(world, buying(world, 10_001n, { agentId: 3n }), WHOLE))).to.equal(
      "USDC may fall by 10000000000",
    );
    advance(world, blockAt(1_000_000n + 86_400n));
    expect(attempt(world, buying(world, 10_000n), WHOLE).kind).to.equal("ok");
    expect(whyNot(attempt(world, buying(world, 10_001n), WHOLE))).to.equal("USDC may fall by 10000000000");
    const { loss } = done(attempt(world, buying(world, 5_000n), WHOLE));
    expect(loss > 0n).to.equal(true);
    expect(whyNot(attempt(world, buying(world, 5_000n, { maxLoss: loss - 1n }), WHOLE))).to.equal(
      `loses ${loss}, more than ${loss - 1n}`,
    );
    world.losses = { level: plan.lossLimit.perDay, at: world.time };
    expect(whyNot(attempt(world, buying(world, 5_000n), WHOLE))).to.equal("the limit of loss has no room");
  });

  it("judges each post-condition on both sides of its bound, and refuses what it cannot judge [NX-QNT-12]", () => {
    const world = opened();
    const bought = done(attempt(world, buying(world, 1_000n), WHOLE)).changes.get(WETH) ?? 0n;
    const worth = ((bought + 1n) * ((PRICES.ETH * 10_050n) / 10_000n)) / E18;
    const bounds: readonly (readonly [Condition["kind"], Address, bigint, -1n | 1n])[] = [
      [CONDITION_KIND.balanceAtLeast, WETH, bought + 1n, 1n],
      [CONDITION_KIND.balanceAtMost, WETH, bought + 1n, -1n],
      [CONDITION_KIND.balanceIncreasesAtLeast, WETH, bought, 1n],
      [CONDITION_KIND.balanceDecreasesAtMost, USDC, 1_000n * E6, -1n],
      [CONDITION_KIND.positionAtMost, WETH, worth, -1n],
    ];
    for (const [kind, subject, amount, beyond] of bounds) {
      const tried = (bound: bigint): Attempt =>
        attempt(world, buying(world, 1_000n, { conditions: [ofTreasury(world, kind, subject, bound)] }), WHOLE);
      expect(whyNot(tried(amount)), `${kind} at its bound`).to.equal("it is made");
      expect(whyNot(tried(amount + beyond)), `${kind} beyond it`).to.equal("condition 0 does not hold");
    }
    const moves = (...tokens: readonly Address[]): Proposal =>
      buying(world, 1_000n, {
        conditions: tokens.map((token) => ofTreasury(world, CONDITION_KIND.onlyMoves, token, 0n)),
      });
    expect(attempt(world, moves(USDC, WETH), WHOLE).kind).to.equal("ok");
    expect(whyNot(attempt(world, moves(USDC), WHOLE))).to.equal(`${WETH} moved`);
    const health = ofTreasury(world, CONDITION_KIND.healthFactorAtLeast, V3_POOL, 1n);
    expect(whyNot(attempt(world, buying(world, 1_000n, { conditions: [health] }), WHOLE))).to.equal(
      "a backtest cannot judge condition 0",
    );
    // A reviewer's dry run makes the calls alone.
    expect(dryRun(world, moves(USDC), ELEVATED).kind).to.equal("ok");
  });

  it("lets strangers trade one after the other, each as far as his limits let him", () => {
    const world = opened();
    const before = poolIn(world, V3_POOL);
    const order = (changes: Partial<StrangersOrder>): StrangersOrder => ({
      pool: V3_POOL,
      tokenIn: USDC,
      amountIn: 1_000n * E6,
      minOut: 0n,
      sqrtPriceLimitX96: 0n,
      ...changes,
    });
    advance(world, blockAt(1_000_001n, [() => [order({ minOut: E18 })], () => [order({ amountIn: 10n ** 30n })]]));
    expect(poolIn(world, V3_POOL)).to.deep.equal(before);
    const quote = quoteExactInput(before, USDC, 1_000n * E6);
    if (quote.kind !== "ok") throw new Error(quote.why);
    advance(world, blockAt(1_000_002n, [() => [order({ minOut: quote.amountOut })]]));
    expect(poolIn(world, V3_POOL)).to.deep.equal(poolAfter(before, quote.moved));
    const limit = before.kind === "v3" ? before.sqrtPriceX96 : 0n;
    const stays = poolIn(world, V3_POOL);
    const { amountOut: back } = pushed(stays, before);
    const selling = (minOut: bigint) =>
      order({ tokenIn: WETH, amountIn: 10n ** 30n, sqrtPriceLimitX96: limit, minOut });
    advance(world, blockAt(1_000_003n, [() => [selling(back + 1n)]]));
    expect(poolIn(world, V3_POOL)).to.equal(stays);
    advance(world, blockAt(1_000_004n, [() => [selling(back)]]));
    const after = poolIn(world, V3_POOL);
    expect(after.kind === "v3" ? after.sqrtPriceX96 : 0n).to.equal(limit);
  });

  it("uses a nonce up once, in order or not", () => {
    const world = opened();
    const seat = () => world.seats.find(({ agentId }) => agentId === 2n);
    const refusal = (nonce: bigint) => nonceRefusal(seat() ?? { highestNonce: 0n, nonceWindow: 0n }, nonce);
    spendNonce(world, 2n, 3n);
    expect([1n, 2n, 3n, 4n].map(refusal)).to.deep.equal(["None", "None", "NonceUsed", "None"]);
    spendNonce(world, 2n, 1n);
    expect([1n, 2n, 3n, 4n].map(refusal)).to.deep.equal(["NonceUsed", "None", "NonceUsed", "None"]);
    expect(world.seats.find(({ agentId }) => agentId === 1n)?.highestNonce).to.equal(0n);
  });

  it("drains a limit as the contract's bucket does: half of it at once, and half of it in a day", () => {
    const limit = { perDay: 1_000n, now: 86_400n };
    const half = filled(EMPTY_BUCKET, 500n, limit);
    expect(freeIn(half, { ...limit, multiple: 1n })).to.equal(0n);
    expect(freeIn(half, { ...limit, multiple: 2n })).to.equal(500n);
    expect(freeIn(half, { ...limit, now: 86_400n + 43_200n, multiple: 1n })).to.equal(250n);
    expect(freeIn(half, { ...limit, now: 3n * 86_400n, multiple: 1n })).to.equal(500n);
    expect(filled(half, 100n, { ...limit, now: 86_400n + 43_200n }).level).to.equal(350n);
  });
});
