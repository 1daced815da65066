import { expect } from "chai";
import { naclPrimitives } from "../../../../keepers/adapters/bus/nacl.ts";
import { createKeyChoice } from "../../../../keepers/core/envelope/ownKeys.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";

const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const pairOf = (n: number) => ({
  signer: naclPrimitives.signer(seedOf(n)),
  boxKeys: naclPrimitives.boxKeys(seedOf(n)),
});
const [first, second, stranger] = [pairOf(1), pairOf(2), pairOf(3)];

const registered = ({ signer, boxKeys }: typeof first, validUntil?: bigint) => ({
  messageKey: signer.messageKey,
  boxKey: boxKeys.boxKey,
  validUntil: validUntil === undefined ? undefined : unixSeconds(validUntil),
});

describe("The keys that an agent speaks with", () => {
  let nowMs = 0;
  const choose = () => createKeyChoice(() => nowMs);
  const ours = [second, first];

  it("are the current ones of the registry, at a start at once", () => {
    expect(choose()([registered(second), registered(first, 100n)], ours)).to.equal(second);
    expect(choose()([registered(first)], ours)).to.equal(first);
  });

  it("change some seconds after the registry's, while the ones before count [NX-KEE-13]", () => {
    const pick = choose();
    expect(pick([registered(first)], ours)).to.equal(first);
    const both = [registered(second), registered(first, 100n)];
    expect(pick(both, ours)).to.equal(first);
    nowMs += 4_999;
    expect(pick(both, ours)).to.equal(first);
    nowMs += 1;
    expect(pick(both, ours)).to.equal(second);
  });

  it("change at once where nothing lets the ones before count [NX-KEE-13]", () => {
    const pick = choose();
    expect(pick([registered(first)], ours)).to.equal(first);
    expect(pick([registered(second)], ours)).to.equal(second);
  });

  it("are those of an overlap where the current ones are not ours, and none where none are", () => {
    expect(choose()([registered(stranger), registered(first, 100n)], ours)).to.equal(first);
    expect(choose()([registered(stranger)], ours)).to.equal(undefined);
    expect(choose()([], ours)).to.equal(undefined);
    const mixed = { ...registered(first), boxKey: second.boxKeys.boxKey };
    expect(choose()([mixed], ours)).to.equal(undefined);
  });
});
