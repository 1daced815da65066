import { expect } from "chai";
import fc from "fast-check";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import { type ValuedOperation, identityOf } from "../../../../keepers/agents/payments/operation.ts";
import { bountyOf, isLive, unclaimed } from "../../../../keepers/agents/payments/channel.ts";
import { type PaymentDecision, type PaymentsPolicy, decide } from "../../../../keepers/agents/payments/decide.ts";
import type { PaymentsSnapshot, SeenChannel, SeenJob } from "../../../../keepers/agents/payments/ports.ts";
import { GAS } from "../../../../keepers/agents/payments/worth.ts";
import {
  DELAY,
  OTHER,
  POLICY,
  SELF,
  STRANGER,
  TOKEN,
  channelAt,
  costing,
  seenChannel,
  seenJob,
  termsOf,
  viewOf,
  voucherOver,
} from "../../../support/fakePayments.ts";
import { account } from "../../../support/keeperBuilders.ts";

const NOW = 1_000n;
const short = (decision: PaymentDecision): string =>
  decision.kind === "operate" ? decision.operation.kind : `waits: ${decision.why}`;
const decided = (view: Partial<PaymentsSnapshot>, policy: Partial<PaymentsPolicy> = {}): readonly string[] =>
  decide(viewOf(view), { ...POLICY, ...policy }).map(short);
const actsOf = (view: Partial<PaymentsSnapshot>, policy: Partial<PaymentsPolicy> = {}): readonly ValuedOperation[] =>
  decide(viewOf(view), { ...POLICY, ...policy }).flatMap((decision) =>
    decision.kind === "operate" ? [decision.operation] : [],
  );

/** A close of a channel that half an hour of its hour has passed of, and that leaves 500 of 700 out. */
const closing = (changes: Partial<SeenChannel> = {}, closesAt = NOW + DELAY / 2n): SeenChannel =>
  seenChannel(1, {
    channel: channelAt({ state: "Closing", paid: 200n, closesAt }),
    voucher: voucherOver(700n),
    ...changes,
  });

