import { expect } from "chai";
import { type Hex, hex } from "../../../../keepers/core/hex.ts";
import { type Address, blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { type LeftOut, comesAfter, foresee } from "../../../../keepers/market/foresight/foresee.ts";
import type { MempoolTransaction, PendingView } from "../../../../keepers/market/foresight/pending.ts";
import { type Pool, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import { poolAfter, quoteExactInput } from "../../../../keepers/market/quote.ts";
import { sqrtRatioAtTick } from "../../../../keepers/market/tickMaths.ts";
import { encodeV2Swap, encodeV3Single } from "../../../support/swaps.ts";
import { addressOf } from "../../../support/pools.ts";

const [A, B, C] = [addressOf(0xa1), addressOf(0xb1), addressOf(0xc1)];
const [V2, V3] = [addressOf(0x21), addressOf(0x31)];
const E18 = 10n ** 18n;
const FEE = 500n;

const PAIR = v2Pool({
  address: addressOf(0x71),
  token0: A,
  token1: B,
  reserve0: 1_000n * E18,
  reserve1: 900n * E18,
  feePips: 3_000n,
});
const NARROW = v3Pool({
  address: addressOf(0x72),
  token0: A,
  token1: B,
  feePips: FEE,
  tickSpacing: 10,
  sqrtPriceX96: sqrtRatioAtTick(0) + 1n,
  tick: 0,
  liquidity: 10n ** 24n,
  ticks: [],
  lowestKnownTick: -100,
  highestKnownTick: 100,
});
const POOLS: readonly Pool[] = [PAIR, NARROW];
const ROUTED = [
  { pool: PAIR, router: V2 },
  { pool: NARROW, router: V3 },
];
const TERMS = { order: "ethereum", baseFee: 50n, time: unixSeconds(1_000n) } as const;

const hashOf = (index: number): Hex => hex(`0x${index.toString(16).padStart(64, "0")}`);

type Given = Partial<MempoolTransaction> & {
  readonly amountIn?: bigint;
  readonly minOut?: bigint;
  readonly deadline?: bigint;
};

/** A swap of A for B in the pair, unless said otherwise. */
const pending = (index: number, given: Given = {}): MempoolTransaction => {
  const { amountIn = E18, minOut = 0n, deadline = 2_000n, ...rest } = given;
  const call = encodeV2Swap(
    { router: V2, tokenIn: A, tokenOut: B, amountIn, minOut, recipient: addressOf(1) },
    deadline,
  );
  const sender = addressOf(0x900 + index);
  return {
    hash: hashOf(index),
    from: sender,
    nonce: 5n,
    to: call.target,
    data: call.data,
    maxFee: 200n,
    maxTip: 10n,
    ...rest,
  };
};

const viewOf = (transactions: readonly MempoolTransaction[]): PendingView => ({
  block: blockNumber(7n),
  transactions,
  nonces: new Map<Address, bigint>(transactions.map(({ from }) => [from, 5n])),
  unread: 0,
});

const orderOf = (transactions: readonly MempoolTransaction[], terms: Parameters<typeof foresee>[2] = TERMS) =>
  foresee(ROUTED, viewOf(transactions), terms).swaps.map(({ hash }) => Number(hash));
const whyOf = (transactions: readonly MempoolTransaction[]): readonly LeftOut[] =>
  foresee(ROUTED, viewOf(transactions), TERMS).leftOut.map(({ why }) => why);

const single = (amountIn: bigint) =>
  encodeV3Single({ router: V3, tokenIn: A, tokenOut: B, amountIn, minOut: 0n, recipient: addressOf(1) }, FEE);
const after = (pool: Pool, amountIn: bigint): Pool => {
  const quote = quoteExactInput(pool, A, amountIn);
  if (quote.kind !== "ok") throw new Error(quote.why);
  return poolAfter(pool, quote.moved);
};

describe("foresee [NX-KEE-12]", () => {
  it("plays swaps one after the other through the pools' arithmetic", () => {
    const { pools, swaps, leftOut } = foresee(
      ROUTED,
      viewOf([pending(1), pending(2, { amountIn: 3n * E18, maxTip: 5n })]),
      TERMS,
    );
    expect(leftOut).to.deep.equal([]);
    expect(swaps.map(({ reverts }) => reverts)).to.deep.equal([false, false]);
    expect(pools).to.deep.equal([after(after(PAIR, E18), 3n * E18), NARROW]);
  });

  it("orders by what is bid, and each sender's by nonce", () => {
    const first = pending(1, { maxTip: 1n });
    const second = pending(2, { maxTip: 9n });
    const follower = pending(3, { from: first.from, nonce: 6n, maxTip: 100n });
    expect(orderOf([first, second, follower])).to.deep.equal([2, 1, 3]);
  });

  it("bids as the chain counts them: a cap lowers the whole price on one, the tip alone counts on the other", () => {
    const capped = pending(1, { maxFee: 55n, maxTip: 20n });
    const plain = pending(2, { maxFee: 200n, maxTip: 10n });
    expect(orderOf([capped, plain])).to.deep.equal([2, 1]);
    expect(orderOf([capped, plain], { ...TERMS, order: "sei" })).to.deep.equal([1, 2]);
  });

  it("takes the first that was told among equal bids", () => {
    expect(orderOf([pending(2), pending(1), pending(3)])).to.deep.equal([2, 1, 3]);
  });

  it("says which transactions the next block does not hold", () => {
    expect(whyOf([pending(1, { nonce: 4n })])).to.deep.equal(["nonce-used"]);
    expect(whyOf([pending(1, { nonce: 7n })])).to.deep.equal(["nonce-gap"]);
    expect(whyOf([pending(1, { maxFee: 49n })])).to.deep.equal(["fee-too-low"]);
    const { from } = pending(1);
    expect(whyOf([pending(1, { maxFee: 49n }), pending(2, { from, nonce: 6n })])).to.deep.equal([
      "fee-too-low",
      "nonce-gap",
    ]);
    const both = [pending(1), pending(2, { from, maxTip: 20n })];
    expect([orderOf(both), whyOf(both)]).to.deep.equal([[2], ["replaced"]]);
    const unknown = { ...viewOf([pending(1)]), nonces: new Map<Address, bigint>() };
    expect(foresee(ROUTED, unknown, TERMS).leftOut).to.deep.equal([{ hash: hashOf(1), why: "nonce-unknown" }]);
  });

  it("knows what reverts: too little out, a deadline that is over, nothing in", () => {
    const swaps = [pending(1, { minOut: E18 }), pending(2, { deadline: 999n }), pending(3, { amountIn: 0n })];
    const { pools, swaps: foreseen } = foresee(ROUTED, viewOf(swaps), TERMS);
    expect(foreseen.map(({ reverts }) => reverts)).to.deep.equal([true, true, true]);
    expect(pools).to.deep.equal(POOLS);
    const inTime = foresee(ROUTED, viewOf([pending(1, { deadline: 1_000n })]), TERMS);
    expect(inTime.swaps.map(({ reverts }) => reverts)).to.deep.equal([false]);
  });

  it("leaves out what it does not understand, says so, and passes over what is none of the routers'", () => {
    const { from } = pending(1);
    const elsewhere = [
      pending(1, { to: addressOf(0x55) }),
      pending(2, { from, nonce: 6n, to: undefined }),
      pending(3, { from, nonce: 7n }),
    ];
    expect([orderOf(elsewhere), whyOf(elsewhere)]).to.deep.equal([[3], []]);
    expect(whyOf([pending(1, { data: "0xac9650d8" })])).to.deep.equal(["unknown-call"]);
    const foreign = encodeV2Swap(
      { router: V2, tokenIn: A, tokenOut: C, amountIn: 1n, minOut: 0n, recipient: from },
      2_000n,
    );
    expect(whyOf([pending(1, { data: foreign.data })])).to.deep.equal(["unknown-pool"]);
    // A router of v3 that is asked for a v2 swap has no such pool.
    expect(whyOf([pending(1, { to: V3 })])).to.deep.equal(["unknown-pool"]);
  });

  it("takes a pool out once a swap leaves the ticks that were read, and with it what follows there", () => {
    const far = single(10n ** 26n);
    const near = single(E18);
    const transactions = [
      pending(1, { to: far.target, data: far.data, maxTip: 20n }),
      pending(2, { to: near.target, data: near.data }),
      pending(3, { maxTip: 5n }),
    ];
    const { pools, swaps, leftOut } = foresee(ROUTED, viewOf(transactions), TERMS);
    expect(leftOut.map(({ why }) => why)).to.deep.equal(["unknown-ticks", "unknown-ticks"]);
    expect(swaps.map(({ hash }) => hash)).to.deep.equal([hashOf(3)]);
    expect(pools).to.deep.equal([after(PAIR, E18)]);
    expect(foresee(ROUTED, viewOf([pending(2, { to: near.target, data: near.data })]), TERMS).pools).to.deep.equal([
      PAIR,
      after(NARROW, E18),
    ]);
  });
});

describe("comesAfter [NX-KEE-12]", () => {
  const both = [pending(1, { amountIn: 40n * E18 }), pending(2, { amountIn: 40n * E18, maxTip: 5n })];
  const { swaps } = foresee(ROUTED, viewOf(both), TERMS);
  const end = after(after(PAIR, 40n * E18), 40n * E18);
  const outOf = (pool: Pool): bigint => {
    const quote = quoteExactInput(pool, B, E18);
    return quote.kind === "ok" ? quote.amountOut : 0n;
  };
  const hop = (minOut: bigint) => [{ pool: PAIR, tokenIn: B, amountIn: E18, minOut }];

  it("holds for what only the last of the swaps makes possible", () => {
    expect(comesAfter(hop(outOf(end)), POOLS, swaps)).to.equal(true);
  });

  it("does not hold for what could come before the first, or between two", () => {
    expect(comesAfter(hop(outOf(PAIR)), POOLS, swaps)).to.equal(false);
    expect(comesAfter(hop(outOf(after(PAIR, 40n * E18))), POOLS, swaps)).to.equal(false);
  });

  it("does not hold for what shares no pool with them", () => {
    expect(comesAfter([{ pool: NARROW, tokenIn: B, amountIn: E18, minOut: 2n * E18 }], POOLS, swaps)).to.equal(false);
    expect(comesAfter(hop(outOf(end)), POOLS, [])).to.equal(false);
  });
});
