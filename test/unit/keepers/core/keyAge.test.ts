import { expect } from "chai";
import { type KeyFacts, type RegisteredKeys, askForVoteKeyFrom, decideKeys } from "../../../../keepers/core/keyAge.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { address, unixSeconds } from "../../../../keepers/core/units.ts";

const DAY = 86_400n;
const word = (digit: string) => hex(`0x${digit.repeat(64)}`);
const keysOf = (digit: string) => ({ messageKey: word(digit), boxKey: word(digit) });
const [signer, other] = [address(`0x${"1".repeat(40)}`), address(`0x${"2".repeat(40)}`)];
const since = unixSeconds(1_000n * DAY);

const registered: RegisteredKeys = {
  status: "Active",
  signer,
  signerSince: since,
  profile: { uriDigest: word("9"), ...keysOf("a") },
  profileSince: since,
  previousEnd: unixSeconds(0n),
};
const after = (days: bigint) => unixSeconds(since + days * DAY);
const facts: KeyFacts = {
  now: after(30n),
  ages: { messageDays: 30, voteDays: 90 },
  registered,
  signer,
  held: [{ ...keysOf("a"), madeAt: undefined }],
};
const kindOf = (changes: Partial<KeyFacts>): string => decideKeys({ ...facts, ...changes }).kind;

describe("The age of keys", () => {
  it("lets a keeper renew them from their age on, and not a second before", () => {
    expect(kindOf({})).to.equal("renew");
    expect(kindOf({ now: unixSeconds(facts.now - 1n) })).to.equal("wait");
  });

  it("lets nothing be renewed while an overlap runs, its last second included", () => {
    const running = { ...registered, previousEnd: facts.now };
    expect(kindOf({ registered: running })).to.equal("wait");
    expect(kindOf({ registered: running, now: unixSeconds(facts.now + 1n) })).to.equal("renew");
  });

  it("lets nothing be renewed of an agent that is paused, has another signer, no keys, or an operator who wants none", () => {
    for (const change of [{ status: "Paused" as const }, { signer: other }, { profile: undefined }]) {
      expect(kindOf({ registered: { ...registered, ...change } })).to.equal("wait");
    }
    expect(kindOf({ ages: { messageDays: 0, voteDays: 90 } })).to.equal("wait");
  });

  it("is whose keys they are to look at", () => {
    expect(kindOf({ held: [{ ...keysOf("b"), madeAt: undefined }] })).to.equal("foreign");
    expect(kindOf({ held: [{ ...keysOf("a"), boxKey: word("b"), madeAt: undefined }] })).to.equal("foreign");
  });

  it("takes keys that were made for a renewal before, and none that were registered once", () => {
    const ready = { ...keysOf("c"), madeAt: after(29n) };
    const old = { ...keysOf("d"), madeAt: unixSeconds(since - 1n) };
    expect(decideKeys({ ...facts, held: [old, ...facts.held] })).to.deep.equal({ kind: "renew", ready: undefined });
    expect(decideKeys({ ...facts, held: [old, ready, ...facts.held] })).to.deep.equal({ kind: "renew", ready });
  });

  it("asks for a vote key a week before, and never where no age is set", () => {
    expect(askForVoteKeyFrom(registered, facts.ages)).to.equal(after(83n));
    expect(askForVoteKeyFrom(registered, { messageDays: 30, voteDays: 0 })).to.equal(undefined);
  });
});
