import { approximate, shown } from "../../data/amounts.ts";
import type { AgentDocument, AgentsDocument } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { dateText } from "../../data/times.ts";
import { conditionOf, jobOf, silenceOf } from "../../parts/agents.tsx";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Address } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";

const BPS = 100;

const refusalsOf = ({ fleet }: AgentDocument): string =>
  (fleet?.refusals ?? []).map(({ reason, count }) => `${count} × ${reason.what}`).join("; ");

const totalWeight = (items: readonly AgentDocument[]): string =>
  items.reduce((sum, { registry }) => sum + BigInt(registry?.weight ?? 0), 0n).toString();

const workColumns = (): readonly Column<AgentDocument>[] => [
  { title: "Agent", isText: true, by: ({ name }) => name, cell: ({ name }) => <b>{name}</b> },
  { title: "Work", isText: true, by: jobOf, cell: jobOf },
  { title: "State", isText: true, by: conditionOf, cell: (agent) => <span class="pill">{conditionOf(agent)}</span> },
  { title: "Last heard", by: ({ fleet }) => fleet?.lastEventMs ?? 0, cell: silenceOf },
  { title: "Proposed", by: ({ fleet }) => fleet?.proposals ?? -1, cell: ({ fleet }) => fleet?.proposals ?? "–" },
  { title: "For", by: ({ fleet }) => fleet?.votesFor ?? -1, cell: ({ fleet }) => fleet?.votesFor ?? "–" },
  { title: "Against", by: ({ fleet }) => fleet?.votesAgainst ?? -1, cell: ({ fleet }) => fleet?.votesAgainst ?? "–" },
  { title: "Sent", by: ({ fleet }) => fleet?.sent ?? -1, cell: ({ fleet }) => fleet?.sent ?? "–" },
  {
    title: "Why it did nothing, or refused",
    isText: true,
    wraps: true,
    cell: (agent) => refusalsOf(agent) || (agent.fleet?.idle?.what ?? "–"),
  },
];

const registryColumns = (items: readonly AgentDocument[]): readonly Column<AgentDocument>[] => [
  { title: "Agent", isText: true, by: ({ name }) => name, cell: ({ name }) => <b>{name}</b>, total: "All" },
  { title: "Id", by: ({ registry }) => registry?.agentId ?? 0, cell: ({ registry }) => registry?.agentId },
  {
    title: "Status",
    isText: true,
    by: ({ registry }) => registry?.status ?? "",
    cell: ({ registry }) => registry?.status,
  },
  {
    title: "Weight",
    by: ({ registry }) => Number(registry?.weight ?? 0),
    cell: ({ registry }) => registry?.weight,
    total: totalWeight(items),
  },
  {
    title: "Bond",
    by: ({ registry }) => (registry === null ? 0 : approximate(registry.bond)),
    cell: ({ registry }) => (registry === null ? "–" : shown(registry.bond, 0)),
  },
  {
    title: "Score",
    by: ({ registry }) => registry?.score ?? 0,
    cell: ({ registry }) => (registry === null ? "–" : `${(registry.score / BPS).toFixed(1)} %`),
  },
  {
    title: "Key until",
    by: ({ registry }) => registry?.validUntil ?? 0,
    cell: ({ registry }) => (registry === null || registry.validUntil === 0 ? "no end" : dateText(registry.validUntil)),
  },
  { title: "Operator", cell: ({ registry }) => (registry === null ? "–" : <Address address={registry.operator} />) },
];

const Troubles = ({ items }: { readonly items: readonly AgentDocument[] }) => {
  const troubled = items.filter(({ fleet }) => (fleet?.troubles ?? 0) > 0);
  return (
    <Card title="Trouble" aside="as nodes and libraries put it">
      {troubled.length === 0 ? (
        <Empty>No agent has told of trouble since this gateway began to look.</Empty>
      ) : (
        troubled.map(({ name, fleet }) => (
          <div key={name}>
            <b>{name}</b> <span class="note">{fleet?.troubles} times; the last:</span>
            <p class="told">{fleet?.untrustedTrouble}</p>
          </div>
        ))
      )}
    </Card>
  );
};

const Whole = ({ document: { items, notes } }: { readonly document: AgentsDocument }) => {
  const registered = items.filter(({ registry }) => registry !== null);
  return (
    <>
      <Card title="At work" aside="what each has done since this gateway began to look">
        {items.length === 0 ? (
          <Empty>No agent is registered. nexus agent register adds one.</Empty>
        ) : (
          <Table label="What agents do" rows={items} columns={workColumns()} keyOf={({ name }) => name} />
        )}
      </Card>
      <Card title="In the registry" aside="who weighs what, and whose keys end when">
        {registered.length === 0 ? (
          <Empty>The registry has no agent.</Empty>
        ) : (
          <Table
            label="Agents in the registry"
            rows={registered}
            columns={registryColumns(registered)}
            keyOf={({ name }) => name}
          />
        )}
      </Card>
      <Troubles items={items} />
      <Notes notes={notes} />
    </>
  );
};

export const Page = () => {
  const slot = useLive("agents");
  return (
    <>
      <h1 class="quiet">Agents</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
