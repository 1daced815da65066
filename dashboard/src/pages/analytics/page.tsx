import { approximate, exact } from "../../data/amounts.ts";
import type { AnalyticsDocument, ComparedDocument, ResultSumDocument, StrategyDocument } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Change, Facts, Figure } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";

const percent = (part: number | null): string => (part === null ? "–" : `${(part * 100).toFixed(4)} %`);

const sumColumns = (title: string): readonly Column<ResultSumDocument>[] => [
  { title, isText: true, wraps: true, by: ({ name }) => name, cell: ({ name }) => name },
  {
    title: "Result, USD",
    by: ({ value }) => approximate(value),
    cell: ({ value }) => <Change amount={value} digits={4} />,
  },
];

const SUMS = [
  ["agent", "Agent"],
  ["strategy", "Strategy"],
  ["venue", "Venue"],
  ["cause", "Cause"],
] as const;

const comparedColumns: readonly Column<ComparedDocument>[] = [
  { title: "Held", isText: true, wraps: true, by: ({ name }) => name, cell: ({ name }) => name },
  { title: "Return", by: ({ total }) => total ?? 0, cell: ({ total }) => percent(total) },
  {
    title: "Nine of ten resampled",
    isWideOnly: true,
    cell: ({ lower, upper }) => (lower === null ? "–" : `${percent(lower)} to ${percent(upper)}`),
  },
];

const strategyColumns: readonly Column<StrategyDocument>[] = [
  { title: "Strategy", isText: true, by: ({ name }) => name, cell: ({ name }) => name },
  { title: "Executed", by: ({ executed }) => executed, cell: ({ executed }) => executed },
  { title: "Missed", by: ({ missed }) => missed, cell: ({ missed }) => missed },
  {
    title: "Forecast",
    isWideOnly: true,
    cell: ({ compared, predicted }) => (compared === 0 ? "–" : <Figure amount={predicted} digits={4} />),
  },
  {
    title: "Recorded",
    isWideOnly: true,
    cell: ({ compared, realised }) => (compared === 0 ? "–" : <Figure amount={realised} digits={4} />),
  },
];

const Sums = ({ by }: Pick<AnalyticsDocument, "by">) => (
  <>
    {SUMS.map(([dimension, title]) => (
      <Card key={dimension} title={`By ${dimension}`}>
        {by[dimension].length === 0 ? (
          <Empty>Nothing was gained or lost.</Empty>
        ) : (
          <Table
            label={`Results by ${dimension}`}
            rows={by[dimension]}
            columns={sumColumns(title)}
            keyOf={({ name }) => name}
          />
        )}
      </Card>
    ))}
  </>
);

const Earned = ({ document }: { readonly document: AnalyticsDocument }) => {
  const { asOf, netValue, flows, results, residual, isWhole, seconds, timeWeighted, moneyWeighted } = document;
  return (
    <Card title="What it earned" aside={`up to block ${asOf.block.toLocaleString("en-US")}`}>
      <Facts
        facts={[
          ["Net value", <Figure key="value" amount={netValue} />],
          ["Came in and went out", <Change key="flows" amount={flows} />],
          ["Results", <Change key="results" amount={results} digits={4} />],
          ["Left over", <span title={exact(residual)}>{isWhole ? "nothing" : "something: see below"}</span>],
          ["Time-weighted return", percent(timeWeighted)],
          ["Money-weighted return", percent(moneyWeighted)],
          ["Over", spanText(seconds)],
        ]}
      />
    </Card>
  );
};

const Whole = ({ document }: { readonly document: AnalyticsDocument }) => {
  const { by, compared, strategies, notes } = document;
  return (
    <>
      <Earned document={document} />
      <Sums by={by} />
      <Card title="Beside what it could have held">
        {compared.length === 0 ? (
          <Empty>There is too little history to compare.</Empty>
        ) : (
          <Table label="Benchmarks" rows={compared} columns={comparedColumns} keyOf={({ name }) => name} />
        )}
      </Card>
      <Card title="Strategies">
        {strategies.length === 0 ? (
          <Empty>No proposal was carried out yet.</Empty>
        ) : (
          <Table label="Strategies" rows={strategies} columns={strategyColumns} keyOf={({ name }) => name} />
        )}
      </Card>
      <Notes notes={notes} />
    </>
  );
};

export const Page = () => {
  const slot = useLive("analytics");
  return (
    <>
      <h1 class="quiet">Analytics</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
