import { RetryableError } from "../../core/errors.ts";

/** An error that the node answered with; `data` is what a reverted call returned. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, code: number, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const MAX_SHOWN = 60;

/** What a node wrote, short and without control characters. */
const shown = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value).slice(0, MAX_SHOWN));

/** A hexadecimal quantity of an answer. @throws RetryableError when it is none: the node is not well */
export const quantityOf = (value: unknown, what: string): bigint => {
  if (typeof value !== "string" || !/^0x[0-9a-f]+$/i.test(value)) {
    throw new RetryableError(`the node's ${what} is no quantity: ${shown(value)}`);
  }
  return BigInt(value);
};

/** How nodes say that they were asked too much: EIP-1474's limit, HTTP's, and those of well-known services. */
const BUSY_CODES: ReadonlySet<number> = new Set([429, -32_005, -32_029, -32_097]);
const BUSY = /too many requests|rate.?limit|request limit|capacity exceeded|\b429\b|over ?loaded|server is busy/i;

/** What the node answered in place of a result. One that was asked too much is to be asked again; all else is its word. */
const toError = (error: unknown): Error => {
  if (!isRecord(error)) return new RpcError("the node answered with an error of no kind", 0, undefined);
  const { message, data } = error;
  const code = typeof error["code"] === "number" ? error["code"] : 0;
  const text = String(message);
  // A reverted call may carry any words.
  const isBusy = data === undefined && (BUSY_CODES.has(code) || BUSY.test(text));
  return isBusy ? new RetryableError(`the node is busy: ${text}`) : new RpcError(text, code, data);
};

/** What a message says. */
export type Incoming =
  | { readonly kind: "notification"; readonly params: unknown }
  | { readonly kind: "result"; readonly id: unknown; readonly result: unknown }
  | { readonly kind: "error"; readonly id: unknown; readonly error: Error };

/** Reads a message; undefined for what is no JSON-RPC. Some nodes write `"error": null` beside a result. */
export const readMessage = (text: string): Incoming | undefined => {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(message)) return undefined;
  const { id, result, error } = message;
  if (typeof message["method"] === "string") return { kind: "notification", params: message["params"] };
  if (error !== undefined && error !== null) return { kind: "error", id, error: toError(error) };
  return "result" in message ? { kind: "result", id, result } : undefined;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

/** Requests that wait for their answer, by id. */
export const createWaitingRoom = (timeoutMs: number, onLate: () => void) => {
  const waiting = new Map<unknown, Waiting>();
  let nextId = 1;
  const settle = (id: unknown): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  const enter = (method: string) => {
    const id = nextId;
    nextId += 1;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        settle(id)?.reject(new RetryableError(`no answer to ${method} within ${timeoutMs} ms`));
        onLate();
      }, timeoutMs);
      const end =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      waiting.set(id, { resolve: end(resolve), reject: end(reject) });
    });
    return { id, answer };
  };
  const failAll = (why: string): void => {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(new RetryableError(why));
  };
  return { enter, settle, failAll };
};

export type WaitingRoom = ReturnType<typeof createWaitingRoom>;
