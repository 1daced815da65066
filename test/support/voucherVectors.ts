import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { Address } from "../../keepers/core/units.ts";
import { address } from "../../keepers/core/units.ts";
import { parseTerms, parseVoucher } from "../../keepers/agents/payments/parse.ts";
import type { ChannelDomain, ChannelTerms, SignedVoucher } from "../../keepers/agents/payments/ports.ts";

/** One case that the contract and the library must agree on. Made with ethers, by the well-known test keys. */
export type VoucherVector = {
  readonly name: string;
  readonly domain: ChannelDomain;
  readonly terms: ChannelTerms;
  readonly voucher: SignedVoucher;
  readonly voucherDigest: Hex;
  readonly signer: Address;
  /** The same signature in 64 bytes. */
  readonly compactSignature: Hex;
  readonly close: { readonly total: bigint; readonly deadline: bigint };
  readonly closeDigest: Hex;
};

const file = z.array(
  z.looseObject({
    name: z.string(),
    terms: z.unknown(),
    voucherDigest: z.string(),
    signer: z.string(),
    compactSignature: z.string(),
    close: z.object({ total: z.string(), deadline: z.string(), digest: z.string() }),
  }),
);

/** Reads test/vectors/vouchers.json. */
export const voucherVectors = (): readonly VoucherVector[] =>
  file.parse(JSON.parse(readFileSync("test/vectors/vouchers.json", "utf8"))).map((raw) => {
    const [terms, voucher] = [parseTerms(raw.terms), parseVoucher(raw)];
    if (terms.kind === "malformed") throw new Error(`${raw.name}: ${terms.field} is malformed`);
    if (voucher.kind === "malformed") throw new Error(`${raw.name}: ${voucher.field} is malformed`);
    return {
      name: raw.name,
      domain: voucher.value.domain,
      terms: terms.value,
      voucher: voucher.value,
      voucherDigest: hex(raw.voucherDigest),
      signer: address(raw.signer),
      compactSignature: hex(raw.compactSignature),
      close: { total: BigInt(raw.close.total), deadline: BigInt(raw.close.deadline) },
      closeDigest: hex(raw.close.digest),
    };
  });
