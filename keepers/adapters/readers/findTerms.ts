import { type JobTerms, jobTermsOf } from "../../core/jobTerms.ts";
import { parseTerms } from "../../agents/payments/parse.ts";
import type { ChannelTerms } from "../../agents/payments/voucher.ts";
import { type LogSource, readSince } from "./logs.ts";
import { moneyOf } from "./moneyContracts.ts";

/** The terms of a job by its key, out of its event; undefined when it was never funded. */
export const findJob = async (source: LogSource, jobId: string): Promise<JobTerms | undefined> => {
  const { escrow } = moneyOf(source.book, source.provider);
  const [event] = await readSince(source, "Escrow", ({ from, to }) =>
    escrow.queryFilter(escrow.filters.JobFunded(jobId), from, to),
  );
  return event === undefined ? undefined : jobTermsOf((name) => Reflect.get(event.args.terms, name));
};

/** The terms of a channel by its id, out of the events of its opening; undefined when it was never opened. */
export const findChannel = async (source: LogSource, id: string): Promise<ChannelTerms | undefined> => {
  const { accounts, channels } = moneyOf(source.book, source.provider);
  const [opened] = await readSince(source, "PaymentChannels", ({ from, to }) =>
    channels.queryFilter(channels.filters.ChannelOpened(id), from, to),
  );
  if (opened === undefined) return undefined;
  const at = opened.blockNumber;
  const [locked] = await accounts.queryFilter(accounts.filters.Locked(await channels.getAddress(), id), at, at);
  const { owner: payer, token } = locked?.args ?? {};
  const { receiver, payerAuthorizer, receiverAuthorizer, withdrawDelay, salt } = opened.args;
  const raw = { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay: `${withdrawDelay}`, salt };
  const parsed = parseTerms(raw);
  return parsed.kind === "parsed" ? parsed.value : undefined;
};
