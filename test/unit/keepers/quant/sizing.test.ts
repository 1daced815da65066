import { expect } from "chai";
import fc from "fast-check";
import { type RebalancePolicy, type RebalanceSeen } from "../../../../keepers/agents/rebalance/policy.ts";
import { decide } from "../../../../keepers/agents/rebalance/decide.ts";
import type { RebalancePorts } from "../../../../keepers/agents/rebalance/ports.ts";
import { emptyRebalanceMemory, tick } from "../../../../keepers/agents/rebalance/tick.ts";
import { type SlowVotePolicy, reviewSlow } from "../../../../keepers/agents/risk/slowReview.ts";
import type { BallotMessage, SlowProposalMessage } from "../../../../keepers/core/bus.ts";
import { type ChainSnapshot, valueAt } from "../../../../keepers/core/chainSnapshot.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import { quoteExactInput } from "../../../../keepers/market/quote.ts";
import { type PriceWindow, emptyWindow } from "../../../../keepers/quant/priceWindow.ts";
import { ONE_MINUTE, createRiskFilter } from "../../../../keepers/quant/risk/filtered.ts";
import {
  type SizingPolicy,
  isTooLarge,
  mostByWords,
  sizeLimit,
  sizingOf,
  tooLargeWords,
} from "../../../../keepers/quant/risk/sizing.ts";
import {
  RULES,
  TREASURY,
  USDC,
  WAD,
  WSEI,
  account,
  callProofFor,
  chainSnapshot,
  hashOf,
  signerRecord,
  tokenState,
} from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, slowMessage, slowProposal, tallyView } from "../../../support/slowBuilders.ts";

const ROWS = 60;
const SIZING: SizingPolicy = { budgetPips: 50n, toleranceBps: 500n, sampleSeconds: 60n, rows: ROWS };
const TOKENS = [USDC, WSEI] as const;

/** Minutes in which WSEI moves by about a thousandth; `jitter`: how far one observer's prices lie from another's. */
const windowOf = (rows: number, jitter: () => number = () => 0): PriceWindow => {
  const random = seededRandom(11);
  let price = 0.3;
  const fixed = (value: number): bigint => BigInt(Math.round(value * 1e12)) * 1_000_000n;
  return {
    tokens: TOKENS,
    chunks: [
      Array.from({ length: rows }, (_, sample) => {
        price *= Math.exp(1e-3 * random.normal());
        return { sample: BigInt(sample), prices: [WAD, fixed(price * Math.exp(jitter()))] };
      }),
    ],
  };
};

const viewWith = (usdc: bigint, wsei: bigint, changes: Partial<ChainSnapshot> = {}): ChainSnapshot =>
  chainSnapshot({
    tokens: [tokenState(USDC, { balance: usdc * 10n ** 6n }), tokenState(WSEI, { balance: wsei * WAD })],
    ...changes,
  });
const VIEW = viewWith(500_000n, 0n);
const FULL = windowOf(2 * ROWS);

const limitOf = (window = FULL, policy = SIZING, view = VIEW) => {
  const limit = sizeLimit({ window, view }, WSEI, policy);
  if (limit.kind === "unknown") throw new Error(limit.why);
  return limit;
};

const POOL = v2Pool({
  address: account(0x7001),
  token0: USDC,
  token1: WSEI,
  reserve0: 10n ** 14n,
  reserve1: 10n ** 27n / 3n,
  feePips: 3_000n,
});
const POLICY: RebalancePolicy = {
  base: USDC,
  targets: new Map([[WSEI, 5_000n]]),
  bandBps: 100n,
  edgeBps: 0n,
  maxTradeUsd: 10n ** 30n,
  slippageBps: 300n,
  lifetime: seconds(600n),
  sizing: SIZING,
};
const seenWith = (over: Partial<RebalanceSeen> = {}): RebalanceSeen => ({
  view: VIEW,
  pools: [POOL],
  skip: new Set(),
  window: FULL,
  atMost: new Map(),
  ...over,
});
const VOTES: SlowVotePolicy = {
  maxDeadlineSeconds: 86_400n,
  maxLossUsd: 10n ** 30n,
  maxPositionUsd: 10n ** 30n,
  maxPriceDeviationBps: 5_000n,
  base: USDC,
  sizing: SIZING,
};

