import { expect } from "chai";
import fc from "fast-check";
import { hex, word } from "../../../../keepers/core/hex.ts";
import { seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import {
  type ChannelSnapshot,
  type Stored,
  type SeenVoucher,
  acceptAnswered,
  acceptVoucher,
  soFar,
} from "../../../../keepers/agents/payments/accept.ts";
import { termsRefusal } from "../../../../keepers/agents/payments/offer.ts";
import type { SignedVoucher } from "../../../../keepers/agents/payments/voucher.ts";
import { account } from "../../../support/keeperBuilders.ts";
import {
  DEPOSIT,
  DOLLARS,
  DOMAIN,
  OFFER,
  RECEIVER,
  hashes,
  payerAddress,
  recover,
  signerFor,
  termsOf,
  viewOf,
  voucherFor,
} from "../../../support/payments.ts";

const TERMS = termsOf(1);
const CHANNEL = hashes.channelIdOf(TERMS);
const NOTHING: Stored = { last: undefined, agreedUntil: undefined };
const tools = { hashes, recover };

const seenOf = (
  change: { stored?: Partial<Stored>; view?: Partial<ChannelSnapshot>; price?: bigint } = {},
): SeenVoucher => ({
  stored: { ...NOTHING, ...change.stored },
  view: viewOf(TERMS, change.view),
  price: change.price,
});
const judge = (voucher: SignedVoucher, seen = seenOf()) => acceptVoucher(seen, voucher, tools);
const refusalOf = (voucher: SignedVoucher, seen = seenOf()) => {
  const answer = judge(voucher, seen);
  return answer.kind === "refused" ? answer.refusal : answer.kind;
};

const five = await voucherFor(1, 5n);
const six = await voucherFor(1, 6n);

describe("A voucher", () => {
  it("is accepted when it is above the last one, and says by how much", () => {
    expect(judge(five)).to.deep.equal({ kind: "accepted", voucher: five, amount: 5n });
    expect(judge(six, seenOf({ stored: { last: five } }))).to.deep.equal({
      kind: "accepted",
      voucher: six,
      amount: 1n,
    });
  });

  it("is accepted up to the whole deposit", async () => {
    expect(judge(await voucherFor(1, DEPOSIT)).kind).to.equal("accepted");
  });

  it("counts from what the chain paid where that is more than the last one", () => {
    const seen = seenOf({ stored: { last: { ...five, maxClaimableAmount: 2n } }, view: { paid: 4n } });
    expect(judge(five, seen)).to.deep.equal({ kind: "accepted", voucher: five, amount: 1n });
    expect(soFar(seen)).to.equal(4n);
  });

  it("that is the last one, byte by byte, is owed nothing, even in a channel that closed", () => {
    expect(judge(five, seenOf({ stored: { last: five } }))).to.deep.equal({ kind: "repeated" });
    expect(judge(five, seenOf({ stored: { last: five }, view: { state: "Closed" } }))).to.deep.equal({
      kind: "repeated",
    });
  });

  it("of a key is accepted whatever code the key's account has", () => {
    expect(judge(five, seenOf({ view: { isSignerContract: true } })).kind).to.equal("accepted");
  });

  it("of a contract is left to the chain, and judged again when that has answered", async () => {
    const stranger = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 5n });
    const seen = seenOf({ view: { isSignerContract: true } });
    const digest = hashes.voucherDigest(stranger);
    expect(judge(stranger, seen)).to.deep.equal({ kind: "askSigner", signer: TERMS.payer, digest });
    const answered = (accepts: boolean, now = seen) => acceptAnswered(now, stranger, { accepts, domain: DOMAIN });
    expect(answered(true)).to.deep.equal({ kind: "accepted", voucher: stranger, amount: 5n });
    expect(answered(false)).to.deep.equal({
      kind: "refused",
      refusal: { reason: "SignerDenied", signer: TERMS.payer },
    });
    expect(answered(true, { ...seen, stored: { ...NOTHING, last: six } })).to.deep.equal({
      kind: "refused",
      refusal: { reason: "NotAboveLast", total: 5n, last: 6n },
    });
    expect(answered(true, { ...seen, stored: { ...NOTHING, last: stranger } })).to.deep.equal({ kind: "repeated" });
  });
});

