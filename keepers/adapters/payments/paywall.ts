import { createHash } from "node:crypto";
import { hex } from "../../core/hex.ts";
import { soFar } from "../../agents/payments/accept.ts";
import type { Offer, TermsRefusal } from "../../agents/payments/offer.ts";
import type { ChannelDomain, ChannelSnapshot, StoredVoucher, VoucherRefusal } from "../../agents/payments/ports.ts";
import {
  CHANNEL_SCHEME,
  HEADERS,
  type PaymentPayload,
  type Requirements,
  type ServerState,
  type Settlement,
  X402_VERSION,
  channelRequirements,
  networkOf,
  parseChannelPayment,
  parsePayment,
} from "../../agents/payments/x402.ts";
import { decodeHeader, encodeHeader, toJson } from "./codec.ts";
import type { VoucherIntake, IntakeAnswer, VoucherSale } from "./intake.ts";
import { type Reply, type Sales, salesOf, unshared } from "./sales.ts";

/** A request as the paywall sees it. */
export type PaidRequest = {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: Uint8Array;
  /** Header by its name in lower case. */
  readonly header: (name: string) => string | undefined;
};

/** What is sold. */
export type Endpoint = {
  /** For one request, in the token's units. */
  readonly price: bigint;
  readonly description: string;
  readonly mimeType: string;
  /**
   * Does the work. It may run twice for one payment, if the process dies in it or it fails: a payer that asks again with the
   * same voucher is served again.
   */
  readonly serve: (request: PaidRequest) => Promise<Reply>;
  /**
   * Whether an answer is charged, by voucher; by default one below status 400. What is not charged leaves the channel where it
   * was. What another scheme settled before the work stays settled.
   */
  readonly isCharged?: (reply: Reply) => boolean;
};

/** Another scheme of x402, such as `exact`: settled on the chain before the work is done. */
export type OtherScheme = {
  readonly requirements: Requirements;
  readonly settle: (payment: PaymentPayload) => Promise<Settlement>;
};

export type PaywallSettings = {
  readonly intake: VoucherIntake;
  readonly domain: ChannelDomain;
  readonly offer: Offer;
  readonly endpoint: Endpoint;
  readonly others: readonly OtherScheme[];
  /** Where the endpoint is, without its path: "https://host". */
  readonly origin: string;
  /** How long a client may wait for an answer before it tries again. */
  readonly timeoutSeconds: number;
};

/** Answers a request: with what is sold, or with what it costs. */
export type Paywall = (request: PaidRequest) => Promise<Reply>;

const PAYMENT_REQUIRED = 402;
const CLIENT_FAULT = 400;
const GONE: Reply = {
  status: 410,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ error: "AnswerGone" }),
};
/** Refusals that are our fault: the same voucher may be sent again a little later. */
const LATER: ReadonlySet<string> = new Set(["Busy", "StaleView"]);
const UNAVAILABLE = 503;

/** By default a failure is free: who asked for it got nothing. */
const isGood = ({ status }: Reply): boolean => status < CLIENT_FAULT;

/** What a voucher is given for: the request, and its key if it has one. */
const purchaseOf = ({ method, url, body, header }: PaidRequest): Purchase => {
  const key = header(HEADERS.key);
  const hash = createHash("sha256").update(`${method}\n${url}\n${key ?? ""}\n`);
  return { purchase: hex(`0x${hash.update(body).digest("hex")}`), isNamed: key !== undefined };
};

type Purchase = Pick<VoucherSale, "purchase" | "isNamed">;
type Refused = { readonly error: string; readonly details?: object; readonly state?: ServerState };
type Paid = {
  readonly settle: (isFree: boolean) => Settlement;
  readonly payment: string;
  readonly giveBack: () => Promise<boolean>;
};

/** Answers with status 402: what it costs, and if something was paid, why that is not enough. */
const refusing =
  (settings: PaywallSettings) =>
  (request: PaidRequest, { error, details, state }: Partial<Refused>): Reply => {
    const { offer, domain, endpoint, others, origin, timeoutSeconds } = settings;
    const ours = channelRequirements({ offer, domain }, { price: endpoint.price, timeoutSeconds }, state);
    const required = {
      x402Version: X402_VERSION,
      ...(error === undefined ? {} : { error }),
      resource: { url: `${origin}${request.url}`, description: endpoint.description, mimeType: endpoint.mimeType },
      accepts: [ours, ...others.map(({ requirements }) => requirements)],
    };
    const body = { ...required, ...(details === undefined ? {} : { refusal: details }) };
    if (error !== undefined && LATER.has(error)) {
      return {
        status: UNAVAILABLE,
        headers: { "content-type": "application/json", "retry-after": "1" },
        body: toJson(body),
      };
    }
    return {
      status: PAYMENT_REQUIRED,
      headers: { "content-type": "application/json", [HEADERS.required]: encodeHeader(required) },
      body: toJson(body),
    };
  };

type Charge = {
  readonly payer: string;
  readonly view: ChannelSnapshot;
  /** What this request cost, and all so far, in the token's units. */
  readonly charged: bigint;
  readonly total: bigint;
};

const settlementOf = (settings: PaywallSettings, { payer, view, charged, total }: Charge): Settlement => ({
  success: true,
  payer,
  transaction: "",
  network: networkOf(settings.domain),
  amount: charged.toString(),
  extra: {
    chargedAmount: charged.toString(),
    channelState: {
      channelId: view.channelId,
      balance: view.deposited.toString(),
      totalClaimed: view.paid.toString(),
      chargedCumulativeAmount: total.toString(),
    },
  },
});

