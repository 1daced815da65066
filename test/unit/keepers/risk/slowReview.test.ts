import { expect } from "chai";
import { emptyWindow } from "../../../../keepers/quant/priceWindow.ts";
import { type Condition, type Proposal, CONDITION_KIND, ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { lendingCallsOf } from "../../../../keepers/core/protocols/all.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import type { Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import { type SlowReviewInput, type SlowVotePolicy, reviewSlow } from "../../../../keepers/agents/risk/slowReview.ts";
import {
  RULES,
  TREASURY,
  USDC,
  WAD,
  WSEI,
  account,
  chainSnapshot,
  honestProposal,
  signerRecord,
  tokenState,
} from "../../../support/keeperBuilders.ts";
import { SLOW_CONDITIONS, slowMessage, slowProposal } from "../../../support/slowBuilders.ts";

const POLICY: SlowVotePolicy = {
  maxDeadlineSeconds: 600n,
  maxLossUsd: 500n * WAD,
  maxPositionUsd: 400_000n * WAD,
  maxPriceDeviationBps: 200n,
  base: USDC,
};
const view = chainSnapshot();
const bought: Simulation = {
  kind: "ok",
  block: view.block,
  gasUsed: 1n,
  changes: new Map([
    [USDC, -12_000_000_000n],
    [WSEI, 39_900n * WAD],
  ]),
};

type Change = Partial<SlowReviewInput> & {
  readonly simulation?: Simulation | undefined;
  readonly policy?: Partial<SlowVotePolicy>;
};

const verdictOn = (proposal = slowProposal(), change: Change = {}) => {
  const message = slowMessage(proposal);
  const { policy, ...more } = change;
  const input = {
    message,
    digest: message.hash,
    view,
    isMade: false,
    window: emptyWindow([]),
    simulation: bought,
    ...more,
  };
  const verdict = reviewSlow(input, { ...RULES, policy: { ...POLICY, ...policy } });
  return verdict.kind === "for" ? "for" : verdict.reason;
};

const without = (kind: Condition["kind"], subject = USDC) =>
  slowProposal({ conditions: SLOW_CONDITIONS.filter((one) => one.kind !== kind || one.subject !== subject) });

describe("A risk manager's vote on the slow path", () => {
  it("is for a fair swap whose outcome is bounded", () => {
    expect(verdictOn()).to.equal("for");
  });

  it("finds the nonce of what is on the chain used by itself, and of anything else by another", () => {
    const used = (changes: Parameters<typeof signerRecord>[1] = {}) =>
      chainSnapshot({ signerRecords: [1, 2, 3, 4, 5].map((n) => signerRecord(n, { highestNonce: 11n, ...changes })) });
    expect(verdictOn(undefined, { view: used(), isMade: true })).to.equal("for");
    expect(verdictOn(undefined, { view: used(), isMade: false })).to.equal("NonceUsed");
    expect(verdictOn(undefined, { view: used({ status: "Paused" }), isMade: true })).to.equal("AgentNotActive");
  });

  it("is against what is no proposal of an agent in office", () => {
    expect(verdictOn(undefined, { digest: "0x" })).to.equal("hash-mismatch");
    expect(verdictOn(slowProposal({ nonce: 10n }))).to.equal("NonceUsed");
    expect(verdictOn(undefined, { view: chainSnapshot({ signerRecords: [signerRecord(1)] }) })).to.equal(
      "UnknownSigner",
    );
  });

  it("is against what is late, far ahead, or allows itself to lose more than is accepted", () => {
    expect(verdictOn(slowProposal({ deadline: unixSeconds(999n) }))).to.equal("DeadlinePassed");
    expect(verdictOn(slowProposal({ deadline: unixSeconds(1_601n) }))).to.equal("DeadlineTooFar");
    expect(verdictOn(slowProposal({ maxLoss: 500n * WAD + 1n }))).to.equal("loss-allowance-too-large");
  });

  it("is against what promises nothing, or leaves its outcome open", () => {
    expect(verdictOn(slowProposal({ conditions: [] }))).to.equal("NoConditions");
    const empty = { kind: CONDITION_KIND.balanceAtLeast, subject: USDC, holder: WSEI, amount: 0n };
    expect(verdictOn(slowProposal({ conditions: [empty] }))).to.equal("InvalidCondition");
    expect(verdictOn(without(CONDITION_KIND.balanceDecreasesAtMost))).to.equal("fall-not-bounded");
    expect(verdictOn(without(CONDITION_KIND.onlyMoves))).to.equal("others-may-move");
    expect(verdictOn(without(CONDITION_KIND.onlyMoves, WSEI))).to.equal("others-may-move");
  });

  it("is against what it cannot read, and terms far from the oracles' prices", () => {
    const [call] = slowProposal().calls;
    if (call === undefined) throw new Error("no call");
    expect(verdictOn(slowProposal({ calls: [{ ...call, data: "0x12345678" }] }))).to.equal("not-a-swap");
    expect(verdictOn(slowProposal({ calls: honestProposal().calls }))).to.equal("fall-not-bounded");
    const dearer = tokenState(WSEI, { price: { middle: WAD, lower: WAD, upper: WAD } });
    expect(verdictOn(undefined, { view: chainSnapshot({ tokens: [tokenState(USDC), dearer] }) })).to.equal(
      "price-off-oracle",
    );
    const stale = tokenState(WSEI, { status: "QuorumMissed" });
    expect(verdictOn(undefined, { view: chainSnapshot({ tokens: [tokenState(USDC), stale] }) })).to.equal(
      "oracle-not-ready",
    );
  });

  it("is against what the dry run refuses, by the chain's own reason where there is one", () => {
    const error = {
      name: "ActionRefused",
      text: "ActionRefused: ClassNotAllowed",
      refusal: "ClassNotAllowed",
    } as const;
    expect(verdictOn(undefined, { simulation: { kind: "reverted", block: view.block, error } })).to.equal(
      "ClassNotAllowed",
    );
    const plain = { name: "empty", text: "reverted without a reason" };
    expect(verdictOn(undefined, { simulation: { kind: "reverted", block: view.block, error: plain } })).to.equal(
      "simulation-reverted",
    );
    expect(verdictOn(undefined, { simulation: undefined })).to.equal("simulation-reverted");
  });

  it("is for a supply whose outcome is bounded, as far as the position may grow", () => {
    const [position, amount] = [account(0xa5), 12_000_000_000n];
    const call = lendingCallsOf("aaveV3").supply.encode({
      pool: account(0x90),
      asset: USDC,
      position,
      amount,
      recipient: TREASURY,
    });
    const conditions: readonly Condition[] = [
      { kind: CONDITION_KIND.onlyMoves, subject: USDC, holder: ZERO_ADDRESS, amount: 0n },
      { kind: CONDITION_KIND.onlyMoves, subject: position, holder: ZERO_ADDRESS, amount: 0n },
      { kind: CONDITION_KIND.balanceDecreasesAtMost, subject: USDC, holder: TREASURY, amount },
    ];
    const dollars = { ...tokenState(USDC), token: position, balance: 0n };
    const lending = chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI), dollars] });
    const supplied: Simulation = {
      ...bought,
      changes: new Map([
        [USDC, -amount],
        [position, amount],
      ]),
    };
    const verdict = (changes: Partial<Proposal>, policy: Partial<SlowVotePolicy> = {}) =>
      verdictOn(slowProposal({ calls: [call], conditions, ...changes }), {
        view: lending,
        simulation: supplied,
        policy,
      });
    expect(verdict({})).to.equal("for");
    expect(verdict({ conditions: conditions.slice(0, 2) })).to.equal("fall-not-bounded");
    expect(verdict({ conditions: conditions.slice(1) })).to.equal("others-may-move");
    const worth = (12_000n * 101n * WAD) / 100n;
    expect(verdict({}, { maxPositionUsd: worth })).to.equal("for");
    expect(verdict({}, { maxPositionUsd: worth - 1n })).to.equal("position-too-large");
  });

  it("is against a position that would be larger than it accepts, the base asset aside", () => {
    // 1,039,900 WSEI at 0.303.
    const worth = (1_039_900n * 303n * WAD) / 1_000n;
    expect(verdictOn(undefined, { policy: { maxPositionUsd: worth } })).to.equal("for");
    expect(verdictOn(undefined, { policy: { maxPositionUsd: worth - 1n } })).to.equal("position-too-large");
    expect(verdictOn(undefined, { policy: { maxPositionUsd: 0n, base: WSEI } })).to.equal("for");
  });
});
