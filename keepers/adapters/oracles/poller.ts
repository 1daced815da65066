import type { Hex } from "../../core/hex.ts";
import type { AnswerRefusal, UpdatePorts } from "../../market/prices/pullUpdate.ts";
import { type PythPrice, PYTHNET, readPythUpdate } from "../../market/prices/pythUpdate.ts";

/** What an endpoint said since it was last looked at. */
export type Polled = { readonly prices: readonly PythPrice[]; readonly refusals: readonly AnswerRefusal[] };

/** Asks again and again in the background, so that nobody waits for an endpoint. */
export type PricePoller = {
  /** What is new; empty where nothing came in since. */
  readonly take: () => Polled;
  readonly close: () => void;
};

export type PollerOptions = {
  readonly ask: UpdatePorts["ask"];
  readonly feedIds: readonly Hex[];
  readonly everyMs: number;
  /** Calls `run` every `ms` milliseconds until the returned function is called. */
  readonly every: (ms: number, run: () => void) => () => void;
};

/** More are not kept where nobody looks. */
const MAX_REFUSALS = 100;
const NOTHING: Polled = { prices: [], refusals: [] };

const polledOf = async ({ ask, feedIds }: PollerOptions): Promise<Polled> => {
  const answer = await ask(feedIds);
  if (answer.kind === "refused") return { prices: [], refusals: [answer.refusal] };
  const read = readPythUpdate(answer.update);
  if (read?.emitterChain === PYTHNET) return { prices: read.prices, refusals: [] };
  const fault = read === undefined ? "unreadable" : "another-chain";
  return { prices: [], refusals: [{ about: "signed prices", fault, detail: "of an endpoint that is polled" }] };
};

/** Starts to poll an endpoint of signed prices. Nobody checks signatures here: what it says is one voice among others. */
export const startPoller = (options: PollerOptions): PricePoller => {
  const { everyMs, every } = options;
  let newest = NOTHING;
  let isAsking = false;
  const round = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const { prices, refusals } = await polledOf(options);
    isAsking = false;
    newest = {
      prices: prices.length > 0 ? prices : newest.prices,
      refusals: [...newest.refusals, ...refusals].slice(-MAX_REFUSALS),
    };
  };
  void round();
  const close = every(everyMs, () => void round());
  return {
    take: () => {
      const taken = newest;
      newest = NOTHING;
      return taken;
    },
    close,
  };
};
