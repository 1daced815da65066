import { expect } from "chai";
import fc from "fast-check";
import { word } from "../../../../keepers/core/hex.ts";
import {
  isMembers,
  parseTerms,
  parseVoucher,
  termsToWire,
  voucherToWire,
} from "../../../../keepers/agents/payments/parse.ts";
import type { SignedVoucher } from "../../../../keepers/agents/payments/voucher.ts";
import {
  channelPayload,
  networkOf,
  parseChannelPayment,
  parsePayment,
  parseRequired,
} from "../../../../keepers/agents/payments/x402.ts";
import { DOMAIN, termsOf, voucherFor } from "../../../support/payments.ts";

const whole = await voucherFor(1, 5n);
const wire = voucherToWire(whole);

/** What JSON can carry, and the same with a member of ours here and there. */
const hostile = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(fc.constantFrom(...Object.keys(wire)), fc.jsonValue())
    .map(([name, value]): unknown => ({ ...wire, [name]: value })),
  fc
    .constantFrom(...Object.keys(wire))
    .map((name): unknown => Object.fromEntries(Object.entries(wire).filter(([other]) => other !== name))),
);

const fault = (raw: unknown) => {
  const parsed = parseVoucher(raw);
  return parsed.kind === "malformed" ? parsed.field : parsed.kind;
};

describe("The parser of vouchers", () => {
  it("reads back what was written, through JSON", () => {
    const totals = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    const signatures = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(totals, signatures, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (total, bytes, id) => {
        const voucher: SignedVoucher = {
          domain: DOMAIN,
          channelId: word(id),
          maxClaimableAmount: total,
          signature: `0x${Buffer.from(bytes).toString("hex")}`,
        };
        const text = JSON.stringify(voucherToWire(voucher));
        expect(parseVoucher(JSON.parse(text))).to.deep.equal({ kind: "parsed", value: voucher });
      }),
    );
  });

  it("never throws, and accepts nothing that it would write otherwise", () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const parsed = parseVoucher(raw);
        if (parsed.kind === "malformed") return;
        for (const [name, value] of Object.entries(voucherToWire(parsed.value))) {
          const given = isMembers(raw) ? raw[name] : undefined;
          expect(typeof given === "string" && given.toLowerCase()).to.equal(value);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("names the member that is at fault", () => {
    const cases: readonly (readonly [string, unknown])[] = [
      ["chainId", { ...wire, chainId: 1329 }],
      ["chainId", { ...wire, chainId: "0x531" }],
      ["channels", { ...wire, channels: "0x12" }],
      ["channelId", { ...wire, channelId: `${wire.channelId}00` }],
      ["channelId", { ...wire, channelId: wire.channelId.slice(0, -1) }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: 5 }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: "-5" }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: "05" }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: "5.0" }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: "1e3" }],
      ["maxClaimableAmount", { ...wire, maxClaimableAmount: (2n ** 128n).toString() }],
      ["signature", { ...wire, signature: "0x" }],
      ["signature", { ...wire, signature: `0x${"ab".repeat(4_097)}` }],
      ["signature", { ...wire, signature: "0xzz" }],
      ["", null],
      ["", [wire]],
      ["", "0x"],
    ];
    for (const [field, raw] of cases) expect(fault(raw), JSON.stringify(raw).slice(0, 120)).to.equal(field);
  });

  it("takes the largest total, and shows no more than the beginning of a hostile text", () => {
    expect(fault({ ...wire, maxClaimableAmount: (2n ** 128n - 1n).toString() })).to.equal("parsed");
    const parsed = parseVoucher({ ...wire, maxClaimableAmount: "9".repeat(100_000) });
    expect(parsed.kind === "malformed" && parsed.got.length).to.equal(81);
  });
});

describe("The parser of terms", () => {
  it("reads back what was written", () => {
    const terms = termsOf(1);
    expect(parseTerms(JSON.parse(JSON.stringify(termsToWire(terms))))).to.deep.equal({ kind: "parsed", value: terms });
  });

  it("names the member that is at fault", () => {
    const terms = termsToWire(termsOf(1));
    for (const name of Object.keys(terms)) {
      const parsed = parseTerms({ ...terms, [name]: "nothing" });
      expect(parsed.kind === "malformed" && parsed.field).to.equal(name);
    }
    for (const delay of [-1, 0.5, 2 ** 40, Number.NaN]) {
      expect(parseTerms({ ...terms, withdrawDelay: delay }).kind).to.equal("malformed");
    }
  });
});

describe("The parsers of x402", () => {
  const accepted = {
    scheme: "nexus-channel",
    network: networkOf(DOMAIN),
    asset: termsOf(1).token,
    amount: "5",
    payTo: termsOf(1).receiver,
    maxTimeoutSeconds: 60,
    extra: { channels: DOMAIN.channels },
  };
  const payment = { x402Version: 2, accepted, payload: channelPayload(termsOf(1), whole) };

  it("read a payment by voucher, with the chain and the contract that the client means", () => {
    const parsed = parsePayment(JSON.parse(JSON.stringify(payment)));
    const read = parsed.kind === "parsed" ? parseChannelPayment(parsed.value) : parsed;
    expect(read).to.deep.equal({ kind: "parsed", value: { terms: termsOf(1), voucher: whole } });
  });

  it("never throw", () => {
    const mixed = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((payload): unknown => ({ ...payment, payload })),
      fc
        .jsonValue()
        .map((other): unknown => ({ ...payment, accepted: { ...accepted, extra: other, network: "eip155:0" } })),
      fc.jsonValue().map((accepts): unknown => ({ x402Version: 2, resource: { url: "" }, accepts })),
    );
    fc.assert(
      fc.property(mixed, (raw) => {
        const parsed = parsePayment(raw);
        if (parsed.kind === "parsed") expect(parseChannelPayment(parsed.value).kind).to.equal("malformed");
        parseRequired(raw);
      }),
      { numRuns: 1_000 },
    );
  });

  it("name the member that is at fault", () => {
    const cases: readonly (readonly [string, unknown])[] = [
      ["", 7],
      ["x402Version", { ...payment, x402Version: 1 }],
      ["accepted", { ...payment, accepted: { ...accepted, network: "1329" } }],
      ["accepted", { ...payment, accepted: { ...accepted, maxTimeoutSeconds: -1 } }],
      ["payload", { ...payment, payload: [] }],
      ["type", { ...payment, payload: { ...payment.payload, type: "deposit" } }],
      ["voucher", { ...payment, payload: { ...payment.payload, voucher: "0x" } }],
      ["payer", { ...payment, payload: { ...payment.payload, channelConfig: {} } }],
      ["chainId", { ...payment, accepted: { ...accepted, network: "solana:mainnet" } }],
    ];
    for (const [field, raw] of cases) {
      const parsed = parsePayment(raw);
      const read = parsed.kind === "parsed" ? parseChannelPayment(parsed.value) : parsed;
      expect(read.kind === "malformed" && read.field).to.equal(field);
    }
  });
});
