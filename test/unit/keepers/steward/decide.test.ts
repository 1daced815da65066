import { expect } from "chai";
import { type TallyView, AGAINST, CRITICAL, FOR } from "../../../../keepers/core/ballot.ts";
import type { ChainSnapshot } from "../../../../keepers/core/chainSnapshot.ts";
import { concat } from "../../../../keepers/core/hex.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { type StewardStep, type TrackedProposal, decide } from "../../../../keepers/agents/steward/decide.ts";
import { chainSnapshot, fakeSignature, signerRecord } from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, tallyView, queued, slowMessage, slowProposal, tracked } from "../../../support/slowBuilders.ts";

const PATIENCE = 10n;
const signaturesOf = (...agents: readonly number[]) => concat(agents.map((n) => fakeSignature(signerRecord(n).signer)));
const at = (time: bigint, changes: Partial<ChainSnapshot> = {}): ChainSnapshot =>
  chainSnapshot({ time: unixSeconds(time), ...changes });
const LATER = { block: blockNumber(111n) };
const seatsBut = (n: number, changes: Parameters<typeof signerRecord>[1]) =>
  chainSnapshot({ signerRecords: [1, 2, 3, 4, 5].map((i) => signerRecord(i, i === n ? changes : {})) });

type Row = readonly [what: string, tracked: TrackedProposal, tally: TallyView, view: ChainSnapshot, step: StewardStep];

const FOUR = tracked({ inFavour: [2, 3, 4, 5] });
const THREE = tracked({ inFavour: [3, 4, 5] });
const wait = (why: Extract<StewardStep, { kind: "wait" }>["why"]): StewardStep => ({ kind: "wait", why });
const close = (how: Extract<StewardStep, { kind: "close" }>["how"]): StewardStep => ({ kind: "close", how });
const voting = (changes: Partial<TallyView> = {}) =>
  queued({
    state: "Voting",
    votesUntil: 1_500n,
    weightFor: 3_000n,
    votersFor: 3n,
    operatorsFor: 3n,
    seats: 0b11100n,
    ...changes,
  });

