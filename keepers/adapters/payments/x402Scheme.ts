import { CHANNEL_SCHEME, type ChannelPayload, type Requirements } from "../../agents/payments/x402.ts";
import type { ChannelWallet } from "./wallet.ts";

/** What the published client tells a scheme about the answer to a payment. */
type Answer = {
  readonly paymentPayload: { readonly payload: Readonly<Record<string, unknown>> };
  readonly settleResponse?: { readonly success: boolean; readonly extra?: Readonly<Record<string, unknown>> };
  readonly paymentRequired?: { readonly accepts: readonly Requirements[] };
};

/**
 * Lets the published x402 client pay by our vouchers: `client.register("eip155:1329", nexusScheme(wallet))`. The shapes are
 * those of its `SchemeNetworkClient`.
 */
export const nexusScheme = (wallet: ChannelWallet) => {
  const onPaymentResponse = async (answer: Answer): Promise<{ recovered: true } | undefined> => {
    const payload = answer.paymentPayload.payload as ChannelPayload;
    if (answer.settleResponse?.success === true) wallet.settled(payload, answer.settleResponse);
    else if (answer.paymentRequired === undefined) wallet.unanswered(payload);
    else if (await wallet.refused(payload, answer.paymentRequired.accepts)) return { recovered: true };
    return undefined;
  };
  return {
    scheme: CHANNEL_SCHEME,
    schemeHooks: { onPaymentResponse },
    createPaymentPayload: async (x402Version: number, requirements: Requirements) => ({
      x402Version,
      payload: await wallet.pay(requirements),
    }),
  };
};
