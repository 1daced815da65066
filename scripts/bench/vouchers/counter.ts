import type { Hex } from "../../../keepers/core/hex.ts";
import { word } from "../../../keepers/core/hex.ts";
import { address, seconds, unixSeconds } from "../../../keepers/core/units.ts";
import { type VoucherIntake, voucherIntake } from "../../../keepers/adapters/payments/intake.ts";
import { loadKeccak } from "../../../keepers/adapters/payments/keccak.ts";
import { loadRecovery } from "../../../keepers/adapters/payments/recover.ts";
import { loadKeySigner } from "../../../keepers/adapters/payments/sign.ts";
import { openVoucherStore } from "../../../keepers/adapters/payments/store.ts";
import type { RecoverSigner, SignVoucher, VoucherStore } from "../../../keepers/agents/payments/ports.ts";
import { type ChannelHashes, type ChannelTerms, channelHashes } from "../../../keepers/agents/payments/voucher.ts";

export const PRICE = 1_000n;
export const DEPOSIT = 10n ** 15n;

const ZERO = address(`0x${"0".repeat(40)}`);
const numbered = (n: number) => address(`0x${n.toString(16).padStart(40, "0")}`);
const DOMAIN = { chainId: 1329n, channels: numbered(0xc4a7) };
const RECEIVER = numbered(0xbeef);
const TOKEN = numbered(0xd011a2);

/** A payer's side of one channel. */
export type Payer = { readonly channelId: Hex; readonly terms: ChannelTerms; readonly sign: SignVoucher };

/** A receiver's voucher intake over a store in a file, and payers. The chain is not asked: what it says is made up. */
export type Counter = {
  readonly hashes: ChannelHashes;
  readonly intake: VoucherIntake;
  readonly store: VoucherStore;
  readonly payers: readonly Payer[];
};

const payerOf = async (hashes: ChannelHashes, recover: RecoverSigner, n: number): Promise<Payer> => {
  const sign = await loadKeySigner(word(BigInt(n) + 1n), hashes);
  const probe = await sign({ channelId: word(0n), maxClaimableAmount: 0n });
  const who = recover(hashes.voucherDigest(probe), probe.signature);
  if (who.kind !== "signer") throw new Error("a key of ours signs nothing");
  const terms: ChannelTerms = {
    payer: who.signer,
    payerAuthorizer: ZERO,
    receiver: RECEIVER,
    receiverAuthorizer: ZERO,
    token: TOKEN,
    withdrawDelay: seconds(3_600n),
    salt: word(BigInt(n)),
  };
  return { terms, sign, channelId: hashes.channelIdOf(terms) };
};

/** Opens the voucher intake with a number of payers. */
export const openCounter = async (path: string, payerCount: number): Promise<Counter> => {
  const fast = await loadKeccak();
  const recover = await loadRecovery(fast);
  const hashes = channelHashes(fast.keccak, DOMAIN);
  const { store } = await openVoucherStore(path, { domain: DOMAIN, compactAfter: 20_000 });
  const intake = voucherIntake({
    offer: { receiver: RECEIVER, token: TOKEN, receiverAuthorizers: [ZERO], minWithdrawDelay: seconds(900n) },
    hashes,
    recover,
    askSigner: undefined,
    store,
    nowMs: () => performance.now(),
    maxAgeMs: Number.MAX_SAFE_INTEGER,
    minAgeMs: 0,
    clock: () => unixSeconds(1n),
    readChannel: (terms) =>
      Promise.resolve({
        channelId: hashes.channelIdOf(terms),
        signer: terms.payer,
        isSignerContract: false,
        state: "Open",
        deposited: DEPOSIT,
        paid: 0n,
        closesAt: unixSeconds(0n),
        time: unixSeconds(1n),
      }),
  });
  const payers = await Promise.all(Array.from({ length: payerCount }, (_, n) => payerOf(hashes, recover, n)));
  return { hashes, intake, store, payers };
};
