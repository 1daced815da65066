import { expect } from "chai";
import fc from "fast-check";
import { type TallyView, AGAINST, ELEVATED, FOR } from "../../../../keepers/core/ballot.ts";
import type { SignerRecord } from "../../../../keepers/core/signerRecord.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import {
  type OwnBallot,
  type OwnVoteFacts,
  type OwnVoteStep,
  decideOwnVote,
} from "../../../../keepers/agents/risk/ownVote.ts";
import { hashOf, signerRecord } from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, queued, slowProposal, tallyView } from "../../../support/slowBuilders.ts";

const BALLOT: OwnBallot = {
  hash: hashOf(slowProposal()),
  riskClass: ELEVATED,
  support: FOR,
  deadline: unixSeconds(1_500n),
};
const WHEN = { afterBlocks: 25n, beforeSeconds: 10n };

/** On the chain since second 900 with two of the four votes that it needs, at second 1,000. Our agent is number 5. */
const voting = (changes: Partial<TallyView> = {}): TallyView =>
  tallyView({
    state: "Voting",
    since: 900n,
    votesUntil: 1_500n,
    weightFor: 2_000n,
    votersFor: 2n,
    operatorsFor: 2n,
    seats: 0b11n,
    ...changes,
  });

const facts = (changes: Partial<OwnVoteFacts> = {}): OwnVoteFacts => ({
  view: { block: blockNumber(100n), time: unixSeconds(1_000n) },
  tally: voting(),
  policy: SLOW_POLICY,
  signerRecord: signerRecord(5),
  wasThere: true,
  missingSince: undefined,
  ...changes,
});
const seat = (changes: Partial<SignerRecord>): Partial<OwnVoteFacts> => ({ signerRecord: signerRecord(5, changes) });
const NO: OwnBallot = { ...BALLOT, support: AGAINST };
const LONG_MISSING = { missingSince: blockNumber(75n) };

/** Whatever it is called, and its step. */
type Case = readonly [title: string, ballot: OwnBallot, facts: Partial<OwnVoteFacts>, step: OwnVoteStep["kind"]];

const CASES: readonly Case[] = [
  ["waits while the proposal is not on the chain", BALLOT, { tally: tallyView(), wasThere: false }, "wait"],
  ["is done with one that was there and is not any more: it was executed", BALLOT, { tally: tallyView() }, "done"],
  ["is done with a vetoed one", BALLOT, { tally: voting({ state: "Vetoed" }) }, "done"],
  ["is done after the deadline", { ...BALLOT, deadline: unixSeconds(999n) }, LONG_MISSING, "done"],
  ["is done once votes have ended", BALLOT, { ...LONG_MISSING, tally: voting({ votesUntil: 999n }) }, "done"],
  ["is done once its seat has voted", BALLOT, { ...LONG_MISSING, tally: voting({ seats: 0b10011n }) }, "done"],
  [
    "is done where its weight is too new",
    BALLOT,
    { ...LONG_MISSING, ...seat({ weightSince: unixSeconds(900n) }) },
    "done",
  ],
  ["waits without a seat", BALLOT, { ...LONG_MISSING, signerRecord: undefined }, "wait"],
  ["waits while its agent is paused", BALLOT, { ...LONG_MISSING, ...seat({ status: "Paused" }) }, "wait"],
  ["waits without weight", NO, { ...LONG_MISSING, ...seat({ weight: 0n }) }, "wait"],
  ["finds a yes missing that is needed", BALLOT, {}, "missing"],
  ["leaves those who collect their blocks", BALLOT, { missingSince: blockNumber(76n) }, "missing"],
  ["casts a yes after them", BALLOT, LONG_MISSING, "cast"],
  ["casts at once when votes end in ten seconds", BALLOT, { tally: voting({ votesUntil: 1_010n }) }, "cast"],
  ["has time eleven seconds before", BALLOT, { tally: voting({ votesUntil: 1_011n }) }, "missing"],
  ["casts in the last second", BALLOT, { tally: voting({ votesUntil: 1_000n }) }, "cast"],
  ["waits with a yes that is not needed", BALLOT, { ...LONG_MISSING, tally: queued({ seats: 0b1111n }) }, "wait"],
  [
    "casts a yes that is needed against as many noes",
    BALLOT,
    { ...LONG_MISSING, tally: queued({ seats: 0b1111n, weightAgainst: 4_000n }) },
    "cast",
  ],
  ["casts a no though the proposal has its votes", NO, { ...LONG_MISSING, tally: queued({ seats: 0b1111n }) }, "cast"],
  ["casts a no while votes are missing", NO, LONG_MISSING, "cast"],
];

describe("A voter's own ballot", () => {
  for (const [title, ballot, changes, step] of CASES) {
    it(`${title} [NX-CON-07] [NX-KEE-11]`, () => {
      expect(decideOwnVote(ballot, facts(changes), WHEN).kind).to.equal(step);
    });
  }

  it("is cast until votes end, and never after the proposal's deadline", () => {
    const cast = (ballot: OwnBallot, votesUntil: bigint) =>
      decideOwnVote(ballot, facts({ ...LONG_MISSING, tally: voting({ votesUntil }) }), WHEN);
    expect(cast(BALLOT, 1_200n)).to.deep.equal({ kind: "cast", until: 1_200n });
    expect(cast({ ...BALLOT, deadline: unixSeconds(1_100n) }, 1_200n)).to.deep.equal({ kind: "cast", until: 1_100n });
  });

  it("is never cast when the chain would refuse it, whatever stands there [NX-KEE-11]", () => {
    const tallies = fc.record({
      state: fc.constantFrom("None", "Voting", "Queued", "Vetoed", "Executed"),
      since: fc.bigInt({ min: 0n, max: 1_100n }),
      votesUntil: fc.bigInt({ min: 900n, max: 1_100n }),
      weightFor: fc.bigInt({ min: 0n, max: 5_000n }),
      weightAgainst: fc.bigInt({ min: 0n, max: 5_000n }),
      votersFor: fc.bigInt({ min: 0n, max: 5n }),
      operatorsFor: fc.bigInt({ min: 0n, max: 3n }),
      seats: fc.bigInt({ min: 0n, max: 31n }),
    });
    const records = fc.record({
      weight: fc.constantFrom(0n, 1_000n),
      status: fc.constantFrom("Active", "Paused", "Terminated"),
      validUntil: fc.constantFrom(0n, 999n, 1_000n).map(unixSeconds),
      weightSince: fc.bigInt({ min: 0n, max: 1_100n }).map(unixSeconds),
    });
    let casts = 0;
    fc.assert(
      fc.property(tallies, records, fc.boolean(), fc.boolean(), (tally, changes, isYes, wasThere) => {
        const record = signerRecord(5, changes);
        const ballot = isYes ? BALLOT : NO;
        const step = decideOwnVote(ballot, facts({ ...LONG_MISSING, tally, signerRecord: record, wasThere }), WHEN);
        if (step.kind !== "cast") return;
        casts += 1;
        expect(["Voting", "Queued"]).to.include(tally.state);
        expect(tally.votesUntil >= 1_000n && step.until <= tally.votesUntil).to.equal(true);
        expect((tally.seats >> 4n) & 1n).to.equal(0n);
        expect(record.weightSince < tally.since && record.weight > 0n && record.status === "Active").to.equal(true);
        expect(record.validUntil === 0n || record.validUntil >= 1_000n).to.equal(true);
      }),
      { numRuns: 10_000 },
    );
    expect(casts).to.be.greaterThan(20);
  });
});
