import { expect } from "chai";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { attack, openGate } from "../../../support/attack.ts";

/** Hostile messages: a part of them in every run, all in `npm run test:deep`. */
const COUNT = process.env["NEXUS_TEST_DEEP"] === "1" ? 1_000_000 : 40_000;
const SEED = 13;
const MEGABYTE = 2 ** 20;

describe("envelopes: an attack", () => {
  it(`of ${COUNT} hostile messages has no effect, no crash and no memory, and honest ones go on [NX-KEE-04]`, () => {
    const before = process.memoryUsage().heapUsed;
    const gate = openGate();
    const { effects, honestSent, honestAccepted, reasons } = attack(gate, seededRandom(SEED), COUNT);
    expect(effects).to.equal(0);
    expect(honestAccepted).to.equal(honestSent);
    expect([...reasons]).to.include.members([
      "too-fast",
      "too-large",
      "malformed",
      "unknown-version",
      "unknown-topic",
      "other-chain",
      "other-registry",
      "wrong-stream",
      "replayed",
      "too-old",
      "from-the-future",
      "bad-signature",
    ]);
    expect(process.memoryUsage().heapUsed - before).to.be.below(200 * MEGABYTE);
  }).timeout(30 * 60_000);
});
