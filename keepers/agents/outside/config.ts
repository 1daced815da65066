import { z } from "zod";
import { secret } from "../../config/secret.ts";
import { USD, amount, count, jsonOr, listOf } from "../../config/shapes.ts";

/** A program with its arguments. It gets no environment, so nothing finds it by name: its path must be whole. */
const program = jsonOr(z.array(z.string()).min(1)).refine(
  (words) => words[0]?.startsWith("/") === true,
  "must begin with the program's whole path",
);

const endpoint = z
  .string()
  .refine((url) => URL.canParse(url) && new URL(url).protocol === "https:", "must be an https address");

/** What an agent that asks an outside mind is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  program: program.optional(),
  url: endpoint.optional(),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable, without spaces")
    .transform(secret)
    .optional(),
  caFile: z.string().min(1).optional(),
  privateAddresses: listOf(z.union([z.ipv4(), z.ipv6()])).default([]),
  timeoutMs: count.pipe(z.int().min(50).max(60_000)).default(10_000),
  maxAnswerBytes: count.pipe(z.int().min(64).max(65_536)).default(4_096),
  everyBlocks: amount.pipe(z.bigint().min(1n, "must be at least 1")).default(25n),
  restSeconds: amount.default(3_600n),
  maxTradeUsd: amount.default(5_000n * USD),
  slippageBps: amount.pipe(z.bigint().max(2_000n, "must be at most 2000")).default(200n),
  lifetimeSeconds: amount.default(600n),
});

export type OutsideSettings = z.output<typeof settings>;

/** Why there is nobody to ask, or more than one; undefined when there is just one. */
export const mindFault = ({ program: own, url }: Pick<OutsideSettings, "program" | "url">): string | undefined => {
  if (own === undefined && url === undefined)
    return "there is no mind to ask: set NEXUS_OUTSIDE_PROGRAM or NEXUS_OUTSIDE_URL";
  return own === undefined || url === undefined
    ? undefined
    : "NEXUS_OUTSIDE_PROGRAM and NEXUS_OUTSIDE_URL are both set: leave one of them out";
};
