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
import { type Pool, v2Pool, v3Pool } from "../../../../keepers/market/pool.ts";
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
