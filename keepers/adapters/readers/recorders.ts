import { Reputation__factory } from "../../../types/index.ts";
import { RECORDERS } from "../../../deployments/recorders.ts";
import { type LogSource, readSince } from "./logs.ts";
import { type Power, isSame, wordsOf } from "./powers.ts";
import { addressOf } from "../../../deployments/lookup.ts";

/** Who moves agents' scores by what: whoever the timelock last said does, and that must be our own contracts alone. */
export const recorderPowers = async (source: LogSource): Promise<readonly Power[]> => {
  const { book, provider } = source;
  const reputation = Reputation__factory.connect(addressOf(book, "Reputation"), provider);
  const changes = await readSince(source, "Reputation", (span) =>
    reputation.queryFilter(reputation.filters.RecorderChanged(), span.from, span.to),
  );
  const accounts = [...new Set(changes.map(({ args }) => args.recorder))];
  const roles = await Promise.all(accounts.map((account) => reputation.roleOf(account)));
  return RECORDERS.map(({ role, what, names }) => {
    const found = accounts.filter((_, i) => roles[i] === role);
    const wanted = names.map((name) => addressOf(book, name));
    const isRight =
      found.length === wanted.length && wanted.every((one) => found.some((recorder) => isSame(recorder, one)));
    return { what: `record ${what}`, value: wordsOf(book, found), isRight };
  });
};
