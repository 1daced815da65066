import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import type { BlockNumber, Seconds, UnixSeconds } from "../../core/units.ts";
import type { FeedReading } from "../../market/prices/feedHealth.ts";
import type { VolatilityBook } from "../../market/prices/volatilityBook.ts";
import type { SendPolicy, SenderPorts } from "../../sending/ports.ts";
import type { AssetEvidence, EvidenceOperation, EvidencePolicy } from "./evidence.ts";
import type { ShareEvidence } from "./shares.ts";
import type { MarketConfig, MarketPorts, MarketReading } from "./market.ts";
import type { UpdatePolicy, UpdaterPorts } from "./updates.ts";

/** Prices, their sources and the evidence about them, all at one block. */
export type MonitorReading = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly feeds: readonly FeedReading[];
  /** Empty where the deployment judges no evidence. */
  readonly assets: readonly AssetEvidence[];
  /** What is shown of the treasury's shares. A cause whose measure cannot be read now is left out. */
  readonly shares: readonly ShareEvidence[];
};

/** All that the monitor may know of the world. */
export type MonitorPorts = {
  /** Undefined before the first block. Fee in wei per gas. */
  readonly head: () => { readonly block: BlockNumber; readonly baseFee: bigint } | undefined;
  /** @throws RetryableError when the chain does not answer */
  readonly read: (block: BlockNumber) => Promise<MonitorReading>;
  /** What pools and balances are at a block; undefined where they cannot be read. Never throws. */
  readonly readMarket: (block: BlockNumber) => Promise<MarketReading | undefined>;
  /** Undefined where no endpoint of prices is asked. */
  readonly market: MarketPorts | undefined;
  /** Keeps what is known of volatility for the next life of the monitor, where there is something to keep it in. */
  readonly keep: (kept: { readonly book: VolatilityBook; readonly traded: readonly string[] }) => void;
  /** The call that an operation makes. @throws FatalError where nothing judges evidence */
  readonly encode: (operation: EvidenceOperation) => Call;
  readonly hash: (text: string) => Hex;
  /** Undefined where nobody is asked for signed prices: then none are paid for. */
  readonly updates: UpdaterPorts | undefined;
  readonly sending: SenderPorts;
  readonly emit: EmitEvent;
};

export type MonitorConfig = SendPolicy & {
  /** Whether evidence is sent at all. */
  readonly showsEvidence: boolean;
  readonly evidence: EvidencePolicy;
  readonly updates: UpdatePolicy;
  readonly market: MarketConfig;
  /** Between two readings. */
  readonly everyBlocks: bigint;
  /** How long a transaction may stay unmined before it is cancelled. */
  readonly lifetime: Seconds;
};
