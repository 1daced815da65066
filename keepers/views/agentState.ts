import type { AgentState, KeeperEvent } from "../core/events.ts";
import { isoTime } from "./times.ts";

type AgentStateEvent = Extract<KeeperEvent, { readonly kind: "agentState" }>;

const statusWords = ({ status, agentId }: AgentState): string => {
  if (status === "Active") return "is active again";
  const remedy = status === "Paused" ? `: nexus agent pause --id ${agentId} --resume brings it back` : "";
  return `is ${status} and neither proposes nor votes${remedy}`;
};

const keyWords = ({ validUntil }: AgentState): string => {
  if (validUntil === 0n) return "its key counts without an end again";
  return `its key was rotated out, proposes no more and counts until ${isoTime(validUntil)}: configure the new one`;
};

/** What changed for an agent in the registry, a line for each thing. */
export const agentStateLines = ({ agent, now, before }: AgentStateEvent): readonly string[] => {
  if (before === undefined) return [`${agent} is agent ${now.agentId}, ${now.status}, with a weight of ${now.weight}`];
  return [
    ...(now.status === before.status ? [] : [`${agent}: agent ${now.agentId} ${statusWords(now)}`]),
    ...(now.validUntil === before.validUntil ? [] : [`${agent}: ${keyWords(now)}`]),
    ...(now.weight === before.weight ? [] : [`${agent}: its weight went from ${before.weight} to ${now.weight}`]),
  ];
};
