import { printable } from "../../core/printable.ts";
import { type Address, address } from "../../core/units.ts";

/** What came back from a mind: its text as it stands, or why there is none. Nothing in either is believed. */
export type MindAnswer =
  { readonly kind: "answered"; readonly text: string } | { readonly kind: "silent"; readonly why: string };

/** What a mind wants, in its own words' form. Amounts in the tokens' units. */
export type Wish =
  | { readonly kind: "rest" }
  | {
      readonly kind: "trade";
      readonly pool: Address;
      readonly tokenIn: Address;
      readonly amountIn: bigint;
      readonly minOut: bigint;
      /** Words of somebody outside: cut, and without what a terminal obeys. */
      readonly why: string;
    }
  | { readonly kind: "unreadable"; readonly detail: string };

const MOST_WHY = 280;
const MOST_DETAIL = 120;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** A positive amount that fits 128 bits. */
const AMOUNT = /^[1-9][0-9]{0,37}$/;
const TRADE_MEMBERS: ReadonlySet<string> = new Set(["kind", "pool", "tokenIn", "amountIn", "minOut", "why"]);

/** Words of somebody outside on one line, short, and harmless. */
export const outsideWords = (text: string, most = MOST_DETAIL): string =>
  printable(text.replaceAll(/\s+/g, " ").trim().slice(0, most)).slice(0, most);

const unreadable = (detail: string): Wish => ({ kind: "unreadable", detail: outsideWords(detail) });

const parsed = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

type Fields = ReadonlyMap<string, unknown>;

const textOf = (fields: Fields, name: string, form: RegExp): string | undefined => {
  const value = fields.get(name);
  return typeof value === "string" && form.test(value) ? value : undefined;
};

const tradeOf = (fields: Fields): Wish => {
  // What a mind may not decide has no name here; to pass over it would let its author think that it counts.
  const stranger = [...fields.keys()].find((name) => !TRADE_MEMBERS.has(name));
  if (stranger !== undefined) return unreadable(`${stranger} is not for a mind to say`);
  const [pool, tokenIn] = [textOf(fields, "pool", ADDRESS), textOf(fields, "tokenIn", ADDRESS)];
  if (pool === undefined || tokenIn === undefined) return unreadable("pool and tokenIn must be addresses");
  const [amountIn, minOut] = [textOf(fields, "amountIn", AMOUNT), textOf(fields, "minOut", AMOUNT)];
  if (amountIn === undefined || minOut === undefined)
    return unreadable("amountIn and minOut must be positive whole numbers in quotes");
  const why = fields.get("why") ?? "";
  if (typeof why !== "string") return unreadable("why must be a text");
  const amounts = { amountIn: BigInt(amountIn), minOut: BigInt(minOut) };
  return {
    kind: "trade",
    pool: address(pool),
    tokenIn: address(tokenIn),
    ...amounts,
    why: outsideWords(why, MOST_WHY),
  };
};

/** Reads what a mind wrote. Total: whatever it is, it is rest, a trade, or unreadable with the reason. */
export const readWish = (text: string): Wish => {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return unreadable(`no JSON object: ${text.slice(0, 60)}`);
  const fields: Fields = new Map(Object.entries(value));
  const kind = fields.get("kind");
  if (kind === "rest") return { kind };
  return kind === "trade" ? tradeOf(fields) : unreadable("kind must be rest or trade");
};
