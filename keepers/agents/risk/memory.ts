import type { ProposalMessage, SlowProposalMessage } from "../../core/bus.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { PriceWindow } from "../../quant/priceWindow.ts";
import type { StopBook } from "../../quant/risk/stopLoss.ts";

/** A message that waits, one copy of its proposal, and how often it was looked at without an answer. */
export type Waiting<M> = { readonly message: M; readonly copy: string; tries: number };

/** What a risk manager remembers: only what it has answered and what it waits for a head with. Losing it costs nothing. */
export type RiskMemory = {
  /** Digests that it voted for, and copies that it refused. */
  readonly answered: Set<string>;
  waiting: readonly Waiting<ProposalMessage>[];
  slowWaiting: readonly Waiting<SlowProposalMessage>[];
  /** Messages that were nothing: malformed, not under their own digest, or impossible to look at. */
  dropped: number;
  /** Prices that were seen, for a policy that looks at risk; after a restart they are gathered again. */
  window: PriceWindow | undefined;
  /** What was seen of the watched positions; after a restart their rows and marks begin again. */
  stops: StopBook | undefined;
  /** Positions of which a slice was proposed, and the block until which they are left alone. */
  readonly restingUntil: Map<Address, BlockNumber>;
  /** Why nothing was sold though a stop fires, as it was told last. */
  toldSale: string | undefined;
};

/** A memory of nothing. */
export const emptyRiskMemory = (): RiskMemory => ({
  answered: new Set(),
  waiting: [],
  slowWaiting: [],
  dropped: 0,
  window: undefined,
  stops: undefined,
  restingUntil: new Map(),
  toldSale: undefined,
});
