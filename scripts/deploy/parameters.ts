import type { ClassName, ClassDemands } from "../../keepers/core/riskClass.ts";
import type { AddressBook, BookEnvironment, BookLeaf } from "../../deployments/schema.ts";

/** `RiskClass.Routine` of the contracts: the class of everything that agents do day by day. */
export const ROUTINE = 0;
export const ELEVATED = 1;

/** Limits of one token as the mandate keeps them, in the token's units. */
export type TokenLimit = { readonly perAction: bigint; readonly perAgentDay: bigint; readonly perDay: bigint };

/** One source of an asset's price, and how far it is believed. `oracle` names an entry of the book's oracles. */
export type SourceParameters = {
  readonly oracle: string;
  /** How old the feed's value may be, in seconds. */
  readonly maxAge: number;
  /** The feed's deviation threshold, in basis points. */
  readonly deviationBps: number;
};

/** How one asset is priced and how much of it agents may use. */
export type AssetParameters = {
  /** Name of the token in the address book. */
  readonly token: string;
  /** One to four. */
  readonly sources: readonly SourceParameters[];
  /** How many sources must agree. */
  readonly quorum: number;
  /** The widest confidence band that is still a price, in basis points. */
  readonly maxBandBps: number;
  /** The farthest that the price may move within a time before anyone may trip the breaker for it: basis points, seconds. */
  readonly moveLimit: { readonly maxMoveBps: number; readonly window: number };
  /** How much of it counts in entries and exits, in the token's units; the base asset counts whole. */
  readonly cap: bigint;
  /** Whether a unit of it counts as one of the base asset, as a position in it does; else its price says what it is worth. */
  readonly isUnitOfBase?: boolean;
  readonly limit: TokenLimit;
};

/** The DAO: its token and how it votes; see `INexusGovernor`. Times in seconds. */
export type GovernanceParameters = {
  /** Receives the whole supply of `NexusToken` and hands it out. */
  readonly holder: string;
  /** In the token's units; nothing is ever added. */
  readonly supply: bigint;
  readonly votingDelay: number;
  readonly votingPeriod: number;
  /** In the token's units. */
  readonly proposalThreshold: bigint;
  readonly quorumPercent: number;
  readonly voteExtension: number;
  /** May cancel proposals for a term, but none that only sets the guardian. */
  readonly guardian: string;
  readonly guardianTerm: number;
  readonly minVotingPeriod: number;
  readonly gracePeriod: number;
};

/** All that a deployment of NEXUS is free to choose. The first asset is the base asset of the treasury. */
export type DeployParameters = {
  readonly environment: BookEnvironment;
  readonly assets: readonly AssetParameters[];
  /** Name in the address book of the token that bonds are posted in; without it they are posted in `NexusToken`. */
  readonly stakeToken?: string | undefined;
  /** In the stake token's units. */
  readonly minBond: bigint;
  /** The most that one agent may weigh, in whole stake tokens. */
  readonly weightCap: number;
  /** The most that all agents of one operator may weigh, in whole stake tokens. */
  readonly operatorCap: number;
  /** How long shares are recent, in seconds; at least what `minHoldingTimeOf` the policies answers. */
  readonly minHoldingTime: number;
  /** How the measured score fades and what moves it; see `IReputation`. In seconds, USD with 18 decimals, basis points. */
  readonly reputation: { readonly halfLife: number; readonly halfWeight: bigint; readonly lossWeightBps: number };
  /** In USD with 18 decimals. */
  readonly lossLimit: { readonly perAction: bigint; readonly perDay: bigint };
  /**
   * In basis points: of what a worker earns, of what the treasury's shares gain, and of what is divided; all have caps in
   * their contracts.
   */
  readonly fees: { readonly jobFeeBps: number; readonly performanceFeeBps: number; readonly protocolBps: number };
  /** What a trip of the breaker by evidence pays, as far as it was paid in: in the base asset's units. */
  readonly tripBounty: bigint;
  /** How far a share's worth, and the number of shares that are not recent, may fall in a window: basis points and seconds. */
  readonly shareLimits: Readonly<Record<"price" | "outflow", { readonly maxFallBps: number; readonly window: number }>>;
  readonly policies: Readonly<Record<ClassName, ClassDemands>>;
  /** How many times the limits of `Routine` hold for the higher classes. */
  readonly classMultiples: { readonly elevated: number; readonly critical: number };
  /** What the mandate permits, once routers and decoders are in the book. */
  readonly permittedCalls: (book: AddressBook) => readonly BookLeaf[];
  /** May trip the breaker and veto agents' proposals. */
  readonly guardian: string;
  /** Who may so too. */
  readonly otherGuardians?: readonly string[] | undefined;
  /** Signs Critical proposals by ERC-1271, as a Safe does; without it none passes. It is no guardian. */
  readonly coSigner?: string | undefined;
  readonly governance: GovernanceParameters;
  /** The timelock's delay after the hand-over, in seconds; longer than `minHoldingTime`. */
  readonly timelockDelay: number;
};

