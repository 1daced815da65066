import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { BookEnvironment } from "../../deployments/schema.ts";
import { arbitrageLeaves } from "../deploy/mandate.ts";
import type { DeployParameters } from "../deploy/parameters.ts";
import { UsageError } from "../lib/command.ts";

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 20-byte hex address");
/** Amounts are decimal strings: a JSON number would lose digits. */
const amount = z
  .string()
  .regex(/^\d+$/, "must be a whole number in quotes")
  .transform((text) => BigInt(text));
const count = z.int().nonnegative();
const name = z.string().min(1);

const asset = z.strictObject({
  token: name,
  sources: z
    .array(z.strictObject({ oracle: name, maxAge: count, deviationBps: count }))
    .min(1)
    .max(4),
  quorum: z.int().min(1).max(4),
  maxBandBps: count,
  moveLimit: z.strictObject({ maxMoveBps: count, window: count }),
  cap: amount,
  limit: z.strictObject({ perAction: amount, perAgentDay: amount, perDay: amount }),
});

const fallLimit = z.strictObject({ maxFallBps: z.int().min(0).max(9_999), window: count });

const governance = z.strictObject({
  holder: address,
  supply: amount,
  votingDelay: count,
  votingPeriod: count,
  proposalThreshold: amount,
  quorumPercent: count,
  voteExtension: count,
  guardian: address,
  guardianTerm: count,
  minVotingPeriod: count,
  gracePeriod: count,
});

const policy = z.strictObject({
  threshold: amount,
  minVoters: count,
  minOperators: count,
  maxDeadline: count,
  delay: count,
});

const schema = z.strictObject({
  assets: z.array(asset).min(1),
  stakeToken: name.optional(),
  minBond: amount,
  weightCap: count,
  operatorCap: count,
  minHoldingTime: count,
  reputation: z.strictObject({ halfLife: count, halfWeight: amount, lossWeightBps: count }),
  lossLimit: z.strictObject({ perAction: amount, perDay: amount }),
  fees: z.strictObject({ jobFeeBps: count, performanceFeeBps: count, protocolBps: count }),
  tripBounty: amount,
  shareLimits: z.strictObject({ price: fallLimit, outflow: fallLimit }),
  policies: z.strictObject({ Routine: policy, Elevated: policy, Critical: policy }),
  classMultiples: z.strictObject({ elevated: count, critical: count }),
  guardian: address,
  otherGuardians: z.array(address).optional(),
  coSigner: address.optional(),
  governance,
  timelockDelay: count,
});

/**
 * The parameters of a deployment from JSON. Their units are those of {@link DeployParameters}; the permitted calls are
 * those of the arbitrage strategy over the pools of the address book.
 * @throws UsageError naming every fault
 */
export const parseParameters = (json: unknown, environment: BookEnvironment): DeployParameters => {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new UsageError(`the parameters have faults:\n${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, environment, permittedCalls: arbitrageLeaves };
};

/** Reads parameters from a file. @throws UsageError when it is not there, no JSON, or faulty */
export const readParameters = async (path: string, environment: BookEnvironment): Promise<DeployParameters> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read the parameters ${path}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON`, { cause });
  }
  return parseParameters(json, environment);
};
