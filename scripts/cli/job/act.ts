import type { JobStatus } from "../../../keepers/core/jobTerms.ts";
import { type Command, type Commands, type Options, UsageError, needed, required } from "../../lib/command.ts";
import { READ_OPTIONS, actorOf, chainTime } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { type MoneySession, PAYMENT_KEY, PAY_OPTIONS, amountIn, withMoney } from "../pay/money.ts";
import { carryOut, stepOn } from "../pay/steps.ts";
import { create, hashIn } from "./create.ts";
import { type NamedJob, JOB, jobFacts, jobNow, jobWords, namedJob } from "./named.ts";

/** What a command does to a job. `done`: the statuses in which that has happened already. */
type Act = {
  readonly about: string;
  readonly what: string;
  readonly done: readonly JobStatus[];
  /** What stands behind the job in an example. */
  readonly as: string;
  readonly options?: Options;
  readonly data: (session: MoneySession, job: NamedJob) => string | Promise<string>;
};

const acted = async (session: MoneySession, { what, done, data }: Act): Promise<number> => {
  const job = await namedJob(session);
  const actor = await actorOf(session, PAYMENT_KEY);
  const before = await jobNow(session, job);
  if (before.status === "None") throw new UsageError(`job ${job.jobId} was never funded`);
  const steps = done.includes(before.status)
    ? []
    : [await stepOn(session.money.escrow, what, await data(session, job))];
  const lines = steps.length > 0 ? [] : [`nothing to do: ${jobWords(job, before, await chainTime(session.provider))}`];
  return carryOut(session, actor, steps, { facts: () => jobFacts(session, job), lines });
};

const acting = (act: Act): Command => ({
  about: act.about,
  takes: JOB,
  example: `job.json ${act.as}`,
  options: { ...act.options, ...PAY_OPTIONS },
  run: (values) => withMoney(values, (session) => acted(session, act)),
});

const outcomeOf = (session: MoneySession, { token }: NamedJob): bigint =>
  session.values.has("outcome") ? amountIn(session, token, "outcome") : 0n;

const accept = acting({
  about: "bind yourself to a job, as its worker",
  what: "accept",
  as: "--as bob",
  done: ["Accepted"],
  data: ({ money: { escrow } }, { terms }) => escrow.interface.encodeFunctionData("accept", [terms]),
});

const deliver = acting({
  about: "say that the work is done, as its worker",
  what: "deliver",
  as: "--result report.md --as bob",
  done: ["Delivered"],
  options: { result: needed({ value: "FILE|HEX", about: "the work: a file to hash, or its hash" }) },
  data: async ({ values, money: { escrow } }, { terms }) =>
    escrow.interface.encodeFunctionData("deliver", [terms, await hashIn(required(values, "result"), "result")]),
});

const approve = acting({
  about: "accept what was delivered and pay for it, as its evaluator",
  what: "approve",
  as: "--as alice",
  done: ["Paid"],
  options: { outcome: { value: "N", about: "what the outcome is worth, where the price depends on it (0)" } },
  data: (session, job) =>
    session.money.escrow.interface.encodeFunctionData("approve", [job.terms, outcomeOf(session, job)]),
});

const dispute = acting({
  about: "take a delivery to the arbiter, as client or evaluator",
  what: "dispute",
  as: "--as alice",
  done: ["Disputed"],
  data: ({ money: { escrow } }, { terms }) => escrow.interface.encodeFunctionData("dispute", [terms]),
});

const arbitrate = acting({
  about: "decide a dispute, as the arbiter",
  what: "arbitrate",
  as: "--earned 5 --as carol",
  done: ["Arbitrated"],
  options: { earned: needed({ value: "N", about: "what the worker shall have, fee included" }) },
  data: (session, { terms, token }) =>
    session.money.escrow.interface.encodeFunctionData("arbitrate", [terms, amountIn(session, token, "earned")]),
});

const cancel = acting({
  about: "take a job back before it is accepted, or give it up as its worker",
  what: "cancel",
  as: "--as alice",
  done: ["Cancelled", "Failed"],
  data: ({ money: { escrow } }, { terms }) => escrow.interface.encodeFunctionData("cancel", [terms]),
});

const resolveTimeout = acting({
  about: "end a job that waits for somebody whose term is over; anyone may",
  what: "resolve",
  as: "--as bob",
  done: ["Paid", "Arbitrated", "Settled", "Failed", "Cancelled"],
  data: ({ money: { escrow } }, { terms }) => escrow.interface.encodeFunctionData("resolveTimeout", [terms]),
});

/** `RecordRefusal.Recorded`. */
const RECORDED = 4n;

const recorded = async (session: MoneySession): Promise<number> => {
  const job = await namedJob(session);
  const actor = await actorOf(session, PAYMENT_KEY);
  const { escrow } = session.money;
  const [refusal] = await escrow.previewRecord(job.terms);
  const data = escrow.interface.encodeFunctionData("record", [job.terms]);
  const isDone = refusal === RECORDED;
  const steps = isDone ? [] : [await stepOn(escrow, "record", data)];
  const lines = isDone ? ["nothing to do: its result is on the agent's record"] : [];
  return carryOut(session, actor, steps, { facts: () => jobFacts(session, job), lines });
};

const record: Command = {
  about: "put a job's result on the record of the agent that its terms name; anyone may, once",
  takes: JOB,
  example: "job.json --as alice",
  options: PAY_OPTIONS,
  run: (values) => withMoney(values, recorded),
};

const shown = async (session: MoneySession): Promise<number> => {
  const job = await namedJob(session);
  if (session.inJson) sayJson(await jobFacts(session, job));
  else say(jobWords(job, await jobNow(session, job), await chainTime(session.provider)));
  return 0;
};

const status: Command = {
  about: "a job as the chain has it, by its file or its key; reads only",
  takes: JOB,
  example: "job.json",
  options: READ_OPTIONS,
  run: (values) => withMoney(values, shown),
};

/** Work for money. */
export const JOB_COMMANDS: Commands = {
  "job create": create,
  "job accept": accept,
  "job deliver": deliver,
  "job approve": approve,
  "job dispute": dispute,
  "job arbitrate": arbitrate,
  "job cancel": cancel,
  "job resolve": resolveTimeout,
  "job record": record,
  "job status": status,
};
