import { RetryableError } from "../../core/errors.ts";
import {
  type ChannelPayload,
  HEADERS,
  type PaymentRequired,
  type Requirements,
  type Settlement,
  X402_VERSION,
  parseRequired,
} from "../../agents/payments/x402.ts";
import { isMembers } from "../../agents/payments/parse.ts";
import { decodeHeader, encodeHeader } from "./codec.ts";
import type { CorrectionCall } from "./corrections.ts";
import type { ChannelWallet } from "./wallet.ts";

/** A request that may cost something. */
export type PaidCall = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Names the request: who asks again after a crash with the same key pays once. Without it, one is made. */
  readonly key?: string;
};

export type PayingFetch = (url: string, call?: PaidCall) => Promise<Response>;

export type FetchSettings = {
  readonly wallet: ChannelWallet;
  readonly fetch: typeof fetch;
  readonly newKey: () => string;
  /** How often a request is sent with one voucher before it counts as unanswered. */
  readonly tries: number;
  /** How long to wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Waits before the request is sent again; told which try comes next. */
  readonly pause: (attempt: number) => Promise<void>;
};

type Send = (payment?: string) => Promise<Response>;

const PAYMENT_REQUIRED = 402;
const SERVER_FAULT = 500;
/** A server that is elsewhere says where it is; a second time means that somebody else pays from this channel. */
const MAX_CORRECTIONS = 3;

/** What a server says to a payment that it took; undefined when it says no such thing. */
const settlementOf = (response: Response): Pick<Settlement, "extra"> | undefined => {
  const header = response.headers.get(HEADERS.response);
  const settlement = header === null ? undefined : decodeHeader(header);
  if (!isMembers(settlement) || settlement["success"] !== true) return undefined;
  return isMembers(settlement["extra"]) ? { extra: settlement["extra"] } : {};
};

const requiredOf = (response: Response): PaymentRequired | undefined => {
  const header = response.headers.get(HEADERS.required);
  const parsed = header === null ? undefined : parseRequired(decodeHeader(header));
  return parsed?.kind === "parsed" ? parsed.value : undefined;
};

/** Sends the same bytes until something is answered. @throws RetryableError when nothing was */
const sendUntilAnswered = async (send: Send, payment: string, { tries, pause }: FetchSettings): Promise<Response> => {
  let cause: unknown;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    if (attempt > 1) await pause(attempt);
    try {
      const response = await send(payment);
      if (response.status < SERVER_FAULT || attempt === tries) return response;
      await response.arrayBuffer();
    } catch (error) {
      cause = error;
    }
  }
  throw new RetryableError(`no answer to a payment after ${tries} tries`, { cause });
};

/** Pays once for what `accepted` asks, and says how that went. */
const payOnce = async (
  settings: FetchSettings,
  accepted: Requirements,
  { send, call }: { readonly send: Send; readonly call: CorrectionCall },
): Promise<{ readonly response: Response; readonly again: boolean }> => {
  const { wallet } = settings;
  const payload: ChannelPayload = await wallet.pay(accepted, call);
  const payment = encodeHeader({ x402Version: X402_VERSION, accepted, payload });
  let response: Response;
  try {
    response = await sendUntilAnswered(send, payment, settings);
  } catch (error) {
    wallet.unanswered(payload);
    throw error;
  }
  if (response.status === PAYMENT_REQUIRED) {
    return { response, again: await wallet.refused(payload, requiredOf(response)?.accepts ?? []) };
  }
  const settlement = settlementOf(response);
  if (settlement === undefined) wallet.unanswered(payload);
  else wallet.settled(payload, settlement);
  return { response, again: false };
};

/** The way that we can pay, where a response asks for a payment and names one. */
const wayOf = async ({ wallet }: FetchSettings, response: Response): Promise<Requirements | undefined> =>
  response.status === PAYMENT_REQUIRED ? wallet.choose(requiredOf(response)?.accepts ?? []) : undefined;

const sender =
  (
    settings: FetchSettings,
    url: string,
    { method = "GET", headers = {}, body, key = settings.newKey() }: PaidCall,
  ): Send =>
  (payment) =>
    settings.fetch(url, {
      method,
      headers: { ...headers, [HEADERS.key]: key, ...(payment === undefined ? {} : { [HEADERS.payment]: payment }) },
      signal: AbortSignal.timeout(settings.timeoutMs),
      ...(body === undefined ? {} : { body }),
    });

/**
 * A `fetch` that pays for what answers with status 402, by voucher. A lost answer is asked for again with the same voucher.
 * What cannot be paid, or is refused for ever, comes back as the 402 that it is. What a URL cost last is remembered, so that
 * only the first request to it is sent without a payment.
 * @throws RetryableError when a payment was not answered: the same call with the same key pays for it once
 */
export const payingFetch = (settings: FetchSettings): PayingFetch => {
  const known = new Map<string, Requirements>();
  return async (url, call = {}) => {
    const send = sender(settings, url, call);
    const { origin, pathname } = new URL(url);
    const place = `${call.method ?? "GET"} ${origin}${pathname}`;
    let accepted = known.get(place);
    if (accepted === undefined) {
      const response = await send();
      accepted = await wayOf(settings, response);
      if (accepted === undefined) return response;
    }
    const paid = { added: 0n };
    for (let correction = 1; ; correction += 1) {
      known.set(place, accepted);
      const { response, again } = await payOnce(settings, accepted, { send, call: paid });
      if (!again || correction > MAX_CORRECTIONS) return response;
      accepted = (await wayOf(settings, response)) ?? accepted;
    }
  };
};
