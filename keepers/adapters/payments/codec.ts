/** A header or body of x402 is small; a server has to stop somewhere. */
const MAX_CHARACTERS = 65_536;

const asText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** JSON with amounts as decimal strings. */
export const toJson = (value: unknown): string => JSON.stringify(value, asText);

/** A value as base64 of its JSON, for a header. */
export const encodeHeader = (value: unknown): string => Buffer.from(toJson(value), "utf8").toString("base64");

/** Reads such a header; undefined for all that is none. */
export const decodeHeader = (text: string): unknown => {
  if (text.length > MAX_CHARACTERS) return undefined;
  try {
    return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
};
