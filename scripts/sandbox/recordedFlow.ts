/** One recorded minute of a Uniswap v3 USDC/WETH pool. Amounts in raw units: USDC 6 decimals, WETH 18. */
export type FlowRow = {
  /** Start of the minute, UTC, as `2023-08-15 00:00:00`. */
  readonly timestamp: string;
  /** Change of the pool's USDC and WETH through swaps in that minute. */
  readonly netUsdc: bigint;
  readonly netWeth: bigint;
  /** The pool's tick at the end: USDC per WETH = 10¹² ÷ 1.0001^tick. */
  readonly closeTick: number;
  /** Liquidity in range at the end. */
  readonly liquidity: bigint;
};

/** A recorded market that cannot be used; `line` counts from 1. */
export class FlowFileError extends Error {
  readonly line: number;

  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
    this.name = "FlowFileError";
    this.line = line;
  }
}

const COLUMNS = [
  "timestamp",
  "netAmount0",
  "netAmount1",
  "closeTick",
  "openTick",
  "lowestTick",
  "highestTick",
  "inAmount0",
  "inAmount1",
  "currentLiquidity",
] as const;
type Column = (typeof COLUMNS)[number];

const HEADER = COLUMNS.join(",");
const MAX_TICK = 887_272;

type Row = { readonly line: number; readonly cell: (column: Column) => string };

const toRow = (text: string, line: number): Row => {
  const cells = text.split(",");
  if (cells.length !== COLUMNS.length) {
    throw new FlowFileError(line, `has ${cells.length} columns instead of ${COLUMNS.length}`);
  }
  return { line, cell: (column) => cells[COLUMNS.indexOf(column)] ?? "" };
};

const integer = ({ line, cell }: Row, column: Column): bigint => {
  const text = cell(column);
  if (!/^-?\d+$/.test(text)) throw new FlowFileError(line, `${column} is no whole number: ${JSON.stringify(text)}`);
  return BigInt(text);
};

const unsigned = (row: Row, column: Column): bigint => {
  const value = integer(row, column);
  if (value < 0n) throw new FlowFileError(row.line, `${column} is negative: ${value}`);
  return value;
};

/** Ticks are whole numbers which some files write with a decimal point. */
const tick = ({ line, cell }: Row, column: Column): number => {
  const text = cell(column);
  if (!/^-?\d+(\.0+)?$/.test(text)) throw new FlowFileError(line, `${column} is no tick: ${JSON.stringify(text)}`);
  const value = Number(text);
  if (Math.abs(value) > MAX_TICK) throw new FlowFileError(line, `${column} is beyond ±${MAX_TICK}: ${text}`);
  return value;
};

const timestamp = ({ line, cell }: Row): string => {
  const text = cell("timestamp");
  const iso = `${text.replace(" ", "T")}.000Z`;
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? Date.parse(iso) : Number.NaN;
  // `Date.parse` lets 31 February pass as 3 March: only what comes back unchanged is a date.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) {
    throw new FlowFileError(line, `timestamp is no UTC time: ${JSON.stringify(text)}`);
  }
  return text;
};

const toFlow = (row: Row): FlowRow => {
  const flow = {
    timestamp: timestamp(row),
    netUsdc: integer(row, "netAmount0"),
    netWeth: integer(row, "netAmount1"),
    closeTick: tick(row, "closeTick"),
    liquidity: unsigned(row, "currentLiquidity"),
  };
  for (const column of ["openTick", "lowestTick", "highestTick"] as const) tick(row, column);
  for (const column of ["inAmount0", "inAmount1"] as const) unsigned(row, column);
  if (flow.liquidity === 0n && (flow.netUsdc !== 0n || flow.netWeth !== 0n)) {
    throw new FlowFileError(row.line, "amounts were traded against no liquidity");
  }
  return flow;
};

/**
 * Reads recorded flow. Line ends of either kind are accepted, and a file that ends without one; blank lines only at the
 * end. A file of the header alone has no rows.
 * @throws FlowFileError naming the first line that is malformed, and what is wrong with it
 */
export const parseFlow = (csv: string): readonly FlowRow[] => {
  const [header, ...lines] = csv.trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new FlowFileError(1, `the header must be ${HEADER}`);
  let previous = "";
  return lines.map((text, index) => {
    const row = toRow(text, index + 2);
    const flow = toFlow(row);
    if (flow.timestamp <= previous) throw new FlowFileError(row.line, `the time does not move: ${flow.timestamp}`);
    previous = flow.timestamp;
    return flow;
  });
};
