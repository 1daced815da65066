import type { BookEnvironment } from "../../../deployments/schema.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { SignedAnswer } from "../../market/prices/pullUpdate.ts";
import { PYTHNET, readPythUpdate } from "../../market/prices/pythUpdate.ts";
import type { HeardPrices } from "../../market/prices/samples.ts";
import type { StreamTerms } from "./eventStream.ts";
import { type HermesOptions, createHermes, listenToHermes } from "./hermes.ts";
import type { PriceEndpoint } from "./poller.ts";

/** Which oracles of an address book read which of Pyth's feeds. */
type PythFeeds = ReadonlyMap<string, Hex>;

const pythFeedsOf = ({ oracles }: Pick<BookEnvironment, "oracles">): PythFeeds =>
  new Map(
    Object.entries(oracles).flatMap(([name, oracle]) =>
      "kind" in oracle && oracle.kind === "pyth" ? [[name, hex(oracle.feedId)] as const] : [],
    ),
  );

/** Nobody checks signatures here: what an endpoint says is one voice among others. */
const heardIn = (feeds: PythFeeds, answer: SignedAnswer): HeardPrices => {
  if (answer.kind === "refused") return { answers: [], refusals: [answer.refusal] };
  const read = readPythUpdate(answer.update);
  if (read?.emitterChain !== PYTHNET) {
    const fault = read === undefined ? "unreadable" : "another-chain";
    return { answers: [], refusals: [{ about: "signed prices", fault, detail: "of an endpoint that is followed" }] };
  }
  const byId = new Map(read.prices.map((price) => [price.feedId, price]));
  const answers = [...feeds].flatMap(([source, feedId]) => {
    const found = byId.get(feedId);
    if (found === undefined) return [];
    const { price, exponent, publishTime, conf } = found;
    return [{ source, price, exponent, publishTime, interval: conf }];
  });
  return { answers, refusals: [] };
};

/** Pyth's endpoint for the feeds that an address book's oracles read; undefined where none reads one. */
export const pythEndpoint = (
  options: HermesOptions & Pick<StreamTerms, "silenceMs">,
  environment: Pick<BookEnvironment, "oracles">,
): PriceEndpoint | undefined => {
  const feeds = pythFeedsOf(environment);
  if (feeds.size === 0) return undefined;
  const feedIds = [...new Set(feeds.values())];
  const ask = createHermes(options);
  return {
    ask: async () => heardIn(feeds, await ask(feedIds)),
    listen: (hear, signal) => {
      const take = (answer: SignedAnswer): boolean => {
        const heard = heardIn(feeds, answer);
        hear(heard);
        return heard.answers.length > 0;
      };
      return listenToHermes(options, feedIds, { hear: take, signal });
    },
  };
};
