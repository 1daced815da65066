import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { CHANNELS_DOMAIN, CLOSE_TYPES, CONFIG_TYPES, VOUCHER_TYPES } from "../../../../keepers/core/channelTypes.ts";
import { word } from "../../../../keepers/core/hex.ts";
import { address, seconds } from "../../../../keepers/core/units.ts";
import { channelHashes, signerOf } from "../../../../keepers/agents/payments/voucher.ts";
import { voucherVectors } from "../../../support/voucherVectors.ts";
import { fastKeccak, recover } from "../../../support/payments.ts";

const addresses = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => address(`0x${Buffer.from(bytes).toString("hex")}`));
const words = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(word);
const termsOf = fc.record({
  payer: addresses,
  payerAuthorizer: addresses,
  receiver: addresses,
  receiverAuthorizer: addresses,
  token: addresses,
  withdrawDelay: fc.bigInt({ min: 0n, max: 2n ** 40n - 1n }).map(seconds),
  salt: words,
});

describe("Channel hashes", () => {
  it("are those of ethers, for any terms, voucher, close and domain", () => {
    const amounts = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    const chains = fc.bigInt({ min: 1n, max: 2n ** 64n });
    fc.assert(
      fc.property(chains, addresses, termsOf, amounts, (chainId, channels, terms, amount) => {
        const ours = channelHashes(fastKeccak.keccak, { chainId, channels });
        const domain = { ...CHANNELS_DOMAIN, chainId, verifyingContract: channels };
        const channelId = ours.channelIdOf(terms);
        expect(channelId).to.equal(TypedDataEncoder.hash(domain, CONFIG_TYPES, terms));
        const voucher = { channelId, maxClaimableAmount: amount };
        expect(ours.voucherDigest(voucher)).to.equal(TypedDataEncoder.hash(domain, VOUCHER_TYPES, voucher));
        const close = { channelId, total: amount, deadline: chainId };
        expect(ours.closeDigest(close)).to.equal(TypedDataEncoder.hash(domain, CLOSE_TYPES, close));
      }),
      { numRuns: 50 },
    );
  });

  for (const vector of voucherVectors()) {
    it(`agree with the shared vector: ${vector.name}`, () => {
      const { domain, terms, voucher, close } = vector;
      const ours = channelHashes(fastKeccak.keccak, domain);
      expect(ours.channelIdOf(terms)).to.equal(voucher.channelId);
      expect(ours.voucherDigest(voucher)).to.equal(vector.voucherDigest);
      expect(ours.closeDigest({ channelId: voucher.channelId, ...close })).to.equal(vector.closeDigest);
      expect(signerOf(terms)).to.equal(vector.signer);
      for (const signature of [voucher.signature, vector.compactSignature]) {
        expect(recover(vector.voucherDigest, signature)).to.deep.equal({ kind: "signer", signer: vector.signer });
      }
    });
  }
});
