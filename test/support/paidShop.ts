import type { IntakeSettings } from "../../keepers/adapters/payments/intake.ts";
import { type FetchSettings, type PayingFetch, payingFetch } from "../../keepers/adapters/payments/payingFetch.ts";
import { type Endpoint, type OtherScheme, type Paywall, paywall } from "../../keepers/adapters/payments/paywall.ts";
import type { Reply } from "../../keepers/adapters/payments/sales.ts";
import { type ChannelWallet, channelWallet } from "../../keepers/adapters/payments/wallet.ts";
import type { VoucherStore } from "../../keepers/agents/payments/ports.ts";
import { HEADERS } from "../../keepers/agents/payments/x402.ts";
import { DEPOSIT, DOMAIN, OFFER, intakeOf, hashes, memoryStore, recover, signerFor, termsOf } from "./payments.ts";

export const PRICE = 10n;
export const ORIGIN = "http://127.0.0.1:1";

/** An endpoint that answers with the request's key, and counts how often it did the work for each. */
export const countingEndpoint = (fails: () => boolean = () => false) => {
  const served = new Map<string, number>();
  const endpoint: Endpoint = {
    price: PRICE,
    description: "says the key",
    mimeType: "text/plain",
    serve: ({ header, body }) => {
      if (fails()) return Promise.reject(new Error("the work failed"));
      const key = header(HEADERS.key) ?? Buffer.from(body).toString("utf8");
      served.set(key, (served.get(key) ?? 0) + 1);
      return Promise.resolve({ status: 200, headers: { "content-type": "text/plain" }, body: key });
    },
  };
  return { served, endpoint };
};

/** A seller over a store. */
export const shopOf = (
  endpoint: Endpoint,
  { others = [], ...intake }: Partial<IntakeSettings> & { readonly others?: readonly OtherScheme[] } = {},
): Paywall =>
  paywall({
    intake: intakeOf(intake),
    domain: DOMAIN,
    offer: OFFER,
    endpoint,
    others,
    origin: ORIGIN,
    timeoutSeconds: 1,
  });

/** Payer `n`'s wallet over a store. */
export const walletOf = (n: number, store: VoucherStore = memoryStore(), sign = signerFor(n)): ChannelWallet =>
  channelWallet({
    hashes,
    recover,
    sign,
    store,
    findChannel: () => Promise.resolve(termsOf(n)),
    maxPerRequest: DEPOSIT,
  });

const toResponse = ({ status, headers, body }: Reply): Response =>
  new Response(typeof body === "string" ? body : Buffer.from(body), { status, headers });

/** Hands requests to a paywall without a network. */
export const wire =
  (wall: () => Paywall): typeof fetch =>
  async (input, init = {}) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.arrayBuffer());
    const { pathname, search } = new URL(request.url);
    const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
    return toResponse(await wall()({ method: request.method, url: `${pathname}${search}`, body, header }));
  };

let keys = 0;

/** A paying fetch that tries twice and never waits. */
export const buyerOf = (
  wallet: ChannelWallet,
  through: typeof fetch,
  change: Partial<FetchSettings> = {},
): PayingFetch =>
  payingFetch({
    wallet,
    fetch: through,
    newKey: () => {
      keys += 1;
      return `key ${keys}`;
    },
    tries: 2,
    timeoutMs: 10_000,
    pause: () => Promise.resolve(),
    ...change,
  });
