import type { Provider } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { CircuitBreaker__factory, Consensus__factory } from "../../../types/index.ts";
import { type LogSource, readSince } from "./logs.ts";
import { type Power, isSame, wordsOf } from "./powers.ts";
import { addressOf } from "../../../deployments/lookup.ts";

/** Who changed the guardians of the breaker last said are some. */
export const breakerGuardians = async (source: LogSource): Promise<readonly string[]> => {
  const { book, provider } = source;
  const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
  const changes = await readSince(source, "CircuitBreaker", (span) =>
    breaker.queryFilter(breaker.filters.GuardianChanged(), span.from, span.to),
  );
  const accounts = [...new Set(changes.map(({ args }) => args.guardian))];
  const are = await Promise.all(accounts.map((account) => breaker.isGuardian(account)));
  return accounts.filter((_, i) => are[i] === true);
};

/** Who stops agents' proposals, and without whom none that is Critical passes. They must not be the same. [NX-CON-05] */
export const slowPathPowers = async (
  book: AddressBook,
  provider: Provider,
  guardians: readonly string[],
): Promise<readonly Power[]> => {
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), provider);
  const coSigner = await consensus.coSigner();
  const value = BigInt(coSigner) === 0n ? "nobody: none passes" : wordsOf(book, [coSigner]);
  return [
    { what: "veto agents' proposals", value: wordsOf(book, [...guardians, await consensus.ADMIN()]) },
    { what: "co-sign Critical proposals", value, isRight: !guardians.some((guardian) => isSame(guardian, coSigner)) },
  ];
};
