import { z } from "zod";
import { hex } from "../../core/hex.ts";
import type { SignedAnswer, UpdatePorts } from "../../market/prices/pullUpdate.ts";
import { type AskTerms, getJson } from "./getJson.ts";

/** Where Pyth's signed prices are asked for, in the interface that Pyth calls Hermes. */
export type HermesOptions = AskTerms & {
  readonly url: string;
  /** Pyth's own endpoint demands one; others may not. */
  readonly token: { readonly reveal: () => string } | undefined;
};

const MAX_UPDATE_DIGITS = 20_000;
/** One update holds all prices that were asked for. */
const answerShape = z.object({
  binary: z.object({
    encoding: z.literal("hex"),
    data: z.tuple([
      z
        .string()
        .max(MAX_UPDATE_DIGITS)
        .regex(/^(?:0x)?(?:[0-9a-f]{2})+$/i),
    ]),
  }),
});

const addressOf = (url: string, feedIds: readonly string[]): string => {
  const ids = feedIds.map((id) => `ids%5B%5D=${id}`).join("&");
  return `${url.replace(/\/$/, "")}/v2/updates/price/latest?${ids}&encoding=hex&parsed=false`;
};

/** Asks an endpoint for the newest signed prices of feeds. Never throws. */
export const createHermes =
  ({ url, token, ...terms }: HermesOptions): UpdatePorts["ask"] =>
  async (feedIds) => {
    const about = new URL(url).host;
    const refused = (fault: Extract<SignedAnswer, { kind: "refused" }>["refusal"]["fault"], detail: string) =>
      ({ kind: "refused", refusal: { about, fault, detail } }) as const;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };
    const answer = await getJson(terms, addressOf(url, feedIds), headers);
    if (answer.kind === "refused") return refused(answer.fault, answer.detail);
    const parsed = answerShape.safeParse(answer.value);
    if (!parsed.success) return refused("shape", z.prettifyError(parsed.error).replaceAll("\n", " "));
    const [update] = parsed.data.binary.data;
    return { kind: "signed", update: hex(update.startsWith("0x") ? update : `0x${update}`) };
  };
