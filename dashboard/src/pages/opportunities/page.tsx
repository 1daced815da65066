import { exact, shown } from "../../data/amounts.ts";
import type { OpportunitiesDocument, TradingDocument } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Change, Facts } from "../../parts/figures.tsx";
import { Decision } from "../../parts/proposals.tsx";
import { type Column, Table } from "../../parts/table.tsx";

type Refused = TradingDocument["refused"][number];

const refusedColumns: readonly Column<Refused>[] = [
  { title: "Why", isText: true, wraps: true, by: ({ reason }) => reason.what, cell: ({ reason }) => reason.what },
  { title: "Times", by: ({ count }) => count, cell: ({ count }) => count },
  { title: "What to do", isText: true, wraps: true, cell: ({ reason }) => reason.next ?? "–" },
];

const spread = ({ p50, p99 }: TradingDocument["latencyMs"], unit: string): string =>
  p50 === null || p99 === null ? "no trade yet" : `${p50.toFixed(0)} ${unit}, 99 in 100 within ${p99.toFixed(0)}`;

const Found = ({ trading }: { readonly trading: TradingDocument }) => (
  <Card
    title="Since the fleet started"
    aside={trading.idle === null ? "something was just proposed" : `now: ${trading.idle.what}`}
  >
    <p class="big live">
      {trading.enacted}
      <small>of {trading.proposed} proposals enacted</small>
    </p>
    <Facts
      facts={[
        ["Blocks looked at", trading.looked.toLocaleString("en-US")],
        ["With an opportunity", trading.found.toLocaleString("en-US")],
        ["Earned by trades", <Change amount={trading.gained} />],
        ["Paid for gas, in SEI", <span title={exact(trading.gas)}>{shown(trading.gas, 3)}</span>],
        ["From sight to receipt", spread(trading.latencyMs, "ms")],
        ["The same in blocks", spread(trading.latencyBlocks, trading.latencyBlocks.p50 === 1 ? "block" : "blocks")],
      ]}
    />
  </Card>
);

const Whole = ({ document: { trading, items, notes } }: { readonly document: OpportunitiesDocument }) => (
  <>
    {trading === null ? null : <Found trading={trading} />}
    <Card title="Left" aside="proposals that were not enacted, by reason">
      {trading === null || trading.refused.length === 0 ? (
        <Empty>No proposal was refused or overtaken.</Empty>
      ) : (
        <Table
          label="Why proposals were not enacted"
          rows={trading.refused}
          columns={refusedColumns}
          keyOf={({ reason }) => reason.code}
        />
      )}
    </Card>
    <Card title="Taken and tried" aside="newest first">
      {items.length === 0 ? (
        <Empty>Nothing was proposed yet.</Empty>
      ) : (
        <ul class="rows">
          {items.map((proposal) => (
            <li key={proposal.id}>
              <Decision proposal={proposal} />
            </li>
          ))}
        </ul>
      )}
    </Card>
    <Notes notes={notes} />
  </>
);

export const Page = () => {
  const slot = useLive("opportunities");
  return (
    <>
      <h1 class="quiet">Opportunities</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
