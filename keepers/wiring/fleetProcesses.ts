import { createHash } from "node:crypto";
import { createKey } from "../adapters/chain/keys.ts";
import type { Address } from "../core/units.ts";
import type { AgentConfig, KeeperConfig } from "./config.ts";

/** Agents that run in one process: those of one key, since it numbers what it says and sends in one place. */
export type FleetProcess = {
  readonly name: string;
  readonly account: Address;
  readonly agents: readonly AgentConfig[];
};

/** The processes of a fleet, each named for its first agent. */
export const processesOf = ({ agents }: Pick<KeeperConfig, "agents">): readonly FleetProcess[] => {
  const processes = new Map<Address, FleetProcess>();
  for (const agent of agents) {
    const account = createKey(agent.key.reveal()).address;
    const before = processes.get(account);
    processes.set(account, { name: before?.name ?? agent.name, account, agents: [...(before?.agents ?? []), agent] });
  }
  return [...processes.values()];
};

const isSecret = (value: object): value is { readonly reveal: () => string } =>
  "reveal" in value && typeof value.reveal === "function";

/** A configuration as it is written, secrets in the open: for the channel to a process, and for nothing else. */
const written = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(written);
  if (isSecret(value)) return value.reveal();
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, written(inner)]));
};

/** A fleet's configuration as the JSON text of a file, secrets in the open. */
export const configTextOf = (config: KeeperConfig): string => JSON.stringify(written(config));

/** The configuration of one process as JSON text: the fleet's with its own agents, and nothing of the orchestrator's. */
export const processConfigOf = (config: KeeperConfig, { agents }: Pick<FleetProcess, "agents">): string =>
  JSON.stringify(written({ ...config, agents, orchestrator: undefined }));

/** A short hash of a configuration's text, which tells a changed one from the same one. */
export const revisionOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
