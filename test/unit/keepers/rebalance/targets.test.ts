import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import { type Rebalance, decide } from "../../../../keepers/agents/rebalance/decide.ts";
import type { OptimisePolicy, RebalancePolicy, RebalanceSeen } from "../../../../keepers/agents/rebalance/policy.ts";
import { basisWords, conditionsOf, entryOf, reasonOf } from "../../../../keepers/agents/rebalance/plan.ts";
import { targetsFor } from "../../../../keepers/agents/rebalance/targets.ts";
import { type PriceWindow, emptyWindow, observed, rowsIn, tableOf } from "../../../../keepers/quant/priceWindow.ts";
import { emptyRebalanceMemory, tick } from "../../../../keepers/agents/rebalance/tick.ts";
import type { RebalancePorts } from "../../../../keepers/agents/rebalance/ports.ts";
import { replayLogged } from "../../../../keepers/backtest/replayLogged.ts";
import { type ChainSnapshot, type TokenState, valueAt } from "../../../../keepers/core/chainSnapshot.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import type { SlowProposalMessage } from "../../../../keepers/core/bus.ts";
import { type Address, blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import { v2Pool } from "../../../../keepers/market/pool.ts";
import {
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
import { tallyView, SLOW_POLICY } from "../../../support/slowBuilders.ts";

const WETH = account(0x1003);
const OPTIMISE: OptimisePolicy = {
  capsBps: new Map(),
  sampleSeconds: 60n,
  rows: 240,
  leastRows: 120,
  holdingRows: 10_080,
};
const POLICY: RebalancePolicy = {
  base: USDC,
  targets: new Map([
    [WSEI, 500n],
    [WETH, 500n],
  ]),
  bandBps: 100n,
  edgeBps: 50n,
  maxTradeUsd: 1_000_000n * WAD,
  slippageBps: 200n,
  lifetime: seconds(600n),
  optimise: OPTIMISE,
};
const TOKENS = [USDC, WSEI, WETH] as const;

const poolOf = (token: Address, units: bigint, n: number) =>
  v2Pool({
    address: account(0x7000 + n),
    token0: USDC,
    token1: token,
    reserve0: 10n ** 14n,
    reserve1: units,
    feePips: 3_000n,
  });
const POOLS = [poolOf(WSEI, 10n ** 27n / 3n, 1), poolOf(WETH, 10n ** 26n / 2_000n, 2)];

const weth = (changes: Partial<TokenState> = {}): TokenState => {
  const middle = 2_000n * WAD;
  return tokenState(WETH, { balance: 0n, price: { middle, lower: middle, upper: middle }, ...changes });
};
const viewWith = (usdc: bigint, wsei: bigint, changes: Partial<ChainSnapshot> = {}): ChainSnapshot =>
  chainSnapshot({
    tokens: [tokenState(USDC, { balance: usdc * 10n ** 6n }), tokenState(WSEI, { balance: wsei * WAD }), weth()],
    ...changes,
  });

/** Minutes of prices in which WSEI moves three times as far as WETH. */
const windowOf = (rows: number, calm = 1e-3): PriceWindow => {
  const random = seededRandom(9);
  let [wsei, wethPrice] = [0.3, 2_000];
  const fixed = (price: number): bigint => BigInt(Math.round(price * 1e12)) * 1_000_000n;
  return {
    tokens: TOKENS,
    chunks: [
      Array.from({ length: rows }, (_, sample) => {
        wsei *= Math.exp(3 * calm * random.normal());
        wethPrice *= Math.exp(calm * random.normal());
        return { sample: BigInt(sample), prices: [WAD, fixed(wsei), fixed(wethPrice)] };
      }),
    ],
  };
};

const seenWith = (over: Partial<RebalanceSeen> = {}): RebalanceSeen => ({
  view: viewWith(500_000n, 0n),
  pools: POOLS,
  skip: new Set(),
  window: windowOf(240),
  atMost: new Map(),
  ...over,
});
const withOptimise = (changes: Partial<OptimisePolicy>): RebalancePolicy => ({
  ...POLICY,
  optimise: { ...OPTIMISE, ...changes },
});
const whyInstead = (seen: RebalanceSeen, policy = POLICY): string => {
  const { bps, basis } = targetsFor(seen, policy);
  if (basis.kind !== "instead") throw new Error(basis.kind);
  expect(bps).to.equal(policy.targets);
  return basis.why;
};
const tradeOf = (seen: RebalanceSeen, policy = POLICY): Rebalance => {
  const decision = decide(seen, policy);
  if (decision.kind === "rest") throw new Error(decision.why);
  return decision.trade;
};

describe("Where a rebalancer's targets come from", () => {
  it("spreads the targets' sum by the least CVaR, with its proof: what moves less gets more, and the base asset stays [NX-QNT-13]", () => {
    const { bps, basis } = targetsFor(seenWith(), POLICY);
    if (basis.kind !== "optimised") throw new Error(JSON.stringify(basis));
    expect([...bps.keys()]).to.deep.equal([WSEI, WETH]);
    expect([...bps.values()].reduce((sum, part) => sum + part, 0n)).to.equal(1_000n);
    expect((bps.get(WETH) ?? 0n) > 3n * (bps.get(WSEI) ?? 0n)).to.equal(true);
    expect(basis.rows).to.equal(239);
    expect(basis.gap).to.be.below(1e-8);
    expect(basis.limits).to.include(`${USDC} is at most 90 %`);
  });

  it("keeps the caps, and says which held it back", () => {
    const { bps, basis } = targetsFor(seenWith(), withOptimise({ capsBps: new Map([[WETH, 600n]]) }));
    expect([bps.get(WSEI), bps.get(WETH)]).to.deep.equal([400n, 600n]);
    const words = basis.kind === "optimised" ? basisWords(basis, (text) => text.replaceAll(WETH, "WETH")) : "";
    expect(words).to.include("239 returns").and.to.include("WETH is at most 6 %");
  });

  it("keeps the fixed targets where there is no optimum to be had, and says why [NX-QNT-13]", () => {
    expect(whyInstead(seenWith({ window: windowOf(119) }))).to.equal("too little data: 119 of 120 samples");
    expect(whyInstead(seenWith({ window: emptyWindow(TOKENS) }))).to.include("0 of 120");
    expect(targetsFor(seenWith({ window: windowOf(120) }), POLICY).basis.kind).to.equal("optimised");
    const capped = withOptimise({
      capsBps: new Map([
        [WSEI, 300n],
        [WETH, 600n],
      ]),
    });
    const conflict = whyInstead(seenWith(), capped);
    expect(conflict).to.include("contradict").and.include("at most 6 %").and.include("at most 3 %");
    expect(whyInstead(seenWith({ pools: POOLS.slice(0, 1) }))).to.equal(`no pool takes ${WETH}`);
    expect(whyInstead(seenWith({ view: viewWith(0n, 0n) }))).to.include("nothing that has a price");
    expect(whyInstead(seenWith({ window: { ...windowOf(240), tokens: [USDC, WSEI] } }))).to.include("unknown");
    const holes = windowOf(240)
      .chunks.flat()
      .filter(({ sample }) => sample % 5n !== 0n || sample === 0n);
    expect(whyInstead(seenWith({ window: { tokens: TOKENS, chunks: [holes] } }))).to.include("missing-minutes");
    const { basis } = targetsFor(seenWith(), { ...POLICY, optimise: undefined });
    expect(basis).to.deep.equal({ kind: "fixed" });
  });

  it("counts what trading costs: from the best spread nothing else is wanted, and dear trades move it less", () => {
    const { bps } = targetsFor(seenWith(), POLICY);
    const [wsei = 0n, wethPart = 0n] = [bps.get(WSEI), bps.get(WETH)];
    const held = chainSnapshot({
      tokens: [
        tokenState(USDC, { balance: 900_000n * 10n ** 6n }),
        tokenState(WSEI, { balance: (wsei * 100n * WAD * 10n) / 3n }),
        weth({ balance: (wethPart * 100n * WAD) / 2_000n }),
      ],
    });
    const again = targetsFor(seenWith({ view: held }), POLICY).bps;
    for (const [token, part] of bps) expect(Math.abs(Number((again.get(token) ?? 0n) - part))).to.be.at.most(1);
    // Half and half is held, and trading is paid for within a minute: nothing is traded.
    const spread = chainSnapshot({
      tokens: [
        tokenState(USDC, { balance: 900_000n * 10n ** 6n }),
        tokenState(WSEI, { balance: (50_000n * WAD * 10n) / 3n }),
        weth({ balance: 25n * WAD }),
      ],
    });
    const dear = targetsFor(seenWith({ view: spread }), withOptimise({ holdingRows: 1 })).bps;
    for (const part of dear.values()) expect(Math.abs(Number(part - 500n))).to.be.at.most(2);
  });

  it("ends a trade at the inner edge of the band, and a second trade of the same proposal is refused by its conditions", () => {
    const trade = tradeOf(seenWith(), { ...POLICY, optimise: undefined });
    expect([trade.targetBps, trade.partBps]).to.deep.equal([500n, 0n]);
    // 5 % of half a million less half a per cent of it.
    expect(trade.amountIn).to.equal(22_500n * 10n ** 6n);
    const [most] = conditionsOf(trade, TREASURY).slice(-1);
    const bought = valueAt(weth(), trade.minOut, trade.token === WETH ? 2_000n * WAD : (3n * WAD) / 10n);
    expect((most?.amount ?? 0n) < 2n * bought).to.equal(true);
    expect((most?.amount ?? 0n) >= bought).to.equal(true);
    // Just beyond the band the trade is little more than half of it, and so is what may be too much afterwards.
    const only = { ...POLICY, targets: new Map([[WSEI, 500n]]), optimise: undefined };
    const least = tradeOf(seenWith({ view: viewWith(480_100n, 66_500n) }), only);
    expect([least.partBps, least.targetBps]).to.deep.equal([398n, 500n]);
    const worth = (units: bigint): bigint => valueAt(tokenState(WSEI), units, tokenState(WSEI).price.upper);
    expect(worth(66_500n * WAD + 2n * least.minOut) > least.ceilingUsd).to.equal(true);
    expect(worth(66_500n * WAD + least.minOut) < least.ceilingUsd).to.equal(true);
    const near = decide(seenWith({ view: viewWith(475_500n, 81_000n) }), {
      ...POLICY,
      targets: new Map([[WSEI, 500n]]),
      optimise: undefined,
    });
    expect(near.kind).to.equal("rest");
  });

  it("says why in words that name tokens, not addresses", () => {
    const trade = tradeOf(seenWith());
    const words = reasonOf(trade, (token) => (token === WETH ? "WETH" : token === WSEI ? "WSEI" : "USDC"));
    expect(words).to.match(/^WETH is 0 % of the treasury and shall be [\d.]+ %: the least expected loss/);
    expect(words).to.include("USDC is at most 90 %").and.not.include("0x");
  });
});

describe("A rebalancer's window of prices", () => {
  const at = (time: bigint, changes: Partial<TokenState> = {}): ChainSnapshot =>
    chainSnapshot({ time: unixSeconds(time), tokens: [tokenState(USDC), tokenState(WSEI, changes), weth()] });
  const filled = (minutes: number, rows = 100): PriceWindow => {
    let window = emptyWindow(TOKENS);
    for (let minute = 0; minute < minutes; minute += 1)
      window = observed(window, at(BigInt(minute) * 60n), { sampleSeconds: 60n, rows });
    return window;
  };

  it("takes the first block of each minute, and no minute in which a price was missing", () => {
    let window = emptyWindow(TOKENS);
    for (const time of [60n, 61n, 119n, 120n, 240n]) window = observed(window, at(time), OPTIMISE);
    expect(window.chunks.flat().map(({ sample }) => sample)).to.deep.equal([1n, 2n, 4n]);
    const before = window;
    window = observed(window, at(300n, { status: "QuorumMissed" }), OPTIMISE);
    expect(window).to.equal(before);
    expect(tableOf(window, OPTIMISE)).to.deep.equal({
      assets: TOKENS,
      stepSeconds: 60,
      times: [60, 120, 240],
      prices: [1, 2, 3].map(() => [1, 0.3, 2_000]),
    });
  });

  it("leaves full chunks as they are, and drops the oldest beyond what is looked at", () => {
    const window = filled(61);
    expect(window.chunks.map(({ length }) => length)).to.deep.equal([60, 1]);
    const next = observed(window, at(61n * 60n), { sampleSeconds: 60n, rows: 100 });
    expect(next.chunks[0]).to.equal(window.chunks[0]);
    expect(rowsIn(filled(1_000, 100))).to.be.within(100, 180);
    expect(tableOf(filled(1_000, 100), { sampleSeconds: 60n, rows: 100 }).times).to.have.length(100);
  });
});

describe("A rebalancer that optimises, round by round", () => {
  it("gathers prices, tells once that the fixed targets stand, then proposes the optimum with a record that is decided again [NX-QNT-13]", async () => {
    const random = seededRandom(4);
    const published: SlowProposalMessage[] = [];
    const records: (readonly [string, string])[] = [];
    const troubles: string[] = [];
    let minute = 0n;
    const ports: RebalancePorts = {
      head: () => ({ block: blockNumber(100n + minute), seenAtMs: 0 }),
      readSnapshot: (block) => {
        const price = (middle: bigint, reach: number) => {
          const moved = (middle * BigInt(Math.round(1e9 * Math.exp(reach * random.normal())))) / 1_000_000_000n;
          return { price: { middle: moved, lower: moved, upper: moved } };
        };
        const tokens = [
          tokenState(USDC, { balance: 500_000n * 10n ** 6n }),
          tokenState(WSEI, { balance: 0n, ...price((3n * WAD) / 10n, 3e-3) }),
          weth(price(2_000n * WAD, 1e-3)),
        ];
        const view = chainSnapshot({ block, time: unixSeconds(60n * minute), tokens });
        return Promise.resolve({ view, pools: POOLS });
      },
      readTally: () => Promise.resolve({ tally: tallyView(), policy: SLOW_POLICY }),
      classify: () => Promise.resolve({ refusal: "None", riskClass: 1 }),
      callOf: () => ({ call: { target: account(9), data: "0x" }, callProof: callProofFor("v2", USDC) }),
      hashProposal: hashOf,
      hashBallot: (hash) => hash,
      hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
      sign: () => "0x",
      publishProposal: (message) => published.push(message),
      ballots: { take: () => [] },
      publishBallot: () => undefined,
      keepDecision: (evidence, record) => records.push([evidence, record]),
      symbolOf: (token) => (token === WETH ? "WETH" : token === WSEI ? "WSEI" : "USDC"),
      emit: (event) => {
        if (event.kind === "trouble") troubles.push(event.what);
      },
    };
    const { signer } = signerRecord(5);
    const config = {
      name: "rebalancer",
      agentId: 5n,
      signer,
      treasury: TREASURY,
      everyBlocks: 1n,
      cooldown: seconds(0n),
    };
    // Bands so wide that the fixed targets move nothing, and the optimum does.
    const wide = { ...POLICY, bandBps: 550n, edgeBps: 0n };
    const rebalancer = { ports, memory: emptyRebalanceMemory(), config: { ...config, policy: wide } };
    for (minute = 0n; minute < 125n && published.length === 0; minute += 1n) await tick(rebalancer);
    expect(troubles).to.deep.equal([
      "the fixed targets stand: too little data: 1 of 120 samples",
      "targets are optimised again",
    ]);
    expect(published[0]?.why).to.match(/^WETH is 0 % of the treasury and shall be [\d.]+ %: the least expected loss/);
    const [[evidence, text] = ["", ""]] = records;
    expect(published[0]?.proposal.evidence).to.equal(evidence);
    expect(replayLogged(evidence, text, ports.hashText)).to.deep.equal({ kind: "same" });
    expect(replayLogged(evidence, `${text} `, ports.hashText).kind).to.equal("broken");
    const other = text.replace(/"targetBps":"\d+n"/, '"targetBps":"1n"');
    const verdict = replayLogged(ports.hashText(other), other, ports.hashText);
    expect(verdict.kind === "differs" ? verdict.difference.path : verdict.kind).to.equal("trade.targetBps");
    expect(replayLogged(ports.hashText("{}"), "{}", ports.hashText).kind).to.equal("broken");
  });

  it("keeps a record of a fixed target too", () => {
    const seen = seenWith({ window: emptyWindow([]) });
    const policy = { ...POLICY, optimise: undefined };
    const text = entryOf(seen, policy, decide(seen, policy));
    const hashText = (one: string) => hex(keccak256(toUtf8Bytes(one)));
    expect(replayLogged(hashText(text), text, hashText)).to.deep.equal({ kind: "same" });
  });
});
