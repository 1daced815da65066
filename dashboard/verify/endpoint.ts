import type { Ask } from "../../keepers/adapters/readers/pinned.ts";

const PATIENCE_MS = 20_000;
/** More than any answer here can need: the logs of a few thousand blocks for one proposal, or one transaction. */
const MAX_CHARACTERS = 8_000_000;

/** What an endpoint refuses, with its own code and data, as EIP-1193 has it. */
class EndpointRefusal extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(message: string, code: number, data: unknown) {
    super(message);
    this.name = "EndpointRefusal";
    this.code = code;
    this.data = data;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The text of an answer, as long as it is not longer than any honest one. @throws Error for a longer one */
const boundedText = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    text += decoder.decode(piece.value, { stream: true });
    if (text.length > MAX_CHARACTERS) {
      await reader?.cancel();
      throw new Error("its answer is longer than any honest one");
    }
  }
  return text + decoder.decode();
};

const resultIn = (text: string, status: number): unknown => {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`it answers with status ${status} and no JSON: is it a JSON-RPC endpoint?`);
  }
  if (isRecord(answer) && "result" in answer) return answer["result"];
  const error = isRecord(answer) ? answer["error"] : undefined;
  if (!isRecord(error)) throw new Error(`it answers with status ${status} and neither a result nor an error`);
  throw new EndpointRefusal(String(error["message"]), Number(error["code"]), error["data"]);
};

/** Asks the endpoint at a URL; nothing but the question is sent: no cookie, no referrer, and no redirect is followed. */
export const askAt = (url: string): Ask => {
  let id = 0;
  return async (method, params) => {
    id += 1;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((error: unknown) => {
      throw new Error(`it cannot be reached, or its answers may not be read from a page (${String(error)})`);
    });
    return resultIn(await boundedText(response), response.status);
  };
};
