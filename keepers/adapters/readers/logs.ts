import { type Provider, isError } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { createLogReader } from "../../core/logReader.ts";

/** What is read: the contracts of an address book as a provider sees them, and who hears what a node does not keep. */
export type LogSource = {
  readonly book: AddressBook;
  readonly provider: Provider;
  readonly warn: (what: string) => void;
};

/** A span of blocks, both ends included. */
export type LogSpan = { readonly from: number; readonly to: number };

/** A node that cannot be reached refuses nothing. */
const isUnreachable = (error: unknown): boolean =>
  isError(error, "NETWORK_ERROR") ||
  isError(error, "TIMEOUT") ||
  (error instanceof Error && "code" in error && error.code === "ECONNREFUSED");

/**
 * Reads a span of blocks in one piece, or in shorter ones where the node refuses so much at once, down to single blocks. A
 * node that has not kept the first blocks is read from where it begins, with a warning.
 * @throws Error what the node said about a single block
 */
export const readSpan = async <T>(
  { from: first, to: last, warn }: LogSpan & Pick<LogSource, "warn">,
  read: (span: LogSpan) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  const [from, to] = [BigInt(first), BigInt(last)];
  const { forward } = createLogReader<T>({
    read: (piece) => read({ from: Number(piece.from), to: Number(piece.to) }),
    isRefusal: (error) => !isUnreachable(error),
    widest: to - from + 1n,
    onTrouble: warn,
  });
  const pieces: (readonly T[])[] = [];
  for await (const { logs } of forward({ from, to })) pieces.push(logs);
  return pieces.flat();
};

/** Reads everything since a contract of the book was deployed, as {@link readSpan} does. `name`: in the address book. */
export const readSince = async <T>(
  { book, provider, warn }: LogSource,
  name: string,
  read: (span: LogSpan) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  const from = book.contracts[name]?.block ?? book.deployedAt;
  return readSpan({ from, to: await provider.getBlockNumber(), warn }, read);
};
