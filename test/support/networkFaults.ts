import { isRecord } from "../../keepers/adapters/chain/rpc.ts";
import { type Delivery, type Fate, type Fault, type Frame, BATCH } from "./faultyNetwork.ts";

const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

const LOST: Fate = {};

/** An answer in place of the node's, to whatever was asked. */
export const replyWith = (frame: Frame, body: Readonly<Record<string, unknown>>, afterMs = 0): Fate => ({
  reply: [{ message: { jsonrpc: "2.0", id: frame.message["id"], ...body }, afterMs }],
});

const errorReply = (frame: Frame, code: number, message: string): Fate =>
  replyWith(frame, { error: { code, message } });

/** Only frames of this kind, and, if it is named, of this method. */
const only =
  (kind: Frame["kind"], methods: readonly string[], fault: (frame: Frame) => Fate | undefined): Fault =>
  (frame) =>
    frame.kind === kind && (methods.length === 0 || methods.includes(frame.method)) ? fault(frame) : undefined;

/** Requests that are never answered. */
export const swallowed = (...methods: readonly string[]): Fault => only("request", methods, () => LOST);

/** Answers that are lost: the node did what was asked. */
export const answersLost = (...methods: readonly string[]): Fault => only("answer", methods, () => LOST);

export const delayed =
  (afterMs: () => number): Fault =>
  ({ kind, message }) =>
    kind === "request" ? undefined : { forward: [{ message, afterMs: afterMs() }] };

/** Each answer and notification comes twice. */
export const doubled: Fault = ({ kind, message }) =>
  kind === "request" ? undefined : { forward: [{ message }, { message }] };

/** Each request reaches the node twice. */
export const repeated: Fault = only("request", ["eth_sendRawTransaction"], ({ message }) => ({
  forward: [{ message }, { message: { ...message, id: `again ${String(message["id"])}` } }],
}));

/** Answers are cut off in the middle. */
export const truncated: Fault = only("answer", [], ({ message }) => {
  const text = JSON.stringify(message);
  return { forward: [{ message: text.slice(0, Math.floor(text.length / 2)) }] };
});

export const html = (...methods: readonly string[]): Fault =>
  only("answer", methods, () => ({ forward: [{ message: "<html><body>502 Bad Gateway</body></html>" }] }));

/** The node says that it was asked too much. */
export const tooMany = (...methods: readonly string[]): Fault =>
  only("request", methods, (frame) => errorReply(frame, 429, "Too Many Requests"));

/** Subscriptions are confirmed and deliver nothing. */
export const headless: Fault = only("notification", [], () => LOST);

