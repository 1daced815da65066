import { approximate, exact, halfWidthPercent, middle, shown } from "../../data/amounts.ts";
import type { Documents, HoldingDocument } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Facts, Figure } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { WorstCase } from "../../parts/worstCase.tsx";

type Portfolio = Documents["portfolio"];

const BPS = 100;
const worth = ({ value }: HoldingDocument): number => (value === null ? 0 : approximate(middle(value)));

const dollars = (value: HoldingDocument["value"]) =>
  value === null ? (
    "no price"
  ) : (
    <span title={`${exact(value.lower)} to ${exact(value.upper)}`}>{shown(middle(value))}</span>
  );

const totalOf = (holdings: readonly HoldingDocument[]): string =>
  holdings.reduce((sum, holding) => sum + worth(holding), 0).toLocaleString("en-US", { maximumFractionDigits: 2 });

const holdingColumns = (holdings: readonly HoldingDocument[]): readonly Column<HoldingDocument>[] => {
  const all = holdings.reduce((sum, holding) => sum + worth(holding), 0);
  return [
    { title: "Asset", isText: true, by: ({ symbol }) => symbol, cell: ({ symbol }) => <b>{symbol}</b>, total: "All" },
    {
      title: "Held",
      by: ({ balance }) => approximate(balance),
      cell: ({ balance }) => <Figure amount={balance} digits={4} />,
    },
    { title: "Worth, USD", by: worth, cell: ({ value }) => dollars(value), total: totalOf(holdings) },
    {
      title: "Part",
      by: worth,
      cell: (holding) => (all === 0 ? "–" : `${((worth(holding) / all) * 100).toFixed(1)} %`),
    },
    {
      title: "Price",
      isText: true,
      by: ({ status }) => status,
      cell: ({ status }) => (status === "Ready" ? "known" : status),
    },
  ];
};

const limitColumns: readonly Column<HoldingDocument>[] = [
  { title: "Asset", isText: true, by: ({ symbol }) => symbol, cell: ({ symbol }) => <b>{symbol}</b> },
  {
    title: "One Routine action may spend",
    by: ({ perAction }) => approximate(perAction),
    cell: ({ perAction }) => <Figure amount={perAction} digits={0} />,
  },
  {
    title: "Left for all agents now",
    by: ({ remainingForAll }) => approximate(remainingForAll),
    cell: ({ remainingForAll }) => <Figure amount={remainingForAll} digits={0} />,
  },
  {
    title: "Breaker",
    isText: true,
    by: ({ breaker }) => breaker,
    cell: ({ breaker }) => <span class="pill">{breaker}</span>,
  },
];

const worthOfOne = (shares: Portfolio["shares"]) => {
  const worthOf = shares?.worth ?? undefined;
  return worthOf === undefined ? "–" : <Figure amount={middle(worthOf)} digits={4} />;
};

const Value = ({ document: { value, shares, remainingLoss, lossPerAction } }: { readonly document: Portfolio }) => (
  <Card title="Treasury" aside="value as the oracles see it">
    {value === null ? (
      <Empty>No value now: a token that it holds has no price.</Empty>
    ) : (
      <>
        <p class="big live" title={`${exact(value.lower)} to ${exact(value.upper)}`}>
          {shown(middle(value))}
          <small>{value.lower.symbol}</small>
        </p>
        <p class="sub">± {halfWidthPercent(value).toFixed(2)} %</p>
      </>
    )}
    <Facts
      facts={[
        ["Shares", shares === null ? "–" : shown(shares.supply, 0)],
        ["A share", worthOfOne(shares)],
        ["Performance fee", shares === null ? "–" : `${(shares.performanceFeeBps / BPS).toFixed(2)} %`],
        ["Shares may leave after", shares === null ? "–" : spanText(shares.minHoldingTime)],
        ["One action may lose", <Figure amount={lossPerAction} digits={0} />],
        ["All may still lose", <Figure amount={remainingLoss} digits={0} />],
      ]}
    />
  </Card>
);

const Classes = ({ document: { worstCase } }: { readonly document: Portfolio }) => (
  <Card title="What a corrupt quorum could take in 24 hours" aside="by class of proposals">
    <ul class="rows">
      {worstCase.map(({ riskClass, words }) => (
        <li key={riskClass}>
          <div class="row">
            <span>
              <b>{riskClass}</b>
              <span class="note"> {words}</span>
            </span>
          </div>
        </li>
      ))}
    </ul>
  </Card>
);

const Whole = ({ document }: { readonly document: Portfolio }) => (
  <>
    <div class="cols">
      <Value document={document} />
      <WorstCase cases={document.worstCase} value={document.value} />
    </div>
    <Card title="Holdings" aside={`breaker: ${document.breaker}`}>
      <Table
        label="Holdings"
        rows={document.holdings}
        columns={holdingColumns(document.holdings)}
        keyOf={({ token }) => token}
      />
    </Card>
    <Card title="Limits" aside="they refill all the time, wholly within a day">
      <Table label="Limits" rows={document.holdings} columns={limitColumns} keyOf={({ token }) => token} />
    </Card>
    <Classes document={document} />
    <Notes notes={document.notes} />
  </>
);

export const Page = () => {
  const slot = useLive("portfolio");
  return (
    <>
      <h1 class="quiet">Portfolio</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
