import type { AgentRegistry } from "../../types/index.ts";
import { Reputation__factory } from "../../types/index.ts";
import type { Provider } from "ethers";

/** What an agent's bond and score make, and what of it counts. Weights in whole stake tokens. */
export type Weight = {
  readonly agentId: bigint;
  readonly operator: string;
  /** What counts. */
  readonly weight: bigint;
  /** Bond × score, without caps. */
  readonly earned: bigint;
  /** In basis points; 10,000 is neutral. */
  readonly score: bigint;
  readonly weightCap: bigint;
  readonly operatorCap: bigint;
  readonly operatorWeight: bigint;
};

const UNIT = 10n ** 18n;
const NEUTRAL = 10_000n;

/** Reads an agent's weight and its bounds. @throws Error when there is no such agent */
export const readWeight = async (registry: AgentRegistry, provider: Provider, agentId: bigint): Promise<Weight> => {
  const [operator, agent, reputation] = await Promise.all([
    registry.ownerOf(agentId),
    registry.agentOf(agentId),
    registry.REPUTATION(),
  ]);
  const isScored = BigInt(reputation) !== 0n;
  const [seat, score, weightCap, operatorCap, operatorWeight] = await Promise.all([
    registry.seatOf(agent.signer),
    isScored ? Reputation__factory.connect(reputation, provider).scoreOf(agentId) : NEUTRAL,
    registry.weightCap(),
    registry.operatorCap(),
    registry.operatorWeightOf(operator),
  ]);
  const earned = (agent.bond * score) / (NEUTRAL * UNIT);
  return { agentId, operator, weight: seat.weight, earned, score, weightCap, operatorCap, operatorWeight };
};

/** What of a weight counts, and what holds the rest back. */
export const weightWords = ({ weight, earned, score, weightCap, operatorCap, operatorWeight }: Weight): string => {
  const made = `${weight} of ${earned} that its bond makes at a score of ${score}`;
  const bounds = `at most ${weightCap} for an agent, ${operatorCap} for its operator, whose agents weigh ${operatorWeight}`;
  if (weight === earned) return `${made}; ${bounds}`;
  if (weight > earned) return `${made}, until it is refreshed; ${bounds}`;
  if (weight === weightCap) return `${made}: its own cap holds the rest back; ${bounds}`;
  if (operatorWeight >= operatorCap) return `${made}: its operator's cap holds the rest back; ${bounds}`;
  return `${made}, since it is not active or was not refreshed; ${bounds}`;
};
