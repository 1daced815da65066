import { z } from "zod";
import type { BusMessages, Topic } from "../../core/bus.ts";
import { canonicalJson } from "../../core/canonicalJson.ts";
import type { ParseBody, TopicMessage } from "../../core/envelope/read.ts";
import { isProposalMessage, isSlowProposalMessage } from "../../core/messages.ts";
import { account, bytes, callProofs, height, proposal, signed, slowProposal, whole, word } from "./shapes.ts";

/** A reason or a detail is no longer. */
const MAX_TEXT = 4_096;
/** A signature of a contract may be longer than a key's. */
const MAX_SIGNATURE_DIGITS = 4_096;
const MAX_CHANGES = 64;

const text = z.string().max(MAX_TEXT);
const signature = z.string().max(MAX_SIGNATURE_DIGITS).pipe(bytes);

const result = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("enacted"),
    changes: z.array(z.strictObject({ token: account, change: signed })).max(MAX_CHANGES),
    loss: signed,
    gasUsed: whole,
    gasPaid: whole,
  }),
  z.strictObject({ kind: z.literal("reverted"), error: text, gasPaid: whole }),
  z.strictObject({ kind: z.literal("expired"), why: text }),
]);

/** What each topic's body holds. Numbers out of a proposal's range are for core/messages.ts. */
const SHAPES = {
  proposals: z.strictObject({
    hash: word,
    proposal,
    callProofs,
    expectedProfit: z.strictObject({ token: account, amount: whole }),
    gasCost: whole,
    block: height,
    seenAtMs: z.number(),
  }),
  votes: z.strictObject({ hash: word, signer: account, signature }),
  refusals: z.strictObject({ hash: word, signer: account, reason: text, detail: text }),
  results: z.strictObject({ hash: word, result, block: height, latencyMs: z.number(), latencyBlocks: z.number() }),
  slowProposals: slowProposal,
  ballots: z.strictObject({
    hash: word,
    signer: account,
    support: z.union([z.literal(0), z.literal(1)]),
    signature,
    reason: text,
    detail: text,
  }),
} as const satisfies { readonly [T in Topic]: z.ZodType<BusMessages[T]> };

const isInRange = ({ topic, message }: TopicMessage): boolean => {
  if (topic === "proposals") return isProposalMessage(message);
  return topic !== "slowProposals" || isSlowProposalMessage(message);
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A message as a body: canonical JSON in UTF-8. */
export const encodeBody = (message: BusMessages[Topic]): Uint8Array => encoder.encode(canonicalJson(message));

const readJson = (body: Uint8Array): { readonly json: unknown; readonly written: string } | undefined => {
  try {
    const written = decoder.decode(body);
    return { json: JSON.parse(written), written };
  } catch {
    return undefined;
  }
};

/** Reads a body. One message has one body: what is written in another way is refused. Never throws. */
export const parseBody: ParseBody = (topic, body) => {
  const read = readJson(body);
  const parsed = read && SHAPES[topic].safeParse(read.json);
  if (parsed?.success !== true || canonicalJson(parsed.data) !== read?.written) return undefined;
  // Each shape is its topic's message; the compiler does not follow a table by its key.
  const content = { topic, message: parsed.data } as TopicMessage;
  return isInRange(content) ? content : undefined;
};
