import { spreadOf } from "../../views/percentile.ts";
import { refusedOf } from "../../views/stories.ts";
import type { AgentActivity } from "../../views/fleetAgents.ts";
import type { RegisteredAgent } from "../../adapters/readers/registeredAgents.ts";
import type { AgentDocument, AgentsDocument, OpportunitiesDocument, TradingDocument } from "../schema/fleet.ts";
import { amountOf, asOfView, countedReasons, reasonDocument, untrusted, wei } from "./amounts.ts";
import { fastSummaries } from "./proposals.ts";
import { type GatewayState, NO_FLEET } from "./state.ts";

const BOND = { symbol: "stake tokens", decimals: 18 } as const;
/** How many decisions the page of opportunities shows. */
const MAX_DECISIONS = 50;

const fleetPart = (agent: AgentActivity): NonNullable<AgentDocument["fleet"]> => ({
  isUp: agent.isUp,
  lastEventMs: agent.lastEventMs,
  proposals: agent.proposals,
  votesFor: agent.votesFor,
  votesAgainst: agent.votesAgainst,
  sent: agent.sent,
  enacted: agent.enacted,
  refusals: [...countedReasons(agent.refusals)],
  idle: agent.idle === undefined ? null : reasonDocument(agent.idle),
  troubles: agent.troubles,
  untrustedTrouble: untrusted(agent.lastTrouble),
});

const registryPart = (agent: RegisteredAgent): NonNullable<AgentDocument["registry"]> => ({
  agentId: agent.agentId,
  operator: agent.operator,
  signer: agent.signer,
  status: agent.status,
  weight: agent.weight.toString(),
  bond: amountOf(agent.bond, BOND),
  score: agent.score,
  validUntil: agent.validUntil,
});

/** The agents of the fleet beside what the registry has of them, then those that run elsewhere. */
export const agentDocuments = (
  { fleet, agents }: GatewayState,
  registered: readonly RegisteredAgent[],
): readonly AgentDocument[] => {
  const byId = new Map(registered.map((agent) => [agent.agentId, agent]));
  const own = (fleet?.agents ?? []).map(({ name, kind }) => {
    const told = agents.get(name);
    const entry = byId.get(Number(told?.status?.agentId ?? 0));
    return { name, kind, fleet: told === undefined ? null : fleetPart(told), registry: entry ?? null };
  });
  const named = new Set(own.map(({ registry }) => registry?.agentId));
  const others = registered
    .filter(({ agentId }) => !named.has(agentId))
    .map((registry) => ({ name: `agent ${registry.agentId}`, kind: null, fleet: null, registry }));
  return [...own, ...others].map(({ registry, ...rest }) => ({
    ...rest,
    registry: registry === null ? null : registryPart(registry),
  }));
};

export const agentsDocument = (state: GatewayState, registered: readonly RegisteredAgent[]): AgentsDocument => ({
  asOf: asOfView(state.view),
  items: [...agentDocuments(state, registered)],
  notes: state.fleet === undefined ? [NO_FLEET] : [],
});

/** What the fleet has done since it started; null where none runs. */
export const tradingDocument = ({ fleet, display, asset }: GatewayState): TradingDocument | null => {
  if (fleet === undefined) return null;
  return {
    sinceMs: fleet.startedMs,
    looked: display.blocksSeen,
    found: display.opportunities,
    proposed: display.proposals,
    enacted: display.enacted,
    gained: amountOf(display.gained, asset),
    gas: wei(display.gasWei + display.slow.gasWei),
    latencyMs: spreadOf(display.latencyMs),
    latencyBlocks: spreadOf(display.latencyBlocks),
    idle: display.lastWhy === undefined ? null : reasonDocument(display.lastWhy),
    refused: [...countedReasons(refusedOf(display))],
  };
};

export const opportunitiesDocument = (state: GatewayState): OpportunitiesDocument => ({
  asOf: asOfView(state.view),
  trading: tradingDocument(state),
  items: fastSummaries(state).toReversed().slice(0, MAX_DECISIONS),
  notes: state.fleet === undefined ? [NO_FLEET] : [],
});
