import { addressOf } from "../../../deployments/lookup.ts";
import { AgentRegistry__factory, Reputation__factory } from "../../../types/index.ts";
import { type AgentStatus, AGENT_STATUSES } from "../../core/signerRecord.ts";
import type { LogSource } from "./logs.ts";

/** An agent as the registry has it. `bond` in units of 18 decimals, `score` in basis points, `validUntil` in Unix seconds. */
export type RegisteredAgent = {
  readonly agentId: number;
  readonly operator: string;
  readonly signer: string;
  readonly status: AgentStatus;
  readonly weight: bigint;
  readonly bond: bigint;
  readonly score: number;
  readonly validUntil: number;
};

/** No more agents than this are read. */
export const MAX_AGENTS = 128;

/** Reads the agents of the registry, up to {@link MAX_AGENTS}. @throws Error when the chain does not answer */
export const readAgents = async ({
  book,
  provider,
}: Pick<LogSource, "book" | "provider">): Promise<readonly RegisteredAgent[]> => {
  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
  const reputation = Reputation__factory.connect(addressOf(book, "Reputation"), provider);
  const count = Math.min(Number(await registry.agentCount()), MAX_AGENTS);
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return Promise.all(
    ids.map(async (agentId) => {
      const agent = await registry.agentOf(agentId);
      const [signerRecord, score] = await Promise.all([
        registry.signerRecordOf(agent.signer),
        reputation.scoreOf(agentId),
      ]);
      return {
        agentId,
        operator: agent.owner,
        signer: agent.signer,
        status: AGENT_STATUSES[Number(agent.status)] ?? "None",
        weight: signerRecord.weight,
        bond: agent.bond,
        score: Number(score),
        validUntil: Number(signerRecord.validUntil),
      };
    }),
  );
};
