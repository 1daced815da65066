import type { Hex } from "../../core/hex.ts";
import type { UnixSeconds } from "../../core/units.ts";
import { type Acceptance, type Seen, acceptAnswered, acceptVoucher } from "../../payments/accept.ts";
import { type Offer, type TermsRefusal, termsRefusal } from "../../payments/offer.ts";
import type {
  AskSigner,
  ChannelHashes,
  ChannelTerms,
  ChannelView,
  RecoverSigner,
  SignedVoucher,
  StoredVoucher,
  VoucherRefusal,
  VoucherStore,
} from "../../payments/ports.ts";
import { type ViewSettings, channelViews } from "./views.ts";

export type DeskSettings = ViewSettings & {
  readonly offer: Offer;
  readonly hashes: ChannelHashes;
  readonly recover: RecoverSigner;
  /** Undefined where payers that sign by ERC-1271 are not served: such a signer can take its word back. */
  readonly askSigner: AskSigner | undefined;
  readonly store: VoucherStore;
};

/** What was sold for a voucher. */
export type Sale = {
  /** What the voucher must add, in the token's units; undefined for any amount. */
  readonly price: bigint | undefined;
  /** The 32-byte hash of what is bought. */
  readonly purchase: Hex;
};

export type DeskAnswer =
  /** The voucher lies on the disk. */
  | { readonly kind: "accepted"; readonly channelId: Hex; readonly amount: bigint; readonly view: ChannelView }
  /** It is the last one once more, on the disk too, and what it was given for. */
  | { readonly kind: "repeated"; readonly channelId: Hex; readonly stored: StoredVoucher; readonly view: ChannelView }
  | { readonly kind: "refused"; readonly refusal: VoucherRefusal | TermsRefusal };

/** Takes vouchers in for one receiver. */
export type Desk = {
  /** Judges a voucher, keeps it, and answers when it is durable. @throws FatalError when the disk fails */
  readonly receive: (terms: ChannelTerms, voucher: SignedVoucher, sale: Sale) => Promise<DeskAnswer>;
  /** Refuses a channel's vouchers until an agreed close has expired; to be called before the agreement is signed. */
  readonly freeze: (channelId: Hex, deadline: UnixSeconds) => void;
  /** What a channel owes so far, by our last voucher. */
  readonly last: (channelId: Hex) => StoredVoucher | undefined;
};

/** A top-up, or the opening itself, may be newer than what we remember. */
const mayBeStale = (answer: Acceptance): boolean =>
  answer.kind === "refused" && (answer.refusal.reason === "AboveDeposit" || answer.refusal.reason === "ChannelUnknown");

/** Opens the desk. Between judging a voucher and reserving it nothing else runs, so that no two can be the same one. */
export const voucherDesk = (settings: DeskSettings): Desk => {
  const { offer, hashes, recover, askSigner, store } = settings;
  const views = channelViews(settings);
  const frozen = new Map<Hex, UnixSeconds>();
  const writing = new Map<Hex, Promise<void>>();

  const seenOf = (view: ChannelView, price: bigint | undefined): Seen => ({
    held: { last: store.last(view.channelId), agreedUntil: frozen.get(view.channelId) },
    view: askSigner === undefined ? { ...view, isSignerContract: false } : view,
    price,
  });

  const keep = async (terms: ChannelTerms, voucher: StoredVoucher): Promise<void> => {
    const { channelId } = voucher;
    const written = Promise.all([store.learn(channelId, terms), store.append(voucher)]).then(() => undefined);
    writing.set(channelId, written);
    await written;
    // Of two at once the later one stays: it is durable only together with the earlier one.
    if (writing.get(channelId) === written) writing.delete(channelId);
  };

  /** The last step, which must not be interrupted between the answer and the reservation. */
  const conclude = async (
    answer: Acceptance,
    { view, terms, sale }: { readonly view: ChannelView; readonly terms: ChannelTerms; readonly sale: Sale },
  ): Promise<DeskAnswer> => {
    const { channelId } = view;
    if (answer.kind === "accepted") {
      await keep(terms, { ...answer.voucher, purchase: sale.purchase });
      return { kind: "accepted", channelId, amount: answer.amount, view };
    }
    if (answer.kind === "refused") return answer;
    const stored = store.last(channelId);
    await writing.get(channelId);
    if (stored === undefined) throw new RangeError(`channel ${channelId} repeats a voucher that is not there`);
    return { kind: "repeated", channelId, stored, view };
  };

  const judge = (view: ChannelView, voucher: SignedVoucher, sale: Sale): Acceptance =>
    acceptVoucher(seenOf(view, sale.price), voucher, { hashes, recover });

  const receive: Desk["receive"] = async (terms, voucher, sale) => {
    const unserved = termsRefusal(terms, offer);
    if (unserved !== undefined) return { kind: "refused", refusal: unserved };
    const channelId = hashes.channelIdOf(terms);
    let view = await views.fresh(channelId, terms);
    let answer = judge(view, voucher, sale);
    const newer = mayBeStale(answer) ? await views.again(channelId, terms) : undefined;
    if (newer !== undefined) {
      view = newer;
      answer = judge(view, voucher, sale);
    }
    if (answer.kind === "askSigner" && askSigner !== undefined) {
      const accepts = await askSigner(answer.signer, answer.digest, voucher.signature);
      answer = acceptAnswered(seenOf(view, sale.price), voucher, { accepts, domain: hashes.domain });
    }
    return conclude(answer, { view, terms, sale });
  };

  return {
    receive,
    freeze: (channelId, deadline) => void frozen.set(channelId, deadline),
    last: store.last,
  };
};