/** A refusal without what only the payer may know: how far its channel is. */
const unsaid = ({ reason, ...rest }: VoucherRefusal | TermsRefusal): object =>
  reason === "NotAboveLast" || reason === "WrongAmount" ? { reason } : { reason, ...rest };

/** With the newest voucher one gets what was bought for it: only its payer is told, and strangers what the chain says. */
const refusedOf = (
  { refusal, view, isPayers }: Extract<IntakeAnswer, { readonly kind: "refused" }>,
  last: StoredVoucher | undefined,
): Refused => {
  const error = refusal.reason;
  if (view === undefined || (last !== undefined && !isPayers)) return { error, details: unsaid(refusal) };
  const state = { channelId: view.channelId, soFar: soFar({ stored: { last }, view }), signature: last?.signature };
  return { error, details: refusal, state };
};

/** Takes a voucher for one request. */
const takeVoucher = async (
  settings: PaywallSettings,
  payment: PaymentPayload,
  { sale, unearned }: { readonly sale: Purchase; readonly unearned: Set<string> },
): Promise<Paid | Refused> => {
  const { intake, endpoint } = settings;
  const parsed = parseChannelPayment(payment);
  if (parsed.kind === "malformed") return { error: "MalformedPayment", details: parsed };
  const { terms, voucher } = parsed.value;
  const { channelId } = voucher;
  const answer = await intake.receive(terms, voucher, { price: endpoint.price, ...sale });
  const last = intake.last(channelId);
  if (answer.kind === "refused") return refusedOf(answer, last);
  const { view } = answer;
  const charged = answer.kind === "accepted" ? endpoint.price : 0n;
  const total = answer.kind === "accepted" ? voucher.maxClaimableAmount : answer.stored.maxClaimableAmount;
  if (answer.kind === "repeated" && answer.stored.purchase !== sale.purchase) {
    const state = { channelId, soFar: total, signature: answer.stored.signature };
    return { error: "VoucherSpent", details: { reason: "VoucherSpent", total }, state };
  }
  const state = { payer: terms.payer, view, charged, total: soFar({ stored: { last }, view }) };
  const settle = (isFree: boolean): Settlement => {
    if (!isFree) return settlementOf(settings, state);
    const now = soFar({ stored: { last: intake.last(channelId) }, view });
    return settlementOf(settings, { ...state, charged: 0n, total: now });
  };
  const key = `${channelId}:${total}`;
  if (answer.kind === "accepted") unearned.add(key);
  // What a life before this one took may have been earned already.
  const giveBack = async (): Promise<boolean> => unearned.delete(key) && intake.release(channelId, total);
  return { settle, payment: key, giveBack };
};

/** Settles by another scheme; the payment itself tells one sale from another. */
const settleOther = async (other: OtherScheme, payment: PaymentPayload, sales: Sales): Promise<Paid | Refused> => {
  const key = createHash("sha256").update(toJson(payment.payload)).digest("hex");
  const settlement = await sales.settleOnce(key, () => other.settle(payment));
  const giveBack = (): Promise<boolean> => Promise.resolve(false);
  if (settlement.success) return { settle: () => settlement, payment: key, giveBack };
  return { error: settlement.errorReason ?? "NotSettled", details: settlement };
};

/**
 * Makes a paywall for one endpoint. The payment is durable, or settled, before the work begins; one voucher buys one request,
 * and the same request with the same voucher again gets the same answer.
 */
export const paywall = (settings: PaywallSettings): Paywall => {
  const { domain, endpoint, others } = settings;
  const refuse = refusing(settings);
  const sales = salesOf();
  const isCharged = endpoint.isCharged ?? isGood;
  /** Vouchers that were taken and whose work has not been answered yet. */
  const unearned = new Set<string>();

  const take = (payment: PaymentPayload, purchase: Purchase): Promise<Paid | Refused> => {
    const { scheme, network } = payment.accepted;
    if (scheme === CHANNEL_SCHEME) return takeVoucher(settings, payment, { sale: purchase, unearned });
    const other = others.find(({ requirements: way }) => way.scheme === scheme && way.network === network);
    if (other !== undefined) return settleOther(other, payment, sales);
    return Promise.resolve({ error: "UnknownScheme", details: { scheme, network, ours: networkOf(domain) } });
  };

  const answer: Paywall = async (request) => {
    const header = request.header(HEADERS.payment);
    if (header === undefined) return refuse(request, {});
    const payment = parsePayment(decodeHeader(header));
    if (payment.kind === "malformed") return refuse(request, { error: "MalformedPayment", details: payment });
    const purchase = purchaseOf(request);
    const taken = await take(payment.value, purchase);
    if ("error" in taken) return refuse(request, taken);
    const sale = { payment: taken.payment, purchase: purchase.purchase };
    const work = { serve: () => endpoint.serve(request), isCharged, giveBack: taken.giveBack };
    const served = await sales.serveOnce(sale, work);
    if (served.kind === "served") unearned.delete(taken.payment);
    if (served.kind === "spent") return refuse(request, { error: "PaymentSpent", details: sale });
    const { reply, isFree } = served.kind === "gone" ? { reply: GONE, isFree: false } : served;
    return { ...reply, headers: { ...reply.headers, [HEADERS.response]: encodeHeader(taken.settle(isFree)) } };
  };
  return async (request) => unshared(await answer(request));
};