describe("A voucher is refused, with the values,", () => {
  it("for another chain, contract or channel", async () => {
    const chain = { ...DOMAIN, chainId: 1n };
    expect(refusalOf({ ...five, domain: chain })).to.deep.equal({ reason: "WrongChain", chainId: 1n, wanted: 1329n });
    const canonical = { ...DOMAIN, channels: account(0x402) };
    const wanted = DOMAIN.channels;
    expect(refusalOf({ ...five, domain: canonical })).to.deep.equal({
      reason: "WrongContract",
      channels: canonical.channels,
      wanted,
    });
    const other = await voucherFor(1, 5n, termsOf(1, { salt: word(1n) }));
    expect(refusalOf(other)).to.deep.equal({ reason: "WrongChannel", channelId: other.channelId, wanted: CHANNEL });
  });

  it("when it was signed for another chain or contract, such as x402's own, but says ours", async () => {
    for (const domain of [
      { ...DOMAIN, chainId: 1n },
      { ...DOMAIN, channels: account(0x402) },
    ]) {
      const elsewhere = await signerFor(1, domain)({ channelId: CHANNEL, maxClaimableAmount: 5n });
      const refusal = refusalOf({ ...elsewhere, domain: DOMAIN });
      expect(refusal).to.have.property("reason", "ForeignSignature");
      expect(refusal).to.have.property("signer", payerAddress(1));
    }
  });

  it("when a stranger signed it", async () => {
    const foreign = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 5n });
    const refusal = { reason: "ForeignSignature", recovered: payerAddress(2), signer: payerAddress(1) };
    expect(refusalOf(foreign)).to.deep.equal(refusal);
  });

  it("when the payer signed it though another key is authorised", async () => {
    const terms = termsOf(1, { payerAuthorizer: payerAddress(3) });
    const voucher = await voucherFor(1, 5n, terms);
    const answer = acceptVoucher({ stored: NOTHING, view: viewOf(terms), price: undefined }, voucher, tools);
    expect(answer).to.deep.equal({
      kind: "refused",
      refusal: { reason: "ForeignSignature", recovered: payerAddress(1), signer: payerAddress(3) },
    });
  });

  it("for a malformed signature, and one with a high s", () => {
    expect(refusalOf({ ...five, signature: "0x1234" })).to.deep.equal({ reason: "MalformedSignature", bytes: 2 });
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${five.signature.slice(66, 130)}`);
    const flipped = five.signature.endsWith("1b") ? "1c" : "1b";
    const twin = hex(`${five.signature.slice(0, 66)}${word(s).slice(2)}${flipped}`);
    expect(refusalOf({ ...five, signature: twin })).to.deep.equal({ reason: "HighS", s });
  });

  it("for zero, not above the last one, not above what was claimed, above the deposit", async () => {
    expect(refusalOf(await voucherFor(1, 0n))).to.deep.equal({ reason: "ZeroTotal" });
    const stored = { last: six };
    expect(refusalOf(five, seenOf({ stored }))).to.deep.equal({ reason: "NotAboveLast", total: 5n, last: 6n });
    const other = { last: { ...six, signature: "0x00" as const } };
    expect(refusalOf(six, seenOf({ stored: other }))).to.deep.equal({ reason: "NotAboveLast", total: 6n, last: 6n });
    expect(refusalOf(five, seenOf({ view: { paid: 5n } }))).to.deep.equal({
      reason: "NotAboveClaimed",
      total: 5n,
      claimed: 5n,
    });
    expect(refusalOf(five, seenOf({ view: { deposited: 4n } }))).to.deep.equal({
      reason: "AboveDeposit",
      total: 5n,
      deposited: 4n,
    });
  });

  it("when it adds more or less than the price", () => {
    const stored = { last: five };
    expect(judge(six, seenOf({ stored, price: 1n })).kind).to.equal("accepted");
    for (const price of [2n, 6n]) {
      expect(refusalOf(six, seenOf({ stored, price }))).to.deep.equal({ reason: "WrongAmount", amount: 1n, price });
    }
  });

  it("in a channel that is unknown, closing, past its close, or closed", () => {
    const closesAt = unixSeconds(1_000n);
    const cases = [
      [{ state: "None" }, { reason: "ChannelUnknown", channelId: CHANNEL }],
      [
        { state: "Closing", closesAt },
        { reason: "ChannelClosing", closesAt },
      ],
      [
        { state: "ClosingStale", closesAt },
        { reason: "ChannelClosing", closesAt },
      ],
      [
        { state: "Closing", closesAt, time: unixSeconds(1_001n) },
        { reason: "ChannelExpired", closesAt },
      ],
      [
        { state: "Closed", closesAt },
        { reason: "ChannelClosed", channelId: CHANNEL },
      ],
    ] as const;
    for (const [view, refusal] of cases) expect(refusalOf(five, seenOf({ view }))).to.deep.equal(refusal);
  });

  it("while a close is agreed, to the last second of it", () => {
    const at = (time: bigint) =>
      seenOf({ stored: { agreedUntil: unixSeconds(2_000n) }, view: { time: unixSeconds(time) } });
    expect(refusalOf(five, at(2_000n))).to.deep.equal({ reason: "CloseAgreed", deadline: 2_000n });
    expect(judge(five, at(2_001n)).kind).to.equal("accepted");
  });

  it("without a signer being recovered, when something cheaper is wrong with it", () => {
    const never = () => {
      throw new Error("asked");
    };
    const answer = acceptVoucher(seenOf({ stored: { last: six } }), five, { hashes, recover: never });
    expect(answer.kind).to.equal("refused");
  });
});

describe("Of any sequence of vouchers", () => {
  it("the accepted totals rise, their amounts add up to the last, and never exceed the deposit [NX-CHN-01]", async () => {
    const ladder = await Promise.all(Array.from({ length: 12 }, (_, n) => voucherFor(1, BigInt(n))));
    const indices = fc.array(fc.nat({ max: 11 }), { maxLength: 40 });
    fc.assert(
      fc.property(
        indices,
        fc.bigInt({ min: 0n, max: 12n }),
        fc.bigInt({ min: 0n, max: 6n }),
        (order, deposited, paid) => {
          let last: SignedVoucher | undefined;
          let sum = 0n;
          for (const index of order) {
            const voucher = ladder[index];
            if (voucher === undefined) continue;
            const answer = judge(voucher, seenOf({ stored: { last }, view: { deposited, paid } }));
            if (answer.kind !== "accepted") continue;
            expect(answer.amount > 0n && voucher.maxClaimableAmount <= deposited).to.equal(true);
            sum += answer.amount;
            last = voucher;
          }
          if (last !== undefined) expect(sum + paid).to.equal(last.maxClaimableAmount);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("A channel's terms", () => {
  it("are served as offered, and refused with the values otherwise", () => {
    expect(termsRefusal(TERMS, OFFER)).to.equal(undefined);
    const stranger = account(7);
    const cases = [
      [{ receiver: stranger }, { reason: "WrongReceiver", receiver: stranger, wanted: RECEIVER }],
      [{ token: stranger }, { reason: "WrongToken", token: stranger, wanted: DOLLARS }],
      [{ receiverAuthorizer: stranger }, { reason: "StrangeAuthorizer", receiverAuthorizer: stranger }],
      [{ withdrawDelay: seconds(899n) }, { reason: "DelayTooShort", withdrawDelay: 899n, least: 900n }],
    ] as const;
    for (const [change, refusal] of cases) expect(termsRefusal(termsOf(1, change), OFFER)).to.deep.equal(refusal);
    expect(termsRefusal(termsOf(1, { withdrawDelay: seconds(900n) }), OFFER)).to.equal(undefined);
  });
});
