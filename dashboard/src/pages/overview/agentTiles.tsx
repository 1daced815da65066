import { Link } from "wouter-preact";
import type { AgentDocument } from "../../data/documents.ts";
import { conditionOf, deedsOf, jobOf, silenceOf } from "../../parts/agents.tsx";
import { Card, Empty } from "../../parts/card.tsx";

const upOf = (agents: readonly AgentDocument[]): string => {
  const own = agents.filter(({ fleet }) => fleet !== null);
  return `${own.filter(({ fleet }) => fleet?.isUp === true).length} of ${own.length} up`;
};

const Tile = ({ agent }: { readonly agent: AgentDocument }) => (
  <Link href="/agents" class="agent">
    <b>{agent.name}</b>
    <span>
      {jobOf(agent)} · {agent.fleet === null ? conditionOf(agent) : silenceOf(agent)}
      {agent.fleet?.isUp === false ? " · cut off" : ""}
    </span>
    <em>{deedsOf(agent)}</em>
  </Link>
);

/** Each agent in a tile: who it is, when it was last heard, what it has done. */
export const AgentTiles = ({ agents }: { readonly agents: readonly AgentDocument[] }) => (
  <Card title="Agents" aside={agents.length === 0 ? undefined : upOf(agents)}>
    {agents.length === 0 ? (
      <Empty>No agent is registered. nexus agent register adds one.</Empty>
    ) : (
      <ul class="agents live">
        {agents.map((agent) => (
          <li key={agent.name}>
            <Tile agent={agent} />
          </li>
        ))}
      </ul>
    )}
  </Card>
);