/** The shortest delay that lets every depositor leave before what was decided takes effect, in seconds. */
export const minDelay = (minHoldingTime: number): number => minHoldingTime + 1;

/**
 * Checks that what the DAO decides takes effect later than whoever dislikes it can leave. [NX-DAO-05]
 * @throws Error naming both times when it does not
 */
export const assertTimeToExit = (timelockDelay: number, minHoldingTime: number): void => {
  if (timelockDelay >= minDelay(minHoldingTime)) return;
  throw new Error(
    `the timelock's delay of ${timelockDelay} s must be longer than the time to exit from the treasury, ` +
      `${minHoldingTime} s: at least ${minDelay(minHoldingTime)} s`,
  );
};

/** Sei makes a block every 0.4 s; what is about to be done may lie for ten of them before and after it is known. */
const TEN_BLOCKS_SECONDS = 4;

/**
 * The shortest holding time that lets nobody buy shares for a profit that is known already, in seconds: a `Routine` decision
 * may be sent until its deadline, and what waits as Elevated is public for its delay. Shares that are bought in the second in
 * which it is queued must still be fresh in the first second in which it may be executed, and somewhat longer.
 */
export const minHoldingTimeOf = ({ Routine, Elevated }: DeployParameters["policies"]): number =>
  Math.max(Routine.maxDeadline, Elevated.delay) + TEN_BLOCKS_SECONDS;

/**
 * Checks that shares are recent for longer than a profit can be known before it is made. [NX-TRE-06]
 * @throws Error naming the times when they are not
 */
export const assertHoldingTime = (minHoldingTime: number, policies: DeployParameters["policies"]): void => {
  const minimum = minHoldingTimeOf(policies);
  if (minHoldingTime >= minimum) return;
  throw new Error(
    `the minimum holding time of ${minHoldingTime} s lets newcomers buy a profit that is known already: at least ` +
      `${minimum} s, ten blocks more than the ${policies.Routine.maxDeadline} s of Routine and than the delay of Elevated, ` +
      `${policies.Elevated.delay} s`,
  );
};

/** A token of the environment by its name. @throws Error when the address book has none of that name */
export const tokenNamed = (environment: BookEnvironment, name: string): BookEnvironment["tokens"][string] => {
  const token = environment.tokens[name];
  if (token === undefined) throw new Error(`the address book's environment has no token ${name}`);
  return token;
};

/** An oracle of the environment by its name. @throws Error when the address book has none of that name */
export const oracleNamed = (environment: BookEnvironment, name: string): BookEnvironment["oracles"][string] => {
  const oracle = environment.oracles[name];
  if (oracle === undefined) throw new Error(`the address book's environment has no oracle ${name}`);
  return oracle;
};

/** The base asset's parameters. @throws Error when there are no assets */
export const baseAssetOf = (parameters: DeployParameters): AssetParameters => {
  const [base] = parameters.assets;
  if (base === undefined) throw new Error("a deployment needs at least its base asset");
  return base;
};
