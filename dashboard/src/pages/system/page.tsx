import type { Documents } from "../../data/documents.ts";
import { headAgeMs, isStreaming, useLive } from "../../data/store.ts";
import { ageText, spanText } from "../../data/times.ts";
import { Card, Empty, Shown } from "../../parts/card.tsx";
import { Address, Facts } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";

type System = Documents["system"];
type Contract = System["contracts"][number];

const MEGABYTE = 1_048_576;
const SECOND = 1_000;

const contractColumns: readonly Column<Contract>[] = [
  { title: "Contract", isText: true, by: ({ name }) => name, cell: ({ name }) => name },
  { title: "Address", cell: ({ address }) => <Address address={address} /> },
];

const Gateway = ({ document: { gateway, chain } }: { readonly document: System }) => (
  <Card title="Gateway" aside={`version ${gateway.version}`}>
    <Facts
      facts={[
        ["Runs for", spanText((gateway.nowMs - gateway.startedMs) / SECOND)],
        ["Memory", `${Math.round(gateway.residentBytes / MEGABYTE)} MB`],
        ["Listeners", gateway.streamClients],
        ["This page", isStreaming.value ? "streams" : "is cut off"],
        ["Newest block seen", `${ageText(headAgeMs())} ago`],
        ["Chain", chain.chainId],
        ["Endpoint", chain.endpoint],
      ]}
    />
    {chain.untrustedTrouble === null ? null : (
      <>
        <p class="sub warn">The last reading of the chain failed:</p>
        <p class="told">{chain.untrustedTrouble}</p>
      </>
    )}
  </Card>
);

const Fleet = ({ document: { fleet } }: { readonly document: System }) => (
  <Card title="Fleet beside this gateway">
    {fleet === null ? (
      <Empty>No fleet runs in this process. npm start runs both.</Empty>
    ) : (
      <>
        <Facts
          facts={[
            ["Agents up", `${fleet.up} of ${fleet.agents}`],
            ["Troubles told", fleet.troubles],
          ]}
        />
        {fleet.untrustedTrouble === null ? null : <p class="told">{fleet.untrustedTrouble}</p>}
      </>
    )}
  </Card>
);

const Whole = ({ document }: { readonly document: System }) => (
  <>
    <Gateway document={document} />
    <Fleet document={document} />
    <Card title="Not here yet">
      <ul class="checks">
        {document.absent.map(({ what, how }) => (
          <li key={what}>
            <b>{what}</b>
            <span class="note">{how}</span>
          </li>
        ))}
      </ul>
    </Card>
    <Card title="Contracts" aside="of the address book">
      <Table label="Contracts" rows={document.contracts} columns={contractColumns} keyOf={({ name }) => name} />
    </Card>
  </>
);

export const Page = () => {
  const slot = useLive("system");
  return (
    <>
      <h1 class="quiet">System</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
