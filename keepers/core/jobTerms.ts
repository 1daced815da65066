import { type Field, addressField, wholeField, wordField } from "./fields.ts";
import type { Hex } from "./hex.ts";
import type { Address } from "./units.ts";

/** Mirrors `JobTerms` of contracts/types/Job.sol: amounts in the token's units, times in seconds. */
export type JobTerms = {
  readonly client: Address;
  readonly worker: Address;
  readonly evaluator: Address;
  readonly arbiter: Address;
  readonly token: Address;
  readonly spec: Hex;
  readonly floor: bigint;
  readonly timeoutPayment: bigint;
  readonly cap: bigint;
  readonly outcomeBps: bigint;
  readonly evaluatorPay: bigint;
  readonly deliverBy: bigint;
  readonly reviewPeriod: bigint;
  /** Whose score the result moves; zero for nobody's. */
  readonly agentId: bigint;
};

/** Terms of whatever holds them by name. @throws RangeError naming the first field that is missing or malformed */
export const jobTermsOf = (field: Field): JobTerms => ({
  client: addressField(field, "client"),
  worker: addressField(field, "worker"),
  evaluator: addressField(field, "evaluator"),
  arbiter: addressField(field, "arbiter"),
  token: addressField(field, "token"),
  spec: wordField(field, "spec"),
  floor: wholeField(field, "floor"),
  timeoutPayment: wholeField(field, "timeoutPayment"),
  cap: wholeField(field, "cap"),
  outcomeBps: wholeField(field, "outcomeBps"),
  evaluatorPay: wholeField(field, "evaluatorPay"),
  deliverBy: wholeField(field, "deliverBy"),
  reviewPeriod: wholeField(field, "reviewPeriod"),
  agentId: wholeField(field, "agentId"),
});

/** Mirrors `RecordRefusal` of contracts/types/Job.sol, in the same order: why a job's result cannot be recorded. */
export const RECORD_REFUSALS = ["None", "NoAgent", "NotOver", "CountsNothing", "Recorded", "WalletChanged"] as const;

/** Mirrors `JobStatus` of contracts/types/Job.sol, in the same order. */
export const JOB_STATUSES = [
  "None",
  "Funded",
  "Accepted",
  "Delivered",
  "Disputed",
  "Paid",
  "Arbitrated",
  "Settled",
  "Failed",
  "Cancelled",
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The name of a value of the enum. @throws RangeError for a value that it does not have */
export const jobStatusAt = (value: bigint): JobStatus => {
  const status = JOB_STATUSES[Number(value)];
  if (status === undefined) throw new RangeError(`no job status has the value ${value}`);
  return status;
};

/** Mirrors `Job`: reserved in the token's units, `reviewStartedAt` when it was delivered or disputed, zero before. */
export type Job = {
  readonly status: JobStatus;
  readonly reviewStartedAt: bigint;
  readonly feeBps: bigint;
  readonly reserved: bigint;
};

/** The last second before anyone may time the job out; undefined for one that is over or never was. */
export const termEnd = (
  { status, reviewStartedAt }: Pick<Job, "status" | "reviewStartedAt">,
  terms: JobTerms,
): bigint | undefined => {
  if (status === "Funded" || status === "Accepted") return terms.deliverBy;
  return status === "Delivered" || status === "Disputed" ? reviewStartedAt + terms.reviewPeriod : undefined;
};
