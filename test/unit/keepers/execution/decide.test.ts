import { expect } from "chai";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { ChainSnapshot } from "../../../../keepers/core/chainSnapshot.ts";
import { concat } from "../../../../keepers/core/hex.ts";
import { type Candidate, decide } from "../../../../keepers/agents/execution/decide.ts";
import {
  USDC,
  WAD,
  WSEI,
  account,
  chainSnapshot,
  fakeSignature,
  honestProposal,
  messageOf,
  signerRecord,
} from "../../../support/keeperBuilders.ts";

const POLICY = { sender: account(0x6001), maxAgeBlocks: 2n };

/** A candidate with the votes of the agents with these numbers. */
const candidate = (agents: readonly number[], message = messageOf()): Candidate => ({
  message,
  votes: new Map(agents.map((n) => [signerRecord(n).signer, fakeSignature(signerRecord(n).signer)])),
});

const decideOn = (given: Candidate, view: ChainSnapshot = chainSnapshot()) => {
  const [decision] = decide([given], view, POLICY);
  return decision === undefined
    ? undefined
    : [decision.kind, decision.kind === "enact" ? decision.votes : decision.why];
};

const signed = (...agents: readonly number[]) => concat(agents.map((n) => fakeSignature(signerRecord(n).signer)));

describe("The execution engine's decision", () => {
  it("enacts with enough votes, in ascending order of agents, whatever order they came in", () => {
    expect(decideOn(candidate([4, 1, 3]))).to.deep.equal(["enact", signed(1, 3, 4)]);
  });

  it("waits while votes are missing, and says what is missing", () => {
    expect(decideOn(candidate([]))).to.deep.equal(["wait", "NoVotes"]);
    expect(decideOn(candidate([2, 3, 4]))).to.deep.equal(["wait", "ProposerDidNotVote"]);
    expect(decideOn(candidate([1, 2]))).to.deep.equal(["wait", "BelowThreshold"]);
    const many = chainSnapshot({ policy: { threshold: 1_000n, minVoters: 4n, minOperators: 2n, maxDeadline: 60n } });
    expect(decideOn(candidate([1, 2, 3]), many)).to.deep.equal(["wait", "TooFewVoters"]);
    const oneOperator = chainSnapshot({ signerRecords: [1, 2, 3].map((n) => signerRecord(n, { operatorId: 1n })) });
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
    expect(decideOn(withProposal({ submitter: account(1) }))).to.deep.equal(["drop", "WrongSubmitter"]);
  });

  it("leaves out votes that do not count, so that they cannot sink the rest", () => {
    const signerRecords = [
      signerRecord(1),
      signerRecord(2, { status: "Paused" }),
      signerRecord(3, { validUntil: unixSeconds(999n) }),
      signerRecord(4, { agentId: 0n }),
      signerRecord(5),
      signerRecord(6),
    ];
    expect(decideOn(candidate([1, 2, 3, 4, 5, 6, 7]), chainSnapshot({ signerRecords }))).to.deep.equal([
      "enact",
      signed(1, 5, 6),
    ]);
  });

  it("takes one vote of an agent that signed with its old and its new key: the new one's", () => {
    const signerRecords = [
      signerRecord(1),
      signerRecord(9, { agentId: 1n, validUntil: unixSeconds(1_500n) }),
      signerRecord(2),
      signerRecord(3),
    ];
    expect(decideOn(candidate([9, 1, 2, 3]), chainSnapshot({ signerRecords }))).to.deep.equal([
      "enact",
      signed(1, 2, 3),
    ]);
    expect(decideOn(candidate([9, 2, 3]), chainSnapshot({ signerRecords }))).to.deep.equal([
      "wait",
      "ProposerDidNotVote",
    ]);
  });

  it("puts the newest first, then the most profitable; what waits and what is dropped come after", () => {
    const at = (block: bigint, profit: bigint, nonce: bigint) =>
      messageOf(honestProposal({ nonce }), {
        block: blockNumber(block),
        expectedProfit: { token: USDC, amount: profit },
      });
    const given = [
      candidate([1, 2, 3], at(99n, 900n, 11n)),
      candidate([1], at(100n, 999n, 12n)),
      candidate([1, 2, 3], at(100n, 100n, 13n)),
      candidate([1, 2, 3], at(100n, 200n, 14n)),
      candidate([1, 2, 3], at(90n, 999n, 15n)),
    ];
    const order = decide(given, chainSnapshot(), POLICY).map(({ candidate: { message } }) => message.proposal.nonce);
    expect(order).to.deep.equal([14n, 13n, 11n, 12n, 15n]);
  });

  it("orders votes by agent however the chain lists its seats, and counts a key until its last second", () => {
    const signerRecords = [
      signerRecord(5),
      signerRecord(2),
      signerRecord(3, { validUntil: unixSeconds(1_000n) }),
      signerRecord(1),
    ];
    expect(decideOn(candidate([1, 2, 3, 5]), chainSnapshot({ signerRecords }))).to.deep.equal([
      "enact",
      signed(1, 2, 3, 5),
    ]);
  });

  it("takes the new key's vote also where the chain lists it after the old one's, and an old one's alone", () => {
    const old = (n: number) => signerRecord(n, { agentId: 2n, validUntil: unixSeconds(1_500n) });
    const listed = [signerRecord(1), old(8), old(9), signerRecord(3), signerRecord(4)];
    // Both keys are on their way out: the first that is listed stands.
    expect(decideOn(candidate([1, 8, 9, 3, 4]), chainSnapshot({ signerRecords: listed }))).to.deep.equal([
      "enact",
      signed(1, 8, 3, 4),
    ]);
    const renewed = [signerRecord(1), old(8), signerRecord(2), signerRecord(3)];
    expect(decideOn(candidate([1, 8, 2, 3]), chainSnapshot({ signerRecords: renewed }))).to.deep.equal([
      "enact",
      signed(1, 2, 3),
    ]);
  });

  it("judges the nonce by the proposing agent's present key alone", () => {
    const used = { highestNonce: 11n };
    const with11 = (...signerRecords: readonly ReturnType<typeof signerRecord>[]) =>
      decideOn(candidate([1, 2, 3]), chainSnapshot({ signerRecords }));
    expect(with11(signerRecord(1, used), signerRecord(2), signerRecord(3))).to.deep.equal(["drop", "NonceUsed"]);
    // What another agent, or the agent's old key, has used says nothing.
    expect(with11(signerRecord(2, used), signerRecord(1), signerRecord(3))).to.deep.equal(["enact", signed(1, 2, 3)]);
    const rotatedOut = signerRecord(9, { ...used, agentId: 1n, validUntil: unixSeconds(1_500n) });
    expect(with11(rotatedOut, signerRecord(1), signerRecord(2), signerRecord(3))).to.deep.equal([
      "enact",
      signed(1, 2, 3),
    ]);
    // Without a present key its own vote is missing, which more votes may cure.
    expect(with11(signerRecord(2), signerRecord(3), signerRecord(4))).to.deep.equal(["wait", "ProposerDidNotVote"]);
  });

  it("measures profit in dollars, and one in a token without a price as nothing; the hash decides between equals", () => {
    const at = (nonce: bigint, token: typeof USDC, profit: bigint) =>
      candidate([1, 2, 3], messageOf(honestProposal({ nonce }), { expectedProfit: { token, amount: profit } }));
    const orderOf = (given: readonly Candidate[]) =>
      decide(given, chainSnapshot(), POLICY).map(({ candidate: { message } }) => message.proposal.nonce);
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
