import { readFile } from "node:fs/promises";
import { type BookLeaf, parseMandateLeaves } from "../../../deployments/schema.ts";
import { UsageError } from "../../lib/command.ts";

/** JSON that a person wrote. @throws UsageError when it is none */
export const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${what} is no JSON`, { cause });
  }
};

/** The JSON in a file. @throws UsageError when it cannot be read or is none */
export const readJson = async (path: string): Promise<unknown> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}`, { cause });
  });
  return parseJson(text, path);
};

/** The leaves of a mandate in a file. @throws UsageError when it cannot be read; AddressBookError naming every fault */
export const readLeaves = async (path: string): Promise<readonly BookLeaf[]> =>
  parseMandateLeaves(await readJson(path));
