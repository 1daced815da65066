import { viewReader } from "../../../keepers/adapters/readers/treasuryView.ts";
import { heldPositions, positionText } from "../../../keepers/views/positions.ts";
import type { Command, Values } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "../endpoint.ts";

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const view = await viewReader({ book, provider })();
    const named = new Map(
      Object.entries(book.environment.tokens).map(([symbol, { address }]) => [address.toLowerCase(), symbol]),
    );
    const positions = heldPositions(view, (token) => named.get(token) ?? token);
    const isRight = positions.every(({ worth }) => worth !== undefined);
    if (values.has("json")) sayJson({ kind: "positions", block: view.block, isRight, positions });
    else {
      say(`Positions of the treasury at block ${view.block}:`);
      for (const position of positions) say(`  ${positionText(position)}`);
    }
    return isRight ? EXIT.done : EXIT.wrong;
  } finally {
    provider.destroy();
  }
};

/** Reads what the treasury holds at one block; writes nothing. */
export const positions: Command = {
  about: "what the treasury holds, what it is worth at both ends of the oracles' band, and its parts; reads only",
  example: "--json",
  options: READING_OPTIONS,
  run,
};
