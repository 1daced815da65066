import type { Hex } from "../../core/hex.ts";
import type { Offer } from "./offer.ts";
import { type Parsed, isMembers, malformed, parseTerms, parseVoucher, readUint128, termsToWire } from "./parse.ts";
import type { ChannelDomain, ChannelTerms, SignedVoucher } from "./voucher.ts";

/** Our scheme's name in x402: vouchers in the shapes of `batch-settlement`, under our own contract. */
export const CHANNEL_SCHEME = "nexus-channel";
export const X402_VERSION = 2;
/** Headers of x402's second version, each base64 of JSON. */
export const HEADERS = {
  required: "payment-required",
  payment: "payment-signature",
  response: "payment-response",
  /** Tells two equal requests from one that is sent again. */
  key: "idempotency-key",
} as const;

type Extra = Readonly<Record<string, unknown>>;

/** One way to pay; amounts as decimal strings in the token's units. */
export type Requirements = {
  readonly scheme: string;
  readonly network: `${string}:${string}`;
  readonly asset: string;
  readonly amount: string;
  readonly payTo: string;
  readonly maxTimeoutSeconds: number;
  readonly extra: Extra;
};

/** What a server answers with status 402. */
export type PaymentRequired = {
  readonly x402Version: number;
  readonly error?: string;
  readonly resource: { readonly url: string; readonly description?: string; readonly mimeType?: string };
  readonly accepts: readonly Requirements[];
};

/** What a client sends along with the request. */
export type PaymentPayload = {
  readonly x402Version: number;
  readonly accepted: Requirements;
  readonly payload: Extra;
};

/** What a server answers to a payment. */
export type Settlement = {
  readonly success: boolean;
  readonly errorReason?: string;
  readonly payer?: string;
  /** Empty for a voucher: nothing was sent to the chain. */
  readonly transaction: string;
  readonly network: `${string}:${string}`;
  readonly amount?: string;
  readonly extra?: Extra;
};

/** The payload of a payment by voucher, as in `batch-settlement`. */
export type ChannelPayload = {
  readonly type: "voucher";
  readonly channelConfig: ReturnType<typeof termsToWire>;
  readonly voucher: { readonly channelId: Hex; readonly maxClaimableAmount: string; readonly signature: Hex };
};

/** How far a server is with a channel, told to a client that is elsewhere. */
export type ServerState = { readonly channelId: Hex; readonly soFar: bigint; readonly signature: Hex | undefined };

const NETWORK = /^[a-z0-9-]{3,8}:[a-zA-Z0-9_-]{1,32}$/;
const EVM_NETWORK = /^eip155:([1-9][0-9]{0,77})$/;
const MAX_SECONDS = 3_600;

export const networkOf = ({ chainId }: Pick<ChannelDomain, "chainId">): `eip155:${bigint}` => `eip155:${chainId}`;

/** Our way to pay `price`, in the token's units. */
export const channelRequirements = (
  { offer, domain }: { readonly offer: Offer; readonly domain: ChannelDomain },
  { price, timeoutSeconds }: { readonly price: bigint; readonly timeoutSeconds: number },
  state?: ServerState,
): Requirements => ({
  scheme: CHANNEL_SCHEME,
  network: networkOf(domain),
  asset: offer.token,
  amount: price.toString(),
  payTo: offer.receiver,
  maxTimeoutSeconds: timeoutSeconds,
  extra: {
    channels: domain.channels,
    receiverAuthorizers: offer.receiverAuthorizers,
    withdrawDelay: Number(offer.minWithdrawDelay),
    ...(state === undefined ? {} : stateToWire(state)),
  },
});

const stateToWire = ({ channelId, soFar, signature }: ServerState) => ({
  channelState: { channelId, chargedCumulativeAmount: soFar.toString() },
  ...(signature === undefined ? {} : { voucherState: { signedMaxClaimable: soFar.toString(), signature } }),
});

