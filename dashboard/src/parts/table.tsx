import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; a column without is not. */
  readonly by?: (row: Row) => number | string;
  /** Text stands on the left, figures on the right. */
  readonly isText?: boolean;
  readonly wraps?: boolean;
  /** Left out where the screen is narrow: its cells say it elsewhere there. */
  readonly isWideOnly?: boolean;
  readonly total?: ComponentChildren;
};

type Order = { readonly column: number; readonly isUp: boolean } | undefined;

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

const sorted = <Row,>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order): readonly Row[] => {
  const by = order === undefined ? undefined : columns[order.column]?.by;
  if (by === undefined || order === undefined) return rows;
  return rows.toSorted((a, b) => (order.isUp ? 1 : -1) * compare(by(a), by(b)));
};

const classOf = <Row,>({ isText = false, wraps = false, isWideOnly = false }: Column<Row>): string =>
  [isText ? "text" : "", wraps ? "wrap" : "", isWideOnly ? "wide" : ""].join(" ").trim();

const Head = <Row,>({
  column,
  direction,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly direction: "ascending" | "descending" | "none";
  readonly onSort: () => void;
}) => (
  <th class={classOf(column)} scope="col" aria-sort={column.by === undefined ? undefined : direction}>
    {column.by === undefined ? (
      column.title
    ) : (
      <button type="button" onClick={onSort}>
        {column.title}
        <span aria-hidden="true">{direction === "none" ? "" : direction === "ascending" ? " ↑" : " ↓"}</span>
      </button>
    )}
  </th>
);

/** A table whose columns sort, with totals where columns have them. It scrolls by itself where a screen is narrow. */
export const Table = <Row,>({
  label,
  rows,
  columns,
  keyOf,
}: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
}) => {
  const [order, setOrder] = useState<Order>(undefined);
  const directionOf = (index: number) =>
    order?.column === index ? (order.isUp ? "ascending" : "descending") : ("none" as const);
  const sortBy = (column: number) => () =>
    setOrder((old) => ({ column, isUp: old?.column === column ? !old.isUp : false }));
  const hasTotals = columns.some(({ total }) => total !== undefined);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="live">
        <thead>
          <tr>
            {columns.map((column, index) => (
              <Head key={column.title} column={column} direction={directionOf(index)} onSort={sortBy(index)} />
            ))}
          </tr>
        </thead>
        <Body rows={sorted(rows, columns, order)} columns={columns} keyOf={keyOf} />
        {hasTotals ? <Totals columns={columns} /> : null}
      </table>
    </div>
  );
};

const Body = <Row,>({
  rows,
  columns,
  keyOf,
}: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
}) => (
  <tbody>
    {rows.map((row) => (
      <tr key={keyOf(row)}>
        {columns.map((column) => (
          <td key={column.title} class={classOf(column)}>
            {column.cell(row)}
          </td>
        ))}
      </tr>
    ))}
  </tbody>
);

const Totals = <Row,>({ columns }: { readonly columns: readonly Column<Row>[] }) => (
  <tfoot>
    <tr>
      {columns.map((column) => (
        <td key={column.title} class={classOf(column)}>
          {column.total}
        </td>
      ))}
    </tr>
  </tfoot>
);
