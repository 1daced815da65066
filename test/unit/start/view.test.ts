import { expect } from "chai";
import type { ResultMessage, ProposalMessage } from "../../../keepers/core/bus.ts";
import { encodeV2Swap, encodeV3Single } from "../../support/swaps.ts";
import type { ChainSnapshot } from "../../../keepers/core/chainSnapshot.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { ZERO_ADDRESS } from "../../../keepers/core/proposal.ts";
import { address, blockNumber, unixSeconds } from "../../../keepers/core/units.ts";
import { namesOf, priceFrom } from "../../../keepers/views/names.ts";
import { plainLines } from "../../../keepers/views/eventLines.ts";
import { type DisplayState, EMPTY_STATE, applyEvent, fateOf, refusedOf } from "../../../keepers/views/stories.ts";
import { summaryLines, viewLines } from "../../../scripts/start/view.ts";
import { callWords } from "../../../keepers/views/calls.ts";
import { expectNear } from "../../support/near.ts";
import { storyLines } from "../../../keepers/views/storyLines.ts";

const at = (digit: string) => address(`0x${digit.repeat(40)}`);
const [USDC, WSEI, ROUTER2, ROUTER3, POOL, SIGNER] = [at("1"), at("2"), at("3"), at("4"), at("5"), at("6")];

const names = namesOf({
  environment: {
    tokens: {
      USDC: { address: USDC, symbol: "USDC", decimals: 6 },
      WSEI: { address: WSEI, symbol: "WSEI", decimals: 18 },
    },
    dexes: [
      { name: "DragonSwap V1", kind: "v2", factory: at("7"), router: ROUTER2 },
      { name: "DragonSwap V2", kind: "v3", factory: at("8"), router: ROUTER3 },
    ],
    pools: [{ address: POOL, dex: "DragonSwap V2", kind: "v3", token0: USDC, token1: WSEI, feePips: 500 }],
    oracles: {},
  },
});

const there = {
  tokenIn: USDC,
  tokenOut: WSEI,
  amountIn: 1_500_000_000n,
  minOut: 5n * 10n ** 21n,
  recipient: at("9"),
};
const back = { ...there, tokenIn: WSEI, tokenOut: USDC, amountIn: 5n * 10n ** 21n, minOut: 1_501_000_000n };
const calls = [encodeV2Swap({ ...there, router: ROUTER2 }, 99n), encodeV3Single({ ...back, router: ROUTER3 }, 500n)];

const proposal = (hash: `0x${string}`): ProposalMessage => ({
  hash,
  proposal: {
    agentId: 1n,
    nonce: 1n,
    deadline: unixSeconds(99n),
    submitter: ZERO_ADDRESS,
    maxLoss: 0n,
    forecast: 0n,
    calls,
    conditions: [],
    evidence: "0x",
  },
  callProofs: [],
  expectedProfit: { token: USDC, amount: 1_250_000n },
  gasCost: 7_000n,
  block: blockNumber(100n),
  seenAtMs: 0,
});

const ended = (hash: `0x${string}`, result: ResultMessage["result"]): KeeperEvent => ({
  kind: "result",
  agent: "executor",
  message: { hash, result: result, block: blockNumber(101n), latencyMs: 432.1, latencyBlocks: 1 },
});

const ENACTED: ResultMessage["result"] = {
  kind: "enacted",
  changes: [
    { token: USDC, change: 1_240_000n },
    { token: WSEI, change: 0n },
  ],
  loss: 0n,
  gasUsed: 400_000n,
  gasPaid: 3n * 10n ** 16n,
};

const proposes = (hash: `0x${string}`): KeeperEvent => ({
  kind: "proposal",
  agent: "searcher",
  message: proposal(hash),
});
const refuses = (hash: `0x${string}`, reason: string): KeeperEvent => ({
  kind: "refusal",
  agent: "risk-1",
  message: { hash, signer: SIGNER, reason, detail: "7 s old" },
  tookMs: 3,
});
const votes = (hash: `0x${string}`): KeeperEvent => ({
  kind: "vote",
  agent: "risk-2",
  message: { hash, signer: SIGNER, signature: "0x" },
  tookMs: 12.3,
});

const after = (...events: readonly KeeperEvent[]): DisplayState => events.reduce(applyEvent, EMPTY_STATE);

