import { SigningKey, computeAddress } from "ethers";
import { type VoucherIntake, type IntakeSettings, voucherIntake } from "../../keepers/adapters/payments/intake.ts";
import { loadKeccak } from "../../keepers/adapters/payments/keccak.ts";
import { afterEntry } from "../../keepers/adapters/payments/entries.ts";
import { loadRecovery } from "../../keepers/adapters/payments/recover.ts";
import { type Hex, word } from "../../keepers/core/hex.ts";
import { loadKeySigner } from "../../keepers/adapters/payments/sign.ts";
import { type Address, address, seconds, unixSeconds } from "../../keepers/core/units.ts";
import { ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import type { Offer } from "../../keepers/agents/payments/offer.ts";
import type {
  ChannelTerms,
  ChannelSnapshot,
  SignVoucher,
  SignedVoucher,
  StoredChannel,
  VoucherStore,
} from "../../keepers/agents/payments/ports.ts";
import { channelHashes } from "../../keepers/agents/payments/voucher.ts";
import { account } from "./keeperBuilders.ts";

export const DOMAIN = { chainId: 1329n, channels: account(0xc4a7) };
export const RECEIVER = account(0xbeef);
export const DOLLARS = account(0xd011a2);
export const DEPOSIT = 1_000_000n;

export const fastKeccak = await loadKeccak();
export const recover = await loadRecovery(fastKeccak);
export const hashes = channelHashes(fastKeccak.keccak, DOMAIN);

/** Key number `n`, one to a few thousand. */
export const payerKey = (n: number): SigningKey => new SigningKey(word(BigInt(n)));
export const payerAddress = (n: number): Address => address(computeAddress(payerKey(n).publicKey));

export const termsOf = (n: number, change: Partial<ChannelTerms> = {}): ChannelTerms => ({
  payer: payerAddress(n),
  payerAuthorizer: ZERO_ADDRESS,
  receiver: RECEIVER,
  receiverAuthorizer: ZERO_ADDRESS,
  token: DOLLARS,
  withdrawDelay: seconds(3_600n),
  salt: word(0n),
  ...change,
});

/** Signs as payer `n`, under any domain. */
export const signerFor =
  (n: number, domain = DOMAIN): SignVoucher =>
  async (voucher) => {
    const sign = await loadKeySigner(word(BigInt(n)), channelHashes(fastKeccak.keccak, domain));
    return sign(voucher);
  };

/** The voucher of payer `n`'s channel for a total. */
export const voucherFor = (n: number, total: bigint, terms = termsOf(n)): Promise<SignedVoucher> =>
  signerFor(n)({ channelId: hashes.channelIdOf(terms), maxClaimableAmount: total });

/** An open channel as the chain shows it. */
export const viewOf = (terms: ChannelTerms, change: Partial<ChannelSnapshot> = {}): ChannelSnapshot => ({
  channelId: hashes.channelIdOf(terms),
  signer: terms.payerAuthorizer === ZERO_ADDRESS ? terms.payer : terms.payerAuthorizer,
  isSignerContract: false,
  state: "Open",
  deposited: DEPOSIT,
  paid: 0n,
  closesAt: unixSeconds(0n),
  time: unixSeconds(1_000n),
  ...change,
});

export const OFFER: Offer = {
  receiver: RECEIVER,
  token: DOLLARS,
  receiverAuthorizers: [ZERO_ADDRESS],
  minWithdrawDelay: seconds(900n),
};

/** A store in memory; `sync` says when what was appended is durable. It passes the same tests as the one on disk. */
export const memoryStore = (sync: () => Promise<void> = () => Promise.resolve()): VoucherStore => {
  const channels = new Map<Hex, StoredChannel>();
  const put = (channelId: Hex, record: Parameters<typeof afterEntry>[1]): Promise<void> => {
    const channel = afterEntry(channels.get(channelId), record);
    if (channel === undefined) channels.delete(channelId);
    else channels.set(channelId, channel);
    return sync();
  };
  return {
    last: (channelId) => channels.get(channelId)?.last,
    channel: (channelId) => channels.get(channelId),
    channels: () => [...channels.values()],
    learn: (channelId, terms) => put(channelId, { kind: "channel", channelId, terms }),
    append: async (voucher) => {
      const channel = channels.get(voucher.channelId);
      if (channel === undefined) throw new RangeError("not learned");
      if (voucher.maxClaimableAmount <= (channel.last?.maxClaimableAmount ?? 0n)) throw new RangeError("not above");
      await put(voucher.channelId, { kind: "voucher", voucher });
    },
    release: async (channelId, total) => {
      if (channels.get(channelId)?.last?.maxClaimableAmount !== total) return false;
      await put(channelId, { kind: "released", channelId, total });
      return true;
    },
    freeze: async (channelId, deadline) => {
      if (!channels.has(channelId)) throw new RangeError("not learned");
      await put(channelId, { kind: "frozen", channelId, deadline });
    },
    forget: (channelId) => put(channelId, { kind: "forgotten", channelId }),
    close: () => Promise.resolve(),
  };
};

/** A receiver's voucher intake on channels that are open, unless told otherwise. */
export const intakeOf = (change: Partial<IntakeSettings> = {}): VoucherIntake =>
  voucherIntake({
    offer: OFFER,
    hashes,
    recover,
    askSigner: undefined,
    store: memoryStore(),
    readChannel: (terms) => Promise.resolve(viewOf(terms)),
    nowMs: () => 0,
    maxAgeMs: 1_000,
    minAgeMs: 0,
    clock: () => unixSeconds(1_000n),
    ...change,
  });
