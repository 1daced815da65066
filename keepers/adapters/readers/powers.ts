import type { AddressBook } from "../../../deployments/schema.ts";
import { nameOf } from "../../../deployments/lookup.ts";

/** Who holds a power, as the chain says. `isRight` is undefined for what is only told, and not bound to be so. */
export type Power = { readonly what: string; readonly value: string; readonly isRight?: boolean };

/** Whether two spellings are of one address. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Accounts by their names in the address book, where they have one. */
export const wordsOf = (book: AddressBook, accounts: readonly string[]): string =>
  accounts.length === 0 ? "nobody" : accounts.map((account) => nameOf(book, account) ?? account).join(", ");