const ROWS: readonly Row[] = [
  [
    "proposes with all votes in the order of agents once they carry it",
    tracked({ inFavour: [5, 2, 4, 3] }),
    tallyView(),
    chainSnapshot(),
    { kind: "propose", votes: signaturesOf(2, 3, 4, 5) },
  ],
  ["collects while votes are missing", THREE, tallyView(), chainSnapshot(), wait("BelowThreshold")],
  [
    "waits for the proposer's own vote, whoever else voted",
    tracked({ inFavour: [1, 2, 3, 4] }),
    tallyView(),
    chainSnapshot(),
    wait("ProposerDidNotVote"),
  ],
  [
    "gives up without the proposer's vote",
    tracked({ inFavour: [1, 2, 3, 4] }),
    tallyView(),
    chainSnapshot(LATER),
    close("refused"),
  ],
  [
    "brings an open question to the chain when the time to collect is over",
    tracked({ inFavour: [3, 4, 5], opposed: [1] }),
    tallyView(),
    chainSnapshot(LATER),
    { kind: "propose", votes: signaturesOf(3, 4, 5) },
  ],
  [
    "does not bring what as many speak against",
    tracked({ inFavour: [4, 5], opposed: [1, 2] }),
    tallyView(),
    chainSnapshot(LATER),
    close("refused"),
  ],
  ["never makes what its nonce forbids", FOUR, tallyView(), seatsBut(5, { highestNonce: 11n }), close("expired")],
  ["never makes what has no agent", FOUR, tallyView(), chainSnapshot({ signerRecords: [] }), close("refused")],
  ["counts no paused agent", FOUR, tallyView(), seatsBut(2, { status: "Paused" }), wait("BelowThreshold")],
  ["counts no weightless agent", FOUR, tallyView(), seatsBut(2, { weight: 0n }), wait("BelowThreshold")],
  [
    "counts no key whose overlap is over",
    FOUR,
    tallyView(),
    seatsBut(2, { validUntil: unixSeconds(999n) }),
    wait("BelowThreshold"),
  ],
  [
    "counts a key until the last second of its overlap",
    FOUR,
    tallyView(),
    seatsBut(2, { validUntil: unixSeconds(1_000n) }),
    { kind: "propose", votes: signaturesOf(2, 3, 4, 5) },
  ],
  [
    "counts weight of whatever second while there is no ballot",
    FOUR,
    tallyView(),
    seatsBut(2, { weightSince: unixSeconds(1_000n) }),
    { kind: "propose", votes: signaturesOf(2, 3, 4, 5) },
  ],
  [
    "brings a vote whose weight is a second older than the ballot",
    FOUR,
    voting(),
    seatsBut(2, { weightSince: unixSeconds(999n) }),
    { kind: "cast", support: FOR, votes: signaturesOf(2) },
  ],
  [
    "brings no vote whose weight is as old as the ballot [NX-CON-10]",
    FOUR,
    voting(),
    seatsBut(2, { weightSince: unixSeconds(1_000n) }),
    wait("BelowThreshold"),
  ],
  [
    "collects until the last block of the time that voters have",
    THREE,
    tallyView(),
    chainSnapshot({ block: blockNumber(110n) }),
    wait("BelowThreshold"),
  ],
  [
    "lets a vote in the last second in which one can",
    tracked({}, slowMessage(slowProposal({ deadline: unixSeconds(9_000n) }))),
    voting(),
    at(voting().votesUntil),
    wait("BelowThreshold"),
  ],
  ["executes in the last second in which it may", FOUR, queued(), at(1_500n), { kind: "execute" }],
  [
    "brings votes against before those for",
    tracked({ inFavour: [2, 3, 4, 5], opposed: [1] }),
    voting(),
    at(1_010n),
    { kind: "cast", support: AGAINST, votes: signaturesOf(1) },
  ],
  ["brings late votes for", FOUR, voting(), at(1_010n), { kind: "cast", support: FOR, votes: signaturesOf(2) }],
  [
    "brings no vote whose weight is younger than the ballot [NX-CON-08] [NX-CON-10]",
    FOUR,
    voting(),
    chainSnapshot({ signerRecords: [signerRecord(2, { weightSince: unixSeconds(1_001n) }), signerRecord(5)] }),
    wait("BelowThreshold"),
  ],
  [
    "brings none whose weight is as old to the second [NX-CON-08] [NX-CON-10]",
    FOUR,
    voting(),
    chainSnapshot({ signerRecords: [signerRecord(2, { weightSince: unixSeconds(1_000n) }), signerRecord(5)] }),
    wait("BelowThreshold"),
  ],
  [
    "queues what has its votes",
    FOUR,
    voting({ weightFor: 4_000n, votersFor: 4n, seats: 0b11110n }),
    at(1_010n),
    { kind: "queue" },
  ],
  ["waits for votes that are missing on the chain", THREE, voting(), at(1_010n), wait("BelowThreshold")],
  ["waits while as much is against", THREE, voting({ weightAgainst: 3_000n }), at(1_010n), wait("MoreAgainst")],
  [
    "closes what was not carried while one could vote",
    tracked({}, slowMessage(slowProposal({ deadline: unixSeconds(9_000n) }))),
    voting(),
    at(1_501n),
    close("expired"),
  ],
  ["waits out the delay", FOUR, queued(), at(1_029n), wait("DelayNotPassed")],
  [
    "brings a vote against until the last second of the delay",
    tracked({ inFavour: [5], opposed: [1] }),
    queued(),
    at(1_029n),
    { kind: "cast", support: AGAINST, votes: signaturesOf(1) },
  ],
  ["brings none later", tracked({ opposed: [1] }), queued(), at(1_030n), { kind: "execute" }],
  [
    "brings a vote for that is needed while it waits [NX-CON-07]",
    tracked({ inFavour: [1] }),
    queued({ weightAgainst: 4_000n }),
    at(1_029n),
    { kind: "cast", support: FOR, votes: signaturesOf(1) },
  ],
  ["brings none that is not needed", tracked({ inFavour: [1] }), queued(), at(1_029n), wait("DelayNotPassed")],
  ["executes in the first second after the delay", FOUR, queued(), at(1_030n), { kind: "execute" }],
  ["closes what was outvoted", FOUR, queued({ weightAgainst: 4_000n }), at(1_030n), close("outvoted")],
  [
    "waits when the class has come to demand more",
    FOUR,
    queued({ weightFor: 3_000n }),
    at(1_030n),
    wait("BelowThreshold"),
  ],
  [
    "has no co-signature",
    tracked({}, slowMessage(slowProposal(), { riskClass: CRITICAL })),
    queued(),
    at(1_030n),
    wait("CoSignatureMissing"),
  ],
  ["is done with what was executed", FOUR, queued({ state: "Executed" }), at(1_030n), close("executed")],
  ["is done with what was vetoed, late or not", FOUR, queued({ state: "Vetoed" }), at(9_999n), close("vetoed")],
  ["is done with what was not executed in time", FOUR, queued(), at(1_501n), close("expired")],
];

