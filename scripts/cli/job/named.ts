import { formatUnits } from "ethers";
import {
  type Job,
  type JobStatus,
  type JobTerms,
  jobStatusAt,
  jobTermsOf,
  termEnd,
} from "../../../keepers/core/jobTerms.ts";
import { OLD_TERMS_NAMES, byTodaysName } from "../../../keepers/core/oldNames.ts";
import { jobIdOf } from "../../../keepers/adapters/readers/moneyContracts.ts";
import { type Home, readTerms } from "../../lib/termsFile.ts";
import { findJob } from "../../../keepers/adapters/readers/findTerms.ts";
import { UsageError, requiredArgument } from "../../lib/command.ts";
import { type MoneySession, type PayToken, amountWords, tokenAt, wordOf } from "../pay/money.ts";
import { spanWords } from "../../../keepers/views/spans.ts";

/** What a job is named by: the file with its terms, or its key. */
export const JOB = "JOB";

/** A job as a command knows it. */
export type NamedJob = { readonly terms: JobTerms; readonly jobId: string; readonly token: PayToken };

/** Where jobs live. */
export const jobHome = async ({ book, money }: MoneySession): Promise<Home> => ({
  chainId: book.chainId,
  contract: await money.escrow.getAddress(),
});

/** A job of these terms. */
export const jobOfTerms = async (session: MoneySession, terms: JobTerms): Promise<NamedJob> => ({
  terms,
  jobId: jobIdOf(terms),
  token: await tokenAt(session, terms.token),
});

/** The terms in a file; undefined when there is none. @throws UsageError when they are malformed or of another chain */
export const termsIn = async (session: MoneySession, path: string): Promise<JobTerms | undefined> =>
  readTerms(path, await jobHome(session), (terms) => jobTermsOf(byTodaysName(terms, OLD_TERMS_NAMES)));

/** The job that the command line names. @throws UsageError when there is no such file or job */
export const namedJob = async (session: MoneySession): Promise<NamedJob> => {
  const text = requiredArgument(session.values, JOB);
  const isKey = text.startsWith("0x");
  const terms = isKey ? await findJob(session, wordOf(text, "a job's key")) : await termsIn(session, text);
  if (terms !== undefined) return jobOfTerms(session, terms);
  throw new UsageError(
    isKey ? `no job ${text} was ever funded` : `there is no file ${text}; nexus job create writes one`,
  );
};

/** A job as it is in the newest block. */
export const jobNow = async ({ money }: MoneySession, { terms }: Pick<NamedJob, "terms">): Promise<Job> => {
  const { status, reviewStartedAt, feeBps, reserved } = await money.escrow.jobOf(terms);
  return { status: jobStatusAt(status), reviewStartedAt, feeBps, reserved };
};

const WAITS: Readonly<Record<JobStatus, string>> = {
  None: "not funded",
  Funded: "waits for its worker",
  Accepted: "its worker is bound to it",
  Delivered: "to be judged",
  Disputed: "the arbiter decides",
  Paid: "over: paid",
  Arbitrated: "over: the arbiter decided",
  Settled: "over: client and worker agreed",
  Failed: "over: nothing was delivered",
  Cancelled: "over: cancelled",
};

/** A job in one line. `now` in seconds since the epoch. */
export const jobWords = ({ jobId, terms, token }: NamedJob, job: Job, now: bigint): string => {
  const end = termEnd(job, terms);
  const span = end === undefined ? "" : end < now ? ", its term is over" : `, for another ${spanWords(end + 1n - now)}`;
  const sum = terms.floor === terms.cap ? amountWords(token, terms.cap) : `up to ${amountWords(token, terms.cap)}`;
  return `job ${jobId}: ${job.status} (${WAITS[job.status]}${span}), ${sum}, fee ${formatUnits(job.feeBps, 2)} %`;
};

/** A job for a program. */
export const jobFacts = async (session: MoneySession, job: NamedJob) => ({
  jobId: job.jobId,
  ...(await jobNow(session, job)),
  terms: job.terms,
});