/** What a reviewer says of a change of balances, everything else being well. */
const verdictOn = (
  wsei: bigint,
  over: { window?: PriceWindow; view?: ChainSnapshot; policy?: SlowVotePolicy } = {},
) => {
  const { window = FULL, view = VIEW, policy = VOTES } = over;
  const message = slowMessage(slowProposal({ maxLoss: 0n }));
  const changes = new Map([
    [USDC, -12_000n * 10n ** 6n],
    [WSEI, wsei],
  ]);
  const simulation = { kind: "ok", block: view.block, gasUsed: 1n, changes } as const;
  return reviewSlow({ message, digest: message.hash, view, window, isMade: false, simulation }, { ...RULES, policy });
};

describe("How large a position may be by its risk", () => {
  it("is what the value at risk of the next minute leaves of the budget, in whole numbers [NX-QNT-14]", () => {
    const filter = createRiskFilter({ ...ONE_MINUTE, window: ROWS });
    const prices = FULL.chunks.flat().map(({ prices: [, price = 0n] }) => Number(price) / 1e18);
    for (const [index, price] of prices.slice(1).entries()) filter.push(Math.log(price / (prices[index] ?? price)));
    const risk = filter.atRisk(0.99, "long")?.valueAtRisk ?? 0;
    const { mostUsd, riskPips } = limitOf();
    expect(riskPips).to.equal(BigInt(Math.ceil(risk * 1e6)));
    expect(mostUsd).to.equal((500_000n * WAD * 50n) / riskPips);
    // The position's value at risk is within the budget: 50 millionths of half a million dollars are 25.
    expect((mostUsd * riskPips) / 1_000_000n <= 25n * WAD).to.equal(true);
    expect(limitOf(FULL, { ...SIZING, budgetPips: 100n }).mostUsd / 2n).to.equal(mostUsd);
    expect(limitOf(FULL, { ...SIZING, budgetPips: 10n ** 9n }).mostUsd).to.equal(500_000n * WAD);
  });

  it("is unknown until enough returns were seen, and counts none across a missing minute", () => {
    const known = (window: PriceWindow) => sizeLimit({ window, view: VIEW }, WSEI, SIZING).kind;
    expect([known(windowOf(ROWS)), known(windowOf(ROWS + 1))]).to.deep.equal(["unknown", "limit"]);
    const [rows = []] = windowOf(ROWS + 2).chunks;
    const holed = { tokens: TOKENS, chunks: [rows.filter(({ sample }) => sample !== 30n)] };
    expect(known(holed)).to.equal("unknown");
    expect(known(emptyWindow(TOKENS))).to.equal("unknown");
    expect(known({ ...FULL, tokens: [USDC, account(1)] })).to.equal("unknown");
    expect([sizingOf(0n), sizingOf(7n, 3n)?.budgetPips]).to.deep.equal([undefined, 7n]);
  });

  it("lets a reviewer vote for what is within his tolerance, and say by how much the rest is too large [NX-QNT-14]", () => {
    const { mostUsd } = limitOf();
    const { upper } = tokenState(WSEI).price;
    const unitsWorth = (usd: bigint): bigint => (usd * WAD) / upper;
    const most = (mostUsd * 10_500n) / 10_000n;
    expect(verdictOn(unitsWorth(most)).kind).to.equal("for");
    const verdict = verdictOn(unitsWorth(most) + WAD);
    if (verdict.kind === "for") throw new Error("for");
    expect(verdict.reason).to.equal("position-too-large");
    expect(mostByWords(verdict.detail, WSEI)).to.equal(mostUsd);
    expect(
      verdictOn(10n ** 30n, { policy: { ...VOTES, sizing: undefined, maxPositionUsd: 10n ** 40n } }).kind,
    ).to.equal("for");
    expect(verdictOn(unitsWorth(3n * most), { window: windowOf(ROWS) }).kind).to.equal("for");
    const exact = { ...SIZING, toleranceBps: 0n };
    expect([isTooLarge(100n, 100n, exact), isTooLarge(101n, 100n, exact)]).to.deep.equal([false, true]);
  });

  it("is never split over by honest reviewers who saw prices at different moments: 300 pairs [NX-QNT-14]", () => {
    const random = seededRandom(21);
    const tenthOfABasisPoint = 1e-5;
    for (let pair = 0; pair < 300; pair += 1) {
      const [proposer, reviewer] = [0, 1].map(() =>
        windowOf(2 * ROWS, () => tenthOfABasisPoint * (2 * random.uniform() - 1)),
      );
      const { mostUsd } = limitOf(proposer);
      expect(isTooLarge(mostUsd, limitOf(reviewer).mostUsd, SIZING)).to.equal(false);
    }
  });

  it("is what a proposer sizes by: what it proposes no reviewer finds too large [NX-QNT-14]", () => {
    fc.assert(
      fc.property(
        fc.bigInt(1_000n, 10n ** 6n),
        fc.bigInt(0n, 200_000n),
        fc.bigInt(1n, 2_000n),
        (usdc, wsei, budgetPips) => {
          const sizing = { ...SIZING, budgetPips };
          const view = viewWith(usdc, wsei);
          const decision = decide(seenWith({ view }), { ...POLICY, sizing });
          if (decision.kind === "rest" || decision.trade.tokenOut !== WSEI) return true;
          const { amountIn } = decision.trade;
          const quote = quoteExactInput(POOL, USDC, amountIn);
          if (quote.kind !== "ok") return false;
          const worth = valueAt(tokenState(WSEI), wsei * WAD + quote.amountOut, tokenState(WSEI).price.upper);
          const { mostUsd } = limitOf(FULL, sizing, view);
          return !isTooLarge(worth, mostUsd, { ...sizing, toleranceBps: 0n });
        },
      ),
    );
  });

  it("cuts a purchase down, rests where little is left, and never holds a sale back", () => {
    const { mostUsd } = limitOf();
    const bought = decide(seenWith(), POLICY);
    if (bought.kind === "rest") throw new Error(bought.why);
    const { upper, middle } = tokenState(WSEI).price;
    expect(bought.trade.amountIn).to.equal((mostUsd * middle) / upper / 10n ** 12n);
    expect(decide(seenWith(), { ...POLICY, sizing: { ...SIZING, budgetPips: 1n } })).to.deep.include({
      kind: "rest",
      why: "risk-budget",
    });
    const sale = decide(seenWith({ view: viewWith(100_000n, 1_500_000n) }), {
      ...POLICY,
      sizing: { ...SIZING, budgetPips: 1n },
    });
    expect(sale.kind === "rebalance" ? sale.trade.tokenIn : sale.why).to.equal(WSEI);
    const free = decide(seenWith({ window: windowOf(ROWS) }), POLICY);
    expect(free.kind === "rebalance" ? free.trade.amountIn : free.why).to.equal(250_000n * 10n ** 6n);
    const told = decide(seenWith({ atMost: new Map([[WSEI, 9_090n * WAD]]) }), POLICY);
    expect(told.kind === "rebalance" ? told.trade.amountIn : told.why).to.equal(9_000n * 10n ** 6n);
  });

  it("is said in words that only a reviewer's own are read by", () => {
    expect(mostByWords(tooLargeWords(WSEI, 7n, 5n), WSEI)).to.equal(5n);
    for (const words of [
      "",
      "too large",
      `${WSEI}: 7`,
      `${WSEI}: 7, at most -5`,
      `${WSEI}: 7, at most 5 `,
      `${WSEI}: 7, at most ${"9".repeat(99)}`,
    ])
      expect(mostByWords(words, WSEI), words).to.equal(undefined);
    expect(mostByWords(tooLargeWords(USDC, 7n, 5n), WSEI)).to.equal(undefined);
  });
});

