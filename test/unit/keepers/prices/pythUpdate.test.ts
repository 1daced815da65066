import { expect } from "chai";
import fc from "fast-check";
import { hex, sizeOf, sliceBytes } from "../../../../keepers/core/hex.ts";
import { PYTHNET, readPythUpdate } from "../../../../keepers/market/prices/pythUpdate.ts";
import { ethers } from "../../../support/chain.ts";
import { signedUpdate } from "../../../support/signedPrices.ts";

const SEI = ethers.id("SEI/USD");
const ETH = ethers.id("ETH/USD");
const MESSAGES = [
  { id: SEI, price: 31_000_000n, conf: 12_000n, expo: -8, publishTime: 1_700_000_000 },
  { id: ETH, price: -5n, conf: 1n, expo: 3, publishTime: 1_700_000_001 },
  { id: ethers.id("third"), price: 1n, conf: 2n, expo: 0, publishTime: 3 },
];
const UPDATE = hex(signedUpdate(MESSAGES));

describe("An update of Pyth as keepers read it", () => {
  it("says what the signed messages say, in their order", () => {
    expect(readPythUpdate(UPDATE)).to.deep.equal({
      emitterChain: PYTHNET,
      prices: MESSAGES.map(({ id, price, conf, expo, publishTime }) => ({
        feedId: id,
        price,
        conf,
        exponent: expo,
        publishTime: BigInt(publishTime),
      })),
    });
  });

  it("is none where it is cut off anywhere, goes on behind its end, or begins otherwise", () => {
    for (let length = 0; length < sizeOf(UPDATE); length += 1) {
      expect(readPythUpdate(sliceBytes(UPDATE, 0, length)), `${length} bytes`).to.equal(undefined);
    }
    expect(readPythUpdate(hex(`${UPDATE}00`))).to.equal(undefined);
    expect(readPythUpdate(hex(`0x504e4156${UPDATE.slice(10)}`)), "another magic").to.equal(undefined);
    expect(readPythUpdate(hex(`0x504e415502${UPDATE.slice(12)}`)), "another version").to.equal(undefined);
    expect(readPythUpdate("0x")).to.equal(undefined);
  });

  it("never throws, whatever the bytes are", () => {
    const bytes = [...Buffer.from(UPDATE.slice(2), "hex")];
    const changed = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changed, (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, byte] of changes) copy[at] = byte;
        const read = readPythUpdate(hex(`0x${copy.toString("hex")}`));
        expect(read === undefined || read.prices.length > 0).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });
});
