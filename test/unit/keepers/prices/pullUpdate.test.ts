import { expect } from "chai";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { address } from "../../../../keepers/core/units.ts";
import type { SourceStatus } from "../../../../keepers/market/prices/agreement.ts";
import type { FeedReading } from "../../../../keepers/market/prices/feedHealth.ts";
import {
  type SignedAnswer,
  type WantedUpdate,
  prepareUpdate,
  updateFaults,
  wantedUpdates,
} from "../../../../keepers/market/prices/pullUpdate.ts";
import { ethers } from "../../../support/chain.ts";
import { signedUpdate } from "../../../support/signedPrices.ts";

const NOW = 1_700_000_000n;
const WAD = 10n ** 18n;
const MAX_AGE = 600n;
const PYTH = address(`0x${"77".repeat(20)}`);
const SEI = hex(ethers.id("SEI/USD"));
const feedOf = (source: string) => (source.endsWith("Pyth") ? { contract: PYTH, feedId: SEI } : undefined);

type Source = { readonly state: SourceStatus; readonly age?: bigint };
const feedWith = (
  pyth: Source,
  others: readonly SourceStatus[],
  status: FeedReading["status"] = "Ready",
): FeedReading => ({
  asset: "WSEI",
  now: NOW,
  status,
  middle: WAD,
  confidenceBps: 5_000n,
  quorum: 2,
  sources: [
    { name: "SEI by Pyth", ...pyth },
    ...others.map((state, index): Source & { readonly name: string } => ({ name: `SEI ${index}`, state })),
  ].map(({ name, state, age = 0n }) => ({
    name,
    state,
    price: WAD,
    updatedAt: NOW - age,
    maxAge: MAX_AGE,
    heartbeat: undefined,
  })),
});
const wantsAt = (feed: FeedReading, hasVote = false): boolean =>
  wantedUpdates([feed], feedOf, { hasVote, aheadSeconds: 60n }).length === 1;

const WANTED: WantedUpdate = {
  contract: PYTH,
  feedId: SEI,
  asset: "WSEI",
  source: "SEI by Pyth",
  updatedAt: NOW - 1_000n,
  middle: WAD,
};
const TERMS = { now: NOW, maxAge: 60n, aheadSlack: 5n, maxJumpBps: 5_000n };
const MESSAGE = { id: SEI, price: 100_000_000n, conf: 30_000n, expo: -8, publishTime: Number(NOW) - 2 };
const faultsOf = (changes: Partial<typeof MESSAGE>, wanted: WantedUpdate = WANTED): readonly string[] =>
  updateFaults(hex(signedUpdate([{ ...MESSAGE, ...changes }])), [wanted], TERMS).map(({ fault }) => fault);

describe("Which prices are worth their fee [NX-MON-03]", () => {
  it("are those without which there is no price, as soon as their source is lost or nearly is", () => {
    const [one, two]: readonly (readonly SourceStatus[])[] = [["Agreeing"], ["Agreeing", "Agreeing"]];
    expect(wantsAt(feedWith({ state: "Stale", age: 601n }, one ?? [], "QuorumMissed"))).to.equal(true);
    expect(wantsAt(feedWith({ state: "Unreadable" }, one ?? [], "QuorumMissed"))).to.equal(true);
    expect(wantsAt(feedWith({ state: "Stale", age: 601n }, two ?? [])), "two others are enough").to.equal(false);
    expect(wantsAt(feedWith({ state: "Agreeing", age: 539n }, one ?? []))).to.equal(false);
    expect(wantsAt(feedWith({ state: "Agreeing", age: 540n }, one ?? []))).to.equal(true);
    expect(wantsAt(feedWith({ state: "Agreeing", age: 540n }, two ?? []))).to.equal(false);
  });

  it("are one more while something is voted on", () => {
    const spare = feedWith({ state: "Stale", age: 601n }, ["Agreeing", "Agreeing"]);
    expect(wantsAt(spare, true)).to.equal(true);
    const more = feedWith({ state: "Stale", age: 601n }, ["Agreeing", "Agreeing", "Agreeing"]);
    expect(wantsAt(more, true)).to.equal(false);
  });

  it("are no prices of a source that no update can mend", () => {
    for (const state of ["Ahead", "Unsure", "NotAPrice"] as const) {
      expect(wantsAt(feedWith({ state, age: 601n }, ["Stale"], "QuorumMissed")), state).to.equal(false);
    }
    expect(wantsAt(feedWith({ state: "Outlier", age: 299n }, ["Agreeing"], "SourcesDisagree"))).to.equal(false);
    expect(wantsAt(feedWith({ state: "Outlier", age: 300n }, ["Agreeing"], "SourcesDisagree"))).to.equal(true);
  });

  it("are asked for once where assets share a feed, and carry no price that was refused", () => {
    const feed = feedWith({ state: "Stale", age: 601n }, ["Agreeing"], "QuorumMissed");
    const wanted = wantedUpdates([feed, { ...feed, asset: "sSEI" }], feedOf, { hasVote: false, aheadSeconds: 0n });
    expect(wanted.map(({ asset, middle, updatedAt }) => [asset, middle, updatedAt])).to.deep.equal([
      ["WSEI", undefined, NOW - 601n],
    ]);
  });
});

