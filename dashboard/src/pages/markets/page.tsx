import { exact, shown } from "../../data/amounts.ts";
import type { MarketDocument, MarketsDocument, VolatilityDocument } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Facts } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";

type Source = MarketDocument["sources"][number];
type Depth = NonNullable<MarketDocument["market"]>["depths"][number];

const percent = (ratio: number, digits = 1): string => `${(ratio * 100).toFixed(digits)} %`;
const ofBps = (bps: number | null): string => (bps === null ? "–" : `${(bps / 100).toFixed(2)} %`);

const sourceColumns: readonly Column<Source>[] = [
  { title: "Source", isText: true, wraps: true, by: ({ name }) => name, cell: ({ name }) => name },
  { title: "Judged", isText: true, by: ({ state }) => state, cell: ({ state }) => state },
  {
    title: "Age",
    by: ({ ageSeconds }) => ageSeconds,
    cell: ({ ageSeconds, maxAge }) => `${spanText(ageSeconds)} of ${spanText(maxAge)}`,
  },
  { title: "Off", isWideOnly: true, by: ({ offBps }) => offBps, cell: ({ offBps }) => ofBps(offBps) },
];

const depthColumns: readonly Column<Depth>[] = [
  { title: "Pool", isText: true, wraps: true, by: ({ pool }) => pool, cell: ({ pool }) => pool },
  { title: "Price", cell: ({ mid }) => <span title={exact(mid)}>${shown(mid, 4)}</span> },
  { title: "Lost by selling", cell: ({ sellLossBps }) => ofBps(sellLossBps) },
  { title: "By buying", isWideOnly: true, cell: ({ buyLossBps }) => ofBps(buyLossBps) },
];

const NOT_YET = "not known before an hour";

const volatilityWords = (volatility: VolatilityDocument | null): string =>
  volatility === null ? NOT_YET : `${percent(volatility.index)} a year`;
const jumpWords = (volatility: VolatilityDocument | null): string =>
  volatility === null ? NOT_YET : `${percent(volatility.withJumps)} a year`;

const gapWords = ({ market }: MarketDocument): string => {
  if (market === null) return "no pool and no endpoint tells of it";
  if (market.gapBps === null) return "one of the two has no price";
  const { gapBps } = market;
  return gapBps === 0 ? "none" : `oracles ${ofBps(Math.abs(gapBps))} ${gapBps > 0 ? "above" : "below"}`;
};

const Market = ({ market }: { readonly market: MarketDocument }) => (
  <Card title={market.symbol} aside={`${market.agreeing} of ${market.sources.length} agree, ${market.quorum} must`}>
    <Facts
      facts={[
        ["Oracles", market.status === "Ready" ? `confidence ${ofBps(market.confidenceBps)}` : market.status],
        [
          "Market",
          market.market === null || market.market.price === null ? (
            (market.market?.status ?? "–")
          ) : (
            <span title={exact(market.market.price)}>${shown(market.market.price, 4)}</span>
          ),
        ],
        ["Between the two", gapWords(market)],
        ["Volatility", volatilityWords(market.volatility)],
        ["With jumps", jumpWords(market.volatility)],
      ]}
    />
    <Table
      label={`Sources of the price of ${market.symbol}`}
      rows={market.sources}
      columns={sourceColumns}
      keyOf={({ name }) => name}
    />
    {market.market === null || market.market.depths.length === 0 ? null : (
      <Table
        label={`Pools that trade ${market.symbol}`}
        rows={market.market.depths}
        columns={depthColumns}
        keyOf={({ pool }) => pool}
      />
    )}
  </Card>
);

const Whole = ({ document: { items, book, seenAt, notes } }: { readonly document: MarketsDocument }) => (
  <>
    <Card title="The treasury" aside={seenAt === null ? undefined : `seen at block ${seenAt.toLocaleString("en-US")}`}>
      {items.length === 0 ? (
        <Empty>No price-feed monitor has told of prices here.</Empty>
      ) : (
        <Facts
          facts={[
            ["Volatility", volatilityWords(book)],
            ["With jumps", jumpWords(book)],
          ]}
        />
      )}
    </Card>
    {items.map((market) => (
      <Market key={market.symbol} market={market} />
    ))}
    <Notes notes={notes} />
  </>
);

export const Page = () => {
  const slot = useLive("markets");
  return (
    <>
      <h1 class="quiet">Markets</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
