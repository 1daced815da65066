import { z } from "zod";
import { address, name } from "./fields.ts";

/**
 * Who finds routes through several pools. `api`: where it is asked for them. `exchanges`: its numbers of the exchanges through
 * whose pools the treasury may be led, by their names in `dexes`.
 */
export const aggregator = z
  .strictObject({
    name,
    kind: z.enum(["symphony"]),
    router: address,
    api: z.url({ protocol: /^https?$/ }),
    exchanges: z.array(z.strictObject({ number: z.int().min(1), dex: name }).readonly()).readonly(),
  })
  .readonly();

/** The parts of an address book that an aggregator's entry refers to. */
type Referred = {
  readonly environment: {
    readonly dexes: readonly { readonly name: string; readonly router: string }[];
    readonly aggregators?: readonly z.infer<typeof aggregator>[] | undefined;
  };
};

/** No router stands for two things, and each exchange is one of the book. */
export const checkAggregators = (
  { environment: { dexes, aggregators = [] } }: Referred,
  complain: (path: readonly (string | number)[], message: string) => void,
): void => {
  const routers = new Set(dexes.map(({ router }) => router));
  aggregators.forEach(({ router, exchanges }, index) => {
    const at = (...path: readonly (string | number)[]) => ["environment", "aggregators", index, ...path];
    if (routers.has(router)) complain(at("router"), `stands for something else too: ${router}`);
    routers.add(router);
    exchanges.forEach(({ dex }, place) => {
      if (dexes.some((known) => known.name === dex)) return;
      complain(at("exchanges", place, "dex"), `names no entry of dexes: ${dex}`);
    });
  });
};