describe("Signed prices that are not paid for [NX-MON-04]", () => {
  it("are those that are old, ahead, brought before, wide, no price, or out of all reason", () => {
    expect(faultsOf({})).to.deep.equal([]);
    expect(faultsOf({ publishTime: Number(NOW) - 61 })).to.deep.equal(["too-old"]);
    expect(faultsOf({ publishTime: Number(NOW) + 6 })).to.deep.equal(["ahead"]);
    expect(faultsOf({}, { ...WANTED, updatedAt: NOW - 2n })).to.deep.equal(["duplicate"]);
    expect(faultsOf({}, { ...WANTED, updatedAt: NOW - 2n, middle: undefined })).to.deep.equal(["duplicate"]);
    expect(faultsOf({ conf: 100_000_000n })).to.deep.equal(["interval"]);
    expect(faultsOf({ price: 0n })).to.deep.equal(["not-positive"]);
    expect(faultsOf({ price: -1n })).to.deep.equal(["not-positive"]);
    expect(faultsOf({ expo: -40 })).to.deep.equal(["exponent"]);
    expect(faultsOf({ expo: 1 })).to.deep.equal(["exponent"]);
    expect(faultsOf({ price: 160_000_000n })).to.deep.equal(["jump"]);
    expect(faultsOf({ price: 10_000_000n })).to.deep.equal(["unit"]);
    expect(faultsOf({ price: 160_000_000n }, { ...WANTED, middle: undefined }), "nothing to compare").to.deep.equal([]);
  });

  it("are those that nobody asked for, those that lack what was asked for, and those of another chain", () => {
    const other = { ...MESSAGE, id: ethers.id("other") };
    const faults = (update: string) => updateFaults(hex(update), [WANTED], TERMS).map(({ fault }) => fault);
    expect(faults(signedUpdate([MESSAGE, other]))).to.deep.equal(["stranger"]);
    expect(faults(signedUpdate([MESSAGE, MESSAGE])), "the same one twice is paid for twice").to.deep.equal([
      "stranger",
    ]);
    expect(faults(signedUpdate([other]))).to.deep.equal(["stranger", "missing"]);
    expect(faults("0x504e4155")).to.deep.equal(["unreadable"]);
    // The emitter's chain stands behind three signatures of 66 bytes, and time and nonce.
    const update = signedUpdate([MESSAGE]);
    const at = 2 + 2 * (10 + 6 + 3 * 66 + 8);
    expect(update.slice(at, at + 4)).to.equal("001a");
    expect(faults(`${update.slice(0, at)}0001${update.slice(at + 4)}`)).to.deep.equal(["another-chain"]);
  });

  it("are those whose contract wants more than may be paid", async () => {
    const update = hex(signedUpdate([MESSAGE]));
    const preparedFor = (fee: bigint) =>
      prepareUpdate(
        {
          ask: () => Promise.resolve({ kind: "signed", update } satisfies SignedAnswer),
          fee: () => Promise.resolve(fee),
        },
        [WANTED],
        { ...TERMS, maxFeeWei: WAD / 2n },
      );
    expect(await preparedFor(WAD / 2n)).to.deep.equal({
      kind: "ready",
      ready: { contract: PYTH, update, fee: WAD / 2n, wanted: [WANTED] },
    });
    for (const fee of [WAD / 2n + 1n, 1_000n * WAD]) {
      const prepared = await preparedFor(fee);
      expect(prepared.kind === "refused" && prepared.refusals.map(({ fault }) => fault)).to.deep.equal(["fee"]);
    }
  });

  it("leave the fee unread when the answer is refused, and pass on that the chain does not answer", async () => {
    const refusal = { about: "host", fault: "late", detail: "" } as const;
    const fee = () => Promise.reject(new RetryableError("no answer"));
    const limits = { ...TERMS, maxFeeWei: WAD };
    const late = await prepareUpdate(
      { ask: () => Promise.resolve({ kind: "refused", refusal }), fee },
      [WANTED],
      limits,
    );
    expect(late).to.deep.equal({ kind: "refused", refusals: [refusal] });
    const update = hex(signedUpdate([MESSAGE]));
    const failed = await prepareUpdate(
      { ask: () => Promise.resolve({ kind: "signed", update }), fee },
      [WANTED],
      limits,
    )
      .then(() => "answered")
      .catch((error: unknown) => (error instanceof RetryableError ? "retryable" : "other"));
    expect(failed).to.equal("retryable");
  });
});
