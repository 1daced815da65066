import type { BookEnvironment } from "../../deployments/schema.ts";
import { arbitrageLeaves } from "../deploy/mandate.ts";
import type { AssetParameters, DeployParameters } from "../deploy/parameters.ts";
import { BOND, FLEET } from "./fleet.ts";

const USDC = 10n ** 6n;
const ETHER = 10n ** 18n;
const USD = 10n ** 18n;
const DAY = 86_400;

/** API3's heartbeat is a day; the sandbox's keeper writes every minute at the latest, and half an hour is patience enough. */
const MAX_AGE = 1_800;
/** The sandbox's oracle keeper writes at 0.15 %; the rest is room for what moves while it does. */
const DEVIATION_BPS = 50;
const MAX_BAND_BPS = 400;

const asset = (token: string, oracle: string, limit: AssetParameters["limit"]): AssetParameters => ({
  token,
  oracle,
  maxAge: MAX_AGE,
  deviationBps: DEVIATION_BPS,
  maxBandBps: MAX_BAND_BPS,
  limit,
});

/**
 * What the sandbox deploys: the treasury trades up to a quarter of a million dollars at once, but its balances may fall
 * by little in a day, since an arbitrage makes none of them fall.
 */
export const sandboxParameters = (environment: BookEnvironment, dao: string, guardian: string): DeployParameters => ({
  environment,
  assets: [
    asset("USDC", "USDC/USD", { perAction: 250_000n * USDC, perAgentDay: 20_000n * USDC, perDay: 50_000n * USDC }),
    asset("WSEI", "SEI/USD", {
      perAction: 1_500_000n * ETHER,
      perAgentDay: 60_000n * ETHER,
      perDay: 150_000n * ETHER,
    }),
    asset("WETH", "ETH/USD", { perAction: 150n * ETHER, perAgentDay: 8n * ETHER, perDay: 20n * ETHER }),
  ],
  stakeToken: "STAKE",
  minBond: 100n * ETHER,
  weightCap: 10_000,
  minHoldingTime: DAY,
  // A month; a thousand dollars of fees move a score half of the way, and a loss weighs a fifth of its size in fees.
  reputation: { halfLife: 30 * DAY, halfWeight: 1_000n * USD, lossWeightBps: 2_000 },
  lossLimit: { perAction: 500n * USD, perDay: 2_000n * USD },
  policy: {
    // More than half of the fleet: three of five.
    threshold: (BOND * BigInt(FLEET.length + 1)) / 2n,
    minVoters: 3,
    minOperators: 2,
    maxDeadline: 60,
  },
  permittedCalls: arbitrageLeaves,
  guardian,
  dao,
  timelockDelay: 2 * DAY,
});
