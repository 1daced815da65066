import { expect } from "chai";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { ChainView } from "../../../../keepers/core/chainView.ts";
import { concat } from "../../../../keepers/core/hex.ts";
import { type Candidate, decide } from "../../../../keepers/agents/execution/decide.ts";
import {
  USDC,
  WAD,
  WSEI,
  account,
  chainView,
  fakeSignature,
  honestProposal,
  messageOf,
  seat,
} from "../../../support/keeperBuilders.ts";

const POLICY = { sender: account(0x6001), maxAgeBlocks: 2n };

/** A candidate with the votes of the agents with these numbers. */
const candidate = (agents: readonly number[], message = messageOf()): Candidate => ({
  message,
  votes: new Map(agents.map((n) => [seat(n).signer, fakeSignature(seat(n).signer)])),
});

const decideOn = (given: Candidate, view: ChainView = chainView()) => {
  const [decision] = decide([given], view, POLICY);
  return decision === undefined
    ? undefined
    : [decision.kind, decision.kind === "enact" ? decision.votes : decision.why];
};

const signed = (...agents: readonly number[]) => concat(agents.map((n) => fakeSignature(seat(n).signer)));

describe("The execution engine's decision", () => {
  it("enacts with enough votes, in ascending order of agents, whatever order they came in", () => {
    expect(decideOn(candidate([4, 1, 3]))).to.deep.equal(["enact", signed(1, 3, 4)]);
  });

  it("waits while votes are missing, and says what is missing", () => {
    expect(decideOn(candidate([]))).to.deep.equal(["wait", "NoVotes"]);
    expect(decideOn(candidate([2, 3, 4]))).to.deep.equal(["wait", "ProposerDidNotVote"]);
    expect(decideOn(candidate([1, 2]))).to.deep.equal(["wait", "BelowThreshold"]);
    const many = chainView({ policy: { threshold: 1_000n, minVoters: 4n, minOperators: 2n, maxDeadline: 60n } });
    expect(decideOn(candidate([1, 2, 3]), many)).to.deep.equal(["wait", "TooFewVoters"]);
    const oneOperator = chainView({ seats: [1, 2, 3].map((n) => seat(n, { operatorId: 1n })) });
    expect(decideOn(candidate([1, 2, 3]), oneOperator)).to.deep.equal(["wait", "TooFewOperators"]);
  });

  it("drops what can never pass", () => {
    const votes = [1, 2, 3];
    expect(decideOn(candidate(votes, messageOf(undefined, { block: blockNumber(97n) })))).to.deep.equal([
      "drop",
      "too-old",
    ]);
    const withProposal = (changes: Parameters<typeof honestProposal>[0]) =>
      candidate(votes, messageOf(honestProposal(changes)));
    expect(decideOn(withProposal({ nonce: 10n }))).to.deep.equal(["drop", "NonceUsed"]);
    expect(decideOn(withProposal({ deadline: unixSeconds(999n) }))).to.deep.equal(["drop", "DeadlinePassed"]);
    expect(decideOn(withProposal({ deadline: unixSeconds(2_000n) }))).to.deep.equal(["drop", "DeadlineTooFar"]);
    expect(decideOn(withProposal({ executor: account(1) }))).to.deep.equal(["drop", "WrongExecutor"]);
  });

  it("leaves out votes that do not count, so that they cannot sink the rest", () => {
    const seats = [
      seat(1),
      seat(2, { status: "Paused" }),
      seat(3, { validUntil: unixSeconds(999n) }),
      seat(4, { agentId: 0n }),
      seat(5),
      seat(6),
    ];
    expect(decideOn(candidate([1, 2, 3, 4, 5, 6, 7]), chainView({ seats }))).to.deep.equal(["enact", signed(1, 5, 6)]);
  });

  it("takes one vote of an agent that signed with its old and its new key: the new one's", () => {
    const seats = [seat(1), seat(9, { agentId: 1n, validUntil: unixSeconds(1_500n) }), seat(2), seat(3)];
    expect(decideOn(candidate([9, 1, 2, 3]), chainView({ seats }))).to.deep.equal(["enact", signed(1, 2, 3)]);
    expect(decideOn(candidate([9, 2, 3]), chainView({ seats }))).to.deep.equal(["wait", "ProposerDidNotVote"]);
  });

  it("puts the newest first, then the most profitable; what waits and what is dropped come after", () => {
    const at = (block: bigint, profit: bigint, nonce: bigint) =>
      messageOf(honestProposal({ nonce }), { block: blockNumber(block), claim: { token: USDC, profit } });
    const given = [
      candidate([1, 2, 3], at(99n, 900n, 11n)),
      candidate([1], at(100n, 999n, 12n)),
      candidate([1, 2, 3], at(100n, 100n, 13n)),
      candidate([1, 2, 3], at(100n, 200n, 14n)),
      candidate([1, 2, 3], at(90n, 999n, 15n)),
    ];
    const order = decide(given, chainView(), POLICY).map(({ candidate: { message } }) => message.proposal.nonce);
    expect(order).to.deep.equal([14n, 13n, 11n, 12n, 15n]);
  });

  it("orders votes by agent however the chain lists its seats, and counts a key until its last second", () => {
    const seats = [seat(5), seat(2), seat(3, { validUntil: unixSeconds(1_000n) }), seat(1)];
    expect(decideOn(candidate([1, 2, 3, 5]), chainView({ seats }))).to.deep.equal(["enact", signed(1, 2, 3, 5)]);
  });

  it("takes the new key's vote also where the chain lists it after the old one's, and an old one's alone", () => {
    const old = (n: number) => seat(n, { agentId: 2n, validUntil: unixSeconds(1_500n) });
    const listed = [seat(1), old(8), old(9), seat(3), seat(4)];
    // Both keys are on their way out: the first that is listed stands.
    expect(decideOn(candidate([1, 8, 9, 3, 4]), chainView({ seats: listed }))).to.deep.equal([
      "enact",
      signed(1, 8, 3, 4),
    ]);
    const renewed = [seat(1), old(8), seat(2), seat(3)];
    expect(decideOn(candidate([1, 8, 2, 3]), chainView({ seats: renewed }))).to.deep.equal(["enact", signed(1, 2, 3)]);
  });

  it("judges the nonce by the proposing agent's present key alone", () => {
    const used = { highestNonce: 11n };
    const with11 = (...seats: readonly ReturnType<typeof seat>[]) =>
      decideOn(candidate([1, 2, 3]), chainView({ seats }));
    expect(with11(seat(1, used), seat(2), seat(3))).to.deep.equal(["drop", "NonceUsed"]);
    // What another agent, or the agent's old key, has used says nothing.
    expect(with11(seat(2, used), seat(1), seat(3))).to.deep.equal(["enact", signed(1, 2, 3)]);
    const rotatedOut = seat(9, { ...used, agentId: 1n, validUntil: unixSeconds(1_500n) });
    expect(with11(rotatedOut, seat(1), seat(2), seat(3))).to.deep.equal(["enact", signed(1, 2, 3)]);
    // Without a present key its own vote is missing, which more votes may cure.
    expect(with11(seat(2), seat(3), seat(4))).to.deep.equal(["wait", "ProposerDidNotVote"]);
  });

  it("measures profit in dollars, and one in a token without a price as nothing; the hash decides between equals", () => {
    const at = (nonce: bigint, token: typeof USDC, profit: bigint) =>
      candidate([1, 2, 3], messageOf(honestProposal({ nonce }), { claim: { token, profit } }));
    const orderOf = (given: readonly Candidate[]) =>
      decide(given, chainView(), POLICY).map(({ candidate: { message } }) => message.proposal.nonce);
    // A whole WSEI has more units than a dollar of USDC, and is worth less.
    const given = [at(11n, account(0x99), 10n ** 30n), at(12n, WSEI, WAD), at(13n, USDC, 10n ** 6n)];
    expect(orderOf(given)).to.deep.equal([13n, 12n, 11n]);
    expect(orderOf([...given].reverse())).to.deep.equal([13n, 12n, 11n]);
    const equals = [at(14n, USDC, 1n), at(15n, USDC, 1n), at(16n, USDC, 1n)];
    const byHash = [...equals].sort((a, b) => (a.message.hash < b.message.hash ? -1 : 1));
    expect(orderOf(equals)).to.deep.equal(byHash.map(({ message }) => message.proposal.nonce));
    expect(orderOf([...equals].reverse())).to.deep.equal(orderOf(equals));
  });
});
