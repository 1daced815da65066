import { expect } from "chai";
import type { ShareEvidence } from "../../../../keepers/agents/monitor/shares.ts";
import { address, blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { CauseEvidence } from "../../../../keepers/agents/monitor/causes.ts";
import { type AssetEvidence, decideEvidence, evidenceIdentity } from "../../../../keepers/agents/monitor/evidence.ts";

const TOKEN = address(`0x${"a5".repeat(20)}`);
const POLICY = { budgetWei: 1_000n, keepsMarks: true };
const NOW = unixSeconds(10_000n);
const CALM: CauseEvidence = { trip: "Absent", restore: "NotTripped", shownAt: 0n, goneAt: 9_000n };

const assetOf = (refused: Partial<CauseEvidence>, moved: Partial<CauseEvidence>, isReady = false): AssetEvidence => ({
  asset: "WSEI",
  token: TOKEN,
  status: isReady ? "Ready" : "QuorumMissed",
  window: 300n,
  causes: { PriceRefused: { ...CALM, ...refused }, PriceMoved: { ...CALM, shownAt: 9_900n, ...moved } },
});
const decide = (asset: AssetEvidence, spentWei = 0n) =>
  decideEvidence({ time: NOW, assets: [asset], shares: [], spentWei }, POLICY);
const sharesOf = (changes: Partial<ShareEvidence> = {}): ShareEvidence => ({
  ...CALM,
  cause: "SharesLeft",
  holders: [TOKEN],
  marked: 100n,
  present: 100n,
  ...changes,
});
const decideShares = (changes: Partial<ShareEvidence>, policy = POLICY, spentWei = 0n) =>
  decideEvidence({ time: NOW, assets: [], shares: [sharesOf(changes)], spentWei }, policy);
const identities = (asset: AssetEvidence, block: bigint): readonly string[] =>
  decide(asset).map((operation) => evidenceIdentity(operation, blockNumber(block)));

describe("What the price-feed monitor asks for", () => {
  it("is one trip for each observation, at whichever block it is asked for [NX-KEE-01]", () => {
    const shown = assetOf({ trip: "Complete", shownAt: 9_980n }, {});
    expect(identities(shown, 7n)).to.deep.equal([`trip ${TOKEN} PriceRefused since 9980`]);
    expect(identities(shown, 8n)).to.deep.equal(identities(shown, 7n));
    const later = assetOf({ trip: "Complete", shownAt: 9_990n }, {});
    expect(identities(later, 7n)).not.to.deep.equal(identities(shown, 7n));
    const moved = assetOf({}, { trip: "Complete", shownAt: 9_980n }, true);
    expect(identities(moved, 7n)).to.deep.equal([`trip ${TOKEN} PriceMoved since 9980`]);
  });

  it("is one end for each time that a cause was seen gone [NX-KEE-01]", () => {
    const refusal = assetOf({ trip: "Spent", restore: "Complete", goneAt: 9_100n }, {}, true);
    expect(identities(refusal, 7n)).to.deep.equal([`restore ${TOKEN} PriceRefused since 9100`]);
    const move = assetOf({}, { trip: "Spent", restore: "Complete", goneAt: 9_200n }, true);
    expect(identities(move, 8n)).to.deep.equal([`restore ${TOKEN} PriceMoved since 9200`]);
  });

  it("is an observation again where one that was mined saw something else [NX-MON-01]", () => {
    const lacking = assetOf({ trip: "NotObserved" }, {});
    expect(identities(lacking, 7n)).to.deep.equal([`observe ${TOKEN} at block 7`]);
    expect(identities(lacking, 9n)).not.to.deep.equal(identities(lacking, 7n));
  });

  it("tells the chain of a price that came back, and marks one in each window [NX-MON-01]", () => {
    expect(decide(assetOf({ shownAt: 9_990n }, {}, true)).map(({ kind }) => kind)).to.deep.equal(["observe"]);
    expect(decide(assetOf({}, {}, true))).to.deep.equal([]);
    expect(decide(assetOf({}, { shownAt: 9_700n }, true))).to.deep.equal([]);
    expect(decide(assetOf({}, { shownAt: 9_699n }, true)).map(({ kind }) => kind)).to.deep.equal(["observe"]);
  });

  it("is about shares what the chain shows of them: a trip, an end, and marks where they are lacking [NX-MON-06]", () => {
    const told = (changes: Partial<ShareEvidence>, policy = POLICY): readonly string[] =>
      decideShares(changes, policy).map((operation) => evidenceIdentity(operation, blockNumber(7n)));
    expect(told({ trip: "Complete", shownAt: 9_980n })).to.deep.equal(["tripShares SharesLeft since 9980"]);
    expect(told({ restore: "Complete", goneAt: 9_100n })).to.deep.equal(["restoreShares SharesLeft since 9100"]);
    for (const lacking of [{ trip: "NotObserved" }, { trip: "TooOld" }, { restore: "NotObserved" }] as const) {
      expect(told(lacking)).to.deep.equal(["observeShares SharesLeft at block 7"]);
    }
    for (const trip of ["Absent", "TooSoon", "Spent", "Disabled"] as const) expect(told({ trip })).to.deep.equal([]);
    const without = { ...POLICY, keepsMarks: false };
    expect(told({ trip: "TooOld" }, without)).to.deep.equal([]);
    expect(told({ restore: "NotObserved" }, without), "an end must be possible").to.have.length(1);
  });

  it("is a mark again where somebody set one too low, by more than a tenth [NX-MON-06]", () => {
    const told = (changes: Partial<ShareEvidence>): readonly string[] => decideShares(changes).map(({ kind }) => kind);
    for (const trip of ["Absent", "TooSoon"] as const) {
      expect(told({ trip, marked: 0n, present: 1n })).to.deep.equal(["observeShares"]);
      expect(told({ trip, marked: 1_000n, present: 1_101n })).to.deep.equal(["observeShares"]);
      expect(told({ trip, marked: 1_000n, present: 1_100n })).to.deep.equal([]);
    }
    for (const trip of ["Spent", "Disabled"] as const) expect(told({ trip, marked: 0n })).to.deep.equal([]);
    expect(told({ trip: "Complete", marked: 0n })).to.deep.equal(["tripShares"]);
  });

  it("is only trips of shares once the budget is spent [NX-MON-02]", () => {
    expect(decideShares({ trip: "NotObserved", restore: "Complete" }, POLICY, 1_000n)).to.deep.equal([]);
    const [only] = decideShares({ trip: "Complete", shownAt: 9n }, POLICY, 1_000n);
    expect(only).to.deep.equal({ kind: "tripShares", cause: "SharesLeft", holders: [TOKEN], since: 9n });
  });

  it("is only trips once the budget is spent [NX-MON-02]", () => {
    const all = assetOf({ trip: "Complete", restore: "Complete", shownAt: 9_980n }, {}, true);
    expect(decide(all, 999n).map(({ kind }) => kind)).to.deep.equal(["trip", "observe", "restore"]);
    expect(decide(all, 1_000n).map(({ kind }) => kind)).to.deep.equal(["trip"]);
  });
});
