import type { Hex, Keccak } from "../../keepers/core/hex.ts";
import type { Call } from "../../keepers/core/proposal.ts";
import type { ProtocolHop, SwapCall } from "../../keepers/core/protocols/protocol.ts";
import { uniswapV2 } from "../../keepers/core/protocols/uniswapV2.ts";
import { uniswapV3 } from "../../keepers/core/protocols/uniswapV3.ts";

/** A swap in a v2 pair. `deadline` in Unix seconds. */
export const encodeV2Swap = (swap: SwapCall, deadline: bigint): Call =>
  uniswapV2.pools.encode({ ...swap, deadline, feePips: 0n });

/** A swap in one v3 pool, chosen by its fee in hundredths of a basis point. */
export const encodeV3Single = (swap: SwapCall, feePips: bigint): Call =>
  uniswapV3.pools.encode({ ...swap, feePips, deadline: 0n });

/** The key of one v2 pair. */
export const v2Key = (keccak: Keccak, hop: Omit<ProtocolHop, "feePips">): Hex =>
  keccak(uniswapV2.pools.keyBytes({ ...hop, feePips: 0n }));

/** The key of one v3 pool. */
export const v3Key = (keccak: Keccak, hop: ProtocolHop): Hex => keccak(uniswapV3.pools.keyBytes(hop));
