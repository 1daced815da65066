import { expect } from "chai";
import {
  type Flight,
  type FlightFacts,
  type NonceUser,
  detailsOf,
  flightStep,
  mustAskWhoUsed,
  noteOf,
  resumedFlight,
} from "../../../../keepers/sending/flight.ts";
import { type PendingTransaction, unresolved } from "../../../../keepers/sending/pending.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { account } from "../../../support/keeperBuilders.ts";

const flight = (changes: Partial<Flight> = {}, details = detailsOf({ endsOnChain: true })): Flight => ({
  ...resumedFlight({
    operation: "0x01",
    details,
    deadline: unixSeconds(1_004n),
    account: account(1),
    accountNonce: 5n,
    gasPrice: 1n,
    raw: "0x02",
    transaction: "0x03",
    block: blockNumber(100n),
  }),
  broadcastAt: blockNumber(100n),
  ...changes,
});

const facts = ({
  block = 101n,
  time = 1_000n,
  ...changes
}: Partial<FlightFacts> & { block?: bigint; time?: bigint }) => ({
  now: { block: blockNumber(block), time: unixSeconds(time), baseFee: 1n },
  mined: undefined,
  accountNonce: 5n,
  isRivalMined: false,
  usedBy: "unknown" as const,
  isUnwanted: false,
  isNewest: true,
  ...changes,
});

describe("What to do about a transaction in flight", () => {
  it("believes the receipt before anything else", () => {
    const mined = { block: blockNumber(101n), gasPaid: 1n, error: "X" };
    const late = facts({ mined, time: 9_999n, accountNonce: 6n, isUnwanted: true });
    const result = { kind: "reverted", block: 101n, gasPaid: 1n, detail: "X" };
    expect(flightStep(flight(), late)).to.deep.equal({ kind: "resolve", result });
  });

  it("waits for a block or two, then sends the same bytes again", () => {
    expect(flightStep(flight(), facts({})).kind).to.equal("wait");
    expect(flightStep(flight(), facts({ block: 102n })).kind).to.equal("broadcast");
    expect(flightStep(flight({ broadcastAt: undefined }), facts({})).kind).to.equal("broadcast");
  });

  it("gives it up when the deadline that its contract enforces has passed, not a second before", () => {
    expect(flightStep(flight(), facts({ time: 1_004n })).kind).to.equal("wait");
    const result = { kind: "expired", block: 101n, gasPaid: 0n, detail: "the deadline passed before it was mined" };
    expect(flightStep(flight(), facts({ time: 1_005n }))).to.deep.equal({ kind: "resolve", result });
    // Nothing on the chain ends it, so another transaction has to.
    const open = flight({}, detailsOf({ endsOnChain: false, note: "ends-on-chain" }));
    expect(flightStep(open, facts({ time: 1_005n })).kind).to.equal("cancel");
  });

  it("is patient with a receipt that is late, and gives up only what the chain shows another transaction in the place of", () => {
    const used = flight({ usedSince: blockNumber(101n) });
    const after = (block: bigint, usedBy: NonceUser) =>
      flightStep(used, facts({ accountNonce: 6n, time: 2_000n, block, usedBy }));
    expect([
      mustAskWhoUsed(used, facts({ block: 110n }).now),
      mustAskWhoUsed(used, facts({ block: 111n }).now),
    ]).to.deep.equal([false, true]);
    const superseded = (block: bigint, detail: string) => ({
      kind: "resolve",
      result: { kind: "superseded", block, gasPaid: 0n, detail },
    });
    expect(after(111n, "another")).to.deep.equal(superseded(111n, "another transaction used its nonce"));
    expect(after(850n, "unknown").kind).to.equal("wait");
    const unshown = "its nonce is used, and no node shows by which transaction";
    expect(after(851n, "unknown")).to.deep.equal(superseded(851n, unshown));
    // Its own block shows it: the receipt is bound to come.
    expect(after(10_000n, "ours").kind).to.equal("wait");
  });

  it("gives back the note that its asker wrote, and knows how it ends whatever the note says", () => {
    const note = `open-ended 1 2 {"x":"y z"}`;
    const details = detailsOf({ endsOnChain: true, note });
    expect(noteOf({ details })).to.equal(note);
    expect(noteOf({ details: detailsOf({ endsOnChain: true }) })).to.equal("");
    expect(flightStep(flight({}, details), facts({ time: 1_005n })).kind).to.equal("resolve");
  });
});

describe("A journal of an earlier release", () => {
  it("has open what was signed and has no end in it, oldest first", () => {
    const { operation: _operation, details: _details, ...signed } = flight().tx;
    const first: PendingTransaction = {
      ...signed,
      hash: "0x01",
      agentId: 1n,
      proposalNonce: 11n,
      proposedBlock: blockNumber(100n),
      proposedAtMs: 0,
    };
    const second = { ...first, transaction: "0x04" } as const;
    const entries = [
      { kind: "signed", pending: first },
      { kind: "signed", pending: second },
      { kind: "resolved", transaction: "0x03", how: "moved" },
    ] as const;
    expect(unresolved(entries)).to.deep.equal([second]);
    expect(unresolved(entries.slice(0, 2))).to.deep.equal([first, second]);
  });
});
