import type { FeedReading } from "./feedHealth.ts";
import type { AnswerRefusal, UpdatePorts } from "./pullUpdate.ts";
import type { PythPrice } from "./pythUpdate.ts";
import { type OffChainAnswer, type PriceSample, type SamplePolicy, validate } from "./validate.ts";

/** The newest sample of each source, by the source's name and the asset. */
export type Samples = ReadonlyMap<string, PriceSample>;

const keyOf = ({ source, asset }: Pick<PriceSample, "source" | "asset">): string => `${source} ${asset}`;

/** The answers about assets that signed prices hold: of each source that reads one of their feeds. */
export const answersOf = (
  prices: readonly PythPrice[],
  feeds: readonly FeedReading[],
  feedOf: UpdatePorts["feedOf"],
): readonly OffChainAnswer[] => {
  const byId = new Map(prices.map((price) => [price.feedId, price]));
  return feeds.flatMap(({ asset, sources }) =>
    sources.flatMap(({ name }) => {
      const feed = feedOf(name);
      const found = feed === undefined ? undefined : byId.get(feed.feedId);
      if (found === undefined) return [];
      const { price, exponent, publishTime, conf } = found;
      return [{ source: `${name}, off chain`, asset, price, exponent, publishTime, interval: conf }];
    }),
  );
};

/**
 * The samples with new answers, and what of these is refused. A sample that has become too old is dropped, and no longer what
 * the next one is compared with: else a jump that really was would be refused for ever.
 * @param terms `now` in seconds since the epoch
 */
export const withAnswers = (
  samples: Samples,
  answers: readonly OffChainAnswer[],
  terms: SamplePolicy & { readonly now: bigint },
): { readonly samples: Samples; readonly refusals: readonly AnswerRefusal[] } => {
  const kept = new Map([...samples].filter(([, { publishTime }]) => terms.now - publishTime <= terms.maxAge));
  const refusals: AnswerRefusal[] = [];
  for (const answer of answers) {
    const validated = validate(answer, kept.get(keyOf(answer)), terms);
    if (validated.kind === "ok") kept.set(keyOf(answer), validated.sample);
    else {
      const detail = `${answer.asset}: ${answer.price} × 10^${answer.exponent}`;
      refusals.push({ about: answer.source, fault: validated.fault, detail });
    }
  }
  return { samples: kept, refusals };
};
