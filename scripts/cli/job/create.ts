import { readFile } from "node:fs/promises";
import { ZeroAddress, keccak256 } from "ethers";
import { type JobTerms, jobTermsOf } from "../../../keepers/core/jobTerms.ts";
import { writeTerms } from "../../lib/termsFile.ts";
import { type Command, UsageError, needed, required, wholeNumber } from "../../lib/command.ts";
import { actorOf, chainTime } from "../session.ts";
import {
  type MoneySession,
  PAYMENT_KEY,
  PAY_OPTIONS,
  TOKEN_OPTION,
  accountNamed,
  amountIn,
  amountWords,
  tokenIn,
  withMoney,
} from "../pay/money.ts";
import { allowance, carryOut, stepOn } from "../pay/steps.ts";
import { type NamedJob, jobFacts, jobHome, jobNow, jobOfTerms, jobWords, termsIn } from "./named.ts";

const DEFAULT_REVIEW_PERIOD = 86_400;

/** 32 bytes as they are written, or the hash of a file. @throws UsageError when it is neither */
export const hashIn = async (text: string, name: string): Promise<string> => {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  const content = await readFile(text).catch((cause: unknown) => {
    throw new UsageError(`--${name} must be 32 bytes in hex or a file to hash, got “${text}”`, { cause });
  });
  return keccak256(content);
};

const pricesIn = async (session: MoneySession) => {
  const { values } = session;
  const token = await tokenIn(session);
  const cap = amountIn(session, token, "price");
  const amount = (name: string, otherwise: bigint): bigint =>
    values.has(name) ? amountIn(session, token, name) : otherwise;
  const floor = amount("floor", cap);
  return {
    token: token.address,
    cap,
    floor,
    timeoutPayment: amount("timeout-payment", floor === 0n ? cap : floor),
    evaluatorPay: amount("evaluator-pay", 0n),
    outcomeBps: BigInt(wholeNumber(values, "outcome-bps", 0) ?? 0),
  };
};

/** Terms as the command line has them; their deadline counts from the newest block. */
const writtenTerms = async (session: MoneySession, client: string): Promise<JobTerms> => {
  const { values, provider } = session;
  const evaluator = values.get("evaluator");
  required(values, "deliver-in");
  const terms: Readonly<Record<string, unknown>> = {
    client,
    worker: accountNamed(session, required(values, "worker")),
    evaluator: evaluator === undefined ? ZeroAddress : accountNamed(session, evaluator),
    arbiter: accountNamed(session, required(values, "arbiter")),
    spec: await hashIn(required(values, "spec"), "spec"),
    ...(await pricesIn(session)),
    deliverBy: (await chainTime(provider)) + BigInt(wholeNumber(values, "deliver-in", 1) ?? 0),
    reviewPeriod: BigInt(wholeNumber(values, "review-period", 1) ?? DEFAULT_REVIEW_PERIOD),
    agentId: BigInt(wholeNumber(values, "agent", 1) ?? 0),
  };
  return jobTermsOf((name) => terms[name]);
};

/**
 * The job of the command line. Its terms are written down before anything is sent, deadline included, so that the command
 * said again means the same job and pays once.
 * @throws UsageError when the file holds the terms of another job
 */
const agreedJob = async (session: MoneySession, client: string): Promise<NamedJob> => {
  const path = required(session.values, "file");
  const kept = await termsIn(session, path);
  const written = await writtenTerms(session, client);
  if (kept === undefined) {
    await writeTerms(path, await jobHome(session), written);
    return jobOfTerms(session, written);
  }
  const job = await jobOfTerms(session, kept);
  const same = await jobOfTerms(session, { ...written, deliverBy: kept.deliverBy });
  if (job.jobId === same.jobId) return job;
  throw new UsageError(`${path} holds the terms of another job; name another file`);
};

const created = async (session: MoneySession): Promise<number> => {
  const { money, provider } = session;
  const actor = await actorOf(session, PAYMENT_KEY);
  const job = await agreedJob(session, actor.address);
  const state = await jobNow(session, job);
  const data = money.escrow.interface.encodeFunctionData("fund", [job.terms]);
  const allow = await allowance(money, job.token, actor.address, "escrow");
  const steps = state.status === "None" ? [...allow, await stepOn(money.escrow, "fund", data)] : [];
  const reserved = amountWords(job.token, job.terms.cap + job.terms.evaluatorPay);
  const line =
    state.status === "None"
      ? `job ${job.jobId}: ${reserved} reserved`
      : `nothing to do: ${jobWords(job, state, await chainTime(provider))}`;
  return carryOut(session, actor, steps, { facts: () => jobFacts(session, job), lines: [line] });
};

/** Makes a job. */
export const create: Command = {
  about: "make a job and reserve what it can cost, from the ledger",
  example: "--worker bob --arbiter carol --spec spec.md --price 10 --deliver-in 3600 --file job.json --as alice",
  options: {
    worker: needed({ value: "WHO", about: "who shall work" }),
    arbiter: needed({ value: "WHO", about: "who decides a dispute" }),
    evaluator: { value: "WHO", about: "who judges what is delivered (you)" },
    spec: needed({ value: "FILE|HEX", about: "what is to be done: a file to hash, or its hash" }),
    price: needed({ value: "N", about: "what it pays; with --floor, the most that it pays" }),
    floor: { value: "N", about: "what it pays at least, where the outcome counts" },
    "timeout-payment": {
      value: "N",
      about: "what it pays when nobody judges it (the floor; the price where there is none)",
    },
    "outcome-bps": { value: "N", about: "what it pays of the outcome, in basis points" },
    "evaluator-pay": { value: "N", about: "what the evaluator earns by judging" },
    "deliver-in": needed({ value: "S", about: "seconds from now in which it can be delivered" }),
    "review-period": { value: "S", about: `seconds in which it can be judged (${DEFAULT_REVIEW_PERIOD})` },
    agent: { value: "N", about: "the agent whose wallet the worker is, and whose score the result moves (none)" },
    token: TOKEN_OPTION,
    file: needed({ value: "FILE", about: "where the job's terms are kept; said again with it, nothing is paid twice" }),
    ...PAY_OPTIONS,
  },
  run: (values) => withMoney(values, created),
};
