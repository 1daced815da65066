import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import nacl from "tweetnacl";
import { encodeBody, parseBody } from "../../../../keepers/adapters/bus/bodies.ts";
import { naclPrimitives, nativePrimitives } from "../../../../keepers/adapters/bus/nacl.ts";
import { TOPICS, bytesOf, decodeEnvelope, hexOf } from "../../../../keepers/core/envelope/layout.ts";
import { type Primitives, verifyStrictly } from "../../../../keepers/core/envelope/primitives.ts";
import { readEnvelope } from "../../../../keepers/core/envelope/read.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { envelopeVectors, makeVectors, vectorBytes } from "../../../support/envelopeVectors.ts";
import { MESSAGES, bytesOfOne, foundIn, identityOf, worldOf } from "../../../support/envelopes.ts";

const IMPLEMENTATIONS: readonly (readonly [string, Primitives])[] = [
  ["tweetnacl", naclPrimitives],
  ["Node's Ed25519", nativePrimitives],
];

describe("envelopes: the shared vectors", () => {
  for (const [name, primitives] of IMPLEMENTATIONS) {
    it(`are what ${name} writes`, () => {
      expect(makeVectors(primitives)).to.deep.equal(envelopeVectors());
    });

    it(`are read by ${name}, each to its message`, () => {
      const world = worldOf([identityOf(1)], identityOf(2), primitives);
      for (const { topic: name_, envelope } of envelopeVectors().envelopes) {
        const topic = TOPICS.find((known) => known === name_) ?? "votes";
        const read = readEnvelope(world, vectorBytes(envelope), foundIn({ topic }));
        if (read.kind !== "accepted") throw new Error(`${topic}: ${read.reason}`);
        expect(read.content).to.deep.equal({ topic, message: MESSAGES[topic] });
      }
    });
  }

  // A second reader, written from docs/messages.md with nothing but Node and tweetnacl.
  it("can be taken apart by the written specification alone", () => {
    const { recipients, sender } = envelopeVectors();
    for (const { envelope, body, isSealed, sequence } of envelopeVectors().envelopes) {
      const bytes = Buffer.from(envelope.slice(2), "hex");
      expect(bytes.toString("latin1", 0, 4)).to.equal("NXMS");
      expect([bytes[4], bytes[6]]).to.deep.equal([1, isSealed ? 1 : 0]);
      expect([bytes.readBigUInt64BE(7), bytes.readUInt32BE(35)]).to.deep.equal([1329n, 1]);
      expect(bytes.readBigUInt64BE(39)).to.equal(BigInt(sequence));
      expect(bytes.readUInt32BE(87)).to.equal(bytes.length - 91 - 64);
      const key = createPublicKey({
        key: { kty: "OKP", crv: "Ed25519", x: bytes.subarray(55, 87).toString("base64url") },
        format: "jwk",
      });
      expect(verify(null, bytes.subarray(0, -64), key, bytes.subarray(-64))).to.equal(true);
      const content = bytes.subarray(91, -64);
      if (!isSealed) {
        expect(content.toString()).to.equal(body);
        continue;
      }
      const [nonce, count] = [content.subarray(32, 56), content.readUInt16BE(56)];
      const second = recipients[1];
      const slot = Array.from({ length: count }, (_, i) => content.subarray(58 + 80 * i, 138 + 80 * i)).find(
        (one) => hexOf(one.subarray(0, 32)) === second?.boxKey,
      );
      if (slot === undefined || second === undefined) throw new Error("the second recipient has no slot");
      const contentKey = nacl.box.open(slot.subarray(32), nonce, bytesOf(sender.boxKey), bytesOf(second.boxSecret));
      const opened = nacl.secretbox.open(content.subarray(58 + 80 * count), nonce, contentKey ?? new Uint8Array(32));
      expect(Buffer.from(opened ?? []).toString()).to.equal(body);
    }
  });

  it("are those that docs/messages.md names by their digest", () => {
    const digest = createHash("sha256");
    for (const { envelope } of envelopeVectors().envelopes) digest.update(vectorBytes(envelope));
    expect(readFileSync("docs/messages.md", "utf8")).to.include(digest.digest("hex"));
  });
});

