import type { AddressBook } from "./schema.ts";

/** The address of a deployed contract. @throws Error when the book has none of that name */
export const addressOf = (book: AddressBook, name: string): string => {
  const entry = book.contracts[name];
  if (entry === undefined) throw new Error(`the address book has no contract ${name}; deploy it first`);
  return entry.address;
};

/** The name by which the address book knows an address; undefined when it does not. */
export const nameOf = (book: AddressBook, address: string): string | undefined => {
  const wanted = address.toLowerCase();
  const contract = Object.entries(book.contracts).find(([, entry]) => entry.address.toLowerCase() === wanted);
  if (contract !== undefined) return contract[0];
  const token = Object.entries(book.environment.tokens).find(([, entry]) => entry.address.toLowerCase() === wanted);
  if (token !== undefined) return token[0];
  return book.environment.dexes.find(({ router }) => router.toLowerCase() === wanted)?.name;
};
