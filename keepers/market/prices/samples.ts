import type { FeedReading } from "./feedHealth.ts";
import type { AnswerRefusal } from "./pullUpdate.ts";
import { type OffChainAnswer, type PriceSample, type SamplePolicy, validate } from "./validate.ts";

/** The newest sample of each source, by the source's name and the asset. */
export type Samples = ReadonlyMap<string, PriceSample>;

const keyOf = ({ source, asset }: Pick<PriceSample, "source" | "asset">): string => `${source} ${asset}`;

/** What an endpoint off chain said of an oracle: `source` is the oracle's name in the address book. */
export type OracleAnswer = Omit<OffChainAnswer, "asset">;

/** What endpoints said since they were last looked at. */
export type HeardPrices = { readonly answers: readonly OracleAnswer[]; readonly refusals: readonly AnswerRefusal[] };

/** The answers about assets: of each source that an endpoint told of, one for each asset that it prices. */
export const answersOf = (
  answers: readonly OracleAnswer[],
  feeds: readonly FeedReading[],
): readonly OffChainAnswer[] => {
  const bySource = new Map(answers.map((answer) => [answer.source, answer]));
  return feeds.flatMap(({ asset, sources }) =>
    sources.flatMap(({ name }) => {
      const found = bySource.get(name);
      return found === undefined ? [] : [{ ...found, source: `${name}, off chain`, asset }];
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