/** Reads how far a server says that it is; undefined when it does not say so. */
export const serverStateOf = ({ network, extra }: Requirements): ServerState | undefined => {
  const [state, voucher] = [extra["channelState"], extra["voucherState"]];
  if (!isMembers(state)) return undefined;
  const signature = isMembers(voucher) ? voucher["signature"] : undefined;
  const parsed = parseVoucher({
    chainId: EVM_NETWORK.exec(network)?.[1],
    channels: extra["channels"],
    channelId: state["channelId"],
    maxClaimableAmount: state["chargedCumulativeAmount"],
    signature: signature ?? "0x00",
  });
  if (parsed.kind === "malformed") return undefined;
  const { channelId, maxClaimableAmount, signature: signed } = parsed.value;
  return { channelId, soFar: maxClaimableAmount, signature: signature === undefined ? undefined : signed };
};

/** How far a channel is, as a server says in its answer to a payment; undefined when it does not. */
export const chargedOf = (extra: Extra): bigint | undefined => {
  const state = extra["channelState"];
  return isMembers(state) ? readUint128(state["chargedCumulativeAmount"]) : undefined;
};

const isText = (value: unknown): value is string => typeof value === "string";
const isNetwork = (value: unknown): value is `${string}:${string}` => isText(value) && NETWORK.test(value);

/** Seconds that a client waits, at most an hour. */
const readSeconds = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 ? Math.min(value, MAX_SECONDS) : undefined;

const readRequirements = (raw: unknown): Requirements | undefined => {
  if (!isMembers(raw)) return undefined;
  const { scheme, network, asset, amount, payTo, extra } = raw;
  const maxTimeoutSeconds = readSeconds(raw["maxTimeoutSeconds"]);
  if (!isText(scheme) || !isNetwork(network) || !isText(asset) || maxTimeoutSeconds === undefined) return undefined;
  if (!isText(amount) || !isText(payTo)) return undefined;
  return { scheme, network, asset, amount, payTo, maxTimeoutSeconds, extra: isMembers(extra) ? extra : {} };
};

/** Reads what a client sends. Never throws. */
export const parsePayment = (raw: unknown): Parsed<PaymentPayload> => {
  if (!isMembers(raw)) return malformed("", raw);
  const { x402Version, accepted, payload } = raw;
  if (x402Version !== X402_VERSION) return malformed("x402Version", x402Version);
  const requirements = readRequirements(accepted);
  if (requirements === undefined) return malformed("accepted", accepted);
  if (!isMembers(payload)) return malformed("payload", payload);
  return { kind: "parsed", value: { x402Version, accepted: requirements, payload } };
};

/** Reads what a server asks for. Ways to pay that cannot be read are left out. Never throws. */
export const parseRequired = (raw: unknown): Parsed<PaymentRequired> => {
  if (!isMembers(raw)) return malformed("", raw);
  const { x402Version, resource, accepts, error } = raw;
  if (x402Version !== X402_VERSION) return malformed("x402Version", x402Version);
  const url = isMembers(resource) ? resource["url"] : undefined;
  if (!isText(url)) return malformed("resource", resource);
  if (!Array.isArray(accepts)) return malformed("accepts", accepts);
  const ways = accepts.map(readRequirements).filter((way) => way !== undefined);
  const value = { x402Version, resource: { url }, accepts: ways, ...(isText(error) ? { error } : {}) };
  return { kind: "parsed", value };
};

/** Reads a payment by voucher: the chain that the client means stands in the network, the contract in `extra`. Never throws. */
export const parseChannelPayment = ({
  accepted,
  payload,
}: PaymentPayload): Parsed<{ readonly terms: ChannelTerms; readonly voucher: SignedVoucher }> => {
  const { type, channelConfig, voucher } = payload;
  if (type !== "voucher") return malformed("type", type);
  const terms = parseTerms(channelConfig);
  if (terms.kind === "malformed") return terms;
  if (!isMembers(voucher)) return malformed("voucher", voucher);
  const chainId = EVM_NETWORK.exec(accepted.network)?.[1];
  const parsed = parseVoucher({ ...voucher, chainId, channels: accepted.extra["channels"] });
  return parsed.kind === "malformed"
    ? parsed
    : { kind: "parsed", value: { terms: terms.value, voucher: parsed.value } };
};

/** A voucher as a payload; `parseChannelPayment` reads it back. */
export const channelPayload = (terms: ChannelTerms, voucher: Omit<SignedVoucher, "domain">): ChannelPayload => ({
  type: "voucher",
  channelConfig: termsToWire(terms),
  voucher: {
    channelId: voucher.channelId,
    maxClaimableAmount: voucher.maxClaimableAmount.toString(),
    signature: voucher.signature,
  },
});
