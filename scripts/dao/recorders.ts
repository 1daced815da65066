import type { Provider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { Reputation__factory } from "../../types/index.ts";
import { addressOf } from "../deploy/context.ts";
import { readSpan, sinceBlock } from "./logs.ts";
import { type Power, isSame, wordsOf } from "./powers.ts";

/** `RecorderRole.Jobs` of {IReputation}. */
const JOBS = 2n;

/** Who moves agents' scores by what jobs brought: whoever the timelock last said does, and that must be the escrow alone. */
export const recorderPower = async (book: AddressBook, provider: Provider): Promise<Power> => {
  const reputation = Reputation__factory.connect(addressOf(book, "Reputation"), provider);
  const from = book.contracts["Reputation"]?.block ?? book.deployedAt;
  const changes = await readSpan(await sinceBlock(from, provider), (span) =>
    reputation.queryFilter(reputation.filters.RecorderChanged(), span.from, span.to),
  );
  const accounts = [...new Set(changes.map(({ args }) => args.recorder))];
  const roles = await Promise.all(accounts.map((account) => reputation.roleOf(account)));
  const recorders = accounts.filter((_, i) => roles[i] === JOBS);
  const [first, ...others] = recorders;
  const isRight = first !== undefined && isSame(first, addressOf(book, "Escrow")) && others.length === 0;
  return { what: "record jobs' results", value: wordsOf(book, recorders), isRight };
};
