import { type JobStatus, type JobTerms, termEnd } from "../../core/jobTerms.ts";
import type { Address } from "../../core/units.ts";
import { type Judge, type PaymentDecision, ifWorth, wait } from "./policy.ts";
import type { SeenJob } from "./moneySnapshot.ts";
import { GAS } from "./worth.ts";

const NOBODY = /^0x0{40}$/;
const judgeOf = ({ client, evaluator }: JobTerms): Address => (NOBODY.test(evaluator) ? client : evaluator);

/** What of a job that is timed out comes to the agent, in the token's units. */
const timeOutGain = ({ terms, job }: SeenJob, self: Address): bigint => {
  const earned = job.status === "Delivered" || job.status === "Disputed" ? terms.timeoutPayment : 0n;
  if (self === terms.client) return job.reserved - earned;
  return self === terms.worker ? earned - (earned * job.feeBps) / 10_000n : 0n;
};

/** How jobs end that their worker delivered, or settled by its signature. */
const WORKED: ReadonlySet<JobStatus> = new Set(["Paid", "Arbitrated", "Settled"]);

/** Whether the agent took part by an act of its own: anyone can name it in a job, at a cost of next to nothing. */
const tookPart = ({ terms, job }: SeenJob, self: Address): boolean =>
  terms.client === self || (terms.worker === self && WORKED.has(job.status));

/** The result of a job that the agent took part in, as long as the day's budget for it lasts. [NX-KEE-09] */
const record = (seen: SeenJob, { view, policy }: Judge): readonly PaymentDecision[] => {
  const { jobId, terms, isRecordable } = seen;
  if (!isRecordable || !policy.recordsResults || !tookPart(seen, policy.self)) return [];
  if (view.spentOnRecords + GAS.record * view.gasPrice > policy.recordBudget) return [wait(jobId, "budget-spent")];
  return [
    {
      kind: "operate",
      operation: { kind: "record", jobId, terms, token: terms.token, gain: undefined, isUrgent: false },
    },
  ];
};

/** What to do about a job: time it out, approve what was delivered, put its result on a record. */
export const decideJob = (seen: SeenJob, judge: Judge): readonly PaymentDecision[] => {
  const { view, policy } = judge;
  const { jobId, terms, job } = seen;
  const { token } = terms;
  const end = termEnd(job, terms);
  if (end === undefined) return record(seen, judge);
  if (view.time > end) {
    const gain = timeOutGain(seen, policy.self);
    if (gain === 0n) return [];
    return [ifWorth({ kind: "resolveTimeout", jobId, terms, token, gain, isUrgent: false }, GAS.resolveTimeout, judge)];
  }
  if (job.status !== "Delivered" || judgeOf(terms) !== policy.self) return [];
  const isByRule =
    terms.outcomeBps === 0n && terms.cap <= policy.approveUpTo && policy.trustedWorkers.has(terms.worker);
  if (!isByRule) return [wait(jobId, "no-rule")];
  return [{ kind: "operate", operation: { kind: "approve", jobId, terms, token, gain: undefined, isUrgent: false } }];
};