describe("A steward's decision", () => {
  for (const [what, subject, tally, view, step] of ROWS) {
    it(what, () => {
      expect(decide(subject, { view, tally, policy: SLOW_POLICY }, PATIENCE)).to.deep.equal(step);
    });
  }

  it("puts votes in the order of agents, however the chain lists its seats", () => {
    const view = chainSnapshot({ signerRecords: [4, 2, 5, 1, 3].map((n) => signerRecord(n)) });
    const step = decide(FOUR, { view, tally: tallyView(), policy: SLOW_POLICY }, PATIENCE);
    expect(step).to.deep.equal({ kind: "propose", votes: signaturesOf(2, 3, 4, 5) });
  });

  it("counts of two keys that are on their way out the first, and of an old one and a new one the new", () => {
    const leaving = (n: number) => signerRecord(n, { agentId: 2n, validUntil: unixSeconds(2_000n) });
    const decideWith = (...listed: readonly ReturnType<typeof signerRecord>[]) => {
      const view = chainSnapshot({ signerRecords: [...listed, ...[3, 4, 5].map((n) => signerRecord(n))] });
      const subject = tracked({ inFavour: [2, 7, 8, 3, 4, 5] });
      const step = decide(subject, { view, tally: tallyView(), policy: SLOW_POLICY }, PATIENCE);
      return step.kind === "propose" ? step.votes : step.kind;
    };
    expect(decideWith(leaving(7), leaving(8))).to.equal(signaturesOf(7, 3, 4, 5));
    expect(decideWith(leaving(7), signerRecord(2))).to.equal(signaturesOf(2, 3, 4, 5));
    expect(decideWith(signerRecord(2), leaving(7))).to.equal(signaturesOf(2, 3, 4, 5));
  });

  it("looks at the nonce of the proposing agent's present key alone", () => {
    const old = signerRecord(7, { agentId: 5n, validUntil: unixSeconds(2_000n), highestNonce: 11n });
    const view = chainSnapshot({ signerRecords: [old, ...[1, 2, 3, 4, 5].map((n) => signerRecord(n))] });
    const step = decide(FOUR, { view, tally: tallyView(), policy: SLOW_POLICY }, PATIENCE);
    expect(step.kind).to.equal("propose");
  });

  it("counts an agent once, by its newest key, when both have signed", () => {
    const old = signerRecord(2, { signer: signerRecord(7).signer, validUntil: unixSeconds(2_000n) });
    const view = chainSnapshot({ signerRecords: [old, ...[1, 2, 3, 4, 5].map((n) => signerRecord(n))] });
    const both = tracked({ inFavour: [7, 2, 3, 4, 5] });
    const step = decide(both, { view, tally: tallyView(), policy: SLOW_POLICY }, PATIENCE);
    expect(step).to.deep.equal({ kind: "propose", votes: signaturesOf(2, 3, 4, 5) });
    const onlyOld = tracked({ inFavour: [7, 3, 4, 5] });
    const byOld = decide(onlyOld, { view, tally: tallyView(), policy: SLOW_POLICY }, PATIENCE);
    expect(byOld).to.deep.equal({ kind: "propose", votes: signaturesOf(7, 3, 4, 5) });
  });
});
