import type { Provider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { type JobTerms, jobTermsOf } from "../../keepers/core/jobTerms.ts";
import { parseTerms } from "../../keepers/agents/payments/parse.ts";
import type { ChannelTerms } from "../../keepers/agents/payments/voucher.ts";
import { readSpan, sinceBlock } from "../dao/logs.ts";
import { moneyOf } from "./contracts.ts";

const spanOf = (book: AddressBook, provider: Provider, name: string) =>
  sinceBlock(book.contracts[name]?.block ?? book.deployedAt, provider);

/** The terms of a job by its key, out of its event; undefined when it was never funded. */
export const findJob = async (book: AddressBook, provider: Provider, key: string): Promise<JobTerms | undefined> => {
  const { escrow } = moneyOf(book, provider);
  const [event] = await readSpan(await spanOf(book, provider, "Escrow"), ({ from, to }) =>
    escrow.queryFilter(escrow.filters.JobFunded(key), from, to),
  );
  return event === undefined ? undefined : jobTermsOf((name) => Reflect.get(event.args.terms, name));
};

/** The terms of a channel by its id, out of the events of its opening; undefined when it was never opened. */
export const findChannel = async (
  book: AddressBook,
  provider: Provider,
  id: string,
): Promise<ChannelTerms | undefined> => {
  const { accounts, channels } = moneyOf(book, provider);
  const span = await spanOf(book, provider, "PaymentChannels");
  const [opened] = await readSpan(span, ({ from, to }) =>
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
