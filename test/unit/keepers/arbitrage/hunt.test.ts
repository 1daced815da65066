import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import type { Policy } from "../../../../keepers/agents/arbitrage/decide.ts";
import type { ArbitragePorts, ArbitrageConfig, Venues } from "../../../../keepers/agents/arbitrage/ports.ts";
import { replay } from "../../../../keepers/agents/arbitrage/replay.ts";
import { emptyArbitrageMemory, tick } from "../../../../keepers/agents/arbitrage/tick.ts";
import type { ProposalMessage, VoteMessage } from "../../../../keepers/core/bus.ts";
import { previewCalls } from "../../../../keepers/core/callRule.ts";
import type { ChainSnapshot } from "../../../../keepers/core/chainSnapshot.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import { uniswapV2 } from "../../../../keepers/core/protocols/uniswapV2.ts";
import type { PendingView } from "../../../../keepers/market/foresight/pending.ts";
import { type Pool, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
import { poolAfter, quoteExactInput } from "../../../../keepers/market/quote.ts";
import { tickAtSqrtRatio } from "../../../../keepers/market/tickMaths.ts";
import { sqrtPriceX96Of } from "../../../../keepers/market/toPrice.ts";
import { WHOLE_RANGE } from "../../../../keepers/market/v3State.ts";
import {
  FEE,
  RULES,
  TREASURY,
  USDC,
  V2_ROUTER,
  V3_ROUTER,
  WAD,
  WSEI,
  account,
  chainSnapshot,
  fakeSignature,
  callProofFor,
  hashOf,
  signerRecord,
  tokenState,
} from "../../../support/keeperBuilders.ts";
import { encodeV2Swap } from "../../../support/swaps.ts";

const V2_POOL = account(0x7001);
const V3_POOL = account(0x7002);

const V3_PRICE = sqrtPriceX96Of(100n * WAD, 31n * 10n ** 6n);

/** WSEI at 0.30 on v2 and at 0.31 on v3. */
const POOLS: readonly Pool[] = [
  v2Pool({
    address: V2_POOL,
    token0: USDC,
    token1: WSEI,
    reserve0: 300_000n * 10n ** 6n,
    reserve1: 1_000_000n * WAD,
    feePips: 3_000n,
  }),
  v3Pool({
    address: V3_POOL,
    token0: USDC,
    token1: WSEI,
    feePips: FEE,
    tickSpacing: 10,
    sqrtPriceX96: V3_PRICE,
    tick: tickAtSqrtRatio(V3_PRICE),
    liquidity: 10n ** 18n,
    ticks: [
      { index: 280_000, liquidityNet: 10n ** 18n },
      { index: 300_000, liquidityNet: -(10n ** 18n) },
    ],
    ...WHOLE_RANGE,
  }),
];

const POLICY: Policy = {
  minProfit: 10_000n,
  gasOverhead: 100_000n,
  gasPerHop: { v2: 92_000n, v3: 104_000n },
  maxHops: 3,
  lifetime: seconds(4n),
  maxPlans: 1,
};

const VENUES: Venues = {
  routerOf: (pool) => (pool === V2_POOL ? V2_ROUTER : V3_ROUTER),
  callProofOf: ({ target, data }) => {
    const usdcFirst = data.indexOf(USDC.slice(2)) < data.indexOf(WSEI.slice(2));
    return callProofFor(target === V2_ROUTER ? "v2" : "v3", usdcFirst ? USDC : WSEI);
  },
};

const SIGNER = signerRecord(1).signer;
const SETTINGS: ArbitrageConfig = {
  name: "searcher",
  agentId: 1n,
  signer: SIGNER,
  treasury: TREASURY,
  base: USDC,
  native: WSEI,
  policy: POLICY,
  gasTerms: { tip: 1n, maxGasPrice: 10n ** 12n },
  venues: VENUES,
  foresight: "off",
};

const fake = (view: ChainSnapshot = chainSnapshot(), pools = POOLS) => {
  const proposals: ProposalMessage[] = [];
  const votes: VoteMessage[] = [];
  const events: KeeperEvent[] = [];
  const records = new Map<string, string>();
  const world: { block: bigint | undefined; looks: number; fails: boolean } = { block: 100n, looks: 0, fails: false };
  const ports: ArbitragePorts = {
    head: () => {
      if (world.block === undefined) return undefined;
      return { block: blockNumber(world.block), baseFee: 50n * 10n ** 9n, seenAtMs: 7 };
    },
    readSnapshot: () => {
      world.looks += 1;
      if (world.fails) return Promise.reject(new RetryableError("node down"));
      return Promise.resolve({ view, pools });
    },
    hashProposal: hashOf,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: () => fakeSignature(SIGNER),
    publishProposal: (message) => void proposals.push(message),
    publishVote: (vote) => void votes.push(vote),
    keepDecision: (evidence, record) => void records.set(evidence, record),
    nowMs: () => 0,
    emit: (event) => void events.push(event),
  };
  const why = (): readonly (string | undefined)[] =>
    events.flatMap((event) => (event.kind === "decision" ? [event.why] : []));
  return { ports, proposals, votes, events, records, world, why };
};

describe("A searcher's round", () => {
  it("proposes the trade, votes for it, and promises no more than the calls demand", async () => {
    const { ports, proposals, votes, why } = fake();
    await tick({ ports, memory: emptyArbitrageMemory(), config: SETTINGS });
    const [message] = proposals;
    if (message === undefined) throw new Error("nothing was proposed");
    expect(why()).to.deep.equal([undefined]);
    expect(votes).to.deep.equal([{ hash: message.hash, signer: SIGNER, signature: fakeSignature(SIGNER) }]);
    expect(message.proposal).to.deep.include({ agentId: 1n, nonce: 11n, deadline: 1_004n, maxLoss: 0n });
    // USDC at one dollar: what is claimed in its six decimals, in eighteen.
    expect(message.expectedProfit.amount > 0n).to.equal(true);
    expect(message.proposal.forecast).to.equal(message.expectedProfit.amount * 10n ** 12n);
    expect(message.proposal.conditions).to.deep.equal([]);
    expect([message.block, message.seenAtMs]).to.deep.equal([100n, 7]);
    const { proposal, callProofs } = message;
    const verdict = previewCalls(RULES, { calls: proposal.calls, callProofs }, chainSnapshot());
    expect(verdict.refusal).to.equal("None");
    const [first, second] = verdict.decoded;
    expect([first?.tokenIn, first?.tokenOut, second?.tokenOut]).to.deep.equal([USDC, WSEI, USDC]);
    expect([first?.recipient, second?.recipient]).to.deep.equal([TREASURY, TREASURY]);
  });

  it("looks at each block once", async () => {
    const { ports, proposals, world } = fake();
    const memory = emptyArbitrageMemory();
    await tick({ ports, memory, config: SETTINGS });
    await tick({ ports, memory, config: SETTINGS });
    expect([world.looks, proposals.length]).to.deep.equal([1, 1]);
    world.block = undefined;
    await tick({ ports, memory, config: SETTINGS });
    expect(world.looks).to.equal(1);
  });

  it("looks again when its node failed", async () => {
    const { ports, proposals, world } = fake();
    const memory = emptyArbitrageMemory();
    world.fails = true;
    await tick({ ports, memory, config: SETTINGS }).catch(() => undefined);
    world.fails = false;
    await tick({ ports, memory, config: SETTINGS });
    expect(proposals).to.have.length(1);
  });

  const quiet: readonly (readonly [string, string, ChainSnapshot, readonly Pool[], ArbitrageConfig])[] = [
    ["its key has no seat", "no-signer-record", chainSnapshot({ signerRecords: [] }), POOLS, SETTINGS],
    [
      "its agent is paused",
      "no-signer-record",
      chainSnapshot({ signerRecords: [signerRecord(1, { status: "Paused" })] }),
      POOLS,
      SETTINGS,
    ],
    [
      "its key was rotated out",
      "no-signer-record",
      chainSnapshot({ signerRecords: [signerRecord(1, { validUntil: unixSeconds(9_999n) })] }),
      POOLS,
      SETTINGS,
    ],
    ["there is nothing to gain", "no-gainful-cycle", chainSnapshot(), POOLS.slice(0, 1), SETTINGS],
    [
      "nobody knows what gas costs",
      "gas-price-unknown",
      chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI, { status: "QuorumMissed" })] }),
      POOLS,
      SETTINGS,
    ],
    [
      "the mandate has no leaf for it",
      "not-in-mandate",
      chainSnapshot(),
      POOLS,
      { ...SETTINGS, venues: { ...VENUES, callProofOf: () => undefined } },
    ],
    [
      "a pool has no router",
      "not-in-mandate",
      chainSnapshot(),
      POOLS,
      { ...SETTINGS, venues: { ...VENUES, routerOf: () => undefined } },
    ],
  ];
  for (const [rule, reason, view, pools, settings] of quiet) {
    it(`proposes nothing when ${rule}, and says so: ${reason}`, async () => {
      const { ports, proposals, votes, why } = fake(view, pools);
      await tick({ ports, memory: emptyArbitrageMemory(), config: settings });
      expect([proposals.length, votes.length]).to.deep.equal([0, 0]);
      expect(why()).to.deep.equal([reason]);
    });
  }
});

