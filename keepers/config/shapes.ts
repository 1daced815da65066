import { z } from "zod";
import { address } from "../core/units.ts";

/** A whole number as JSON or the environment gives it; amounts are too large for a JSON number. */
export const amount = z
  .union([z.string().regex(/^[0-9]+$/, "must be a whole number"), z.int().nonnegative()])
  .transform((value) => BigInt(value));

/** A count, as a number or as text. */
export const count = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[0-9]+$/, "must be a whole number")
      .transform(Number),
  ])
  .pipe(z.int().min(0).max(1_000_000));

/** Yes or no, as a boolean or as text. */
export const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")]);

/** A value, or its JSON as text. */
export const jsonOr = <T extends z.ZodType>(shape: T) =>
  z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      const parsed: unknown = JSON.parse(value);
      return parsed;
    } catch {
      context.addIssue({ code: "custom", message: "is no JSON" });
      return z.NEVER;
    }
  }, shape);

/** An account or a contract. */
export const account = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "must be an address")
  .transform(address);

/** Words separated by commas, or a list of them. */
export const listOf = <T extends z.ZodType<unknown, string>>(shape: T) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").filter((word) => word !== "") : value),
    z.array(shape),
  );

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/;
const isPrivate = (url: string): boolean => URL.canParse(url) && (url.startsWith("https://") || LOOPBACK.test(url));

/** Where something is sent that is nobody else's: a message, or a key to an interface. */
export const privateUrl = z.string().refine(isPrivate, "must be an https address, or http on this machine");

/** One dollar, with 18 decimals. */
export const USD = 10n ** 18n;
