import { z } from "zod";
import { hex } from "../../core/hex.ts";
import { address } from "../../core/units.ts";

/** The longest line that either side reads: a transaction of 128 KB, in hex. */
export const MAX_LINE = 300_000;

const integer = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt);
const bytes = z.string().transform(hex);
const account = z.string().transform(address);

/** What a sender asks of a signer process, one line of JSON. */
export const requestShape = z.strictObject({
  id: z.int(),
  account,
  unsigned: z.strictObject({
    to: account,
    data: bytes,
    value: integer,
    nonce: integer,
    gasLimit: integer,
    gasPrice: integer,
  }),
});

/** What it answers, one line of JSON with the same id. */
export const answerShape = z.union([
  z.strictObject({ id: z.int(), raw: bytes, transaction: bytes }),
  z.strictObject({ id: z.int(), refused: z.string().max(500) }),
]);

export type SignRequest = z.output<typeof requestShape>;
export type SignAnswer = z.output<typeof answerShape>;

export const toLine = (message: object): string =>
  `${JSON.stringify(message, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;

/** Cuts what arrives into lines. @throws RangeError when a line is longer than allowed */
export const lineReader = (onLine: (line: string) => void): ((chunk: Buffer) => void) => {
  let rest = "";
  return (chunk) => {
    rest += chunk.toString("utf8");
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE || lines.some((line) => line.length > MAX_LINE))
      throw new RangeError("a line is too long");
    for (const line of lines) onLine(line);
  };
};
