import { expect } from "chai";
import { encodeBytes32String, toBeHex, concat, keccak256 } from "ethers";
import { redstoneEndpoint } from "../../../../keepers/adapters/oracles/redstone.ts";
import { address } from "../../../../keepers/core/units.ts";
import { voteKey } from "../../../support/chain.ts";
import { type Answer, startPriceServer } from "../../../support/signedPrices.ts";

const SIGNERS = [0, 1, 2, 3, 4].map((index) => voteKey(820 + index));
const STRANGER = voteKey(830);
const TIME = 1_700_000_000_000;
const PRICE_BYTES = 32;

type Told = {
  readonly decimals?: number;
  readonly value: number;
  readonly by: (typeof SIGNERS)[number];
  readonly time?: number;
  readonly name?: string;
};

/** A package as a gateway tells it: the signature is of the value's 8 decimals, whatever the number beside it says. */
const told = ({ value, by, time = TIME, name = "SEI", decimals }: Told, signed = value) => {
  const units = BigInt(Math.round(signed * 10 ** (decimals ?? 8)));
  const parts = [
    encodeBytes32String("SEI"),
    toBeHex(units, PRICE_BYTES),
    toBeHex(time, 6),
    toBeHex(32, 4),
    toBeHex(1, 3),
  ];
  const { serialized } = by.signingKey.sign(keccak256(concat(parts)));
  return {
    timestampMilliseconds: time,
    signature: Buffer.from(serialized.slice(2), "hex").toString("base64"),
    dataPoints: [{ dataFeedId: name, value, ...(decimals === undefined ? {} : { decimals }), metadata: {} }],
    dataServiceId: "redstone-primary-prod",
    signerAddress: by.address,
    isSignatureValid: true,
  };
};
const by = (index: number) => SIGNERS[index] ?? STRANGER;

const ask = async (answer: unknown, threshold = 3) => {
  const says: Answer = (_, response) => void response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  const server = await startPriceServer(says);
  try {
    const endpoint = redstoneEndpoint(
      {
        url: `${server.url}/`,
        service: "redstone-primary-prod",
        signers: SIGNERS.map((one) => address(one.address)),
        threshold,
        feeds: { "SEI/USD by RedStone": "SEI" },
      },
      { fetch, timeoutMs: 5_000, maxBytes: 50_000 },
    );
    return { heard: await endpoint.ask(), asked: server.asked.map(({ url }) => url) };
  } finally {
    await server.stop();
  }
};
const priceOf = async (packages: readonly unknown[], threshold?: number) => {
  const { answers, refusals } = (await ask({ SEI: packages, ETH: [told({ value: 9, by: by(0) })] }, threshold)).heard;
  return [answers.map(({ price }) => price), refusals.map(({ fault }) => fault)];
};

describe("RedStone's packages off chain [NX-MON-07]", () => {
  it("make the median of what enough known signers signed at the newest time", async () => {
    const packages = [
      told({ value: 0.31, by: by(0) }),
      told({ value: 0.33, by: by(1) }),
      told({ value: 0.3, by: by(2) }),
    ];
    const { heard, asked } = await ask({ SEI: packages });
    expect(heard).to.deep.equal({
      answers: [
        { source: "SEI/USD by RedStone", price: 31_000_000n, exponent: -8, interval: 0n, publishTime: 1_700_000_000n },
      ],
      refusals: [],
    });
    expect(asked).to.deep.equal(["/v2/data-packages/latest/redstone-primary-prod"]);
  });

  it("take the newest time that reaches the threshold, and no other", async () => {
    const older = [0, 1, 2].map((index) => told({ value: 0.3, by: by(index), time: TIME - 10_000 }));
    const newer = [0, 1].map((index) => told({ value: 0.5, by: by(index) }));
    expect(await priceOf([...older, ...newer])).to.deep.equal([[30_000_000n], []]);
    expect(await priceOf([...older, ...newer], 2)).to.deep.equal([[50_000_000n], []]);
    expect(await priceOf(newer)).to.deep.equal([[], ["missing"]]);
  });

  it("count no stranger, no signer twice, nothing that was changed or is of another value, and trust no remark", async () => {
    const two = [told({ value: 0.3, by: by(0) }), told({ value: 0.3, by: by(1) })];
    for (const third of [
      told({ value: 0.3, by: STRANGER }),
      told({ value: 0.3, by: by(1) }),
      told({ value: 0.9, by: by(2) }, 0.3),
      told({ value: 0.3, by: by(2), name: "ETH" }),
      { ...told({ value: 0.3, by: by(2) }), dataPoints: [] },
      { ...told({ value: 0.3, by: by(2) }), signature: "AAAA" },
    ]) {
      expect(await priceOf([...two, third])).to.deep.equal([[], ["missing"]]);
    }
    expect(await priceOf([...two, told({ value: 0.3, by: by(2) })])).to.deep.equal([[30_000_000n], []]);
  });

  it("are found among all that a gateway answers at once, whatever the rest of it is", async () => {
    const sei = [0, 1, 2].map((index) => told({ value: 0.3, by: by(index) }));
    const rest = { ___ALL_FEEDS___: [{ dataPoints: [{}, {}], timestampMilliseconds: "soon" }], BTC: "none", ETH: null };
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`F${index}`, sei]));
    const { answers, refusals } = (await ask({ ...wide, ...rest, SEI: sei })).heard;
    expect([answers.map(({ price }) => price), refusals]).to.deep.equal([[30_000_000n], []]);
  });

  it("have eight decimals, whatever an answer says of them, which nobody signed", async () => {
    const moved = [0, 1, 2].map((index) => told({ value: 31, by: by(index), decimals: 6 }));
    expect(await priceOf(moved), "signed as 31,000,000").to.deep.equal([[], ["missing"]]);
    const named = [0, 1, 2].map((index) => ({
      ...told({ value: 0.3, by: by(index) }),
      dataPoints: [{ dataFeedId: "SEI", value: 0.3, decimals: 2 }],
    }));
    expect(await priceOf(named)).to.deep.equal([[30_000_000n], []]);
    for (const name of ["__proto__", "constructor"])
      expect((await ask({ [name]: moved })).heard.answers).to.have.length(0);
  });

  it("are missing or refused where they are anything else", async () => {
    const faults = async (answer: unknown): Promise<readonly string[]> =>
      (await ask(answer)).heard.refusals.map(({ fault }) => fault);
    expect(await faults("<html>")).to.deep.equal(["not-json"]);
    expect(await faults("7")).to.deep.equal(["shape"]);
    const three = [0, 1, 2].map((index) => told({ value: 0.3, by: by(index) }));
    const odd = (changes: object) => three.map((one) => ({ ...one, ...changes }));
    expect(await faults({ SEI: odd({ timestampMilliseconds: -1 }) })).to.deep.equal(["missing"]);
    expect(await faults({ SEI: Array.from({ length: 65 }, (_, index) => three[index % 3]) })).to.deep.equal([
      "missing",
    ]);
    expect(await faults({})).to.deep.equal(["missing"]);
    for (const value of [-1, 1e21, "NaN", "1e400"]) {
      expect(await faults({ SEI: odd({ dataPoints: [{ dataFeedId: "SEI", value }] }) })).to.deep.equal(["missing"]);
    }
  });
});
