import { expect } from "chai";
import type { TransactionResult } from "../../../../keepers/core/bus.ts";
import type { PendingTransaction } from "../../../../keepers/sending/pending.ts";
import { type TransactionFacts, stepOf, unresolved } from "../../../../keepers/sending/step.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { account } from "../../../support/keeperBuilders.ts";

const PENDING: PendingTransaction = {
  hash: "0x01",
  agentId: 1n,
  proposalNonce: 11n,
  deadline: unixSeconds(1_004n),
  account: account(1),
  accountNonce: 5n,
  gasPrice: 1n,
  raw: "0x02",
  transaction: "0x03",
  block: blockNumber(100n),
  proposedBlock: blockNumber(100n),
  proposedAtMs: 0,
};

const facts = (changes: Partial<TransactionFacts<TransactionResult>>): TransactionFacts<TransactionResult> => ({
  block: blockNumber(101n),
  time: unixSeconds(1_000n),
  mined: undefined,
  accountNonce: 5n,
  usedSince: undefined,
  sentAt: blockNumber(100n),
  ...changes,
});

describe("What to do about a transaction in flight", () => {
  it("believes the receipt before anything else", () => {
    const mined = { result: { kind: "reverted", error: "X", gasPaid: 1n }, block: blockNumber(101n) } as const;
    const late = facts({ mined, time: unixSeconds(9_999n), accountNonce: 6n });
    expect(stepOf(PENDING, late)).to.deep.equal({ kind: "resolved", ...mined });
  });

  it("waits for a block or two, then sends the same bytes again", () => {
    expect(stepOf(PENDING, facts({})).kind).to.equal("wait");
    expect(stepOf(PENDING, facts({ block: blockNumber(102n) })).kind).to.equal("broadcast");
    expect(stepOf(PENDING, facts({ sentAt: undefined })).kind).to.equal("broadcast");
  });

  it("gives it up when the deadline has passed unmined, not a second before", () => {
    expect(stepOf(PENDING, facts({ time: unixSeconds(1_004n) })).kind).to.equal("wait");
    expect(stepOf(PENDING, facts({ time: unixSeconds(1_005n) }))).to.deep.include({
      kind: "resolved",
      result: { kind: "expired", why: "the deadline passed before it was mined" },
    });
  });

  it("is patient with a receipt that is late when the nonce is used, deadline or not, and then gives up", () => {
    const used = { accountNonce: 6n, usedSince: blockNumber(101n), time: unixSeconds(2_000n) };
    expect(stepOf(PENDING, facts({ ...used, block: blockNumber(110n) })).kind).to.equal("wait");
    expect(stepOf(PENDING, facts({ ...used, block: blockNumber(111n) }))).to.deep.include({
      kind: "resolved",
      result: { kind: "expired", why: "another transaction used the account's nonce" },
    });
  });

  it("counts as unresolved what was signed and has no end in the journal, oldest first", () => {
    const second = { ...PENDING, transaction: "0x04" } as const;
    const entries = [
      { kind: "signed", pending: PENDING },
      { kind: "signed", pending: second },
      { kind: "resolved", transaction: "0x03", how: "enacted" },
    ] as const;
    expect(unresolved(entries)).to.deep.equal([second]);
    expect(unresolved(entries.slice(0, 2))).to.deep.equal([PENDING, second]);
  });
});
