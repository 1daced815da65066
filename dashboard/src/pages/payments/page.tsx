import { approximate } from "../../data/amounts.ts";
import type { Documents } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Address, Figure } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";

type Payments = Documents["payments"];
type LedgerRow = Payments["ledger"][number];
type ChannelRow = Payments["channels"]["items"][number];
type JobRow = Payments["jobs"]["items"][number];

const ledgerColumns: readonly Column<LedgerRow>[] = [
  { title: "Token", isText: true, by: ({ symbol }) => symbol, cell: ({ symbol }) => <b>{symbol}</b> },
  { title: "Owed to accounts", by: ({ owed }) => approximate(owed), cell: ({ owed }) => <Figure amount={owed} /> },
  { title: "Held", by: ({ held }) => approximate(held), cell: ({ held }) => <Figure amount={held} /> },
  {
    title: "Covered",
    isText: true,
    cell: ({ owed, held }) => (BigInt(held.units) >= BigInt(owed.units) ? "yes" : <b class="down">no</b>),
  },
];

const channelColumns: readonly Column<ChannelRow>[] = [
  { title: "Channel", isText: true, cell: ({ id }) => <Address address={id} /> },
  { title: "Receiver", cell: ({ receiver }) => <Address address={receiver} /> },
  { title: "State", isText: true, by: ({ state }) => state, cell: ({ state }) => <span class="pill">{state}</span> },
  {
    title: "Opened in block",
    by: ({ openedIn }) => openedIn,
    cell: ({ openedIn }) => openedIn.toLocaleString("en-US"),
  },
];

const jobColumns: readonly Column<JobRow>[] = [
  { title: "Job", isText: true, cell: ({ id }) => <Address address={id} /> },
  { title: "Worker", cell: ({ worker }) => <Address address={worker} /> },
  { title: "State", isText: true, by: ({ state }) => state, cell: ({ state }) => <span class="pill">{state}</span> },
  {
    title: "Funded in block",
    by: ({ fundedIn }) => fundedIn,
    cell: ({ fundedIn }) => fundedIn.toLocaleString("en-US"),
  },
];

const Whole = ({ document: { ledger, channels, jobs, notes } }: { readonly document: Payments }) => (
  <>
    <Card title="Ledger" aside="money of agents, by token">
      <Table label="Ledger" rows={ledger} columns={ledgerColumns} keyOf={({ symbol }) => symbol} />
    </Card>
    <Card title="Channels" aside={`${channels.opened} opened, ${channels.closing} closing, ${channels.closed} closed`}>
      {channels.items.length === 0 ? (
        <Empty>No channel was opened yet. nexus pay open opens one.</Empty>
      ) : (
        <Table
          label="Channels"
          rows={channels.items}
          columns={channelColumns}
          keyOf={({ id, openedIn }) => `${id}${openedIn}`}
        />
      )}
    </Card>
    <Card title="Jobs" aside={`${jobs.funded} funded`}>
      {jobs.items.length === 0 ? (
        <Empty>No job was funded yet. nexus job create makes one.</Empty>
      ) : (
        <Table label="Jobs" rows={jobs.items} columns={jobColumns} keyOf={({ id }) => id} />
      )}
    </Card>
    <Notes notes={notes} />
  </>
);

export const Page = () => {
  const slot = useLive("payments");
  return (
    <>
      <h1 class="quiet">Payments</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
