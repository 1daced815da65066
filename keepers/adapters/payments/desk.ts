import { FatalError } from "../../core/errors.ts";
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
  /** Whether the buyer gave the purchase a name of its own, so that the same hash is the same purchase and no second one. */
  readonly isNamed: boolean;
};

export type DeskAnswer =
  /** The voucher lies on the disk. */
  | { readonly kind: "accepted"; readonly channelId: Hex; readonly amount: bigint; readonly view: ChannelView }
  /** It is the last one once more, or for a purchase that was paid. What is `stored` is on the disk; nothing new is owed. */
  | { readonly kind: "repeated"; readonly channelId: Hex; readonly stored: StoredVoucher; readonly view: ChannelView }
  | {
      readonly kind: "refused";
      readonly refusal: VoucherRefusal | TermsRefusal;
      /** Undefined for a channel whose terms are not served. */
      readonly view: ChannelView | undefined;
    };

/** Takes vouchers in for one receiver. */
export type Desk = {
  /** Judges a voucher, keeps it, and answers when it is durable. @throws FatalError when the disk fails */
  readonly receive: (terms: ChannelTerms, voucher: SignedVoucher, sale: Sale) => Promise<DeskAnswer>;
  /** Refuses a channel's vouchers until an agreed close has expired. To be awaited before the agreement is handed out. */
  readonly freeze: (terms: ChannelTerms, deadline: UnixSeconds) => Promise<void>;
  /** What a channel owes so far, by our last voucher. */
  readonly last: (channelId: Hex) => StoredVoucher | undefined;
};

/** A top-up, or the opening itself, may be newer than what we remember. */
const mayBeStale = (answer: Acceptance): boolean =>
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

type Request = { readonly terms: ChannelTerms; readonly voucher: SignedVoucher; readonly sale: Sale };
type Judgement = Acceptance | { readonly kind: "bought"; readonly by: StoredVoucher };
type Conclude = (request: Request, answer: Judgement, view: ChannelView) => Promise<DeskAnswer>;

/**
 * The voucher that paid for a named purchase before. Only its payer is told: who shows that very voucher, or another one that
 * the payer's key signed; the other one stays unused.
 */
const boughtBefore = (
  { store, hashes, recover }: DeskSettings,
  view: ChannelView,
  { voucher, sale }: Request,
): StoredVoucher | undefined => {
  if (!sale.isNamed || voucher.channelId !== view.channelId) return undefined;
  const paid = store.channel(view.channelId)?.recent.find(({ purchase }) => purchase === sale.purchase);
  if (paid === undefined || paid.signature === voucher.signature) return paid;
  const recovery = recover(hashes.voucherDigest(voucher), voucher.signature);
  return recovery.kind === "signer" && recovery.signer === view.signer ? paid : undefined;
};

/**
 * Judges a voucher, and each time that it had to wait, again. The last judgement is concluded with nothing in between, so
 * that of two equal vouchers only one can be reserved.
 */
const judging = (settings: DeskSettings, conclude: Conclude): ((request: Request) => Promise<DeskAnswer>) => {
  const { hashes, recover, askSigner, store } = settings;
  const views = channelViews(settings);
  const seenOf = (view: ChannelView, price: bigint | undefined): Seen => {
    const channel = store.channel(view.channelId);
    return {
      held: { last: channel?.last, agreedUntil: channel?.agreedUntil },
      view: askSigner === undefined ? { ...view, isSignerContract: false } : view,
      price,
    };
  };
  return async (request) => {
    const { terms, voucher, sale } = request;
    const judge = (seen: ChannelView): Acceptance =>
      acceptVoucher(seenOf(seen, sale.price), voucher, { hashes, recover });
    const channelId = hashes.channelIdOf(terms);
    let view = await views.fresh(channelId, terms);
    const bought = boughtBefore(settings, view, request);
    if (bought !== undefined) return conclude(request, { kind: "bought", by: bought }, view);
    let answer = judge(view);
    if (mayBeStale(answer)) {
      view = (await views.again(channelId, terms)) ?? view;
      answer = judge(view);
    }
    if (answer.kind === "askSigner" && askSigner !== undefined) {
      const accepts = await askSigner(answer.signer, answer.digest, voucher.signature);
      answer = acceptAnswered(seenOf(view, sale.price), voucher, { accepts, domain: hashes.domain });
    }
    return conclude(request, answer, view);
  };
};

/** Opens the desk. */
export const voucherDesk = (settings: DeskSettings): Desk => {
  const { offer, hashes, store } = settings;
  const { keep, durable } = keeper(store);
  const receive = judging(settings, async ({ terms, sale }, answer, view) => {
    const { channelId } = view;
    if (answer.kind === "refused") return { ...answer, view };
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
      return refusal === undefined ? receive({ terms, voucher, sale }) : { kind: "refused", refusal, view: undefined };
    },
    freeze: async (terms, deadline) => {
      const channelId = hashes.channelIdOf(terms);
      await Promise.all([store.learn(channelId, terms), store.freeze(channelId, deadline)]);
    },
    last: store.last,
  };
};