/** What a notification says of its head is changed; `change` answers undefined for one that stays. */
export const headsAs = (
  change: (header: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | undefined,
): Fault =>
  only("notification", [], ({ message, params: [params] }) => {
    const header = isRecord(params) && isRecord(params["result"]) ? params["result"] : {};
    const changed = change(header);
    if (changed === undefined || !isRecord(params)) return undefined;
    return { forward: [{ message: { ...message, params: { ...params, result: changed } } }] };
  });

/** What the node answers to a method is changed. */
export const answersAs = (method: string, change: (result: unknown, frame: Frame) => unknown): Fault =>
  only("answer", [method], (frame) => {
    if (!("result" in frame.message)) return undefined;
    return { forward: [{ message: { ...frame.message, result: change(frame.message["result"], frame) } }] };
  });

/** What the node answers about a block is changed. */
export const blocksAs = (
  change: (block: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Fault => answersAs("eth_getBlockByNumber", (block) => (isRecord(block) ? change(block) : block));

export const chainIdAs = (chainId: bigint): Fault => answersAs("eth_chainId", () => hexOf(chainId));

/** The node does not know receipts. */
export const withoutReceipts: Fault = answersAs("eth_getTransactionReceipt", () => null);

/** The node's nonces are so many too low. */
export const noncesBehind = (by: bigint): Fault =>
  answersAs("eth_getTransactionCount", (result) => {
    const nonce = BigInt(String(result));
    return hexOf(nonce > by ? nonce - by : 0n);
  });

/** The node's nonces are so many too high. */
export const noncesAhead = (by: bigint): Fault =>
  answersAs("eth_getTransactionCount", (result) => hexOf(BigInt(String(result)) + by));

/** `"error": null` beside each result. */
export const withNullError: Fault = only("answer", [], ({ message }) =>
  "result" in message ? { forward: [{ message: { ...message, error: null } }] } : undefined,
);

const blockOf = (value: unknown): bigint | undefined =>
  typeof value === "string" && value.startsWith("0x") ? BigInt(value) : undefined;

const spanOf = ({ params: [filter] }: Frame): { readonly from: bigint; readonly to: bigint } | undefined => {
  const [from, to] = isRecord(filter) ? [blockOf(filter["fromBlock"]), blockOf(filter["toBlock"])] : [];
  return from === undefined || to === undefined ? undefined : { from, to };
};

/** Logs of more blocks at once are refused. */
export const spansUpTo = (blocks: bigint): Fault =>
  only("request", ["eth_getLogs"], (frame) => {
    const span = spanOf(frame);
    if (span === undefined || span.to - span.from < blocks) return undefined;
    return errorReply(frame, -32_602, `exceed maximum block range: ${blocks}`);
  });

/** Logs before a block are gone. */
export const prunedBefore = (first: bigint): Fault =>
  only("request", ["eth_getLogs"], (frame) => {
    const span = spanOf(frame);
    if (span === undefined || span.from >= first) return undefined;
    return errorReply(frame, -32_000, "history has been pruned for this block");
  });

/** Logs of a block are not there the first time that a question reaches up to it. */
export const logsLate = (): Fault => {
  const asked = new Set<bigint>();
  return only("answer", ["eth_getLogs"], (frame) => {
    const span = spanOf(frame);
    const logs = frame.message["result"];
    if (span === undefined || !Array.isArray(logs) || asked.has(span.to)) return undefined;
    asked.add(span.to);
    const there = logs.filter((log) => isRecord(log) && blockOf(log["blockNumber"]) !== span.to);
    return { forward: [{ message: { ...frame.message, result: there } }] };
  });
};

/** Batches of more requests are refused as a whole, by one error that is no list. */
export const batchesUpTo = (most: number): Fault =>
  only("request", [BATCH], (frame) =>
    Number(frame.params[0]) > most
      ? { reply: [{ message: { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "batch too large" } } }] }
      : undefined,
  );

/** An endpoint that is right, and so many blocks late: it knows nothing of what came since. */
export const lateBy = (blocks: bigint): Fault => {
  let newest = 0n;
  const known = (): string => hexOf(newest > blocks ? newest - blocks : 0n);
  return (frame) => {
    const { kind, method, message } = frame;
    if (kind === "notification") {
      const [params] = frame.params;
      const header = isRecord(params) && isRecord(params["result"]) ? params["result"] : {};
      newest = blockOf(header["number"]) ?? newest;
      const late = { ...header, number: known() };
      return isRecord(params) ? { forward: [{ message: { ...message, params: { ...params, result: late } } }] } : LOST;
    }
    if (kind === "answer" && method === "eth_getBlockByNumber" && isRecord(message["result"])) {
      const number = blockOf(message["result"]["number"]) ?? 0n;
      if (frame.params[0] !== "latest") return undefined;
      newest = number > newest ? number : newest;
      return { forward: [{ message: { ...message, result: { ...message["result"], number: known() } } }] };
    }
    const asked = kind === "request" ? blockOf(frame.params.at(-1)) : undefined;
    if (asked !== undefined && newest > 0n && asked > newest - blocks)
      return errorReply(frame, -32_000, "header not found");
    return kind === "answer" && method === "eth_getTransactionReceipt"
      ? { forward: [{ message: { ...message, result: null } }] }
      : undefined;
  };
};

export type { Delivery };
