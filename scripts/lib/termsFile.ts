import { open, readFile, rename, rm } from "node:fs/promises";
import { UsageError } from "./command.ts";

/** What terms in a file are bound to: the chain, and the contract on it that knows them. */
export type Home = { readonly chainId: number; readonly contract: string };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readText = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new UsageError(`cannot read ${path}`, { cause });
  }
};

/** The JSON object in a file; undefined when there is no such file. @throws UsageError when it holds anything else */
export const readObject = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch (cause) {
    throw new UsageError(`${path} is no JSON`, { cause });
  }
  throw new UsageError(`${path} holds no JSON object`);
};

/**
 * Terms out of a file that {@link writeTerms} wrote; undefined when there is no such file. The file is not believed: it
 * must be of this chain and this contract.
 * @throws UsageError when it is not, or the terms in it are malformed
 */
export const readTerms = async <T>(
  path: string,
  home: Home,
  parse: (terms: Readonly<Record<string, unknown>>) => T,
): Promise<T | undefined> => {
  const found = await readObject(path);
  if (found === undefined) return undefined;
  const { chainId, contract, terms } = found;
  if (chainId !== home.chainId || contract !== home.contract || !isRecord(terms)) {
    throw new UsageError(`${path} holds no terms for ${home.contract} on chain ${home.chainId}`);
  }
  try {
    return parse(terms);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`the terms in ${path} are malformed: ${reason}`, { cause });
  }
};

/** Writes a file beside the old one and puts it in its place once it lies on the disk: the old one is there until then. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = await open(beside, "w");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

/**
 * Writes an object as JSON, amounts as decimal strings, in the place of whatever stood there; all or nothing. [NX-CHN-06]
 */
export const writeObject = (path: string, value: object): Promise<void> => {
  const plain = (_key: string, inner: unknown): unknown => (typeof inner === "bigint" ? inner.toString() : inner);
  return replaceFile(path, `${JSON.stringify(value, plain, 2)}\n`);
};

/** Writes terms, so that a later command finds them without asking the chain. */
export const writeTerms = (path: string, home: Home, terms: object): Promise<void> =>
  writeObject(path, { ...home, terms });
