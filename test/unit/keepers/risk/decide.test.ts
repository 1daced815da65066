import { expect } from "chai";
import fc from "fast-check";
import type { ProposalMessage } from "../../../../keepers/core/bus.ts";
import { encodeV2Swap, encodeV3Single } from "../../../support/swaps.ts";
import type { ChainSnapshot, Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import { type Call, type Proposal, CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { type Address, blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { type ReviewInput, type RiskPolicy, review, swapFault } from "../../../../keepers/agents/risk/decide.ts";
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
  callProofFor,
  hashOf,
  honestProposal,
  messageOf,
  signerRecord,
  tokenState,
} from "../../../support/keeperBuilders.ts";

const POLICY: RiskPolicy = {
  maxDeadlineSeconds: 10n,
  maxAgeBlocks: 3n,
  maxLossUsd: 0n,
  minGainUsd: 0n,
  profitToleranceBps: 0n,
  maxPriceDeviationBps: 500n,
};

const simulated = (changes: readonly (readonly [Address, bigint])[]): Simulation => ({
  kind: "ok",
  block: blockNumber(100n),
  gasUsed: 300_000n,
  changes: new Map(changes),
});

const HONEST = simulated([
  [USDC, 200_000n],
  [WSEI, 0n],
]);

type Case = {
  readonly message?: ProposalMessage;
  readonly view?: ChainSnapshot;
  readonly simulation?: Simulation;
  readonly policy?: RiskPolicy;
};

const verdictOn = ({ message = messageOf(), view = chainSnapshot(), simulation = HONEST, policy = POLICY }: Case) => {
  const input: ReviewInput = { message, digest: hashOf(message.proposal), view, simulation };
  return review(input, { ...RULES, policy });
};

/** The treasury must hold at least one unit of USDC afterwards. */
const FLOOR = { kind: CONDITION_KIND.balanceAtLeast, subject: USDC, holder: TREASURY, amount: 1n };

const proposing = (changes: Partial<Proposal>): ProposalMessage => messageOf(honestProposal(changes));

const v2Call = (changes: { readonly amountIn?: bigint; readonly minOut?: bigint; readonly recipient?: Address }) =>
  encodeV2Swap(
    {
      router: V2_ROUTER,
      tokenIn: USDC,
      tokenOut: WSEI,
      amountIn: 300_000_000n,
      minOut: 1_000n * WAD,
      recipient: TREASURY,
      ...changes,
    },
    1_004n,
  );
const lone = (call: Call): ProposalMessage =>
  messageOf(honestProposal({ calls: [call] }), { callProofs: [callProofFor("v2", USDC)] });

const V3_HALTED = chainSnapshot({
  levels: new Map([
    [V2_ROUTER, "Normal"],
    [V3_ROUTER, "Halted"],
  ]),
});

/** What a decoder says about a swap of 300 USDC for WSEI. */
const decodedSwap = {
  key: "0x",
  tokenIn: USDC,
  amountIn: 300_000_000n,
  tokenOut: WSEI,
  recipient: TREASURY,
  spender: V2_ROUTER,
} as const;

const usdcAt = (changes: Parameters<typeof tokenState>[1]): ChainSnapshot =>
  chainSnapshot({ tokens: [tokenState(USDC, changes), tokenState(WSEI)] });

describe("A risk manager's review", () => {
  it("is for an honest arbitrage, and says what it gains", () => {
    expect(verdictOn({})).to.deep.equal({ kind: "for", gainUsd: (200_000n * 99n * WAD) / (100n * 10n ** 6n) });
  });

  const against: readonly (readonly [rule: string, reason: string, given: Case])[] = [
    ["its digest is not the one that was signed", "hash-mismatch", { message: messageOf(undefined, { hash: "0x01" }) }],
    ["it was decided on a block long past", "too-old", { message: messageOf(undefined, { block: blockNumber(96n) }) }],
    ["its deadline has passed", "DeadlinePassed", { message: proposing({ deadline: unixSeconds(999n) }) }],
    [
      "its deadline lies too far ahead for us",
      "DeadlineTooFar",
      { message: proposing({ deadline: unixSeconds(1_011n) }) },
    ],
    [
      "a post-condition demands nothing",
      "InvalidCondition",
      { message: proposing({ conditions: [{ ...FLOOR, amount: 0n }] }) },
    ],
    ["nobody knows the proposer", "UnknownSigner", { message: proposing({ agentId: 9n }) }],
    [
      "the proposer's key was rotated out",
      "UnknownSigner",
      { view: chainSnapshot({ signerRecords: [signerRecord(1, { validUntil: unixSeconds(2_000n) })] }) },
    ],
    [
      "the proposer is paused",
      "AgentNotActive",
      { view: chainSnapshot({ signerRecords: [signerRecord(1, { status: "Paused" })] }) },
    ],
    ["its nonce was used", "NonceUsed", { message: proposing({ nonce: 10n }) }],
    [
      "its nonce is out of the window",
      "NonceTooOld",
      { view: chainSnapshot({ signerRecords: [signerRecord(1, { highestNonce: 100n })] }) },
    ],
    ["its nonce is far ahead", "NonceTooFarAhead", { message: proposing({ nonce: 70_000n }) }],
    ["it allows itself a loss", "loss-allowance-too-large", { message: proposing({ maxLoss: 1n }) }],
    ["it makes no call", "BadCallCount", { message: messageOf(honestProposal({ calls: [] }), { callProofs: [] }) }],
    [
      "it lacks a grant",
      "ProofCountMismatch",
      { message: messageOf(undefined, { callProofs: [callProofFor("v2", USDC)] }) },
    ],
    ["it calls one of our own contracts", "CoreTarget", { message: lone({ ...v2Call({}), target: TREASURY }) }],
    [
      "it makes a call that nobody can read",
      "UndecodableCall",
      { message: lone({ target: V2_ROUTER, data: "0x12345678" }) },
    ],
    ["it calls another router", "NotInMandate", { message: lone({ ...v2Call({}), target: account(0x77) }) }],
    ["the mandate has changed", "NotInMandate", { view: chainSnapshot({ mandateRoot: `0x${"00".repeat(32)}` }) }],
    ["what it buys goes elsewhere", "RecipientNotTreasury", { message: lone(v2Call({ recipient: account(0x77) })) }],
    ["it touches a token without limits", "TokenNotInMandate", { view: usdcAt({ perAction: 0n }) }],
    ["it spends more than an action may", "OverActionLimit", { view: usdcAt({ perAction: 299_999_999n }) }],
    ["the breaker halts everything", "BreakerHalted", { view: chainSnapshot({ everything: "Halted" }) }],
    ["the breaker halts a token", "BreakerHalted", { view: usdcAt({ level: "Halted" }) }],
    ["the breaker halts a router", "BreakerHalted", { view: V3_HALTED }],
    ["an oracle is stale", "oracle-not-ready", { view: usdcAt({ status: "QuorumMissed" }) }],
    ["an oracle is unsure", "oracle-not-ready", { view: usdcAt({ status: "BandTooWide" }) }],
    ["a swap sells far below the oracles", "price-off-oracle", { message: lone(v2Call({ minOut: 949n * WAD })) }],
    ["a swap promises what cannot be", "price-off-oracle", { message: lone(v2Call({ minOut: 1_051n * WAD })) }],
    [
      "a balance would fall",
      "balance-falls",
      {
        simulation: simulated([
          [USDC, 200_000n],
          [WSEI, -1n],
        ]),
      },
    ],
    ["the gain is below what we want", "gain-too-small", { policy: { ...POLICY, minGainUsd: WAD } }],
  ];
  for (const [rule, reason, given] of against) {
    it(`is against when ${rule}: ${reason}`, () => {
      expect(verdictOn(given)).to.include({ kind: "against", reason });
    });
  }

  it("says what it found, in words that a person can check", () => {
    const detailOf = (given: Case) => {
      const verdict = verdictOn(given);
      return verdict.kind === "for" ? "for" : verdict.detail;
    };
    const forged = messageOf(undefined, { hash: "0x01" });
    expect(detailOf({ message: forged })).to.equal(`it hashes to ${hashOf(forged.proposal)}`);
    expect(detailOf({ message: messageOf(undefined, { block: blockNumber(96n) }) })).to.equal("decided on block 96");
    expect(detailOf({ message: proposing({ deadline: unixSeconds(999n) }) })).to.equal("deadline 999");
    expect(detailOf({ message: proposing({ deadline: unixSeconds(1_011n) }) })).to.equal("11 s ahead");
    const conditions = [FLOOR, { ...FLOOR, amount: 0n }];
    expect(detailOf({ message: proposing({ conditions }) })).to.equal("condition 1");
    expect(detailOf({ message: proposing({ agentId: 9n }) })).to.equal("agent 9 is unknown");
    expect(detailOf({ view: chainSnapshot({ signerRecords: [signerRecord(1, { status: "Paused" })] }) })).to.equal(
      "agent 1 is Paused",
    );
    expect(detailOf({ message: proposing({ nonce: 10n }) })).to.equal("nonce 10, highest 10");
    expect(detailOf({ message: proposing({ maxLoss: 7n }) })).to.equal("7");
    const little = chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI, { perAction: 1n })] });
    expect(detailOf({ view: little })).to.equal("call 1");
    expect(detailOf({ view: usdcAt({ status: "QuorumMissed" }) })).to.equal(`${USDC}: QuorumMissed`);
    const cheap = (949n * 3n * WAD) / 10n;
    expect(detailOf({ message: lone(v2Call({ minOut: 949n * WAD })) })).to.equal(
      `pays ${cheap} for ${300n * WAD} (USD, 18 decimals)`,
    );
    const falls = simulated([
      [USDC, 200_000n],
      [WSEI, -3n],
    ]);
    expect(detailOf({ simulation: falls })).to.equal(`${WSEI} by 3`);
    const wanting = { ...POLICY, minGainUsd: WAD };
    expect(detailOf({ policy: wanting })).to.equal("198000000000000000 (USD, 18 decimals)");
  });

  it("is for what stands exactly at a bound, and against one unit beyond it", () => {
    const is = (given: Case) => verdictOn(given).kind;
    expect(is({ message: messageOf(undefined, { block: blockNumber(97n) }) })).to.equal("for");
    expect(is({ message: proposing({ deadline: unixSeconds(1_000n) }) })).to.equal("for");
    expect(is({ message: proposing({ deadline: unixSeconds(1_010n) }) })).to.equal("for");
    const gain = 198_000_000_000_000_000n;
    expect(is({ policy: { ...POLICY, minGainUsd: gain } })).to.equal("for");
    expect(is({ policy: { ...POLICY, minGainUsd: gain + 1n } })).to.equal("against");
    const unmoved = simulated([
      [USDC, 0n],
      [WSEI, 0n],
    ]);
    const expectedProfit = { token: USDC, amount: 0n };
    expect(is({ message: messageOf(undefined, { expectedProfit }), simulation: unmoved })).to.equal("for");
  });

  it("takes a swap's terms within five percent of the oracles' prices, both edges with them", () => {
    const tokens = new Map(chainSnapshot().tokens.map((state) => [state.token, state]));
    const terms = (minOut: bigint) => {
      return swapFault({ call: decodedSwap, minOut }, tokens, POLICY)?.reason;
    };
    expect([terms(950n * WAD), terms(1_050n * WAD)]).to.deep.equal([undefined, undefined]);
    expect(terms(950n * WAD - 10n)).to.equal("price-off-oracle");
    expect(terms(1_050n * WAD + 10n)).to.equal("price-off-oracle");
  });

  it("is against a swap of a token that it has no price for, on either side", () => {
    const listed = new Map(chainSnapshot().tokens.map((state) => [state.token, state]));
    const unlisted = account(0x99);
    for (const [tokenIn, tokenOut] of [
      [unlisted, WSEI],
      [USDC, unlisted],
      [unlisted, unlisted],
    ] as const) {
      const call = { ...decodedSwap, tokenIn, tokenOut };
      expect(swapFault({ call, minOut: WAD }, listed, POLICY)).to.deep.equal({
        kind: "against",
        reason: "TokenNotInMandate",
        detail: "a token is not on our list",
      });
    }
  });

  it("counts no seat that nobody has", () => {
    expect(
      verdictOn({ message: proposing({ agentId: 0n }), view: chainSnapshot({ signerRecords: [signerRecord(0)] }) }),
    ).to.include({
      reason: "UnknownSigner",
      detail: "agent 0 is unknown",
    });
  });

  it("calls a revert that names no reason of the chain a revert", () => {
    const error = { name: "X", text: "why", refusal: "None" } as const;
    expect(verdictOn({ simulation: { kind: "reverted", block: blockNumber(100n), error } })).to.include({
      reason: "simulation-reverted",
    });
  });

  it("is against a claim that the dry run does not back, by one unit", () => {
    const claiming = (profit: bigint): ProposalMessage =>
      messageOf(undefined, { expectedProfit: { token: USDC, amount: profit } });
    expect(verdictOn({ message: claiming(200_000n) }).kind).to.equal("for");
    const lie = verdictOn({ message: claiming(200_001n) });
    expect(lie).to.deep.equal({
      kind: "against",
      reason: "profit-not-backed",
      detail: "claimed 200001, simulated 200000",
    });
    const lenient = { ...POLICY, profitToleranceBps: 1n };
    expect(verdictOn({ message: claiming(200_001n), policy: lenient }).kind).to.equal("for");
    expect(
      verdictOn({ message: messageOf(undefined, { expectedProfit: { token: account(1), amount: 1n } }) }),
    ).to.include({
      reason: "profit-not-backed",
    });
  });

  it("names the chain's reason when the dry run reverts, or the error", () => {
    const reverted = (refusal?: "BreakerHalted"): Simulation => ({
      kind: "reverted",
      block: blockNumber(100n),
      error: { name: "X", text: "why", ...(refusal === undefined ? {} : { refusal }) },
    });
    expect(verdictOn({ simulation: reverted() })).to.deep.equal({
      kind: "against",
      reason: "simulation-reverted",
      detail: "why",
    });
    expect(verdictOn({ simulation: reverted("BreakerHalted") })).to.include({ reason: "BreakerHalted" });
  });

  it("is against whatever has no dry run", () => {
    const input: ReviewInput = {
      message: messageOf(),
      digest: messageOf().hash,
      view: chainSnapshot(),
      simulation: undefined,
    };
    expect(review(input, { ...RULES, policy: POLICY })).to.include({
      reason: "simulation-reverted",
      detail: "there was no dry run",
    });
  });

  it("weighs falls at the upper and rises at the lower end when a loss is allowed", () => {
    const policy = { ...POLICY, maxLossUsd: WAD, minGainUsd: 1n };
    const message = proposing({ maxLoss: WAD });
    // 1 WSEI falls (0.303 USD at the upper end) for 0.304 USDC (0.30096 at the lower): no gain.
    const even = simulated([
      [USDC, 304_000n],
      [WSEI, -WAD],
    ]);
    expect(verdictOn({ policy, message, simulation: even })).to.include({ reason: "gain-too-small" });
    const better = simulated([
      [USDC, 310_000n],
      [WSEI, -WAD],
    ]);
    expect(verdictOn({ policy, message, simulation: better }).kind).to.equal("for");
  });

  it("is a function of its arguments: whatever is altered, an answer comes, and the same again [NX-KEE-03]", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const mangled = fc.record({
      call: fc.integer({ min: 0, max: 1 }),
      at: fc.nat(),
      value: byte,
      nonce: fc.bigInt({ min: 0n, max: 100_000n }),
      deadline: fc.bigInt({ min: 990n, max: 1_020n }),
      agentId: fc.bigInt({ min: 0n, max: 7n }),
      cut: fc.nat({ max: 40 }),
    });
    fc.assert(
      fc.property(mangled, ({ call, at, value, cut, ...rest }) => {
        const honest = honestProposal();
        const calls = honest.calls.map(({ target, data }, index) => {
          if (index !== call) return { target, data };
          const bytes = Buffer.from(data.slice(2), "hex");
          bytes[at % bytes.length] = value;
          const hexed = bytes.subarray(0, bytes.length - cut).toString("hex");
          return { target, data: `0x${hexed}` as const };
        });
        const deadline = unixSeconds(rest.deadline);
        const given = { message: messageOf({ ...honest, ...rest, deadline, calls }) };
        const first = verdictOn(given);
        expect(["for", "against"]).to.include(first.kind);
        expect(verdictOn(given)).to.deep.equal(first);
      }),
      { numRuns: 300 },
    );
  });

  it("judges each hop by itself: the second leg's terms count too", () => {
    const bad = encodeV3Single(
      {
        router: V3_ROUTER,
        tokenIn: WSEI,
        tokenOut: USDC,
        amountIn: 1_001n * WAD,
        minOut: 200_000_000n,
        recipient: TREASURY,
      },
      FEE,
    );
    const [first] = honestProposal().calls;
    if (first === undefined) throw new Error("no call");
    expect(verdictOn({ message: proposing({ calls: [first, bad] }) })).to.include({ reason: "price-off-oracle" });
  });
});