describe("A searcher's record", () => {
  const recorded = async (): Promise<{ readonly record: string; readonly evidence: string; readonly told: string }> => {
    const { ports, proposals, records } = fake();
    await tick({ ports, memory: emptyArbitrageMemory(), config: SETTINGS });
    const [[evidence, record] = ["", ""]] = [...records];
    return { record, evidence, told: proposals[0]?.proposal.evidence ?? "" };
  };

  it("is what the proposal's evidence hashes, and is the same every time [NX-KEE-03]", async () => {
    const { record, evidence, told } = await recorded();
    expect(keccak256(toUtf8Bytes(record))).to.equal(evidence);
    expect(told).to.equal(evidence);
    expect((await recorded()).record).to.equal(record);
  });

  it("replays to the same bytes [NX-KEE-03]", async () => {
    const { record } = await recorded();
    expect(replay(JSON.parse(record))).to.equal(record);
  });

  it("betrays that it was tampered with", async () => {
    const { record } = await recorded();
    const richer = record.replace(/"reserve0":"\d+"/, '"reserve0":"400000000000"');
    expect(richer).not.to.equal(record);
    expect(replay(JSON.parse(richer))).not.to.equal(richer);
    const lie = record.replace(/"grossProfit":"\d/, '"grossProfit":"9');
    expect(replay(JSON.parse(lie))).not.to.equal(lie);
  });

  it("is refused when it is none, or of another version", async () => {
    const { record } = await recorded();
    expect(() => replay(JSON.parse(record.replace('"version":1', '"version":2')))).to.throw(RangeError);
    for (const broken of [null, 1, {}, { version: 1 }, { version: 1, snapshot: {}, policy: {} }]) {
      expect(() => replay(broken), JSON.stringify(broken)).to.throw();
    }
  });
});

/** A stranger's swap that will lower WSEI on v2 far below v3; nothing can be gained before it. */
const EVEN: readonly Pool[] = [
  v2Pool({
    address: V2_POOL,
    token0: USDC,
    token1: WSEI,
    reserve0: 310_000n * 10n ** 6n,
    reserve1: 1_000_000n * WAD,
    feePips: 3_000n,
  }),
  ...POOLS.slice(1),
];
const STRANGER = account(0x9001);
const SOLD = 30_000n * WAD;
const sale = encodeV2Swap(
  { router: V2_ROUTER, tokenIn: WSEI, tokenOut: USDC, amountIn: SOLD, minOut: 0n, recipient: STRANGER },
  9_999n,
);
const pendingSale = (block = 100n): PendingView => ({
  block: blockNumber(block),
  transactions: [
    {
      hash: hex(`0x${"11".repeat(32)}`),
      from: STRANGER,
      nonce: 3n,
      to: V2_ROUTER,
      data: sale.data,
      maxFee: 10n ** 12n,
      maxTip: 10n ** 9n,
    },
  ],
  nonces: new Map([[STRANGER, 3n]]),
  unread: 0,
});
const soldPools = (): readonly Pool[] => {
  const [pair] = EVEN;
  const quote = pair === undefined ? undefined : quoteExactInput(pair, WSEI, SOLD);
  if (pair === undefined || quote?.kind !== "ok") throw new Error("the pair takes the sale");
  return [poolAfter(pair, quote.moved), ...EVEN.slice(1)];
};

describe("A searcher's foresight [NX-KEE-12]", () => {
  const LOOKING: ArbitrageConfig = { ...SETTINGS, foresight: "sei" };
  /** A searcher that looks at block 100 with a sale pending, and at block 101 with these pools. */
  const across = async (
    next: readonly Pool[],
    config = LOOKING,
    ...[pending = pendingSale(), first = EVEN]: readonly [PendingView?, (readonly Pool[])?]
  ) => {
    const market = { pools: first };
    const rig = fake();
    const ports: ArbitragePorts = {
      ...rig.ports,
      readSnapshot: () =>
        Promise.resolve({ view: chainSnapshot({ block: blockNumber(rig.world.block ?? 0n) }), pools: market.pools }),
      pending: () => pending,
    };
    const searcher = { ports, memory: emptyArbitrageMemory(), config };
    await tick(searcher);
    const early = rig.proposals.length;
    market.pools = next;
    rig.world.block = 101n;
    await tick(searcher);
    const told = rig.events.filter(({ kind }) => kind === "foresight");
    return { ...rig, early, told, searcher };
  };

  it("proposes nothing before the swap is mined, and once it is, what the look at the block would propose too", async () => {
    const { early, proposals, told, why, records } = await across(soldPools());
    expect([early, proposals.length]).to.deep.equal([0, 1]);
    expect(why()).to.deep.equal(["no-gainful-cycle", "foreseen"]);
    expect(told).to.deep.equal([
      {
        kind: "foresight",
        agent: "searcher",
        block: 101n,
        swaps: 1,
        leftOut: 0,
        asForeseen: 1,
        otherwise: 0,
        proposed: true,
      },
    ]);
    const record = records.get(proposals[0]?.proposal.evidence ?? "") ?? "";
    expect(replay(JSON.parse(record))).to.equal(record);
    const plain = await across(soldPools(), SETTINGS);
    expect(plain.proposals.map(({ proposal }) => proposal.calls)).to.deep.equal(
      proposals.map(({ proposal }) => proposal.calls),
    );
  });

  it("has made a plan that would have failed before the swap", async () => {
    const { proposals } = await across(EVEN);
    const [message] = proposals;
    if (message === undefined) throw new Error("nothing was proposed");
    const [first] = message.proposal.calls;
    const reading = first === undefined ? undefined : uniswapV2.read(first);
    const quote =
      reading === undefined || EVEN[0] === undefined ? undefined : quoteExactInput(EVEN[0], USDC, reading.amountIn);
    const least = first === undefined ? undefined : uniswapV2.minOut(first);
    expect(quote?.kind === "ok" && least !== undefined && quote.amountOut < least).to.equal(true);
  });

  it("says where a block came out otherwise", async () => {
    const { told } = await across(EVEN);
    expect(told).to.deep.include.members([
      {
        kind: "foresight",
        agent: "searcher",
        block: 101n,
        swaps: 1,
        leftOut: 0,
        asForeseen: 0,
        otherwise: 1,
        proposed: true,
      },
    ]);
  });

  it("proposes a foreseen plan once, though the block cannot be read at first", async () => {
    const rig = fake(chainSnapshot(), EVEN);
    const searcher = {
      ports: { ...rig.ports, pending: () => pendingSale() },
      memory: emptyArbitrageMemory(),
      config: LOOKING,
    };
    await tick(searcher);
    Object.assign(rig.world, { block: 101n, fails: true });
    for (let turn = 0; turn < 2; turn += 1) await tick(searcher).catch(() => undefined);
    expect([rig.world.looks, rig.proposals.length]).to.deep.equal([3, 1]);
  });

  it("keeps no plan that could come before the swap: a gap that the swap only narrows is left to the look at the block", async () => {
    const buy = {
      router: V2_ROUTER,
      tokenIn: USDC,
      tokenOut: WSEI,
      amountIn: 10n ** 9n,
      minOut: 0n,
      recipient: STRANGER,
    };
    const [transaction] = pendingSale().transactions;
    if (transaction === undefined) throw new Error("a swap is pending");
    const narrowing = { ...pendingSale(), transactions: [{ ...transaction, data: encodeV2Swap(buy, 9_999n).data }] };
    const { told, why, proposals } = await across(POOLS, LOOKING, narrowing, POOLS);
    expect(why()).to.deep.equal([undefined, undefined]);
    expect(told).to.deep.equal([
      {
        kind: "foresight",
        agent: "searcher",
        block: 101n,
        swaps: 1,
        leftOut: 0,
        asForeseen: 0,
        otherwise: 1,
        proposed: false,
      },
    ]);
    expect(proposals.map(({ block }) => block)).to.deep.equal([100n, 101n]);
  });

  it("lets a plan go whose block it missed", async () => {
    const rig = fake(chainSnapshot(), EVEN);
    const ports = { ...rig.ports, pending: () => pendingSale() };
    const searcher = { ports, memory: emptyArbitrageMemory(), config: LOOKING };
    await tick(searcher);
    rig.world.block = 102n;
    await tick(searcher);
    expect([rig.proposals.length, rig.events.some(({ kind }) => kind === "foresight")]).to.deep.equal([0, false]);
  });

  it("foresees nothing when it is off, nor from what was pending at another block", async () => {
    for (const rig of [await across(EVEN, SETTINGS), await across(EVEN, LOOKING, pendingSale(99n))]) {
      expect([rig.proposals.length, rig.told.length]).to.deep.equal([0, 0]);
    }
  });

  it("says the same of the present, whatever is pending", async () => {
    const rig = fake();
    await tick({
      ports: { ...rig.ports, pending: () => pendingSale() },
      memory: emptyArbitrageMemory(),
      config: LOOKING,
    });
    const plain = fake();
    await tick({ ports: plain.ports, memory: emptyArbitrageMemory(), config: SETTINGS });
    expect(rig.proposals).to.deep.equal(plain.proposals);
  });
});
