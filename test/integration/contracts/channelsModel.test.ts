import { expect } from "chai";
import fc from "fast-check";
import { assertNever } from "../../../keepers/core/assertNever.ts";
import { type Signer, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { DELAY, DEPOSIT, STATE, channelFixture, voucherOf } from "../../support/channels.ts";
import { declaredOf } from "../../support/declared.ts";
import { FUNDS, balanceOf } from "../../support/money.ts";

/** A channel as the plain rules have it, and what its parties have beside it. */
type Model = {
  readonly state: bigint;
  readonly deposited: bigint;
  readonly paid: bigint;
  readonly closesAt: bigint;
  readonly declared: bigint;
  readonly payer: bigint;
  readonly receiver: bigint;
  readonly watchtower: bigint;
};

type Step =
  | { readonly kind: "topUp"; readonly amount: bigint }
  | { readonly kind: "claim"; readonly total: bigint; readonly byWatchtower: boolean }
  | { readonly kind: "claimMany"; readonly total: bigint }
  | { readonly kind: "initiateClose"; readonly owed: bigint }
  | { readonly kind: "close"; readonly total: bigint; readonly voucher: bigint }
  | { readonly kind: "finalizeClose" };

type Timed = { readonly step: Step; readonly seconds: bigint };

/** Pays the receiver to `total` and the payer the rest. */
const closed = (model: Model, total: bigint): Model | undefined =>
  total > model.deposited
    ? undefined
    : {
        ...model,
        state: STATE.closed,
        paid: model.deposited,
        closesAt: 0n,
        declared: 0n,
        receiver: model.receiver + total - model.paid,
        payer: model.payer + model.deposited - total,
      };

const claimed = (model: Model, { total, byWatchtower }: Step & { kind: "claim" }, at: bigint): Model | undefined => {
  if (total <= model.paid || total > model.deposited) return undefined;
  const due = total - model.paid;
  const isLate = model.state !== STATE.open && at + DELAY / 2n >= model.closesAt;
  const bounty = byWatchtower && isLate ? due / 100n : 0n;
  return {
    ...model,
    state: model.state !== STATE.open && total > model.declared ? STATE.closingStale : model.state,
    paid: total,
    receiver: model.receiver + due - bounty,
    watchtower: model.watchtower + bounty,
  };
};

const started = (model: Model, owed: bigint, at: bigint): Model | undefined => {
  if (model.state !== STATE.open || owed > model.deposited) return undefined;
  const paid = owed > model.paid ? owed : model.paid;
  const [receiver, declared] = [model.receiver + paid - model.paid, declaredOf(paid)];
  return { ...model, state: STATE.closing, paid, receiver, closesAt: at + DELAY, declared };
};

const finished = (model: Model, at: bigint): Model | undefined => {
  if (model.state === STATE.open || at <= model.closesAt) return undefined;
  const penalty = model.paid > model.declared ? (model.paid - model.declared) / 100n : 0n;
  const total = model.paid + penalty > model.deposited ? model.deposited : model.paid + penalty;
  return closed(model, total);
};

/** The channel after a step at that second; undefined where the rules refuse it. */
const stepped = (model: Model, step: Step, at: bigint): Model | undefined => {
  if (model.state === STATE.closed) return undefined;
  switch (step.kind) {
    case "topUp":
      if (model.state !== STATE.open || step.amount === 0n) return undefined;
      return { ...model, deposited: model.deposited + step.amount, payer: model.payer - step.amount };
    case "claim":
      return claimed(model, step, at);
    case "claimMany":
      return claimed(model, { kind: "claim", total: step.total, byWatchtower: false }, at);
    case "initiateClose":
      return started(model, step.owed, at);
    case "close":
      if (step.total <= model.paid) return closed(model, model.paid);
      return step.total > step.voucher ? undefined : closed(model, step.total);
    case "finalizeClose":
      return finished(model, at);
    default:
      return assertNever(step);
  }
};

type Fixture = Awaited<ReturnType<typeof channelFixture>>;

const send = async (f: Fixture, step: Step): Promise<unknown> => {
  const by = (signer: Signer) => f.channels.connect(signer);
  switch (step.kind) {
    case "topUp":
      return by(f.depositor).topUp(f.config, step.amount);
    case "claim":
      return by(step.byWatchtower ? f.anyone : f.payee).claim(
        f.config,
        step.total,
        await voucherOf(f, f.config, step.total),
      );
    case "claimMany":
      return by(f.depositor).claimMany(
        f.config,
        [{ ...f.config, maxClaimableAmount: step.total }],
        ethers.Signature.from(await voucherOf(f, f.config, step.total)).compactSerialized,
      );
    case "initiateClose":
      return by(f.depositor).initiateClose(f.config, step.owed);
    case "close":
      return by(f.payee).close(f.config, step.total, step.voucher, await voucherOf(f, f.config, step.voucher));
    case "finalizeClose":
      return by(f.anyone).finalizeClose(f.config);
    default:
      return assertNever(step);
  }
};

const isDone = async (sending: Promise<unknown>): Promise<boolean> => {
  try {
    await sending;
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("custom error")) return false;
    throw error;
  }
};

const seen = async (f: Fixture): Promise<Model> => {
  const { state, deposited, paid, closesAt, declared } = await f.channels.channelOf(f.config);
  const [payer, receiver, watchtower] = [
    await balanceOf(f, f.depositor),
    await balanceOf(f, f.payee),
    await balanceOf(f, f.anyone),
  ];
  return { state, deposited, paid, closesAt, declared, payer, receiver, watchtower };
};

const amount = fc.bigInt({ min: 0n, max: 2n * DEPOSIT });
const steps = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("topUp" as const), amount: fc.bigInt(0n, DEPOSIT) }) },
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant("claim" as const), total: amount, byWatchtower: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("claimMany" as const), total: amount }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("initiateClose" as const), owed: amount }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), total: amount, voucher: amount }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("finalizeClose" as const) }) },
    ),
    seconds: fc.bigInt(1n, DELAY),
  }),
  { minLength: 5, maxLength: 20 },
);

describe("channels against a plain model of their rules", () => {
  it("do and refuse the same, to the unit [NX-CHN-01] [NX-CHN-02] [NX-CHN-03]", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story: readonly Timed[]) => {
        const f = await loadFixture(channelFixture);
        let model: Model = {
          state: STATE.open,
          deposited: DEPOSIT,
          paid: 0n,
          closesAt: 0n,
          declared: 0n,
          payer: FUNDS - DEPOSIT,
          receiver: 0n,
          watchtower: 0n,
        };
        for (const { step, seconds } of story) {
          const at = (await now()) + seconds;
          await time.setNextBlockTimestamp(at);
          const next = stepped(model, step, at);
          expect(await isDone(send(f, step))).to.equal(next !== undefined);
          model = next ?? model;
          expect(await seen(f)).to.deep.equal(model);
        }
      }),
      { numRuns: 30 },
    );
  });
});
