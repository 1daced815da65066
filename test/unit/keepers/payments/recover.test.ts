import { expect } from "chai";
import { Signature, Wallet } from "ethers";
import fc from "fast-check";
import { loadNative } from "../../../../keepers/adapters/payments/native.ts";
import { nativeRecovery, portableRecovery } from "../../../../keepers/adapters/payments/recover.ts";
import { loadKeySigner, voucherSigner } from "../../../../keepers/adapters/payments/sign.ts";
import { type Hex, hex, word } from "../../../../keepers/core/hex.ts";
import { DOMAIN, fastKeccak, hashes, payerAddress, payerKey } from "../../../support/payments.ts";

const native = loadNative();
if (native === undefined) throw new Error("there is no native build for this machine to test");
const RECOVERIES = [
  ["the native recovery", nativeRecovery(native, fastKeccak)],
  ["the portable recovery", await portableRecovery(fastKeccak)],
] as const;
const DIGEST = word(77n);
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

for (const [name, recover] of RECOVERIES) {
  describe(`Of signatures, ${name}`, () => {
    const signature = payerKey(3).sign(DIGEST);
    const whole = hex(signature.serialized);

    it("finds the signer of 65 bytes and of 64", () => {
      const signer = { kind: "signer", signer: payerAddress(3) };
      expect(recover(DIGEST, whole)).to.deep.equal(signer);
      expect(recover(DIGEST, hex(signature.compactSerialized))).to.deep.equal(signer);
    });

    it("tells a high s, which the chain refuses, with its value", () => {
      const s = ORDER - BigInt(signature.s);
      const twin: Hex = `0x${signature.r.slice(2)}${word(s).slice(2)}${signature.v === 27 ? "1c" : "1b"}`;
      expect(recover(DIGEST, twin)).to.deep.equal({ kind: "highS", s });
    });

    it("tells what is no signature: another length, another v, no point of the curve, zero", () => {
      const cases: readonly Hex[] = [
        "0x",
        "0x00",
        `0x${whole.slice(2, -2)}00`,
        `0x${whole.slice(2, -2)}01`,
        `0x${whole.slice(2, -2)}1d`,
        `${whole}00`,
        `0x${word(0n).slice(2)}${word(1n).slice(2)}1b`,
        `0x${word(1n).slice(2)}${word(0n).slice(2)}1b`,
        `0x${word(ORDER).slice(2)}${word(1n).slice(2)}1b`,
        // No point has this x.
        `0x${word(5n).slice(2)}${word(1n).slice(2)}1b`,
      ];
      for (const text of cases) {
        expect(recover(DIGEST, text), text).to.deep.equal({ kind: "malformed", bytes: (text.length - 2) / 2 });
      }
    });
  });
}

describe("The two recoveries", () => {
  it("agree with each other on signatures, right and wrong", () => {
    const [[, fast], [, plain]] = RECOVERIES;
    const keys = fc.integer({ min: 1, max: 50 });
    const digests = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(word);
    fc.assert(
      fc.property(
        keys,
        digests,
        fc.integer({ min: 0, max: 64 }),
        fc.integer({ min: 0, max: 255 }),
        (n, digest, at, by) => {
          const bytes = Buffer.from(payerKey(n).sign(digest).serialized.slice(2), "hex");
          bytes[at] = (bytes[at] ?? 0) ^ by;
          const text: Hex = `0x${bytes.toString("hex")}`;
          expect(fast(digest, text)).to.deep.equal(plain(digest, text));
          if (by === 0) expect(fast(digest, text)).to.deep.equal({ kind: "signer", signer: payerAddress(n) });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("Signers of vouchers", () => {
  it("sign the same bytes, with a wallet and with a raw key", async () => {
    const voucher = { channelId: word(9n), maxClaimableAmount: 12n };
    const byKey = await loadKeySigner(word(5n), hashes);
    const byWallet = voucherSigner(new Wallet(word(5n)), DOMAIN);
    const signed = await byKey(voucher);
    expect(await byWallet(voucher)).to.deep.equal(signed);
    expect(Signature.from(signed.signature).serialized).to.equal(
      payerKey(5).sign(hashes.voucherDigest(voucher)).serialized,
    );
  });
});
