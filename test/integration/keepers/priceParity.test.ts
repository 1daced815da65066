import { expect } from "chai";
import { type RawAnswer, SOURCE_STATUSES, agree } from "../../../keepers/market/prices/agreement.ts";
import { marketPrice } from "../../../keepers/market/prices/marketPrice.ts";
import { QUOTE_STATUSES } from "../../../keepers/core/chainSnapshot.ts";
import { type Random, seededRandom } from "../../../keepers/core/random.ts";
import { WAD, at, ethers, loadFixture, now } from "../../support/chain.ts";
import { bareFixture } from "../../support/nexus.ts";

const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
const CASES = 120;
const MARKET_CASES = 40;
const REVERTING = 1n;
const HONEST = 0n;

const sourcesFixture = async () => {
  const f = await bareFixture();
  const deploy = () => ethers.deployContract("MockIntervalSource");
  return { ...f, feed: [await deploy(), await deploy(), await deploy(), await deploy()] };
};
type Fixture = Awaited<ReturnType<typeof sourcesFixture>>;

type Case = {
  readonly quorum: number;
  readonly maxBandBps: bigint;
  readonly sources: readonly { readonly maxAge: bigint; readonly deviationBps: bigint }[];
  readonly answers: readonly RawAnswer[];
};

const answerOf = (random: Random, time: bigint): RawAnswer => {
  const dice = random.below(20n);
  if (dice === 0n) return undefined;
  const price = dice === 1n ? 0n : dice === 2n ? random.below(1n << 140n) : 95n * WAD + random.below(10n * WAD);
  const updatedAt = dice === 3n ? time + 1_000n : time - random.below(1_200n);
  return { price, updatedAt, interval: dice < 8n ? random.below(8n * WAD) : 0n };
};

const caseOf = (random: Random, time: bigint): Case => {
  const count = 1 + Number(random.below(4n));
  const each = Array.from({ length: count });
  return {
    quorum: 1 + Number(random.below(BigInt(count))),
    maxBandBps: random.below(3n) === 0n ? random.below(500n) : 65_535n,
    sources: each.map(() => ({ maxAge: 500n + random.below(1_000n), deviationBps: random.below(300n) })),
    answers: each.map(() => answerOf(random, time)),
  };
};

/** Tells the chain's sources what the case says. */
const tell = async (f: Fixture, { quorum, maxBandBps, sources, answers }: Case): Promise<void> => {
  for (const [index, answer] of answers.entries()) {
    const source = at(f.feed, index);
    await source.setFault(answer === undefined ? REVERTING : HONEST);
    if (answer !== undefined) await source.setAnswer(answer.price, answer.updatedAt, answer.interval);
  }
  const list = await Promise.all(
    sources.map(async (source, index) => ({ reader: await at(f.feed, index).getAddress(), ...source })),
  );
  await f.hub.connect(f.admin).setFeed(ASSET, { decimals: 18n, quorum: BigInt(quorum), maxBandBps }, list);
};

const outliersOf = (states: readonly string[]): bigint =>
  states.reduce((bits, state, index) => (state === "Outlier" ? bits | (1n << BigInt(index)) : bits), 0n);

describe("the price that several sources make", () => {
  it(`is the same on chain and in the keepers, for ${CASES} feeds [NX-ORA-05]`, async () => {
    const f = await loadFixture(sourcesFixture);
    const random = seededRandom(15);
    const seen = new Set<string>();
    for (let index = 0; index < CASES; index += 1) {
      const wanted = caseOf(random, await now());
      await tell(f, wanted);
      const { status, answer } = await f.hub.previewQuote(ASSET);
      const views = await f.hub.previewSources(ASSET);
      const ours = agree(wanted, wanted.answers, await now());
      expect(ours, `feed ${index}`).to.deep.equal({
        status: at(QUOTE_STATUSES, Number(status)),
        middle: answer.middle,
        lower: answer.lower,
        upper: answer.upper,
        fresh: Number(answer.fresh),
        confidenceBps: answer.confidenceBps,
        states: views.map((view) => at(SOURCE_STATUSES, Number(view.status))),
      });
      expect(outliersOf(ours.states), `outliers of feed ${index}`).to.equal(answer.outliers);
      seen.add(ours.status);
    }
    expect([...seen].toSorted()).to.deep.equal(["BandTooWide", "QuorumMissed", "Ready", "SourcesDisagree"]);
  });

  it("is the hub's where it is made of endpoints' samples off chain [NX-ORA-05]", async () => {
    const f = await loadFixture(sourcesFixture);
    const random = seededRandom(16);
    const policy = { maxAge: 600n, deviationBps: 50n, maxImpactBps: 0n, maxBandBps: 400n };
    const seen = new Set<string>();
    for (let index = 0; index < MARKET_CASES; index += 1) {
      const time = await now();
      const samples = Array.from({ length: 1 + (index % 4) }, (_, source) => ({
        source: `source ${source}`,
        asset: "ASSET",
        price: 98n * WAD + random.below(3n * WAD),
        interval: random.below(WAD / 2n),
        publishTime: time - random.below(700n),
      }));
      const rule = { maxAge: policy.maxAge, deviationBps: policy.deviationBps };
      await tell(f, {
        quorum: Math.floor(samples.length / 2) + 1,
        maxBandBps: policy.maxBandBps,
        sources: samples.map(() => rule),
        answers: samples.map(({ price, interval, publishTime }) => ({ price, interval, updatedAt: publishTime })),
      });
      const { status, answer } = await f.hub.previewQuote(ASSET);
      const views = await f.hub.previewSources(ASSET);
      const view = {
        asset: "ASSET",
        now: await now(),
        hub: { status: "Ready", middle: WAD },
        pools: [],
        samples,
      } as const;
      const ours = marketPrice(view, policy);
      const { middle, lower, upper, confidenceBps } = answer;
      expect([ours.status, ours.middle, ours.lower, ours.upper, ours.confidenceBps], `${index}`).to.deep.equal([
        at(QUOTE_STATUSES, Number(status)),
        middle,
        lower,
        upper,
        confidenceBps,
      ]);
      expect(ours.sources.map(({ state }) => state)).to.deep.equal(
        views.map((one) => at(SOURCE_STATUSES, Number(one.status))),
      );
      seen.add(ours.status);
    }
    expect([...seen].toSorted()).to.include.members(["QuorumMissed", "Ready", "SourcesDisagree"]);
  });
});
