import { either, isAddress, isBigint, isInteger, listOf, objectOf, oneOf } from "../core/shape.ts";
import type { RecordedPool } from "./pool.ts";
import type { V3Tick } from "./v3State.ts";

type StateOf<K extends RecordedPool["kind"]> = Extract<RecordedPool, { readonly kind: K }>;

const common = { address: isAddress, token0: isAddress, token1: isAddress, feePips: isBigint } as const;

/** A pool's state as a record holds it. Whether it contradicts itself is judged where the pool is made of it. */
export const isRecordedPool = either(
  objectOf<StateOf<"v2">>({ ...common, kind: oneOf("v2"), reserve0: isBigint, reserve1: isBigint }),
  objectOf<StateOf<"v3">>({
    ...common,
    kind: oneOf("v3"),
    tickSpacing: isInteger,
    sqrtPriceX96: isBigint,
    tick: isInteger,
    liquidity: isBigint,
    ticks: listOf(objectOf<V3Tick>({ index: isInteger, liquidityNet: isBigint })),
    lowestKnownTick: isInteger,
    highestKnownTick: isInteger,
  }),
);
