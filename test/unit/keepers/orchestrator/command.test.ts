import { expect } from "chai";
import fc from "fast-check";
import { naclPrimitives, nativePrimitives } from "../../../../keepers/adapters/bus/nacl.ts";
import type { Hex } from "../../../../keepers/core/hex.ts";
import { type Address, address } from "../../../../keepers/core/units.ts";
import {
  COMMAND_BYTES,
  type Commanded,
  type LifecycleCommand,
  VERBS,
  judgeCommand,
  writeCommand,
} from "../../../../keepers/orchestrator/command.ts";
import { type StandingOrders, ordersAfter } from "../../../../keepers/orchestrator/orders.ts";

const NOW = 1_800_000_000_000;
const realm = { chainId: 1329n, registry: address(`0x${"a1".repeat(20)}`) };
const [ours, theirs] = [7, 8].map((n) => nativePrimitives.signer(new Uint8Array(32).fill(n)));
if (ours === undefined || theirs === undefined) throw new Error("no keys");
const mine = address(`0x${"01".repeat(20)}`);
const foreign = address(`0x${"02".repeat(20)}`);
const command = (fields: Partial<LifecycleCommand> = {}): LifecycleCommand => ({
  verb: "pause",
  account: mine,
  sequence: 5n,
  sentAtMs: NOW,
  ...fields,
});

/** Two agents of two operators in one fleet. */
const known =
  (fields: Partial<Commanded> = {}) =>
  (account: Address): Commanded | undefined => {
    const keys = new Map<Address, Hex>([
      [mine, ours.messageKey],
      [foreign, theirs.messageKey],
    ]);
    const operatorKey = keys.get(account);
    return operatorKey === undefined ? undefined : { operatorKey, lastSequence: 4n, isTerminated: false, ...fields };
  };

const judged = (bytes: Uint8Array, fields: Partial<Commanded> = {}, nowMs = NOW, commanded = known(fields)): string => {
  const answer = judgeCommand({ primitives: nativePrimitives, realm, commanded, nowMs }, bytes);
  return answer.kind === "accepted" ? answer.command.verb : answer.reason;
};

const written = (fields: Partial<LifecycleCommand> = {}, where = realm, signer = ours): Uint8Array =>
  writeCommand(where, signer, command(fields));

const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
};

describe("A lifecycle command", () => {
  it("is obeyed when the operator of that agent signed it, each verb as it was written [NX-ORC-03]", () => {
    for (const verb of VERBS) expect(judged(written({ verb }))).to.equal(verb);
  });

  const refusals: readonly (readonly [reason: string, of: string, answer: () => string])[] = [
    ["foreign-operator", "another operator's agent", () => judged(written({ account: foreign }))],
    ["foreign-operator", "a stranger's key", () => judged(written({}, realm, theirs))],
    ["foreign-operator", "an agent without an operator key", () => judged(written(), { operatorKey: undefined })],
    [
      "unknown-agent",
      "an agent that is not in the fleet",
      () => judged(written({ account: address(`0x${"03".repeat(20)}`) })),
    ],
    ["other-chain", "another chain", () => judged(written({}, { ...realm, chainId: 1n }))],
    ["other-registry", "another registry", () => judged(written({}, { ...realm, registry: mine }))],
    ["replayed", "a command that was seen", () => judged(written({ sequence: 4n }))],
    ["too-old", "an old command", () => judged(written(), {}, NOW + 60_001)],
    ["from-the-future", "a clock far ahead", () => judged(written(), {}, NOW - 5_001)],
    ["terminated", "an agent that was terminated", () => judged(written(), { isTerminated: true })],
    ["unknown-version", "a later version", () => judged(withByte(written(), 4, 2))],
    ["unknown-verb", "a verb that there is not", () => judged(withByte(written(), 5, 9))],
    ["unknown-verb", "no verb", () => judged(withByte(written(), 5, 0))],
    ["malformed", "too many bytes", () => judged(Uint8Array.from([...written(), 0]))],
    ["bad-signature", "a forged signature", () => judged(withByte(written(), 120, 1))],
    // The key is named in the command, and a signature by another key does not make it that key's.
    [
      "bad-signature",
      "a key that did not sign",
      () => {
        const bytes = written({}, realm, theirs);
        bytes.set(written().subarray(70, 102), 70);
        return judged(bytes);
      },
    ],
  ];
  for (const [reason, of, answer] of refusals) {
    it(`is refused as ${reason}: ${of} [NX-ORC-03]`, () => {
      expect(answer()).to.equal(reason);
    });
  }

  it("is obeyed up to its age, and within the clocks' tolerance", () => {
    expect([judged(written(), {}, NOW + 60_000), judged(written(), {}, NOW - 5_000)]).to.deep.equal(["pause", "pause"]);
  });

  it("has no effect when any bit of it is changed [NX-ORC-03]", () => {
    const bytes = written();
    const bit = fc.integer({ min: 0, max: COMMAND_BYTES * 8 - 1 });
    fc.assert(
      fc.property(bit, (at) => {
        const changed = withByte(bytes, at >> 3, (bytes[at >> 3] ?? 0) ^ (1 << (at & 7)));
        expect(VERBS).not.to.include(judged(changed));
      }),
    );
  });

  it("never throws, whatever arrives", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(VERBS).not.to.include(judged(bytes));
      }),
    );
  });

  it("is the same to both implementations of the signature", () => {
    const signer = naclPrimitives.signer(new Uint8Array(32).fill(7));
    expect(writeCommand(realm, signer, command())).to.deep.equal(written());
  });
});

describe("What commands come to", () => {
  const after = (...verbs: readonly LifecycleCommand["verb"][]) => {
    const orders = verbs.reduce<StandingOrders>(
      (now, verb, i) => ordersAfter(now, command({ verb, sequence: BigInt(i + 1) })),
      new Map(),
    );
    return orders.get(mine);
  };

  it("is the last of them, and each restart counts", () => {
    expect(after("pause")).to.deep.equal({ state: "paused", restarts: 0, lastSequence: 1n });
    expect(after("pause", "resume")?.state).to.equal("running");
    expect(after("restart", "pause", "restart")).to.deep.equal({ state: "running", restarts: 2, lastSequence: 3n });
  });

  it("has no way back from a termination", () => {
    expect(after("terminate", "resume", "restart")).to.deep.equal({
      state: "terminated",
      restarts: 0,
      lastSequence: 3n,
    });
  });
});
