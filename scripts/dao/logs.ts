import { type Provider, isError } from "ethers";
import { createLogReader } from "../../keepers/core/logReader.ts";
import { complain } from "../cli/output.ts";

/** A span of blocks, both ends included. */
export type Span = { readonly from: number; readonly to: number };

/** A node that cannot be reached refuses nothing. */
const isUnreachable = (error: unknown): boolean =>
  isError(error, "NETWORK_ERROR") ||
  isError(error, "TIMEOUT") ||
  (error instanceof Error && "code" in error && error.code === "ECONNREFUSED");

const warn = (what: string): void => complain(`warning: ${what}`);

/**
 * Reads a span of blocks in one piece, or in shorter ones where the node refuses so much at once, down to single blocks. A
 * node that has not kept the first blocks is read from where it begins, with a warning on standard error.
 * @throws Error what the node said about a single block
 */
export const readSpan = async <T>(span: Span, read: (span: Span) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const [from, to] = [BigInt(span.from), BigInt(span.to)];
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

/** Everything since `from`. */
export const sinceBlock = async (from: number, provider: Provider): Promise<Span> => ({
  from,
  to: await provider.getBlockNumber(),
});
