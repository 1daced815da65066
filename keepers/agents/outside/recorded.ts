import { isTokenState } from "../../core/chainShapes.ts";
import { BREAKER_LEVELS } from "../../core/chainSnapshot.ts";
import { type RecordValue, recordWriter } from "../../core/record.ts";
import {
  either,
  isAddress,
  isBigint,
  isBlockNumber,
  isSeconds,
  isText,
  isUnixSeconds,
  listOf,
  objectOf,
  oneOf,
} from "../../core/shape.ts";
import type { MindAnswer } from "./answer.ts";
import { type OutsideDecision, decide } from "./decide.ts";
import type { OutsidePolicy, OutsideSeen, SeenPool } from "./seen.ts";

type Recorded = { readonly seen: OutsideSeen; readonly policy: OutsidePolicy; readonly answer: MindAnswer };
type Of<K extends MindAnswer["kind"]> = Extract<MindAnswer, { readonly kind: K }>;
type V2 = Extract<SeenPool["state"], { readonly reserve0: bigint }>;
type V3 = Exclude<SeenPool["state"], V2>;

const isRecorded = objectOf<Recorded>({
  seen: objectOf<OutsideSeen>({
    view: objectOf<OutsideSeen["view"]>({
      block: isBlockNumber,
      time: isUnixSeconds,
      tokens: listOf(isTokenState),
      everything: oneOf(...BREAKER_LEVELS),
    }),
    pools: listOf(
      objectOf<SeenPool>({
        address: isAddress,
        kind: oneOf<SeenPool["kind"]>("v2", "v3"),
        token0: isAddress,
        token1: isAddress,
        feePips: isBigint,
        state: either(
          objectOf<V2>({ reserve0: isBigint, reserve1: isBigint }),
          objectOf<V3>({ sqrtPriceX96: isBigint, liquidity: isBigint }),
        ),
      }),
    ),
  }),
  policy: objectOf<OutsidePolicy>({
    base: isAddress,
    maxTradeUsd: isBigint,
    slippageBps: isBigint,
    lifetime: isSeconds,
  }),
  answer: either(
    objectOf<Of<"answered">>({ kind: oneOf<"answered">("answered"), text: isText }),
    objectOf<Of<"silent">>({ kind: oneOf<"silent">("silent"), why: isText }),
  ),
});

/** What was seen, what the mind answered and what came of it, as one text whose hash a proposal carries. */
export const entryOf = ({ seen, answer, policy }: Recorded, decision: OutsideDecision): string =>
  recordWriter()({ kind: "outside", input: { seen, policy, answer }, decision });

/**
 * Decides again on the answer that was recorded; asks nobody. [NX-OUT-01]
 * @throws TypeError where it is no input of an agent with an outside mind
 */
export const outsideAgain = (input: unknown): RecordValue => {
  if (!isRecorded(input)) throw new TypeError("this is no input of an agent with an outside mind");
  return decide(input.seen, input.answer, input.policy);
};
