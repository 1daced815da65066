import {
  FetchRequest,
  type JsonRpcApiProvider,
  type JsonRpcPayload,
  type JsonRpcResult,
  JsonRpcProvider,
  isError,
} from "ethers";
import { NODE_OPTIONS } from "./nodeOptions.ts";

export type ProviderOptions = {
  /** The chain that the endpoint is of. Without it the endpoint is asked. */
  readonly chainId?: number;
  /** How often it is asked for a receipt that is waited for, in milliseconds. */
  readonly pollingMs?: number;
  /** How long one answer may take, in milliseconds. */
  readonly timeoutMs?: number;
};

type Payload = JsonRpcPayload | readonly JsonRpcPayload[];
type Answers = readonly JsonRpcResult[];

/** Public endpoints take batches of ten; what is smaller is found out. */
const MAX_IN_BATCH = 10;
const TIMEOUT_MS = 30_000;

const isWhole = (batch: readonly JsonRpcPayload[], answers: Answers): boolean => {
  const ids = new Set(answers.map(({ id }) => id));
  return batch.every(({ id }) => ids.has(id));
};

/** A batch that was answered; undefined when the endpoint refused it for being one. @throws what ethers does for the rest */
const answerTo = async (
  send: (payload: JsonRpcPayload[]) => Promise<Answers>,
  batch: readonly JsonRpcPayload[],
): Promise<Answers | undefined> => {
  try {
    const answers = await send([...batch]);
    return isWhole(batch, answers) ? answers : undefined;
  } catch (error) {
    if (batch.length > 1 && isError(error, "SERVER_ERROR")) return undefined;
    throw error;
  }
};

/** Sends a batch, in halves where the endpoint does not take it whole. `most`: what it took so far. */
const sendWithin = async (
  send: (payload: JsonRpcPayload[]) => Promise<Answers>,
  batch: readonly JsonRpcPayload[],
  most: { count: number },
): Promise<Answers> => {
  const isSmall = batch.length <= Math.max(1, most.count);
  const answers = isSmall ? await answerTo(send, batch) : undefined;
  if (answers !== undefined) return answers;
  // One that is answered by nothing is ethers' to complain about.
  if (batch.length <= 1) return [];
  const half = Math.ceil(batch.length / 2);
  if (isSmall) most.count = Math.min(most.count, half);
  const first = await sendWithin(send, batch.slice(0, half), most);
  return [...first, ...(await sendWithin(send, batch.slice(half), most))];
};

/** Some nodes say null where there are no logs, which ethers cannot read. */
const withLogs = <A extends object>(
  payload: Payload,
  answers: readonly (A | JsonRpcResult)[],
): (A | JsonRpcResult)[] => {
  const asked: readonly JsonRpcPayload[] = "length" in payload ? payload : [payload];
  const isOfLogs = new Set(asked.filter(({ method }) => method === "eth_getLogs").map(({ id }) => id));
  return answers.map((answer) =>
    "result" in answer && answer.result === null && isOfLogs.has(answer.id) ? { ...answer, result: [] } : answer,
  );
};

/** Lets a provider read logs of nodes that say null for none. */
export const readingNoLogs = <P extends JsonRpcApiProvider>(provider: P): P => {
  const send = provider._send.bind(provider);
  provider._send = async (payload: JsonRpcPayload | JsonRpcPayload[]) => withLogs(payload, await send(payload));
  return provider;
};

/**
 * Opens an HTTP endpoint for a command. Requests that are made together go out in batches that the endpoint takes, one by one if
 * need be. Whoever opens it destroys it.
 */
export const openHttpProvider = (url: string, options: ProviderOptions = {}): JsonRpcProvider => {
  const { chainId, pollingMs, timeoutMs = TIMEOUT_MS } = options;
  const request = new FetchRequest(url);
  request.timeout = timeoutMs;
  const provider = new JsonRpcProvider(request, chainId, {
    ...NODE_OPTIONS,
    batchMaxCount: MAX_IN_BATCH,
    staticNetwork: chainId !== undefined,
    ...(pollingMs === undefined ? {} : { pollingInterval: pollingMs }),
  });
  const most = { count: MAX_IN_BATCH };
  const send = provider._send.bind(provider);
  provider._send = async (payload: Payload) => [
    ...("length" in payload ? await sendWithin(send, payload, most) : await send(payload)),
  ];
  return readingNoLogs(provider);
};
