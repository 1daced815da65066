import { expect } from "chai";
import { AbiCoder, getBytes, keccak256, solidityPacked } from "ethers";
import { api3Endpoint } from "../../../../keepers/adapters/oracles/api3.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { address } from "../../../../keepers/core/units.ts";
import { voteKey } from "../../../support/chain.ts";
import { type Answer, startPriceServer } from "../../../support/signedPrices.ts";

const AIRNODES = [0, 1, 2].map((index) => voteKey(840 + index));
const TEMPLATE = hex(`0x${"7e".repeat(32)}`);
const NOW = 1_700_000_000n;
const WAD = 10n ** 18n;

/** A value as a signed API tells it. */
const signed = (airnode: (typeof AIRNODES)[number], price: bigint, time = NOW) => {
  const encodedValue = AbiCoder.defaultAbiCoder().encode(["int256"], [price]);
  const digest = keccak256(solidityPacked(["bytes32", "uint256", "bytes"], [TEMPLATE, time, encodedValue]));
  const signature = airnode.signMessageSync(getBytes(digest));
  return { airnode: airnode.address, templateId: TEMPLATE, timestamp: String(time), encodedValue, signature };
};
type Signed = ReturnType<typeof signed>;

/** Asks a server that answers each maker's own list, or one text. */
const ask = async (
  told: readonly Signed[] | string,
  beacons = AIRNODES.map((each) => ({ airnode: address(each.address), templateId: TEMPLATE })),
) => {
  const listOf = (url: string): readonly Signed[] =>
    typeof told === "string" ? [] : told.filter(({ airnode }) => url.toLowerCase().endsWith(airnode.toLowerCase()));
  const says: Answer = ({ url = "" }, response) => {
    const data = Object.fromEntries(listOf(url).map((one) => [keccak256(one.signature), one]));
    response.end(typeof told === "string" ? told : JSON.stringify({ count: 1, data }));
  };
  const server = await startPriceServer(says);
  try {
    const endpoint = api3Endpoint(
      { url: `${server.url}/public/`, feeds: { "SEI/USD": beacons } },
      { fetch, timeoutMs: 5_000, maxBytes: 50_000 },
    );
    return { heard: await endpoint.ask(), asked: server.asked.map(({ url }) => url) };
  } finally {
    await server.stop();
  }
};
const [one, two, three] = AIRNODES;
const pricesOf = async (told: readonly Signed[]) => {
  const { answers, refusals } = (await ask(told)).heard;
  return [answers.map(({ price }) => price), refusals.map(({ fault }) => fault)];
};

describe("API3's signed values off chain [NX-MON-07]", () => {
  if (one === undefined || two === undefined || three === undefined) throw new Error("three makers");

  it("make the median of an oracle's beacons, each asked of its own maker", async () => {
    const { heard, asked } = await ask([
      signed(one, 3n * WAD, NOW - 4n),
      signed(two, 5n * WAD),
      signed(three, 4n * WAD, NOW - 9n),
    ]);
    expect(heard).to.deep.equal({
      answers: [{ source: "SEI/USD", price: 4n * WAD, publishTime: NOW - 4n, exponent: -18, interval: 0n }],
      refusals: [],
    });
    expect(asked.toSorted()).to.deep.equal(AIRNODES.map((each) => `/public/${address(each.address)}`).toSorted());
  });

  it("want more than half of an even number too, and look at none but the wanted ones, each once", async () => {
    const first = signed(one, 3n * WAD);
    const beacons = [one, two].map(({ address: at }) => ({ airnode: address(at), templateId: TEMPLATE }));
    expect((await ask([first], beacons)).heard.answers).to.deep.equal([]);
    expect((await ask([first, signed(two, 3n * WAD)], beacons)).heard.answers).to.have.length(1);
    // Of two that say that they are the same the first counts, and a strange one costs nothing.
    const forged = { ...first, encodedValue: signed(one, 9n * WAD).encodedValue };
    const data = { a: forged, b: first, c: signed(two, 3n * WAD), d: { ...first, templateId: `0x${"7f".repeat(32)}` } };
    expect((await ask(JSON.stringify({ data }), beacons)).heard.answers).to.deep.equal([]);
  });

  it("want more than half of the beacons, each signed by its own maker as it is told", async () => {
    const first = signed(one, 3n * WAD);
    expect(await pricesOf([first, signed(two, 4n * WAD)])).to.deep.equal([[(7n * WAD) / 2n], []]);
    expect(await pricesOf([first])).to.deep.equal([[], ["missing"]]);
    const other = signed(two, 4n * WAD);
    for (const wrong of [
      { ...other, encodedValue: first.encodedValue },
      { ...other, timestamp: String(NOW + 1n) },
      { ...other, signature: first.signature },
      { ...other, templateId: hex(`0x${"7f".repeat(32)}`) },
      { ...signed(three, 4n * WAD), airnode: two.address },
    ]) {
      expect(await pricesOf([first, wrong])).to.deep.equal([[], ["missing"]]);
    }
  });

  it("are told to be missing, with why, where a maker answers anything else", async () => {
    const faults = async (text: string): Promise<readonly string[]> => [
      ...new Set((await ask(text)).heard.refusals.map(({ fault }) => fault)),
    ];
    expect(await faults("<html>")).to.deep.equal(["not-json", "missing"]);
    expect(await faults(`{"data":7}`)).to.deep.equal(["shape", "missing"]);
    const late = { ...signed(one, 1n), timestamp: "1e9" };
    expect(await faults(JSON.stringify({ data: { a: late } }))).to.deep.equal(["missing"]);
    const among = { ...late, ...signed(one, 2n), timestamp: 7 };
    const data = { a: signed(one, 2n * WAD), b: signed(two, 2n * WAD), c: among, d: null };
    expect((await ask(JSON.stringify({ data }))).heard.answers.map(({ price }) => price)).to.deep.equal([2n * WAD]);
  });

  it("may be below zero, which the rules of samples refuse afterwards", async () => {
    expect(await pricesOf([signed(one, -5n), signed(two, -5n)])).to.deep.equal([[-5n], []]);
  });
});
