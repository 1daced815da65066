import { FatalError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { UnixSeconds } from "../../core/units.ts";
import { type Acceptance, type SeenVoucher, acceptAnswered, acceptVoucher } from "../../agents/payments/accept.ts";
import { type TermsRefusal, termsRefusal } from "../../agents/payments/offer.ts";
import type {
  ChannelTerms,
  ChannelSnapshot,
  SignedVoucher,
  StoredVoucher,
  VoucherRefusal,
  VoucherStore,
} from "../../agents/payments/ports.ts";
import { type ChannelReadSettings, channelReads, staleness } from "./channelReads.ts";

export type IntakeSettings = ChannelReadSettings;

/** What was sold for a voucher. */
export type VoucherSale = {
  /** What the voucher must add, in the token's units; undefined for any amount. */
  readonly price: bigint | undefined;
  /** The 32-byte hash of what is bought. */
  readonly purchase: Hex;
  /** Whether the buyer gave the purchase a name of its own, so that the same hash is the same purchase and no second one. */
  readonly isNamed: boolean;
};

export type IntakeAnswer =
  /** The voucher lies on the disk. */
  | { readonly kind: "accepted"; readonly channelId: Hex; readonly amount: bigint; readonly view: ChannelSnapshot }
  /** It is the last one once more, or for a purchase that was paid. What is `stored` is on the disk; nothing new is owed. */
  | {
      readonly kind: "repeated";
      readonly channelId: Hex;
      readonly stored: StoredVoucher;
      readonly view: ChannelSnapshot;
    }
  | {
      readonly kind: "refused";
      readonly refusal: VoucherRefusal | TermsRefusal;
      /** Undefined for a channel that was not looked at: its terms are not served, or the voucher is none of its signer's. */
      readonly view: ChannelSnapshot | undefined;
      /**
       * Whether the channel's signer signed the voucher: only that one may be told where the channel is, since with its newest
       * voucher one gets what was bought for it. [NX-CHN-10]
       */
      readonly isPayers: boolean;
    };

/** Takes vouchers in for one receiver. */
export type VoucherIntake = {
  /** Judges a voucher, keeps it, and answers when it is durable. @throws FatalError when the disk fails */
  readonly receive: (terms: ChannelTerms, voucher: SignedVoucher, sale: VoucherSale) => Promise<IntakeAnswer>;
  /** Refuses a channel's vouchers until an agreed close has expired. To be awaited before the agreement is handed out. */
  readonly freeze: (terms: ChannelTerms, deadline: UnixSeconds) => Promise<void>;
  /** Takes back the last voucher of a channel, whose purchase is not charged. @returns false when a newer one has come */
  readonly release: (channelId: Hex, total: bigint) => Promise<boolean>;
  /** What a channel owes so far, by our last voucher. */
  readonly last: (channelId: Hex) => StoredVoucher | undefined;
};

type Request = { readonly terms: ChannelTerms; readonly voucher: SignedVoucher; readonly sale: VoucherSale };
type Judgement = Acceptance | { readonly kind: "bought"; readonly by: StoredVoucher };
type Conclude = (request: Request, answer: Judgement, view: ChannelSnapshot) => Promise<IntakeAnswer>;

/** A top-up, or the opening itself, may be newer than what we remember. */
const mayBeStale = (answer: Judgement): boolean =>
  answer.kind === "refused" && (answer.refusal.reason === "AboveDeposit" || answer.refusal.reason === "ChannelUnknown");

/** Keeps vouchers, and lets everybody wait until the last one of a channel is durable. */
const keeper = (store: VoucherStore) => {
  const writing = new Map<Hex, Promise<void>>();
  const keep = async (terms: ChannelTerms, voucher: StoredVoucher): Promise<void> => {
    const { channelId } = voucher;
    const written = Promise.all([store.learn(channelId, terms), store.append(voucher)]).then(() => undefined);
    writing.set(channelId, written);
    await written;
    // Of two at once the later one stays: it is durable only together with the earlier one.
    if (writing.get(channelId) === written) writing.delete(channelId);
  };
  return { keep, durable: async (channelId: Hex): Promise<void> => writing.get(channelId) };
};

/**
 * The voucher that paid for a named purchase before. Only its payer is told: who shows that very voucher, or another one that
 * the payer's key signed; the other one stays unused.
 */
const boughtBefore = (
  { store, hashes, recover }: IntakeSettings,
  view: ChannelSnapshot,
  { voucher, sale }: Request,
): Judgement | undefined => {
  if (!sale.isNamed || voucher.channelId !== view.channelId) return undefined;
  const paid = store.channel(view.channelId)?.recent.find(({ purchase }) => purchase === sale.purchase);
  if (paid === undefined) return undefined;
  if (paid.signature === voucher.signature) return { kind: "bought", by: paid };
  const recovery = recover(hashes.voucherDigest(voucher), voucher.signature);
  return recovery.kind === "signer" && recovery.signer === view.signer ? { kind: "bought", by: paid } : undefined;
};

const seeing =
  ({ store, askSigner }: IntakeSettings) =>
  (view: ChannelSnapshot, price: bigint | undefined): SeenVoucher => {
    const channel = store.channel(view.channelId);
    return {
      stored: { last: channel?.last, agreedUntil: channel?.agreedUntil },
      view: askSigner === undefined ? { ...view, isSignerContract: false } : view,
      price,
    };
  };

/**
 * Judges a voucher, and each time that it had to wait, again. The last judgement is concluded with nothing in between, so
 * that of two equal vouchers only one can be reserved.
 */
const judging = (settings: IntakeSettings, conclude: Conclude): ((request: Request) => Promise<IntakeAnswer>) => {
  const { hashes, recover, askSigner } = settings;
  const views = channelReads(settings);
  const staleRefusal = staleness(settings);
  const seenOf = seeing(settings);
  /** Only what would be given again needs a view that is not stale. */
  const ifRecent = (answer: Judgement, view: ChannelSnapshot): Judgement => {
    const refusal = answer.kind === "accepted" ? staleRefusal(view) : undefined;
    return refusal === undefined ? answer : { kind: "refused", refusal };
  };
  return async (request) => {
    const { terms, voucher, sale } = request;
    const judge = (seen: ChannelSnapshot): Judgement =>
      ifRecent(
        boughtBefore(settings, seen, request) ?? acceptVoucher(seenOf(seen, sale.price), voucher, { hashes, recover }),
        seen,
      );
    const channelId = hashes.channelIdOf(terms);
    const first = await views.first(channelId, request);
    if ("reason" in first) return { kind: "refused", refusal: first, view: undefined, isPayers: false };
    let view = first;
    let answer = judge(view);
    if (mayBeStale(answer)) {
      view = (await views.again(channelId, terms)) ?? view;
      answer = judge(view);
    }
    if (answer.kind === "askSigner" && askSigner !== undefined) {
      const accepts = await askSigner(answer.signer, answer.digest, voucher.signature);
      const heard =
        boughtBefore(settings, view, request) ??
        acceptAnswered(seenOf(view, sale.price), voucher, { accepts, domain: hashes.domain });
      answer = ifRecent(heard, view);
    }
    return conclude(request, answer, view);
  };
};

/** Whether the channel's signer signed a voucher, be it one that is refused. */
const isSignersOwn = async (
  { hashes, recover, askSigner }: IntakeSettings,
  { channelId, signer, isSignerContract }: ChannelSnapshot,
  voucher: SignedVoucher,
): Promise<boolean> => {
  if (voucher.channelId !== channelId) return false;
  const digest = hashes.voucherDigest(voucher);
  const recovery = recover(digest, voucher.signature);
  if (recovery.kind === "signer" && recovery.signer === signer) return true;
  return isSignerContract && askSigner !== undefined && askSigner(signer, digest, voucher.signature);
};

/** Opens the voucher intake. */
export const voucherIntake = (settings: IntakeSettings): VoucherIntake => {
  const { offer, hashes, store } = settings;
  const { keep, durable } = keeper(store);
  const receive = judging(settings, async ({ terms, sale, voucher }, answer, view) => {
    const { channelId } = view;
    if (answer.kind === "refused") {
      return {
        ...answer,
        view,
        isPayers: store.last(channelId) !== undefined && (await isSignersOwn(settings, view, voucher)),
      };
    }
    if (answer.kind === "accepted") {
      await keep(terms, { ...answer.voucher, purchase: sale.purchase });
      return { kind: "accepted", channelId, amount: answer.amount, view };
    }
    const stored = answer.kind === "bought" ? answer.by : store.last(channelId);
    if (answer.kind === "askSigner" || stored === undefined) {
      throw new FatalError(`a voucher of ${channelId} was judged without a signer to ask or a voucher to repeat`);
    }
    await durable(channelId);
    return { kind: "repeated", channelId, stored, view };
  });
  return {
    receive: async (terms, voucher, sale) => {
      const refusal = termsRefusal(terms, offer);
      if (refusal === undefined) return receive({ terms, voucher, sale });
      return { kind: "refused", refusal, view: undefined, isPayers: false };
    },
    freeze: async (terms, deadline) => {
      const channelId = hashes.channelIdOf(terms);
      await Promise.all([store.learn(channelId, terms), store.freeze(channelId, deadline)]);
    },
    release: store.release,
    last: store.last,
  };
};
