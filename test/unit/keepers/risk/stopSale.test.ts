import { expect } from "chai";
import type { ProposalMessage, RefusalMessage, VoteMessage } from "../../../../keepers/core/bus.ts";
import type { Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { type Proposal, CONDITION_KIND, ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { readRecord } from "../../../../keepers/core/record.ts";
import { blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import type { ReviewContext, ReviewInput } from "../../../../keepers/agents/risk/decide.ts";
import { emptyRiskMemory } from "../../../../keepers/agents/risk/memory.ts";
import type { RiskPorts } from "../../../../keepers/agents/risk/ports.ts";
import { reviewAgain, reviewInput } from "../../../../keepers/agents/risk/recorded.ts";
import { preliminaryOf, reviewOf } from "../../../../keepers/agents/risk/saleReview.ts";
import { type StopSale, decideSale, saleConditions } from "../../../../keepers/agents/risk/stopSale.ts";
import { tick } from "../../../../keepers/agents/risk/tick.ts";
import type { SeenPrices, StopBook } from "../../../../keepers/quant/risk/stopLoss.ts";
import { fakeInbox } from "../../../support/fakeExecution.ts";
import {
  RULES,
  TREASURY,
  USDC,
  V2_ROUTER,
  WAD,
  WSEI,
  account,
  callProofFor,
  fakeSignature,
  hashOf,
  keccak,
  messageOf,
} from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, tallyView } from "../../../support/slowBuilders.ts";
import { type Moment, STOP, booksOf, poolAt, seenAt } from "../../../support/stops.ts";
import { encodeV2Swap } from "../../../support/swaps.ts";

const LIFETIME = seconds(5n);
const POLICY = {
  maxDeadlineSeconds: 10n,
  maxAgeBlocks: 3n,
  maxLossUsd: 0n,
  minGainUsd: 0n,
  profitToleranceBps: 0n,
  maxPriceDeviationBps: 500n,
  stop: STOP,
};
const CONTEXT: ReviewContext = { ...RULES, policy: POLICY };

/** Two minutes at 0.3, then at 0.2 for as long as it takes. */
const FALL: readonly Moment[] = [
  ...[0, 60, 120].map((second) => ({ time: 1_000n + BigInt(second), price: 0.3 })),
  ...[180, 240, 300].map((second) => ({ time: 1_000n + BigInt(second), price: 0.2 })),
];
const LAST: Moment = { time: 1_300n, price: 0.2 };
const BOOKS = booksOf(FALL);
const bookAt = (index: number): StopBook => {
  const book = BOOKS.at(index);
  if (book === undefined) throw new Error("no such book");
  return book;
};
const FIRED = bookAt(-1);
const SEEN = seenAt(LAST);

const decideOn = (seen: SeenPrices = SEEN, book = FIRED) =>
  decideSale(book, { seen, token: WSEI }, { policy: STOP, lifetime: LIFETIME });

const saleOn = (seen: SeenPrices = SEEN): StopSale => {
  const decision = decideOn(seen);
  if (decision.kind === "rest") throw new Error(decision.why);
  return decision.sale;
};

const withWsei = (
  changes: Partial<SeenPrices["view"]["tokens"][number]>,
  view: Partial<SeenPrices["view"]> = {},
): SeenPrices => ({
  ...SEEN,
  view: {
    ...SEEN.view,
    ...view,
    tokens: SEEN.view.tokens.map((one) => (one.token === WSEI ? { ...one, ...changes } : one)),
  },
});

const proposalOf = (sale: StopSale, changes: Partial<Proposal> = {}): Proposal => {
  const { amountIn, minOut, deadline, maxLoss } = sale;
  const swap = { router: V2_ROUTER, tokenIn: WSEI, tokenOut: USDC, amountIn, minOut, recipient: TREASURY };
  return {
    agentId: 1n,
    nonce: 11n,
    deadline,
    submitter: ZERO_ADDRESS,
    maxLoss,
    forecast: 0n,
    calls: [encodeV2Swap(swap, deadline)],
    conditions: saleConditions(sale, TREASURY),
    evidence: `0x${"cd".repeat(32)}`,
    ...changes,
  };
};

const messageFor = (proposal: Proposal): ProposalMessage =>
  messageOf(proposal, {
    callProofs: [callProofFor("v2", WSEI)],
    expectedProfit: { token: USDC, amount: 0n },
    block: blockNumber(LAST.time),
  });

const SALE = saleOn();
const PROPOSAL = proposalOf(SALE);

const simulated = (sold: bigint, got: bigint): Simulation => ({
  kind: "ok",
  block: blockNumber(LAST.time),
  gasUsed: 200_000n,
  changes: new Map([
    [WSEI, -sold],
    [USDC, got],
  ]),
});
const DRY_RUN = simulated(SALE.amountIn, SALE.minOut + 5n);

const inputOf = (proposal: Proposal = PROPOSAL, changes: Partial<ReviewInput> = {}): ReviewInput => {
  const message = messageFor(proposal);
  return { message, digest: message.hash, view: SEEN.view, simulation: DRY_RUN, stops: FIRED, ...changes };
};

const reasonOf = (input: ReviewInput, context = CONTEXT): string => {
  const verdict = reviewOf(input, context);
  // What speaks against before a dry run is the same whole.
  const early = preliminaryOf(input, context);
  if (early !== undefined) expect(verdict).to.deep.equal(early);
  return verdict.kind === "for" ? "for" : verdict.reason;
};

describe("A slice of a stop-loss", () => {
  it("is a sale of what the policy says, never far under the oracles, whose loss is bounded [NX-QNT-21]", () => {
    expect([SALE.token, SALE.base]).to.deep.equal([WSEI, USDC]);
    // 1,000 dollars at 0.2: 5,000 WSEI, for at least 980 USDC; the pool pays about 999.5.
    expect(SALE.amountIn).to.equal(5_000n * WAD);
    expect(SALE.minOut).to.be.within(Number(980_000_000n), Number(1_000_000_000n));
    const thin = saleOn({ ...SEEN, pools: [poolAt(0.1975)] });
    expect(thin.minOut >= 980_000_000n).to.equal(true);
    expect(SALE.left).to.equal(1_000_000n * WAD - SALE.amountIn);
    expect(SALE.maxLoss > 0n && SALE.maxLoss < 30n * WAD).to.equal(true);
  });

  it("is not sold before the stop fires, where nothing is held, without room, or too low [NX-QNT-21]", () => {
    expect(decideOn(SEEN, bookAt(-2))).to.deep.equal({ kind: "rest", why: "not-fired" });
    expect(decideOn(withWsei({ balance: 1n }))).to.deep.equal({ kind: "rest", why: "nothing-held" });
    expect(decideOn(withWsei({ remainingForAll: 0n }))).to.deep.equal({ kind: "rest", why: "no-room" });
    expect(decideOn(withWsei({}, { remainingLoss: 0n }))).to.deep.equal({ kind: "rest", why: "no-room" });
    expect(decideOn({ ...SEEN, pools: [poolAt(0.195)] })).to.deep.equal({ kind: "rest", why: "pool-too-low" });
    expect(decideOn({ ...SEEN, pools: [] })).to.deep.equal({ kind: "rest", why: "pool-too-low" });
  });

  it("keeps within what the chain's limits and the balance leave [NX-QNT-21]", () => {
    for (const limit of ["perAction", "remainingForAgent", "remainingForAll"] as const)
      expect(saleOn(withWsei({ [limit]: 70n * WAD })).amountIn).to.equal(70n * WAD);
    expect(saleOn(withWsei({ balance: 70n * WAD })).amountIn).to.equal(70n * WAD - 1n);
    for (const view of [{ lossPerAction: 5n * WAD }, { remainingLoss: 5n * WAD }]) {
      const sale = saleOn(withWsei({}, view));
      expect(sale.amountIn < SALE.amountIn && sale.maxLoss <= 5n * WAD).to.equal(true);
    }
  });
});

describe("A reviewer of a stop-loss sale", () => {
  it("votes for the sale that its own snapshots say by the same rule [NX-QNT-21]", () => {
    expect(reasonOf(inputOf())).to.equal("for");
  });

  it("votes against it where its own snapshots do not say that the stop fires [NX-QNT-21]", () => {
    for (const index of [-2, -3, 0])
      expect(reasonOf(inputOf(PROPOSAL, { stops: bookAt(index) }))).to.equal("stop-not-fired");
    expect(reasonOf(inputOf(PROPOSAL, { stops: { ...FIRED, positions: [] } }))).to.equal("stop-not-fired");
    // Without a stop-loss of its own it accepts no loss at all.
    expect(reasonOf(inputOf(PROPOSAL, { stops: undefined }))).to.equal("loss-allowance-too-large");
    expect(reasonOf(inputOf(), { ...CONTEXT, policy: { ...POLICY, stop: undefined } })).to.equal(
      "loss-allowance-too-large",
    );
  });

  it("votes against a lower price, a larger slice, a larger loss and a sale that could be made twice [NX-QNT-21]", () => {
    const least = { ...SALE, minOut: 979_000_000n };
    expect(reasonOf(inputOf(proposalOf(least)))).to.equal("price-off-oracle");
    const large = { ...SALE, amountIn: 2n * SALE.amountIn, minOut: 2n * SALE.minOut };
    expect(reasonOf(inputOf(proposalOf(large)))).to.equal("slice-too-large");
    expect(reasonOf(inputOf(proposalOf({ ...SALE, maxLoss: 40n * WAD })))).to.equal("loss-allowance-too-large");
    expect(reasonOf(inputOf(proposalOf({ ...SALE, maxLoss: 10_000n * WAD })))).to.equal("loss-allowance-too-large");
    expect(reasonOf(inputOf(proposalOf({ ...SALE, left: SALE.left - 1n })))).to.equal("fall-not-bounded");
    for (const [kind, reason] of [
      [CONDITION_KIND.balanceDecreasesAtMost, "fall-not-bounded"],
      [CONDITION_KIND.onlyMoves, "others-may-move"],
    ] as const) {
      const conditions = PROPOSAL.conditions.filter((condition) => condition.kind !== kind);
      expect(reasonOf(inputOf({ ...PROPOSAL, conditions }))).to.equal(reason);
    }
  });

  it("votes against anything but one sale into the base asset [NX-QNT-21]", () => {
    const { deadline } = SALE;
    const swap = { router: V2_ROUTER, tokenIn: USDC, tokenOut: WSEI, recipient: TREASURY };
    const purchase = encodeV2Swap({ ...swap, amountIn: 10n ** 9n, minOut: 4_950n * WAD }, deadline);
    const bought = messageOf(proposalOf(SALE, { calls: [purchase] }), {
      callProofs: [callProofFor("v2", USDC)],
      block: blockNumber(LAST.time),
    });
    expect(reasonOf(inputOf(PROPOSAL, { message: bought, digest: bought.hash }))).to.equal("loss-allowance-too-large");
    const [call] = PROPOSAL.calls;
    const twice = messageOf(proposalOf(SALE, { calls: call === undefined ? [] : [call, call] }), {
      callProofs: [callProofFor("v2", WSEI), callProofFor("v2", WSEI)],
      block: blockNumber(LAST.time),
    });
    expect(reasonOf(inputOf(PROPOSAL, { message: twice, digest: twice.hash }))).to.equal("not-a-swap");
  });

  it("judges form, mandate and dry run as of every proposal [NX-QNT-21]", () => {
    expect(reasonOf(inputOf(PROPOSAL, { digest: "0x00" }))).to.equal("hash-mismatch");
    expect(reasonOf(inputOf({ ...PROPOSAL, deadline: unixSeconds(LAST.time + 60n) }))).to.equal("DeadlineTooFar");
    expect(reasonOf(inputOf(PROPOSAL, { view: { ...SEEN.view, mandateRoot: `0x${"00".repeat(32)}` } }))).to.equal(
      "NotInMandate",
    );
    expect(reasonOf(inputOf(PROPOSAL, { simulation: undefined }))).to.equal("simulation-reverted");
    const error = { name: "OverDailyLimit", text: "over", refusal: "OverDailyLimit" as const };
    const reverted: Simulation = { kind: "reverted", block: blockNumber(LAST.time), error };
    expect(reasonOf(inputOf(PROPOSAL, { simulation: reverted }))).to.equal("OverDailyLimit");
    expect(reasonOf(inputOf(PROPOSAL, { simulation: simulated(SALE.amountIn + 1n, SALE.minOut) }))).to.equal(
      "balance-falls",
    );
    expect(reasonOf(inputOf(PROPOSAL, { simulation: simulated(SALE.amountIn, SALE.minOut - 1n) }))).to.equal(
      "profit-not-backed",
    );
  });

  it("says the same of a recorded review [NX-KEE-03]", () => {
    const input = inputOf();
    const verdict = reviewOf(input, CONTEXT);
    const rules = { ...CONTEXT, ballots: { ...SLOW_BALLOTS } };
    const recorded = reviewInput({ kind: "review", input, verdict }, rules);
    expect(reviewAgain(recorded, keccak)).to.deep.equal(verdict);
    const later = reviewInput({ kind: "review", input: { ...input, stops: bookAt(-2) }, verdict }, rules);
    expect(reviewAgain(later, keccak)).to.deep.include({ reason: "stop-not-fired" });
  });
});

const SLOW_BALLOTS = {
  maxDeadlineSeconds: 600n,
  maxLossUsd: 10n ** 21n,
  maxPositionUsd: 10n ** 24n,
  maxPriceDeviationBps: 500n,
  base: USDC,
};

const SIGNER = account(0x5001);

/** A risk manager that watches WSEI, over a market that goes through the moments. */
const watching = (agentId = 1n) => {
  const inbox = fakeInbox<ProposalMessage>();
  const [proposals, votes, refusals, events]: [ProposalMessage[], VoteMessage[], RefusalMessage[], KeeperEvent[]] = [
    [],
    [],
    [],
    [],
  ];
  const kept = new Map<string, string>();
  let moment: Moment = LAST;
  const ports: RiskPorts = {
    head: () => ({ block: blockNumber(moment.time), baseFee: 1n }),
    readSnapshot: () => Promise.resolve(seenAt(moment).view),
    readTally: () => Promise.resolve({ tally: tallyView(), policy: SLOW_POLICY }),
    simulate: () => Promise.resolve(DRY_RUN),
    hashProposal: hashOf,
    hashBallot: (hash) => hash,
    sign: () => fakeSignature(SIGNER),
    proposals: inbox.inbox,
    slowProposals: fakeInbox<never>().inbox,
    publishBallot: () => undefined,
    publishVote: (vote) => void votes.push(vote),
    publishRefusal: (refusal) => void refusals.push(refusal),
    nowMs: () => 0,
    emit: (event) => void events.push(event),
    guard: {
      readPools: () => Promise.resolve(seenAt(moment).pools),
      callOf: (sale) => {
        const [call] = proposalOf(sale).calls;
        return call === undefined ? undefined : { call, callProof: callProofFor("v2", WSEI) };
      },
      hashText: (text) => keccak(`0x${Buffer.from(text).toString("hex")}`),
      publishProposal: (message) => void proposals.push(message),
      keepDecision: (evidence, record) => void kept.set(evidence, record),
    },
  };
  const config = {
    ...CONTEXT,
    name: "risk-1",
    signer: SIGNER,
    ballots: SLOW_BALLOTS,
    guard: { agentId, lifetime: LIFETIME, restBlocks: 5n },
  };
  const memory = emptyRiskMemory();
  const see = async (next: Moment): Promise<void> => {
    moment = next;
    await tick({ ports, memory, config });
  };
  return { inbox, proposals, votes, refusals, events, kept, see };
};

describe("A risk manager that watches a position", () => {
  it("tells each change, proposes a slice in the round in which the stop fires, and votes for it [NX-QNT-22]", async () => {
    const { proposals, votes, events, kept, see } = watching();
    for (const moment of FALL) await see(moment);
    const told = events.flatMap((event) => (event.kind === "position" ? [event.alert.kind] : []));
    expect(told).to.deep.equal(["below", "fires"]);
    expect(proposals.map(({ block }) => block)).to.deep.equal([LAST.time]);
    const [message] = proposals;
    expect(votes.map(({ hash }) => hash)).to.deep.equal([message?.hash]);
    expect(message?.expectedProfit.amount).to.equal(0n);
    // What it proposes others who saw the same vote for.
    if (message === undefined) throw new Error("nothing was proposed");
    expect(reviewOf(inputOf(message.proposal), CONTEXT).kind).to.equal("for");
    const record = readRecord(kept.get(message.proposal.evidence) ?? "");
    expect(record).to.deep.include({ kind: "stopSale" });
  });

  it("leaves a position alone for some blocks after a slice, and then sells the next [NX-QNT-22]", async () => {
    const { proposals, see } = watching();
    for (const moment of FALL) await see(moment);
    for (const second of [1n, 2n, 3n, 4n]) await see({ ...LAST, time: LAST.time + second });
    expect(proposals).to.have.length(1);
    await see({ ...LAST, time: LAST.time + 5n });
    expect(proposals).to.have.length(2);
  });

  it("answers another's sale by what it saw itself, in the same round [NX-QNT-21]", async () => {
    const early = watching();
    for (const moment of FALL.slice(0, -2)) await early.see(moment);
    early.inbox.put(messageFor(PROPOSAL));
    await early.see({ ...LAST, time: LAST.time });
    expect(early.refusals.map(({ reason }) => reason)).to.deep.equal(["stop-not-fired"]);
    const { inbox, votes, see } = watching();
    for (const moment of FALL.slice(0, -1)) await see(moment);
    inbox.put(messageFor(proposalOf(SALE, { nonce: 12n, agentId: 2n })));
    inbox.put(messageFor(proposalOf(SALE, { agentId: 2n })));
    await see(LAST);
    expect(votes.map(({ hash }) => hash)).to.include(hashOf(proposalOf(SALE, { agentId: 2n })));
  });

  it("says once why a slice is not proposed, and nothing while all is well [NX-QNT-22]", async () => {
    const { proposals, events, see } = watching(7n);
    for (const moment of FALL) await see(moment);
    await see({ ...LAST, time: LAST.time + 5n });
    expect(proposals).to.deep.equal([]);
    const troubles = events.flatMap((event) => (event.kind === "trouble" ? [event.what] : []));
    expect(troubles).to.deep.equal([`the stop-loss of ${WSEI} fires and nothing is sold: no-signer-record`]);
    const well = watching();
    for (const { time } of FALL) await well.see({ time, price: 0.3 });
    expect(well.events).to.deep.equal([]);
  });

  it("says why nothing can be said of a position [NX-QNT-19]", async () => {
    const { events, proposals, see } = watching();
    for (const moment of FALL) await see({ ...moment, status: "SourcesDisagree" });
    expect(proposals).to.deep.equal([]);
    const told = events.flatMap((event) => (event.kind === "position" ? [event.alert] : []));
    expect(told.map((alert) => (alert.kind === "unjudged" ? alert.why : alert.kind))).to.deep.equal([
      "price-not-ready",
    ]);
  });
});
