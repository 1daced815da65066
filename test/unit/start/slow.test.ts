import { expect } from "chai";
import type { KeeperEvent, SlowStatus } from "../../../keepers/core/events.ts";
import { blockNumber } from "../../../keepers/core/units.ts";
import { guardianPlan } from "../../../scripts/run/guardian.ts";
import { namesOf } from "../../../keepers/views/names.ts";
import { plainLines } from "../../../keepers/views/eventLines.ts";
import { type DisplayState, EMPTY_STATE, applyEvent } from "../../../keepers/views/stories.ts";
import { slowLines, slowText } from "../../../keepers/views/slowStories.ts";
import { viewLines } from "../../../scripts/start/view.ts";
import { USDC, V3_ROUTER, WSEI } from "../../support/keeperBuilders.ts";
import { ballotOf, slowMessage } from "../../support/slowBuilders.ts";

const MESSAGE = slowMessage();
const { hash } = MESSAGE;
const NAMES = namesOf({
  environment: {
    tokens: {
      USDC: { address: USDC, symbol: "USDC", decimals: 6 },
      WSEI: { address: WSEI, symbol: "WSEI", decimals: 18 },
    },
    dexes: [{ name: "DragonSwap V2", kind: "v3", factory: V3_ROUTER, router: V3_ROUTER }],
    pools: [],
    oracles: {},
  },
});

const proposed: KeeperEvent = { kind: "slowProposal", agent: "rebalancer", proposed: MESSAGE };
const vote = (n: number, support: 0 | 1, reason = ""): KeeperEvent => ({
  kind: "ballot",
  agent: `risk-${n}`,
  ballot: { ...ballotOf(MESSAGE, n, support), reason },
  tookMs: 1,
});
const status = (changes: Partial<SlowStatus>): KeeperEvent => ({
  kind: "slowStatus",
  agent: "steward",
  status: {
    hash,
    state: "Queued",
    block: blockNumber(102n),
    time: 1_000n,
    weightFor: 4_000n,
    weightAgainst: 1_000n,
    executableFrom: 1_030n,
    ...changes,
  },
});
const veto: KeeperEvent = { kind: "slowVeto", agent: "guardian", hash, reason: "too much", transaction: "0x99" };
const blocked: KeeperEvent = { kind: "slowBlocked", agent: "steward", hash, reason: "BreakerHalted", detail: "halted" };
const ended = (how: "executed" | "vetoed" | "expired"): KeeperEvent => ({
  kind: "slowEnd",
  agent: "steward",
  end: {
    hash,
    how,
    block: blockNumber(190n),
    changes: how === "executed" ? [{ token: USDC, change: -12_000_000_000n }] : undefined,
  },
});

const after = (...events: readonly KeeperEvent[]): DisplayState => events.reduce(applyEvent, EMPTY_STATE);
const said = (...events: readonly KeeperEvent[]): string => {
  const [story] = after(...events).slow.stories;
  return story === undefined ? "nothing" : slowText(story, 1_010n, NAMES);
};