describe("What the payments agent decides", () => {
  const ours = (changes: Parameters<typeof channelAt>[0], total?: bigint): SeenChannel =>
    seenChannel(1, {
      terms: termsOf(SELF, OTHER),
      channel: channelAt(changes),
      voucher: total === undefined ? undefined : voucherOver(total),
    });
  const plan = {
    channelId: seenChannel(1).channelId,
    terms: termsOf(SELF, OTHER),
    deposit: 1_000n,
    low: 300n,
    limit: 2_500n,
  };
  const unopened = { state: "None", deposited: 0n } as const;

  for (const [title, channel, total, available, expected] of [
    ["opens what is not open", unopened, undefined, 5_000n, ["open"]],
    ["waits for money", unopened, undefined, 999n, ["waits: balance-too-small"]],
    ["leaves alone what has enough", { deposited: 1_000n }, 700n, 5_000n, []],
    ["tops up what has too little", { deposited: 1_000n }, 701n, 5_000n, ["topUp"]],
    [
      "tops up by what was paid, where no voucher is known",
      { deposited: 1_000n, paid: 800n },
      undefined,
      5_000n,
      ["topUp"],
    ],
    ["stops at the limit", { deposited: 2_500n }, 2_400n, 5_000n, ["waits: limit-reached"]],
    ["leaves a closed one", { state: "Closed", deposited: 1_000n }, undefined, 5_000n, ["waits: no-longer-open"]],
  ] as const) {
    it(`about a channel of its own: ${title}`, () => {
      const view = { channels: [ours(channel, total)], available: new Map([[TOKEN, available]]) };
      expect(decided(view, { plans: [plan] })).to.deep.equal(expected);
    });
  }

  it("tops up to what the plan leaves free, and no further than its limit", () => {
    const [first] = actsOf({ channels: [ours({ deposited: 1_000n }, 900n)] }, { plans: [plan] });
    expect(first).to.deep.include({ kind: "topUp", amount: 900n, deposited: 1_900n });
    const [second] = actsOf({ channels: [ours({ deposited: 1_900n }, 1_800n)] }, { plans: [plan] });
    expect(second).to.deep.include({ amount: 600n, deposited: 2_500n });
  });

  const one = (due: bigint): Partial<PaymentsSnapshot> => ({
    channels: [seenChannel(1, { voucher: voucherOver(due) })],
  });
  const dear = costing(GAS.claim, 100n);

  for (const [title, view, expected] of [
    [
      "nothing where nothing is unclaimed",
      { channels: [seenChannel(1, { voucher: voucherOver(5n), channel: channelAt({ paid: 5n }) })] },
      [],
    ],
    ["nothing without a voucher", { channels: [seenChannel(1)] }, []],
    ["what is worth twice its gas", { ...one(201n), ...dear }, ["claim"]],
    ["not what is worth less", { ...one(200n), ...dear }, ["waits: too-dear"]],
    ["nothing where gas has no price", { ...one(10n ** 6n), rates: new Map() }, ["waits: unpriced"]],
    ["nothing of a voucher above the deposit", one(1_000_001n), []],
    [
      "nothing for others while a channel is open",
      { channels: [seenChannel(1, { terms: termsOf(OTHER, STRANGER), voucher: voucherOver(9n) })] },
      [],
    ],
  ] as const) {
    it(`claims of open channels: ${title}`, () => {
      expect(decided(view)).to.deep.equal(expected);
    });
  }

  const many = (dues: readonly bigint[]): readonly SeenChannel[] =>
    dues.map((due, n) =>
      seenChannel(n + 1, { voucher: voucherOver(due), terms: termsOf(account(0x7200 + n), SELF, n) }),
    );

  it("claims together what one receiver has in several channels, the largest first, as many as fit", () => {
    const [operation, ...rest] = actsOf({ channels: many([100n, 300n, 200n]) }, { maxBatch: 2 });
    expect(operation?.kind === "claimMany" ? operation.claims.map(({ total }) => total) : []).to.deep.equal([
      300n,
      200n,
    ]);
    expect(rest.map(({ kind }) => kind)).to.deep.equal(["claim"]);
  });

  it("leaves out of a batch what does not pay for its own part, and what no key signed", () => {
    const [small, ...others] = many([29n, 500n, 500n, 500n]);
    const foreign = others.map((seen, n) =>
      n === 0 ? { ...seen, voucher: { ...voucherOver(500n), compact: undefined } } : seen,
    );
    const channels = small === undefined ? [] : [small, ...foreign];
    const decisions = decide(viewOf({ channels, ...costing(GAS.batchEach, 15n) }), POLICY);
    expect(decisions.map(short)).to.deep.equal(["claimMany", "claim", "waits: too-dear"]);
    const [first] = decisions;
    expect(first?.kind === "operate" ? first.operation.gain : 0n).to.equal(1_000n);
  });

  it("does not mix receivers, tokens or delays in a batch", () => {
    const [a, b] = many([100n, 100n]);
    if (a === undefined || b === undefined) throw new Error("no channels");
    const other = { ...b, terms: { ...b.terms, withdrawDelay: a.terms.withdrawDelay, receiverAuthorizer: SELF } };
    expect(decided({ channels: [a, other] })).to.deep.equal(["claim", "claim"]);
  });

  for (const [title, seen, policy, expected] of [
    ["a receiver at once", closing({}, NOW + DELAY), {}, ["claim"]],
    [
      "a receiver's second key",
      closing({ terms: { ...termsOf(OTHER, STRANGER), receiverAuthorizer: SELF } }),
      {},
      ["claim"],
    ],
    [
      "a watchtower not before it is paid",
      closing({ terms: termsOf(OTHER, STRANGER) }, NOW + DELAY / 2n + 1n),
      {},
      ["waits: bounty-later"],
    ],
    ["a watchtower from then on", closing({ terms: termsOf(OTHER, STRANGER) }), {}, ["claim"]],
    ["no watchtower that was told not to", closing({ terms: termsOf(OTHER, STRANGER) }), { watchesOthers: false }, []],
    ["not the payer that closes", closing({ terms: termsOf(SELF, OTHER) }), {}, []],
    ["nobody where nothing was left out", closing({ voucher: voucherOver(200n) }), {}, []],
    ["nobody once it is closed", closing({ channel: channelAt({ state: "Closed", paid: 200n }) }), {}, []],
  ] as const) {
    it(`answers a close that leaves a voucher out: ${title}`, () => {
      expect(decided({ channels: [seen] }, policy)).to.deep.equal(expected);
    });
  }

  it("answers a close of its own for anything above the gas, without a price too; a watchtower for its margin", () => {
    const cost = costing(GAS.claim, 499n);
    expect(decided({ channels: [closing()], ...cost })).to.deep.equal(["claim"]);
    expect(decided({ channels: [closing()], rates: new Map() })).to.deep.equal(["claim"]);
    expect(
      decided({
        channels: [closing({ channel: channelAt({ state: "Closing", paid: 201n, closesAt: NOW }) })],
        ...cost,
      }),
    ).to.deep.equal(["waits: too-dear"]);
    const watched = [closing({ terms: termsOf(OTHER, STRANGER) })];
    expect(decided({ channels: watched, ...costing(GAS.claim, 2n) })).to.deep.equal(["claim"]);
    expect(decided({ channels: watched, ...costing(GAS.claim, 3n) })).to.deep.equal(["waits: too-dear"]);
  });

  it("answers the close first that can be finished first, and closes before everything else", () => {
    const late = closing({ channelId: seenChannel(8).channelId }, NOW + 100n);
    const early = closing({ channelId: seenChannel(9).channelId }, NOW + 99n);
    const acts = actsOf(
      { channels: [seenChannel(3, { voucher: voucherOver(10n ** 5n) }), late, early, ours(unopened)] },
      { plans: [plan] },
    );
    expect(acts.map((operation) => ("channelId" in operation ? operation.channelId : ""))).to.deep.equal(
      [early, late, ours({}), seenChannel(3)].map(({ channelId }) => channelId),
    );
  });

  const over = (state: "Closing" | "ClosingStale", closesAt: bigint) =>
    channelAt({ state, paid: 200n, deposited: 1_000n, closesAt });
  for (const [title, seen, expected] of [
    ["the payer's after the last second", ours(over("Closing", NOW - 1n)), ["finalizeClose"]],
    ["not in it", ours(over("Closing", NOW)), []],
    [
      "the receiver's where it was promised more",
      seenChannel(1, { channel: over("ClosingStale", NOW - 1n) }),
      ["finalizeClose"],
    ],
    ["not where it gets nothing", seenChannel(1, { channel: over("Closing", NOW - 1n) }), []],
    ["not others'", seenChannel(1, { terms: termsOf(OTHER, STRANGER), channel: over("ClosingStale", NOW - 1n) }), []],
  ] as const) {
    it(`finishes a ripe close: ${title}`, () => {
      expect(decided({ channels: [seen] })).to.deep.equal(expected);
    });
  }

  const recordable = { ...seenJob({}, { status: "Paid", reserved: 0n }), isRecordable: true };
  const rule = { trustedWorkers: new Set([OTHER]), approveUpTo: 1_000n };
  for (const [title, job, policy, expected] of [
    ["approves by rule", seenJob(), rule, ["approve"]],
    ["not above its price", seenJob(), { ...rule, approveUpTo: 999n }, ["waits: no-rule"]],
    ["not a stranger's work", seenJob({ worker: STRANGER }), rule, ["waits: no-rule"]],
    ["not where the outcome counts", seenJob({ floor: 500n, outcomeBps: 10n }), rule, ["waits: no-rule"]],
    ["not for another judge", seenJob({ evaluator: STRANGER }), rule, []],
    ["approves as an evaluator", seenJob({ client: STRANGER, evaluator: SELF }), rule, ["approve"]],
    ["leaves a dispute to the arbiter", seenJob({}, { status: "Disputed" }), rule, []],
    ["approves in the last second", seenJob({ reviewPeriod: 100n }), rule, ["approve"]],
    [
      "takes back what nobody delivered in time",
      seenJob({}, { status: "Accepted", reviewStartedAt: 0n }),
      rule,
      ["resolveTimeout"],
    ],
    [
      "waits for the last second of a delivery",
      seenJob({ deliverBy: NOW }, { status: "Funded", reviewStartedAt: 0n }),
      rule,
      [],
    ],
    [
      "has its work paid when nobody judges it",
      seenJob({ client: STRANGER, worker: SELF, reviewPeriod: 99n }),
      rule,
      ["resolveTimeout"],
    ],
    ["does not end for nothing what pays another", seenJob({ reviewPeriod: 99n }), rule, []],
    ["does not end others' jobs", seenJob({ client: STRANGER, reviewPeriod: 99n }), rule, []],
    ["leaves what is over", seenJob({}, { status: "Paid", reserved: 0n }), rule, []],
    ["records a result that is not recorded", recordable, rule, ["record"]],
    ["records none where it should not", recordable, { ...rule, recordsResults: false }, []],
  ] as const) {
    it(`about jobs: ${title}`, () => {
      expect(decided({ jobs: [job] }, policy)).to.deep.equal(expected);
    });
  }

  const ended = (terms: Partial<SeenJob["terms"]>, status: SeenJob["job"]["status"]): SeenJob => ({
    ...seenJob({ client: STRANGER, worker: OTHER, arbiter: STRANGER, ...terms }, { status, reserved: 0n }),
    isRecordable: true,
  });
  for (const [title, job, expected] of [
    ["its own job, whatever became of it", ended({ client: SELF }, "Failed"), ["record"]],
    ["work that it delivered", ended({ worker: SELF }, "Paid"), ["record"]],
    ["work that an arbiter judged", ended({ worker: SELF }, "Arbitrated"), ["record"]],
    ["work that both settled", ended({ worker: SELF }, "Settled"), ["record"]],
    ["not a job that it never took up", ended({ worker: SELF }, "Failed"), []],
    ["not a job that names it as arbiter", ended({ arbiter: SELF }, "Paid"), []],
    ["nor one that names it as evaluator", ended({ evaluator: SELF }, "Paid"), []],
  ] as const) {
    it(`puts on record ${title} [NX-KEE-09]`, () => {
      expect(decided({ jobs: [job] })).to.deep.equal(expected);
    });
  }

  it("puts on record as much as the day's budget allows, and says when that is spent [NX-KEE-09]", () => {
    const jobs = [ended({ client: SELF }, "Paid")];
    const cost = GAS.record * 2n;
    const at = (spentOnRecords: bigint, recordBudget: bigint) =>
      decided({ jobs, gasPrice: 2n, spentOnRecords }, { recordBudget });
    expect(at(0n, cost)).to.deep.equal(["record"]);
    expect(at(1n, cost)).to.deep.equal(["waits: budget-spent"]);
    expect(at(0n, cost - 1n)).to.deep.equal(["waits: budget-spent"]);
  });

  it("divides among as many as a batch takes, those who owe most first, and among the others later [NX-KEE-09]", () => {
    const owed = Array.from({ length: 5_000 }, (_, n) => ({ account: account(n + 1), amount: BigInt(n + 1) }));
    const left = new Map(owed.map((debt) => [debt.account, debt]));
    let rounds = 0;
    for (; left.size > 0; rounds += 1) {
      const [operation] = actsOf({ fees: [{ token: TOKEN, held: 0n, owed: [...left.values()] }] }, { maxBatch: 50 });
      if (operation?.kind !== "divide") throw new Error("nothing is divided");
      expect(operation.accounts).to.have.length(50);
      expect(operation.sum).to.equal(operation.accounts.reduce((sum, who) => sum + (left.get(who)?.amount ?? 0n), 0n));
      if (rounds === 0) expect(operation.accounts[0]).to.equal(account(5_000));
      for (const who of operation.accounts) left.delete(who);
    }
    expect(rounds).to.equal(100);
  });

  it("divides fees from a sum on, and sweeps of those only who owe more than that costs", () => {
    const fees = [
      {
        token: TOKEN,
        held: 400n,
        owed: [
          { account: OTHER, amount: 600n },
          { account: STRANGER, amount: 30n },
        ],
      },
    ];
    const cost = costing(GAS.divideEach, 15n);
    const [operation] = actsOf({ fees, ...cost }, { divideFrom: 1_000n });
    expect(operation).to.deep.include({ kind: "divide", accounts: [OTHER], sum: 1_000n });
    expect(decided({ fees, ...cost }, { divideFrom: 1_001n })).to.deep.equal([]);
    expect(decided({ fees: [{ token: TOKEN, held: 0n, owed: [] }] }, { divideFrom: 0n })).to.deep.equal([]);
    expect(decided({ fees: [{ token: TOKEN, held: 200n, owed: [] }], ...cost })).to.deep.equal(["waits: too-dear"]);
  });

  describe("whatever it sees", () => {
    const state = fc.constantFrom("None", "Open", "Closing", "ClosingStale", "Closed");
    const party = fc.constantFrom(SELF, OTHER, STRANGER);
    const seen = fc
      .record({
        state,
        payer: party,
        receiver: party,
        deposited: fc.bigInt(0n, 2_000n),
        paid: fc.bigInt(0n, 2_000n),
        total: fc.option(fc.bigInt(0n, 2_500n)),
        left: fc.bigInt(-10n, DELAY),
        n: fc.nat(9),
      })
      .filter(({ payer, receiver }) => payer !== receiver)
      .map(({ state: at, payer, receiver, deposited, paid, total, left, n }) =>
        seenChannel(n, {
          terms: termsOf(payer, receiver, n),
          channel: channelAt({
            state: at,
            deposited,
            paid: paid < deposited ? paid : deposited,
            closesAt: at.startsWith("Closing") ? NOW + left : 0n,
          }),
          voucher: total === null ? undefined : voucherOver(total),
        }),
      );
    const views = fc
      .record({
        channels: fc.uniqueArray(seen, { selector: ({ channelId }) => channelId, maxLength: 6 }),
        price: fc.bigInt(0n, 50n),
        margin: fc.bigInt(0n, 300n),
      })
      .map(({ channels, price, margin }) => ({
        view: viewOf({ channels, ...costing(GAS.claim, price) }),
        policy: { ...POLICY, marginPercent: margin },
      }));
    const eachAct = (check: (operation: ValuedOperation, view: PaymentsSnapshot) => void): void =>
      fc.assert(
        fc.property(views, ({ view, policy }) => {
          for (const decision of decide(view, policy)) if (decision.kind === "operate") check(decision.operation, view);
        }),
        { numRuns: 500 },
      );
    const find = (view: PaymentsSnapshot, id: string) => view.channels.find(({ channelId }) => channelId === id);

    it("never claims what the chain would not pay, and names each operation once [NX-CHN-01]", () => {
      eachAct((operation, view) => {
        const claims =
          operation.kind === "claim" ? [operation] : operation.kind === "claimMany" ? operation.claims : [];
        for (const { channelId, total } of claims) {
          const found = find(view, channelId);
          expect(found !== undefined && isLive(found.channel)).to.equal(true);
          expect(total > (found?.channel.paid ?? total)).to.equal(true);
          expect(total <= (found?.channel.deposited ?? 0n)).to.equal(true);
        }
      });
      fc.assert(
        fc.property(views, ({ view, policy }) => {
          const names = decide(view, policy).map((decision) =>
            decision.kind === "operate" ? identityOf(decision.operation) : decision.id,
          );
          expect(new Set(names).size).to.equal(names.length);
        }),
      );
    });

    it("leaves no close unanswered that takes more from it than the answer costs [NX-CHN-02]", () => {
      fc.assert(
        fc.property(views, ({ view, policy }) => {
          const answered = new Set(
            decide(view, policy).flatMap((decision) =>
              decision.kind === "operate" && decision.operation.kind === "claim" ? [decision.operation.channelId] : [],
            ),
          );
          const cost = (view.gasPrice * GAS.claim * (view.rates.get(TOKEN)?.nativePriceE18 ?? 0n)) / 10n ** 30n + 1n;
          for (const { channelId, terms, channel, voucher } of view.channels) {
            if (!channel.state.startsWith("Closing") || terms.receiver !== SELF || voucher === undefined) continue;
            if (voucher.total > channel.deposited || unclaimed(channel, voucher.total) <= cost) continue;
            expect(answered.has(channelId)).to.equal(true);
          }
        }),
        { numRuns: 500 },
      );
    });

    it("never works for less than its gas", () => {
      eachAct((operation, view) => {
        if (operation.gain === undefined) return;
        const parts =
          operation.kind === "claimMany" ? GAS.batch + GAS.batchEach * BigInt(operation.claims.length) : GAS.claim;
        const gas = operation.kind === "finalizeClose" ? GAS.finalizeClose : parts;
        const cost = (view.gasPrice * gas * (view.rates.get(TOKEN)?.nativePriceE18 ?? 0n)) / 10n ** 30n;
        expect(operation.gain >= cost).to.equal(true);
        if (
          operation.kind === "claim" &&
          !operation.isUrgent &&
          find(view, operation.channelId)?.terms.receiver !== SELF
        ) {
          const found = find(view, operation.channelId);
          expect(operation.gain).to.equal(
            found === undefined ? 0n : bountyOf(unclaimed(found.channel, operation.total)),
          );
        }
      });
    });

    it("is a function of its arguments alone [NX-KEE-03]", () => {
      fc.assert(
        fc.property(views, ({ view, policy }) => {
          const later = { ...view, time: unixSeconds(view.time) };
          expect(decide(later, { ...policy })).to.deep.equal(decide(view, policy));
        }),
      );
    });
  });
});
