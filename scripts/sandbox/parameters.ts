import type { BookEnvironment } from "../../deployments/schema.ts";
import { aggregatorLeaves, arbitrageLeaves, lendingLeaves } from "../deploy/mandate.ts";
import type { AssetParameters, DeployParameters, GovernanceParameters } from "../deploy/parameters.ts";
import { BOND, FLEET, TOKEN_SUPPLY } from "./fleet.ts";

const USDC = 10n ** 6n;
const ETHER = 10n ** 18n;
const USD = 10n ** 18n;
const DAY = 86_400;

/** API3's heartbeat is a day; the sandbox's keeper writes every minute at the latest, and half an hour is patience enough. */
const MAX_AGE = 1_800;
/** The sandbox's keepers write at 0.15 % and 0.2 %; the rest is room for what moves while they do. */
const DEVIATION_BPS = 50;
const MAX_BAND_BPS = 400;
/** A tenth within five minutes. */
const MOVE_LIMIT = { maxMoveBps: 1_000, window: 300 };

/** What evidence about the treasury may trip, and what a trip pays. */
const EVIDENCE = {
  // Less than it costs to move two feeds, and more than the gas of two observations and a trip.
  tripBounty: 5n * USDC,
  // A tenth of a share's worth within an hour, and a third of the shares within a day.
  shareLimits: { price: { maxFallBps: 1_000, window: 3_600 }, outflow: { maxFallBps: 3_333, window: DAY } },
};

const asset = (
  token: string,
  oracle: string,
  { cap, limit, isUnitOfBase = false }: Pick<AssetParameters, "cap" | "limit" | "isUnitOfBase">,
): AssetParameters => ({
  token,
  // The makers' names in the sandbox's address book; two of three must agree.
  sources: [oracle, `${oracle} by Pyth`, `${oracle} by RedStone`].map((name) => ({
    oracle: name,
    maxAge: MAX_AGE,
    deviationBps: DEVIATION_BPS,
  })),
  quorum: 2,
  maxBandBps: MAX_BAND_BPS,
  moveLimit: MOVE_LIMIT,
  cap,
  isUnitOfBase,
  limit,
});

/** Long enough to follow a vote with one's own eyes, short enough to wait for its end. */
const governanceOf = (holder: string, guardian: string): GovernanceParameters => ({
  holder,
  supply: TOKEN_SUPPLY * ETHER,
  votingDelay: 5,
  votingPeriod: 60,
  // One member in a thousand, so to say: enough that nobody proposes for fun.
  proposalThreshold: (TOKEN_SUPPLY / 1_000n) * ETHER,
  // Two of the sandbox's members.
  quorumPercent: 20,
  voteExtension: 20,
  guardian,
  guardianTerm: 30 * DAY,
  minVotingPeriod: 10,
  gracePeriod: DAY,
});

/** What each class demands of the fleet. */
const POLICIES: DeployParameters["policies"] = {
  // More than half of the fleet: three of five.
  Routine: {
    threshold: (BOND * BigInt(FLEET.length + 1)) / 2n,
    minVoters: 3,
    minOperators: 2,
    // The keepers' proposals live for 4 s.
    maxDeadline: 20,
    delay: 0,
  },
  // Four of five, and half a minute to say no; on Sei these are hours.
  Elevated: {
    threshold: BOND * BigInt(FLEET.length - 1),
    minVoters: 4,
    minOperators: 2,
    maxDeadline: DAY,
    delay: 30,
  },
  // All of them, twice the time, and the co-signer.
  Critical: { threshold: BOND * BigInt(FLEET.length), minVoters: 5, minOperators: 3, maxDeadline: DAY, delay: 60 },
};

/**
 * What is supplied to lending markets. A unit of it is worth a unit of USDC, so it has the same sources. Agents may supply up to the
 * cap.
 */
const POSITIONS: DeployParameters["assets"] = (
  [
    ["aUSDC", 200_000n],
    ["tkUSDC", 150_000n],
  ] as const
).map(([token, cap]) =>
  asset(token, "USDC/USD", {
    cap: cap * USDC,
    isUnitOfBase: true,
    limit: { perAction: 250_000n * USDC, perAgentDay: 20_000n * USDC, perDay: 50_000n * USDC },
  }),
);

/**
 * What the sandbox deploys. Its periods are seconds, so that a person can follow a whole vote; on Sei they would be days.
 * The treasury trades up to a quarter of a million dollars at once, but its balances may fall
 * by little in a day, since an arbitrage makes none of them fall.
 */
export const sandboxParameters = (
  environment: BookEnvironment,
  holder: string,
  guardian: string,
): DeployParameters => ({
  environment,
  assets: [
    asset("USDC", "USDC/USD", {
      cap: 0n,
      limit: { perAction: 250_000n * USDC, perAgentDay: 20_000n * USDC, perDay: 50_000n * USDC },
    }),
    // More than all of the treasury's dollars would buy.
    asset("WSEI", "SEI/USD", {
      cap: 20_000_000n * ETHER,
      limit: { perAction: 1_500_000n * ETHER, perAgentDay: 60_000n * ETHER, perDay: 150_000n * ETHER },
    }),
    asset("WETH", "ETH/USD", {
      cap: 2_000n * ETHER,
      limit: { perAction: 150n * ETHER, perAgentDay: 8n * ETHER, perDay: 20n * ETHER },
    }),
    ...POSITIONS,
  ],
  minBond: 100n * ETHER,
  weightCap: 2_000,
  // Below the threshold, so that no operator decides alone.
  operatorCap: 2_500,
  // Ten blocks longer than a decision lives and than Elevated's delay, and over before the timelock acts.
  minHoldingTime: 34,
  // A month; a thousand dollars of fees move a score half of the way, and a loss weighs a fifth of its size in fees.
  reputation: { halfLife: 30 * DAY, halfWeight: 1_000n * USD, lossWeightBps: 2_000 },
  lossLimit: { perAction: 500n * USD, perDay: 2_000n * USD },
  // A hundredth of what a worker earns, a tenth of what the treasury gains; a fifth of both to the protocol, the rest to
  // agents by score.
  fees: { jobFeeBps: 100, performanceFeeBps: 1_000, protocolBps: 2_000 },
  ...EVIDENCE,
  policies: POLICIES,
  classMultiples: { elevated: 2, critical: 4 },
  permittedCalls: (book) => [...arbitrageLeaves(book), ...lendingLeaves(book), ...aggregatorLeaves(book)],
  guardian,
  governance: governanceOf(holder, guardian),
  timelockDelay: 60,
});