describe("what the face says of the slow path", () => {
  it("follows a proposal through votes, delay, obstacle and end", () => {
    expect(said(proposed)).to.equal("collecting votes");
    expect(said(proposed, blocked)).to.equal("waits: the breaker is raised for something that it touches");
    expect(said(proposed, status({ state: "Voting", executableFrom: undefined }))).to.equal(
      "Voting, weight 4000 for, 1000 against",
    );
    expect(said(proposed, status({}))).to.equal(
      "Queued, weight 4000 for, 1000 against, 20 s of delay left, open to votes and to veto",
    );
    expect(said(proposed, status({ executableFrom: 1_010n }), blocked)).to.equal(
      "Queued, weight 4000 for, 1000 against, due; waits: the breaker is raised for something that it touches",
    );
    expect(said(proposed, blocked, status({ executableFrom: 1_010n }))).to.match(/due$/);
    expect(said(proposed, status({}), ended("executed"))).to.equal("executed by #190: -12,000.0000 USDC");
    expect(said(proposed, status({}), veto, ended("vetoed"))).to.equal("vetoed by guardian: too much");
    expect(said(proposed, ended("vetoed"))).to.equal("vetoed");
  });

  it("counts proposals, votes, ends and what was paid", () => {
    const paid: KeeperEvent = { kind: "slowPaid", agent: "steward", hash, gasPaid: 5n };
    const { slow } = after(proposed, vote(1, 1), vote(2, 0, "price-off-oracle"), paid, paid, ended("vetoed"));
    expect(slow).to.include({ proposed: 1, votesFor: 1, votesAgainst: 1, gasWei: 10n });
    expect(slow.ends).to.deep.equal({ vetoed: 1 });
  });

  it("shows calls and votes in the view, below what the fast path does", () => {
    const state = after(proposed, vote(1, 1), vote(2, 0, "price-off-oracle"), status({}));
    const [story] = state.slow.stories;
    if (story === undefined) throw new Error("no story");
    expect(slowLines(story, 1_010n, NAMES)).to.deep.equal([
      "#100 Elevated: WSEI is 0 % of the treasury and shall be 2.5 % → Queued, weight 4000 for, 1000 against, 20 s of delay left, open to votes and to veto",
      "    swap 12,000.0000 USDC for at least 39,600.0000 WSEI on DragonSwap V2, 0.05 % pool",
      "    risk-1 ✓  risk-2 ✗ its price lies too far from the oracles'",
    ]);
    const context = { names: NAMES, title: "NEXUS", elapsedMs: 0, agents: 8, columns: 200, rows: 40 };
    const text = viewLines(state, context).join("\n");
    expect(text).to.include("1 proposals, 1 under way; none ended").and.to.include("risk-2 ✗ its price lies too far");
    const done = viewLines(applyEvent(state, ended("vetoed")), context).join("\n");
    expect(done).to.include("1 proposals, 0 under way; 1 vetoed");
  });

  it("logs a line for each fact", () => {
    const lines = (...events: readonly KeeperEvent[]): readonly string[] => {
      const last = events.at(-1);
      return last === undefined ? [] : plainLines(last, after(...events), NAMES);
    };
    const name = hash.slice(0, 10);
    expect(lines(proposed)[0]).to.match(/^#100 rebalancer proposes 0x\w{8} as Elevated: WSEI is .*: swap 12,000/);
    expect(lines(vote(1, 1))).to.deep.equal([`risk-1 votes for ${name}`]);
    expect(lines(vote(2, 0, "stale"))).to.deep.equal([`risk-2 votes against ${name}: stale`]);
    expect(lines(proposed, status({}))[0]).to.match(/Queued, .* 30 s of delay left/);
    expect(lines(blocked)).to.deep.equal([
      `steward cannot go on with ${name}: the breaker is raised for something that it touches, halted`,
    ]);
    expect(lines(veto)).to.deep.equal([`guardian vetoes ${name}: too much (0x99)`]);
    expect(lines(proposed, veto, ended("vetoed"))).to.deep.equal([`${name} vetoed by guardian: too much`]);
    expect(lines({ kind: "slowPaid", agent: "steward", hash, gasPaid: 5n })).to.deep.equal([]);
  });

  it("lets the guardian stand-in's patience and signers depend on the seed alone", () => {
    expect(guardianPlan(7)).to.deep.equal({ waitBlocks: 15, owners: ["guardian-owner-2", "guardian-owner-3"] });
    expect(guardianPlan(2).owners).to.deep.equal(["guardian-owner-3", "guardian-owner-1"]);
    expect(guardianPlan(7)).to.deep.equal(guardianPlan(7));
    for (let seed = 0; seed < 50; seed += 1) expect(guardianPlan(seed).waitBlocks).to.be.within(8, 15);
  });
});
