import { expect } from "chai";
import { deferred } from "../../../../keepers/core/deferred.ts";
import { word } from "../../../../keepers/core/hex.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import type { ChannelSnapshot } from "../../../../keepers/agents/payments/ports.ts";
import { account } from "../../../support/keeperBuilders.ts";
import {
  RECEIVER,
  intakeOf,
  hashes,
  memoryStore,
  signerFor,
  termsOf,
  viewOf,
  voucherFor,
} from "../../../support/payments.ts";

const TERMS = termsOf(1);
const CHANNEL = hashes.channelIdOf(TERMS);
const ANY = { price: undefined, purchase: word(1n), isNamed: false };

/** A reader of channels that counts, and shows what it is told. */
const reader = (change: () => Partial<ChannelSnapshot> = () => ({})) => {
  const count = { reads: 0 };
  const readChannel = (terms: typeof TERMS): Promise<ChannelSnapshot> => {
    count.reads += 1;
    return Promise.resolve(viewOf(terms, change()));
  };
  return { count, readChannel };
};

/** Long enough for everything that does not wait for something. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("The voucher intake", () => {
  it("keeps a voucher and what it was given for, and the terms", async () => {
    const store = memoryStore();
    const intake = intakeOf({ store });
    const voucher = await voucherFor(1, 5n);
    const answer = await intake.receive(TERMS, voucher, { price: 5n, purchase: word(9n), isNamed: true });
    expect(answer).to.deep.equal({ kind: "accepted", channelId: CHANNEL, amount: 5n, view: viewOf(TERMS) });
    expect(intake.last(CHANNEL)).to.deep.equal({ ...voucher, purchase: word(9n) });
    expect(store.channel(CHANNEL)?.terms).to.deep.equal(TERMS);
  });

  it("answers only when the voucher is durable, and its copy no sooner", async () => {
    const gate = deferred<undefined>();
    const intake = intakeOf({ store: memoryStore(() => gate.promise.then(() => undefined)) });
    const voucher = await voucherFor(1, 5n);
    const kinds: string[] = [];
    const receive = async (): Promise<void> => {
      const answer = await intake.receive(TERMS, voucher, ANY);
      kinds.push(answer.kind);
    };
    const both = Promise.all([receive(), receive()]);
    await settle();
    expect(kinds).to.deep.equal([]);
    gate.resolve(undefined);
    await both;
    expect(kinds.toSorted()).to.deep.equal(["accepted", "repeated"]);
  });

  it("of equal totals at the same time accepts one, however it is signed", async () => {
    const intake = intakeOf();
    const voucher = await voucherFor(1, 5n);
    const r = voucher.signature.slice(2, 66);
    const parity = voucher.signature.endsWith("1c") ? 1n << 255n : 0n;
    const s = word(BigInt(`0x${voucher.signature.slice(66, 130)}`) | parity);
    const compact = { ...voucher, signature: `0x${r}${s.slice(2)}` as const };
    const answers = await Promise.all([intake.receive(TERMS, voucher, ANY), intake.receive(TERMS, compact, ANY)]);
    expect(answers.map(({ kind }) => kind).toSorted()).to.deep.equal(["accepted", "refused"]);
  });

  it("refuses a channel whose terms it does not serve, without a look at the chain", async () => {
    const { count, readChannel } = reader();
    const terms = termsOf(1, { receiver: account(9) });
    const answer = await intakeOf({ readChannel }).receive(terms, await voucherFor(1, 5n, terms), ANY);
    const refusal = { reason: "WrongReceiver", receiver: account(9), wanted: RECEIVER };
    expect(answer).to.deep.equal({ kind: "refused", refusal, view: undefined, isPayers: false });
    expect(count.reads).to.equal(0);
  });

  it("looks at the chain once for many, and again when that is too old", async () => {
    const { count, readChannel } = reader();
    let now = 0;
    const intake = intakeOf({ readChannel, nowMs: () => now });
    const vouchers = await Promise.all([1n, 2n, 3n, 4n].map((total) => voucherFor(1, total)));
    const [one, two, three, four] = vouchers;
    if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("missing");
    await Promise.all([intake.receive(TERMS, one, ANY), intake.receive(TERMS, two, ANY)]);
    now = 1_000;
    await intake.receive(TERMS, three, ANY);
    expect(count.reads).to.equal(1);
    now = 1_001;
    await intake.receive(TERMS, four, ANY);
    expect(count.reads).to.equal(2);
  });

  it("sees a top-up and an opening that are newer than its view, but not at every stranger's word", async () => {
    let deposited = 4n;
    const { count, readChannel } = reader(() => ({ deposited }));
    let now = 0;
    const intake = intakeOf({ readChannel, nowMs: () => now, minAgeMs: 100 });
    const five = await voucherFor(1, 5n);
    const first = await intake.receive(TERMS, five, ANY);
    expect(first).to.deep.include({ refusal: { reason: "AboveDeposit", total: 5n, deposited: 4n } });
    deposited = 5n;
    now = 99;
    expect((await intake.receive(TERMS, five, ANY)).kind).to.equal("refused");
    expect(count.reads).to.equal(1);
    now = 100;
    expect((await intake.receive(TERMS, five, ANY)).kind).to.equal("accepted");
    expect(count.reads).to.equal(2);
  });

  it("asks the chain for the word of a contract, where it serves contracts", async () => {
    const stranger = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 5n });
    const readChannel = (terms: typeof TERMS) => Promise.resolve(viewOf(terms, { isSignerContract: true }));
    const asked: unknown[] = [];
    const intake = intakeOf({
      readChannel,
      askSigner: (...question) => {
        asked.push(question);
        return Promise.resolve(true);
      },
    });
    expect((await intake.receive(TERMS, stranger, ANY)).kind).to.equal("accepted");
    expect(asked).to.deep.equal([[TERMS.payer, hashes.voucherDigest(stranger), stranger.signature]]);
    const without = await intakeOf({ readChannel }).receive(TERMS, stranger, ANY);
    expect(without).to.have.nested.property("refusal.reason", "ForeignSignature");
  });

  it("accepts one of two equal vouchers of a contract that it asks about at the same time", async () => {
    const stranger = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 5n });
    const intake = intakeOf({
      readChannel: (terms) => Promise.resolve(viewOf(terms, { isSignerContract: true })),
      askSigner: async () => {
        await settle();
        return true;
      },
    });
    const answers = await Promise.all([1, 2].map(() => intake.receive(TERMS, stranger, ANY)));
    expect(answers.map(({ kind }) => kind).toSorted()).to.deep.equal(["accepted", "repeated"]);
  });

  it("charges a named purchase once, even if two vouchers for it wait for the chain at the same time", async () => {
    const one = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 5n });
    const two = await voucherFor(1, 10n);
    const named = { price: 5n, purchase: word(9n), isNamed: true };
    let deposited = 5n;
    const store = memoryStore();
    const intake = intakeOf({
      store,
      readChannel: async (terms) => {
        await settle();
        const view = viewOf(terms, { isSignerContract: true, deposited });
        deposited = 10n;
        return view;
      },
      askSigner: () => Promise.resolve(true),
    });
    // The second one waits for a newer view, while the first one is asked about and accepted.
    const answers = await Promise.all([intake.receive(TERMS, one, named), intake.receive(TERMS, two, named)]);
    expect(answers.map(({ kind }) => kind)).to.deep.equal(["accepted", "repeated"]);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(5n);
  });

  it("takes no voucher while a close is agreed", async () => {
    const intake = intakeOf();
    await intake.freeze(TERMS, unixSeconds(1_000n));
    const answer = await intake.receive(TERMS, await voucherFor(1, 5n), ANY);
    expect(answer).to.have.nested.property("refusal.reason", "CloseAgreed");
  });

  it("passes on that the chain cannot be read, and works again after that", async () => {
    let isDown = true;
    const intake = intakeOf({
      readChannel: (terms) => (isDown ? Promise.reject(new Error("no node")) : Promise.resolve(viewOf(terms))),
    });
    const voucher = await voucherFor(1, 5n);
    const error: unknown = await intake.receive(TERMS, voucher, ANY).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(String(error)).to.include("no node");
    isDown = false;
    expect((await intake.receive(TERMS, voucher, ANY)).kind).to.equal("accepted");
  });
});
