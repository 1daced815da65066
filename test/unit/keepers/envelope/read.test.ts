import { expect } from "chai";
import fc from "fast-check";
import { encodeBody } from "../../../../keepers/adapters/bus/bodies.ts";
import { nativePrimitives } from "../../../../keepers/adapters/bus/nacl.ts";
import { MAX_ENVELOPE_BYTES } from "../../../../keepers/core/envelope/layout.ts";
import { type Member, keysAt, sealKeyOf, withEvent } from "../../../../keepers/core/envelope/members.ts";
import { type Found, type ReaderWorld, readEnvelope } from "../../../../keepers/core/envelope/read.ts";
import { DEFAULT_RATE, MAX_AHEAD_MS, TOPIC_RULES, spend } from "../../../../keepers/core/envelope/windows.ts";
import { type Letter, type Realm, writeEnvelope } from "../../../../keepers/core/envelope/write.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import {
  CHAIN_TIME,
  MESSAGES,
  NOW_MS,
  REALM,
  bytesOfOne,
  foundIn,
  identityOf,
  letterOf,
  memberOf,
  worldOf,
} from "../../../support/envelopes.ts";
import { account } from "../../../support/keeperBuilders.ts";

const [sender, reader, third] = [identityOf(1), identityOf(2), identityOf(3)];
const VOTE = encodeBody(MESSAGES.votes);
const world = worldOf([sender, reader], reader);

const write = (changes: Partial<Letter> = {}, realm: Realm = REALM, from = sender): Uint8Array =>
  writeEnvelope({ primitives: nativePrimitives, realm }, from, letterOf(VOTE, changes));

/** What becomes of an envelope: "accepted", or the reason why not. */
const fate = (bytes: Uint8Array, found: Partial<Found> = {}, as: ReaderWorld = world): string => {
  const read = readEnvelope(as, bytes, foundIn(found));
  return read.kind === "accepted" ? "accepted" : read.reason;
};

const sealedFor = (...recipients: readonly { readonly boxKeys: { readonly boxKey: `0x${string}` } }[]) => ({
  recipients: recipients.map(({ boxKeys }) => boxKeys.boxKey),
});

describe("envelopes: what a reader accepts", () => {
  it("an envelope of a member, open or sealed for it, alone or among others", () => {
    expect(fate(write())).to.equal("accepted");
    expect(fate(write(sealedFor(reader)))).to.equal("accepted");
    expect(fate(write(sealedFor(third, reader, sender)))).to.equal("accepted");
  });

  it("one sealed for a key that it rotated out, as long as it has the key", () => {
    const rotated = { ...world, boxKeys: () => [third.boxKeys, reader.boxKeys] };
    expect(fate(write(sealedFor(reader)), {}, rotated)).to.equal("accepted");
  });

  it("both ends of the time window", () => {
    const { maxAgeMs } = TOPIC_RULES.votes;
    expect(fate(write({ sentAtMs: NOW_MS - maxAgeMs }))).to.equal("accepted");
    expect(fate(write({ sentAtMs: NOW_MS - maxAgeMs - 1 }))).to.equal("too-old");
    expect(fate(write({ sentAtMs: NOW_MS + MAX_AHEAD_MS }))).to.equal("accepted");
    expect(fate(write({ sentAtMs: NOW_MS + MAX_AHEAD_MS + 1 }))).to.equal("from-the-future");
  });
});

describe("envelopes: what has no effect, and why [NX-KEE-04]", () => {
  const other = { ...REALM, registry: account(0x9002) };
  const cases: readonly (readonly [string, string, () => string])[] = [
    ["for another chain", "other-chain", () => fate(write({}, { ...REALM, chainId: 1328n }))],
    ["for another registry of the same chain", "other-registry", () => fate(write({}, other))],
    ["in another agent's stream", "wrong-stream", () => fate(write(), { owner: 2n })],
    ["in the stream of another topic", "wrong-stream", () => fate(write(), { topic: "ballots" })],
    ["of an agent that the registry does not know", "stranger", () => fate(write({}, REALM, third), { owner: 3n })],
    ["with the sequence that was accepted last", "replayed", () => fate(write({ sequence: 5n }), { last: 5n })],
    ["with a lower sequence", "replayed", () => fate(write({ sequence: 4n }), { last: 5n })],
    [
      "signed by a key that is not the sender's",
      "unknown-key",
      () => fate(write({}, REALM, { ...third, agentId: 1n })),
    ],
    [
      "that names the sender's key and was signed by another",
      "bad-signature",
      () => fate(write({}, REALM, { ...sender, signer: { ...third.signer, messageKey: sender.signer.messageKey } })),
    ],
    ["sealed for others", "not-for-us", () => fate(write(sealedFor(third)))],
    [
      "sealed by a box key that is not the sender's",
      "foreign-box-key",
      () => fate(write(sealedFor(reader), REALM, { ...sender, boxKeys: third.boxKeys })),
    ],
    ["longer than the longest", "too-large", () => fate(new Uint8Array(MAX_ENVELOPE_BYTES + 1))],
    ["of another version", "unknown-version", () => fate(write().fill(2, 4, 5))],
    ["of a topic that is none", "unknown-topic", () => fate(write().fill(99, 5, 6))],
    ["in a form that is none", "malformed", () => fate(write().fill(2, 6, 7))],
    ["cut short", "malformed", () => fate(write().subarray(0, -1))],
    ["with a byte behind it", "malformed", () => fate(Uint8Array.from([...write(), 0]))],
    ["of nothing", "malformed", () => fate(new Uint8Array(0))],
    ["whose body is no message", "bad-body", () => fate(write({ body: bytesOfOne(7, 500) }))],
    ["whose body is another topic's", "bad-body", () => fate(write({ body: encodeBody(MESSAGES.results) }))],
    ["that says it is sealed and is not", "malformed", () => fate(markedSealed())],
  ];
  /** An honest body with the mark of a sealed one, signed as it stands. */
  const markedSealed = (): Uint8Array => {
    const bytes = write();
    const signed = bytes.subarray(0, -64).fill(1, 6, 7);
    bytes.set(sender.signer.sign(signed), signed.length);
    return bytes;
  };
  for (const [what, reason, get] of cases) {
    it(`an envelope ${what} is refused as ${reason}`, () => {
      expect(get()).to.equal(reason);
    });
  }

  it("any envelope with one bit changed is refused, sealed or open", () => {
    for (const original of [write(), write(sealedFor(reader, third))]) {
      fc.assert(
        fc.property(fc.nat({ max: original.length * 8 - 1 }), (bit) => {
          const changed = Uint8Array.from(original);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return fate(changed) !== "accepted";
        }),
        { numRuns: 400 },
      );
    }
  });

  it("a body signed by whoever cannot read it is refused: it shows another's box key", () => {
    // Agent 2 takes agent 1's sealed body and signs it as its own.
    const content = write(sealedFor(reader, third)).subarray(91, -64);
    const stolen = write({ body: content }, REALM, reader);
    const signed = stolen.subarray(0, -64).fill(1, 6, 7);
    stolen.set(reader.signer.sign(signed), signed.length);
    expect(fate(stolen, { owner: 2n }, worldOf([sender, reader], third))).to.equal("foreign-box-key");
  });

  it("a box that was altered by its sender opens for nobody, and uses its sequence up", () => {
    const bytes = write(sealedFor(reader));
    const signed = bytes.subarray(0, -64);
    signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
    bytes.set(sender.signer.sign(signed), signed.length);
    const read = readEnvelope(world, bytes, foundIn());
    expect(read).to.deep.include({ kind: "refused", reason: "cannot-open" });
    expect(read.kind === "refused" && read.authentic?.sequence).to.equal(1n);
  });
});

