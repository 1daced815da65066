type Cell = string | number | bigint;

const textOf = (cell: Cell | undefined): string =>
  typeof cell === "number" && !Number.isInteger(cell) ? cell.toFixed(2) : String(cell ?? "");

/** Rows under the names of their fields, numbers flush right. All rows have the fields of the first. */
export const tableLines = (rows: readonly Readonly<Record<string, Cell>>[]): readonly string[] => {
  const names = Object.keys(rows[0] ?? {});
  const isText = names.map((name) => rows.every((row) => typeof row[name] === "string"));
  const cells = [names, ...rows.map((row) => names.map((name) => textOf(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((text, column) =>
        isText[column] === true ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
};