describe("A proposal that is too large for its reviewers", () => {
  it("is made smaller the next time, by what a voter said of it and nobody else [NX-QNT-14]", async () => {
    const published: SlowProposalMessage[] = [];
    let [block, waiting]: [bigint, readonly BallotMessage[]] = [100n, []];
    const ports: RebalancePorts = {
      head: () => ({ block: blockNumber(block), seenAtMs: 0 }),
      readSnapshot: () =>
        Promise.resolve({
          view: viewWith(500_000n, 0n, { block: blockNumber(block), time: unixSeconds(block) }),
          pools: [POOL],
        }),
      readTally: () => Promise.resolve({ tally: tallyView(), policy: SLOW_POLICY }),
      classify: () => Promise.resolve({ refusal: "None", riskClass: 1 }),
      callOf: () => ({ call: { target: account(9), data: "0x" }, callProof: callProofFor("v2", USDC) }),
      hashProposal: hashOf,
      hashBallot: (hash) => hash,
      hashText: () => `0x${"ab".repeat(32)}`,
      sign: () => "0x",
      publishProposal: (message) => published.push(message),
      ballots: {
        take: () => {
          const taken = waiting;
          waiting = [];
          return taken;
        },
      },
      publishBallot: () => undefined,
      keepDecision: () => undefined,
      symbolOf: String,
      emit: () => undefined,
    };
    const { signer } = signerRecord(5);
    const config = {
      name: "rebalancer",
      agentId: 5n,
      signer,
      treasury: TREASURY,
      everyBlocks: 1n,
      cooldown: seconds(1_000n),
    };
    const rebalancer = {
      ports,
      memory: emptyRebalanceMemory(),
      config: { ...config, policy: { ...POLICY, sizing: undefined } },
    };
    const spent = (index: number): bigint | undefined => published[index]?.proposal.conditions[2]?.amount;
    const ballot = (over: Partial<BallotMessage>): BallotMessage => ({
      hash: published.at(-1)?.hash ?? "0x",
      signer: signerRecord(2).signer,
      support: 0,
      signature: "0x",
      reason: "position-too-large",
      detail: tooLargeWords(WSEI, 250_000n * WAD, 101_000n * WAD),
      ...over,
    });
    await tick(rebalancer);
    expect(spent(0)).to.equal(250_000n * 10n ** 6n);
    waiting = [
      ballot({}),
      ballot({ signer: signerRecord(3).signer, detail: tooLargeWords(WSEI, 250_000n * WAD, 202_000n * WAD) }),
      ballot({ signer: account(0x9999), detail: tooLargeWords(WSEI, 9n, 1n) }),
      ballot({ hash: "0x12", detail: tooLargeWords(WSEI, 9n, 1n) }),
      ballot({ signer: signerRecord(4).signer, reason: "price-off-oracle", detail: tooLargeWords(WSEI, 9n, 1n) }),
    ];
    block += 1n;
    await tick(rebalancer);
    // 25 blocks unheard: it came to nothing, and the next is as large as the strictest voter lets it be.
    block += 30n;
    await tick(rebalancer);
    expect(published).to.have.length(2);
    expect(spent(1)).to.equal(100_000n * 10n ** 6n);
    // That one came to nothing as well, whatever is said of it now: the token is left alone.
    waiting = [ballot({ detail: tooLargeWords(WSEI, 101_000n * WAD, 50_500n * WAD) })];
    block += 30n;
    await tick(rebalancer);
    block += 30n;
    await tick(rebalancer);
    expect(published).to.have.length(2);
    // Once what was said is old, it is believed no more.
    block += 1_100n;
    await tick(rebalancer);
    expect(spent(2)).to.equal(250_000n * 10n ** 6n);
  });
});
