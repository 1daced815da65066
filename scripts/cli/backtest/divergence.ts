import type { PlayedTrade, DivergenceSpread } from "../../../keepers/backtest/divergence.ts";
import { type RunDivergence, readDivergence } from "./readDivergence.ts";
import { type Values, required } from "../../lib/command.ts";
import { say, sayJson, warn } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { bookIn, openProvider, rpcIn } from "../endpoint.ts";

/** What may stay unexplained of 99 of 100 trades, in basis points. */
const MOST_UNEXPLAINED = 1;
const MOST_SHOWN = 20;

const basisPoints = (value: number): string => {
  const shown = value.toFixed(4);
  return `${Number(shown) === 0 ? "0.0000" : shown} bp`;
};

const spreadWords = (what: string, spread: DivergenceSpread | undefined): string =>
  spread === undefined
    ? `${what}: none`
    : `${what}: ${spread.count}, median ${basisPoints(spread.median)}, 99 of 100 within ${basisPoints(spread.p99)}`;

const tradeWords = (trade: PlayedTrade): string => {
  const name = `  ${trade.hash.slice(0, 10)} decided at ${trade.decidedAt}, made in ${trade.block}`;
  if (trade.kind === "unplayed") return `${name}: not compared, ${trade.why}`;
  const { strangers, total, byStrangers, unexplained } = trade;
  return `${name}: ${basisPoints(total)} off, ${basisPoints(byStrangers)} by ${strangers} trades of others, ${basisPoints(unexplained)} unexplained`;
};

const isExplained = ({ alone, amidUnexplained, unplayed }: RunDivergence): boolean =>
  unplayed === 0 && (alone?.median ?? 0) === 0 && (amidUnexplained?.p99 ?? 0) <= MOST_UNEXPLAINED;

const sizeOf = (trade: PlayedTrade): number => (trade.kind === "unplayed" ? Infinity : Math.abs(trade.total));

const sayDivergence = (found: RunDivergence): void => {
  const { proposed, missing, trades, alone, amid, amidUnexplained, unplayed } = found;
  say(`${proposed} decisions to trade, ${missing} of them not enacted, ${unplayed} not compared`);
  say(spreadWords("trades that no other came before, off by", alone));
  say(spreadWords("trades behind others', off by", amid));
  say(spreadWords("  of that unexplained", amidUnexplained));
  const worst = trades.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  for (const trade of worst.slice(0, MOST_SHOWN)) say(tradeWords(trade));
};

/** Compares a recorded run with its backtest, trade by trade; reads only. Answers 1 where more is unexplained than may be. */
export const runDivergence = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    const found = await readDivergence(required(values, "divergence"), { book, provider, warn });
    if (values.has("json")) sayJson({ kind: "divergence", ...found });
    else sayDivergence(found);
    return isExplained(found) ? EXIT.done : EXIT.wrong;
  } finally {
    provider.destroy();
  }
};
