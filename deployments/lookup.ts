import type { AddressBook, BookLending, BookOracle, BookReserve } from "./schema.ts";

/** The address of a deployed contract. @throws Error when the book has none of that name */
export const addressOf = (book: AddressBook, name: string): string => {
  const entry = book.contracts[name];
  if (entry === undefined) throw new Error(`the address book has no contract ${name}; deploy it first`);
  return entry.address;
};

/** The name in the address book of the contract that reads an oracle which is no source as it is. */
export const sourceNameOf = (oracle: string): string => `source of ${oracle}`;

/** The address that `OracleHub` reads an oracle at. @throws Error when the book has no contract that reads it */
export const readerOf = (book: AddressBook, name: string, oracle: BookOracle): string =>
  "proxy" in oracle ? oracle.proxy : addressOf(book, sourceNameOf(name));

/** The name by which the address book knows an address; undefined when it does not. */
export const nameOf = (book: AddressBook, address: string): string | undefined => {
  const wanted = address.toLowerCase();
  const contract = Object.entries(book.contracts).find(([, entry]) => entry.address.toLowerCase() === wanted);
  if (contract !== undefined) return contract[0];
  const token = Object.entries(book.environment.tokens).find(([, entry]) => entry.address.toLowerCase() === wanted);
  if (token !== undefined) return token[0];
  const { dexes, lending = [], aggregators = [] } = book.environment;
  const dex = [...dexes, ...aggregators].find(({ router }) => router.toLowerCase() === wanted);
  return (dex ?? lending.find(({ pool }) => pool.toLowerCase() === wanted))?.name;
};

/** The lending markets and their reserves whose positions NEXUS deals in: those that the book has as tokens. */
export const knownReserves = ({
  environment: { tokens, lending = [] },
}: Pick<AddressBook, "environment">): readonly { readonly market: BookLending; readonly reserve: BookReserve }[] => {
  const known = new Set(Object.values(tokens).map(({ address }) => address));
  return lending.flatMap((market) =>
    market.reserves.filter(({ position }) => known.has(position)).map((reserve) => ({ market, reserve })),
  );
};