const price = (middle: bigint) => ({ middle, lower: (middle * 995n) / 1000n, upper: (middle * 1005n) / 1000n });
const tokenState = { balance: 0n, status: "Ready", perAction: 0n, remainingForAgent: 0n, remainingForAll: 0n } as const;
const view: ChainSnapshot = {
  block: blockNumber(100n),
  time: unixSeconds(50n),
  tokens: [
    { ...tokenState, token: USDC, decimals: 6, price: price(10n ** 18n), level: "Normal" },
    { ...tokenState, token: WSEI, decimals: 18, price: price(3n * 10n ** 17n), level: "Normal" },
  ],
  signerRecords: [],
  levels: new Map(),
  everything: "Normal",
  policy: { threshold: 0n, minVoters: 0n, minOperators: 0n, maxDeadline: 0n },
  mandateRoot: "0x",
  lossPerAction: 0n,
  remainingLoss: 0n,
  treasuryValue: { lower: 499_999_000_000n, upper: 500_001_000_000n },
};

const OUTSIDER = `0x${"0e".repeat(20)}` as const;

describe("what the face says", () => {
  it("puts calls into words, read from their bytes", () => {
    expect(calls.map((call) => callWords(call, names))).to.deep.equal([
      "swap 1,500.0000 USDC for at least 5,000.0000 WSEI on DragonSwap V1",
      "swap 5,000.0000 WSEI for at least 1,501.0000 USDC on DragonSwap V2, 0.05 % pool",
    ]);
    expect(callWords({ target: USDC, data: "0xdeadbeef" }, names)).to.equal(`call 0xdeadbeef of ${USDC}`);
    const approve =
      `0x095ea7b3${ROUTER2.slice(2).padStart(64, "0")}${7_000_000n.toString(16).padStart(64, "0")}` as const;
    expect(callWords({ target: USDC, data: approve }, names)).to.equal("approve 7.0000 USDC for DragonSwap V1");
    const transfer =
      `0xa9059cbb${OUTSIDER.slice(2).padStart(64, "0")}${7_000_000n.toString(16).padStart(64, "0")}` as const;
    expect(callWords({ target: USDC, data: transfer }, names)).to.equal(`transfer 7.0000 USDC to ${OUTSIDER}`);
  });

  it("tells a pool's price in dollars whichever way round its tokens lie", () => {
    const name = names.pool(POOL);
    if (name === undefined) throw new Error("no pool");
    expect(name.label).to.equal("WSEI/USDC v3 0.05 %");
    // token1 per token0: 1e18 / 0.3e6 raw.
    const sqrtPriceX96 = BigInt(Math.round(Math.sqrt(1e18 / 0.3e6) * 2 ** 48)) << 48n;
    expectNear(priceFrom(name, sqrtPriceX96), 0.3, 1e-9);
  });

  it("follows a proposal from vote to result, and adds up what came of it", () => {
    const state = after(
      proposes("0xaa"),
      votes("0xaa"),
      refuses("0xaa", "stale"),
      { kind: "sent", agent: "executor", hash: "0xaa", transaction: "0x11", block: blockNumber(100n) },
      ended("0xaa", ENACTED),
    );
    expect(state).to.include({ proposals: 1, enacted: 1, gained: 1_240_000n, gasWei: 3n * 10n ** 16n });
    expect([state.latencyMs, state.latencyBlocks]).to.deep.equal([[432.1], [1]]);
    const [story] = state.stories;
    if (story === undefined) throw new Error("no story");
    const [head, , , ballots] = storyLines(story, names);
    expect(head).to.equal("#100 +1.2500 USDC → enacted in #101, +1.2400 USDC, 432 ms");
    expect(ballots).to.equal("    searcher ✓  risk-2 ✓  risk-1 ✗ stale");
    expect(fateOf(story)).to.equal(undefined);
  });

  it("counts every proposal that was not enacted under one reason", () => {
    const reverted = { kind: "reverted", error: "Error(Too little received)", gasPaid: 5n } as const;
    const state = after(
      proposes("0x01"),
      proposes("0x02"),
      proposes("0x03"),
      proposes("0x04"),
      proposes("0x05"),
      refuses("0x01", "stale"),
      refuses("0x01", "stale"),
      ended("0x02", reverted),
      ended("0x03", { kind: "expired", why: "deadline" }),
      ended("0x05", ENACTED),
    );
    expect(refusedOf(state)).to.deep.equal({
      stale: 1,
      "reverted: Error(Too little received)": 1,
      "expired: deadline": 1,
      "overtaken by a newer proposal": 1,
    });
    expect(state.gasWei).to.equal(5n + 3n * 10n ** 16n);
  });

  it("keeps counting when old proposals leave the screen", () => {
    const many = Array.from({ length: 100 }, (_, index) => {
      const hash = `0x${(index + 256).toString(16)}` as const;
      return [proposes(hash), refuses(hash, "stale")];
    }).flat();
    const state = after(...many);
    expect(state.stories).to.have.length(64);
    expect([state.proposals, refusedOf(state)]).to.deep.equal([100, { stale: 100 }]);
  });

  it("counts a bounded number of reasons, whatever words others choose [NX-GTW-06]", () => {
    const reasons = ["__proto__", "x".repeat(1_000), ...Array.from({ length: 200 }, (_, index) => `reason ${index}`)];
    const state = after(
      ...reasons.flatMap((reason, index) => {
        const hash = `0x${(index + 256).toString(16)}` as const;
        return [proposes(hash), refuses(hash, reason)];
      }),
    );
    const counts = Object.entries(refusedOf(state));
    expect(counts).to.have.length(65);
    expect(counts.reduce((sum, [, times]) => sum + times, 0)).to.equal(reasons.length);
    expect(counts.slice(0, 3).map(([reason, times]) => [reason.length, times])).to.deep.equal([
      ["__proto__".length, 1],
      [200, 1],
      ["reason 0".length, 1],
    ]);
    expect(counts.at(-1)).to.deep.equal(["another reason", reasons.length - 64]);
  });

  it("shows prices with their bands, gaps, treasury, latency and proposals, within the terminal", () => {
    const state = after(
      { kind: "connection", agent: "searcher", up: true },
      { kind: "connection", agent: "risk-1", up: true },
      { kind: "connection", agent: "risk-1", up: false },
      { kind: "snapshot", agent: "searcher", view, pools: [{ pool: POOL, sqrtPriceX96: 1n << 120n }], tookMs: 1 },
      {
        kind: "decision",
        agent: "searcher",
        block: blockNumber(99n),
        why: "no-gainful-cycle",
        opportunities: 0,
        tookMs: 1,
      },
      { kind: "decision", agent: "searcher", block: blockNumber(100n), why: undefined, opportunities: 1, tookMs: 1 },
      proposes("0xaa"),
      ended("0xaa", ENACTED),
      { kind: "trouble", agent: "risk-4", what: "no answer" },
    );
    const context = { names, title: "NEXUS", elapsedMs: 61_000, agents: 6, columns: 100, rows: 40 };
    const text = viewLines(state, context).join("\n");
    for (const part of [
      "NEXUS · block 100 · 61 s · 1 of 6 agents connected",
      "USDC $1.00000 ± 0.50 %",
      "WSEI $0.30000 ± 0.50 %",
      "WSEI/USDC v3 0.05 %",
      "in 1 of 2 blocks; now one worth a trade",
      "1 of 1 proposals; the rest: none",
      "500,000.00 USDC, +1.24 USDC by trades, for 0.0300 SEI of gas",
      "half of the trades within 432 ms, 1 block; 99 in 100 within 432 ms, 1 block",
      "risk-4: no answer",
      "swap 1,500.0000 USDC",
    ]) {
      expect(text).to.include(part);
    }
    expect(text).not.to.include("At risk");
    const worstCase = "at most $2,000.00 Routine in 24 h by a corrupt quorum";
    expect(viewLines(state, { ...context, worstCase })).to.include(`At risk   ${worstCase}`);
    expect(text.indexOf("Treasury")).to.be.lessThan(text.indexOf("swap 1,500"));
    expect(text.indexOf("swap 1,500")).to.be.lessThan(text.indexOf("Prices"));
  });

  for (const [columns, rows, trades] of [
    [120, 40, 4],
    [80, 24, 3],
    [40, 10, 4],
    [20, 6, 1],
  ] as const) {
    it(`shows treasury and ${trades} trades or more at ${columns} × ${rows}, and a sign where a line is cut`, () => {
      const hashes = ["0x01", "0x02", "0x03", "0x04", "0x05", "0x06"] as const;
      const state = after(
        { kind: "snapshot", agent: "searcher", view, pools: [{ pool: POOL, sqrtPriceX96: 1n << 120n }], tookMs: 1 },
        ...hashes.flatMap((hash) => [proposes(hash), ended(hash, ENACTED)]),
        { kind: "trouble", agent: "risk-4", what: "no answer" },
      );
      const lines = viewLines(state, { names, title: "NEXUS", elapsedMs: 61_000, agents: 6, columns, rows });
      expect(lines.length).to.be.at.most(rows);
      expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(columns);
      expect(lines.some((line) => line.startsWith("Treasury"))).to.equal(true);
      expect(lines.filter((line) => line.startsWith("#100 +1.25")).length, lines.join("\n")).to.be.at.least(trades);
      const wide = viewLines(state, { names, title: "NEXUS", elapsedMs: 61_000, agents: 6, columns: 1_000, rows });
      expect(lines.map((line) => line.endsWith("…"))).to.deep.equal(wide.map(({ length }) => length > columns));
    });
  }

  it("sums a run up, with each reason in words", () => {
    const state = after(
      {
        kind: "decision",
        agent: "searcher",
        block: blockNumber(99n),
        why: "no-gainful-cycle",
        opportunities: 0,
        tookMs: 1,
      },
      proposes("0xaa"),
      ended("0xaa", ENACTED),
      proposes("0xbb"),
      refuses("0xbb", "price-off-oracle"),
    );
    expect(summaryLines(state, 61_000)).to.deep.equal([
      "61 s, 1 blocks looked at, 0 of them with a gap worth a trade",
      "1 trades of 2 proposals; the rest: 1 × its price lies too far from the oracles'",
      "treasury no price, +1.24 USDC by trades, for 0.0300 SEI of gas",
      "latency: half of the trades within 432 ms, 1 block; 99 in 100 within 432 ms, 1 block",
      "slow path: 0 proposals, 0 under way; none ended",
    ]);
    const gap: KeeperEvent = {
      kind: "decision",
      agent: "h",
      block: blockNumber(99n),
      why: "no-gainful-cycle",
      opportunities: 0,
      tookMs: 1,
    };
    const context = { names, title: "NEXUS", elapsedMs: 1, agents: 6, columns: 100, rows: 40 };
    expect(viewLines(after(gap), context).join("\n")).to.include("now no round trip through the pools gains");
  });

  it("shows something before the first event", () => {
    const context = { names, title: "NEXUS", elapsedMs: 0, agents: 6, columns: 100, rows: 40 };
    expect(viewLines(EMPTY_STATE, context).join("\n")).to.include("block –").and.to.include("no price");
  });

  it("logs a line for each fact and none for what repeats", () => {
    const linesOf = (...events: readonly KeeperEvent[]): readonly string[] => {
      const last = events.at(-1);
      return last === undefined ? [] : plainLines(last, after(...events), names);
    };
    expect(linesOf({ kind: "snapshot", agent: "searcher", view, pools: [], tookMs: 1 })).to.deep.equal([]);
    expect(linesOf(proposes("0xaa")).join("")).to.match(
      /^#100 searcher proposes 0xaa for \+1\.2500 USDC: swap .*; swap /,
    );
    expect(linesOf(votes("0xaa"))).to.deep.equal(["risk-2 votes for 0xaa after 12 ms"]);
    expect(linesOf(refuses("0xaa", "stale"))).to.deep.equal(["risk-1 refuses 0xaa: stale, 7 s old"]);
    expect(linesOf(proposes("0xaa"), ended("0xaa", ENACTED))).to.deep.equal([
      "0xaa enacted in #101, +1.2400 USDC, 432 ms",
    ]);
    expect(linesOf({ kind: "connection", agent: "risk-1", up: false })).to.deep.equal(["risk-1 is cut off"]);
    const detail = "no answer for 3 s";
    expect(linesOf({ kind: "connection", agent: "risk-1", up: false, detail })).to.deep.equal([
      `risk-1 is cut off: ${detail}`,
    ]);
  });
});
