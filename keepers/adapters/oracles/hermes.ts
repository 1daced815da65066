import { z } from "zod";
import { hex } from "../../core/hex.ts";
import type { SignedAnswer, UpdatePorts } from "../../market/prices/pullUpdate.ts";
import { type StreamTerms, listenTo } from "./eventStream.ts";
import { type AskTerms, type JsonAnswer, getJson, parseJson } from "./getJson.ts";
import type { StreamEnd } from "./poller.ts";

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

const addressOf = (url: string, what: "latest" | "stream", feedIds: readonly string[]): string => {
  const ids = feedIds.map((id) => `ids%5B%5D=${id}`).join("&");
  return `${url.replace(/\/$/, "")}/v2/updates/price/${what}?${ids}&encoding=hex&parsed=false`;
};

const headersOf = (token: HermesOptions["token"]): Readonly<Record<string, string>> =>
  token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };

const signedIn = (about: string, { value }: Extract<JsonAnswer, { kind: "json" }>): SignedAnswer => {
  const parsed = answerShape.safeParse(value);
  if (!parsed.success) {
    const detail = z.prettifyError(parsed.error).replaceAll("\n", " ");
    return { kind: "refused", refusal: { about, fault: "shape", detail } };
  }
  const [update] = parsed.data.binary.data;
  return { kind: "signed", update: hex(update.startsWith("0x") ? update : `0x${update}`) };
};

const answered = (about: string, answer: JsonAnswer): SignedAnswer => {
  if (answer.kind === "json") return signedIn(about, answer);
  return { kind: "refused", refusal: { about, fault: answer.fault, detail: answer.detail } };
};

/** Asks an endpoint for the newest signed prices of feeds. Never throws. */
export const createHermes =
  ({ url, token, ...terms }: HermesOptions): UpdatePorts["ask"] =>
  async (feedIds) =>
    answered(new URL(url).host, await getJson(terms, addressOf(url, "latest", feedIds), headersOf(token)));

/** Follows an endpoint's stream of signed prices of feeds. Never throws. */
export const listenToHermes = (
  { url, token, fetch, maxBytes, silenceMs }: HermesOptions & Pick<StreamTerms, "silenceMs">,
  feedIds: readonly string[],
  { hear, signal }: { readonly hear: (answer: SignedAnswer) => boolean; readonly signal: AbortSignal },
): Promise<StreamEnd> => {
  const about = new URL(url).host;
  const asked = { url: addressOf(url, "stream", feedIds), headers: headersOf(token) };
  const onData = (data: string): boolean => hear(answered(about, parseJson(data)));
  return listenTo({ fetch, maxBytes, silenceMs }, asked, { onData, signal });
};
