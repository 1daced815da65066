import type { AnswerRefusal } from "../../market/prices/pullUpdate.ts";
import type { HeardPrices, OracleAnswer } from "../../market/prices/samples.ts";

/** How a stream ended: it was there and is over, or the endpoint has none. */
export type StreamEnd = "over" | "none";

/** An endpoint of prices. Nobody is made to wait by it, and nothing of it throws. */
export type PriceEndpoint = {
  readonly ask: () => Promise<HeardPrices>;
  /** Listens until the stream ends or falls silent, or `signal` fires; left out where the endpoint is one that has no stream. */
  readonly listen?: (hear: (heard: HeardPrices) => void, signal: AbortSignal) => Promise<StreamEnd>;
};

/** Follows an endpoint in the background, so that nobody waits for it. */
export type PricePoller = {
  /** What is new; empty where nothing came in since. */
  readonly take: () => HeardPrices;
  readonly close: () => void;
};

export type PollerOptions = {
  readonly endpoint: PriceEndpoint;
  readonly everyMs: number;
  /** Calls `run` every `ms` milliseconds until the returned function is called. */
  readonly every: (ms: number, run: () => void) => () => void;
};

/** More are not kept where nobody looks. */
const MAX_REFUSALS = 100;
/** After so many questions an endpoint that had no stream is tried again. */
const TRIED_AGAIN = 100;

/** The newest answer of each source, and every refusal, until they are taken. */
const createStore = () => {
  let answers = new Map<string, OracleAnswer>();
  let refusals: readonly AnswerRefusal[] = [];
  return {
    hear: (heard: HeardPrices): void => {
      for (const answer of heard.answers) answers.set(answer.source, answer);
      refusals = [...refusals, ...heard.refusals].slice(-MAX_REFUSALS);
    },
    take: (): HeardPrices => {
      const taken = { answers: [...answers.values()], refusals };
      answers = new Map();
      refusals = [];
      return taken;
    },
  };
};

/** Starts to follow an endpoint: it is asked again and again, but for the time in which its own stream tells what is new. */
export const startPoller = ({ endpoint, everyMs, every }: PollerOptions): PricePoller => {
  const store = createStore();
  const ending = new AbortController();
  let [isAsking, isStreaming, untilStream] = [false, false, 0];
  const stream = async (): Promise<void> => {
    if (endpoint.listen === undefined || isStreaming || untilStream > 0 || ending.signal.aborted) return;
    isStreaming = true;
    const end = await endpoint.listen(store.hear, ending.signal);
    isStreaming = false;
    untilStream = end === "none" ? TRIED_AGAIN : 0;
  };
  const round = async (): Promise<void> => {
    if (isAsking || isStreaming) return;
    isAsking = true;
    untilStream -= 1;
    store.hear(await endpoint.ask());
    isAsking = false;
    await stream();
  };
  void round();
  const stop = every(everyMs, () => void round());
  return {
    take: store.take,
    close: () => {
      ending.abort();
      stop();
    },
  };
};
