import type { AgentRegistry } from "../../../types/index.ts";
import { Reputation__factory } from "../../../types/index.ts";
import type { Provider } from "ethers";
import type { Weight } from "../../views/weight.ts";

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
    registry.signerRecordOf(agent.signer),
    isScored ? Reputation__factory.connect(reputation, provider).scoreOf(agentId) : NEUTRAL,
    registry.weightCap(),
    registry.operatorCap(),
    registry.operatorWeightOf(operator),
  ]);
  const earned = (agent.bond * score) / (NEUTRAL * UNIT);
  return { agentId, operator, weight: seat.weight, earned, score, weightCap, operatorCap, operatorWeight };
};