describe("envelopes: one rule for signatures, whichever library verifies", () => {
  const agree = (signed: Uint8Array, signature: Uint8Array, messageKey: `0x${string}`): boolean => {
    const answers = IMPLEMENTATIONS.map(([, primitives]) =>
      verifyStrictly(primitives, { signed, signature, messageKey }),
    );
    expect(answers[0]).to.equal(answers[1]);
    return answers[0] ?? false;
  };
  const text = bytesOfOne(7, 50);
  const { signer } = identityOf(1);
  const good = signer.sign(text);

  it("both accept a signature, and both refuse each one with a bit changed", () => {
    expect(agree(text, good, signer.messageKey)).to.equal(true);
    fc.assert(
      fc.property(fc.nat({ max: 511 }), (bit) => {
        const changed = Uint8Array.from(good);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return !agree(text, changed, signer.messageKey);
      }),
      { numRuns: 60 },
    );
  });

  it("both refuse whatever is no signature, by whatever is no key", () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(64), bytes(32), (signature, key) => !agree(text, signature, hexOf(key))),
      { numRuns: 60 },
    );
  });

  it("a signature whose second half is above the order of the group is refused: it would be a second one", () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n;
    let scalar = order;
    for (let i = 31; i >= 0; i -= 1) scalar += BigInt(good[32 + i] ?? 0) << BigInt(8 * i);
    const altered = Uint8Array.from(good);
    for (let i = 0; i < 32; i += 1) altered[32 + i] = Number((scalar >> BigInt(8 * i)) & 0xffn);
    // tweetnacl alone takes it.
    expect(naclPrimitives.verify(text, altered, signer.messageKey)).to.equal(true);
    expect(agree(text, altered, signer.messageKey)).to.equal(false);
  });

  it("a key of small order is refused, though one signature would pass for every message", () => {
    const weak = hex(`0x01${"00".repeat(31)}`);
    const forged = new Uint8Array(64);
    forged[0] = 1;
    expect(naclPrimitives.verify(text, forged, weak)).to.equal(true);
    expect(agree(text, forged, weak)).to.equal(false);
  });
});

describe("bodies", () => {
  it("are read back as they were, for every topic", () => {
    for (const topic of TOPICS) {
      expect(parseBody(topic, encodeBody(MESSAGES[topic]))?.message).to.deep.equal(MESSAGES[topic]);
    }
  });

  const vote = new TextDecoder().decode(encodeBody(MESSAGES.votes));
  const bad: readonly (readonly [string, string])[] = [
    ["with spaces", vote.replace(":", ": ")],
    ["with its members in another order", JSON.stringify(Object.fromEntries(Object.entries(MESSAGES.votes).reverse()))],
    ["with a member that is unknown", vote.replace("}", ',"z":1}')],
    ["with a member twice", vote.replace("{", '{"hash":"0x","hash":"0x",')],
    ["with a member missing", vote.replace(/,"signer":"[^"]*"/, "")],
    ["with upper-case hex", vote.replace("abab", "ABAB")],
    ["with a prototype", vote.replace("}", ',"__proto__":{"hash":"0x"}}')],
    ["that is no object", "[]"],
    ["that is no JSON", "{"],
    ["that is nothing", ""],
    ["that nests without end", "[".repeat(100_000)],
  ];
  for (const [how, body] of bad) {
    it(`${how} are refused`, () => {
      expect(body).not.to.equal(vote);
      expect(parseBody("votes", new TextEncoder().encode(body))).to.equal(undefined);
    });
  }

  it("with an amount below zero, above a word or written otherwise are refused", () => {
    const proposal = new TextDecoder().decode(encodeBody(MESSAGES.proposals));
    for (const amount of ["-1", "01", "+1", "1.0", "0x1", "9".repeat(90), (1n << 256n).toString()]) {
      const body = proposal.replace('"gasCost":"1000"', `"gasCost":"${amount}"`);
      expect(body).not.to.equal(proposal);
      expect(parseBody("proposals", new TextEncoder().encode(body)), amount).to.equal(undefined);
    }
  });

  it("that are no UTF-8, or begin with a mark of byte order, are refused", () => {
    const bytes = encodeBody(MESSAGES.votes);
    expect(parseBody("votes", Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes]))).to.equal(undefined);
    expect(parseBody("votes", Uint8Array.from([...bytes.subarray(0, 9), 0xff, ...bytes.subarray(10)]))).to.equal(
      undefined,
    );
  });
});

describe("envelopes: layout", () => {
  it("nothing but an envelope is read as one, and nothing throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => decodeEnvelope(bytes).kind === "refused"),
      { numRuns: 500 },
    );
  });
});
