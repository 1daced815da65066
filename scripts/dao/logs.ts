import type { Provider } from "ethers";

/** A span of blocks, both ends included. */
export type Span = { readonly from: number; readonly to: number };

/** Below it a refusal is no longer about the span's length. */
const SHORTEST = 500;

/**
 * Reads a span of blocks in one piece, or in halves of it where the node refuses so much at once.
 * @throws Error what the node said about a span that is short already
 */
export const readSpan = async <T>(span: Span, read: (span: Span) => Promise<readonly T[]>): Promise<readonly T[]> => {
  try {
    return await read(span);
  } catch (error) {
    if (span.to - span.from < SHORTEST) throw error;
    const middle = span.from + Math.floor((span.to - span.from) / 2);
    return [
      ...(await readSpan({ from: span.from, to: middle }, read)),
      ...(await readSpan({ from: middle + 1, to: span.to }, read)),
    ];
  }
};

/** Everything since `from`. */
export const sinceBlock = async (from: number, provider: Provider): Promise<Span> => ({
  from,
  to: await provider.getBlockNumber(),
});