describe("envelopes: rotation and revocation [NX-AGT-02]", () => {
  const next = identityOf(4);
  const until = unixSeconds(CHAIN_TIME + 60n);
  const profile = { messageKey: next.signer.messageKey, boxKey: next.boxKeys.boxKey };
  const rotated = withEvent(memberOf(sender), { kind: "profile", agentId: 1n, profile, previousEnd: until });
  const knowing = (member: Member | undefined): ReaderWorld => ({ ...world, member: () => member });
  const renewed = { ...next, agentId: 1n };

  it("during the overlap both keys count, after it the new one alone", () => {
    const [during, last, after] = [CHAIN_TIME, until, unixSeconds(until + 1n)];
    for (const [chainTime, old] of [
      [during, "accepted"],
      [last, "accepted"],
      [after, "unknown-key"],
    ] as const) {
      expect(fate(write(), { chainTime }, knowing(rotated))).to.equal(old);
      expect(fate(write({}, REALM, renewed), { chainTime }, knowing(rotated))).to.equal("accepted");
    }
    expect(rotated && sealKeyOf(rotated, during)).to.equal(next.boxKeys.boxKey);
  });

  it("a still older key ends at once", () => {
    const again = { kind: "profile", agentId: 1n, profile: rotatedTwice(), previousEnd: until } as const;
    expect(fate(write(), {}, knowing(withEvent(rotated, again)))).to.equal("unknown-key");
  });
  const rotatedTwice = () => ({ messageKey: third.signer.messageKey, boxKey: third.boxKeys.boxKey });

  it("keys that were revoked end with the event, and so does whoever is paused or terminated", () => {
    const none = { messageKey: `0x${"0".repeat(64)}`, boxKey: `0x${"0".repeat(64)}` } as const;
    const revoked = withEvent(rotated, { kind: "profile", agentId: 1n, profile: none, previousEnd: unixSeconds(0n) });
    expect(fate(write(), {}, knowing(revoked))).to.equal("unknown-key");
    expect(fate(write({}, REALM, renewed), {}, knowing(revoked))).to.equal("unknown-key");
    for (const status of ["Paused", "Terminated"] as const) {
      const stopped = withEvent(memberOf(sender), { kind: "status", agentId: 1n, status });
      expect(fate(write(), {}, knowing(stopped))).to.equal("stranger");
      expect(stopped && sealKeyOf(stopped, CHAIN_TIME)).to.equal(undefined);
    }
  });

  it("an event of an agent that never joined makes no member", () => {
    expect(withEvent(undefined, { kind: "status", agentId: 9n, status: "Active" })).to.equal(undefined);
    expect(keysAt(undefined, CHAIN_TIME)).to.deep.equal([]);
  });
});

describe("envelopes: the rate of a sender", () => {
  it("allows a burst, then so many a second, and nothing for a clock that goes back", () => {
    let allowance = spend(DEFAULT_RATE, undefined, 0).next;
    for (let n = 1; n < DEFAULT_RATE.burst; n += 1) allowance = spend(DEFAULT_RATE, allowance, 0).next;
    expect(spend(DEFAULT_RATE, allowance, 0).isWithin).to.equal(false);
    expect(spend(DEFAULT_RATE, allowance, -1_000).isWithin).to.equal(false);
    const later = spend(DEFAULT_RATE, allowance, 1_000 / DEFAULT_RATE.perSecond);
    expect(later.isWithin).to.equal(true);
    expect(spend(DEFAULT_RATE, later.next, 1_000 / DEFAULT_RATE.perSecond).isWithin).to.equal(false);
  });
});
