import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AddressBook, AddressBookError, parseAddressBook } from "./schema.ts";

/** Where the address book of a chain lies inside a folder of deployments. */
export const addressBookPath = (folder: string, chainId: number): string => join(folder, `${chainId}.json`);

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * Reads an address book, or undefined where there is no file.
 * @throws AddressBookError when the file is no JSON or breaks the schema
 */
export const readAddressBook = async (path: string): Promise<AddressBook | undefined> => {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AddressBookError([`${path} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
  return parseAddressBook(json);
};

/**
 * Writes an address book so that a reader sees the old file or the new one and never half of either.
 * @throws AddressBookError when the book breaks the schema; the file is then left as it was
 */
export const writeAddressBook = async (path: string, book: AddressBook): Promise<void> => {
  const checked = parseAddressBook(book);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(checked, undefined, 2)}\n`, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};
