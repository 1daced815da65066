import { formatUnits } from "ethers";
import { Mandate__factory, Reputation__factory, Treasury__factory } from "../../types/index.ts";
import {
  type AgentContext,
  type Facts,
  type AgentStep,
  ID,
  OPERATOR_KEY,
  SENDING,
  agentIdIn,
  carryOut,
  keyIn,
  tell,
  withAgents,
} from "./agentContext.ts";
import type { Command, Commands } from "../lib/command.ts";
import { addressOf } from "../../deployments/lookup.ts";

const DECIMALS = 18;

const contractsOf = ({ book, provider }: AgentContext) => ({
  reputation: Reputation__factory.connect(addressOf(book, "Reputation"), provider),
  mandate: Mandate__factory.connect(addressOf(book, "Mandate"), provider),
  treasury: Treasury__factory.connect(addressOf(book, "Treasury"), provider),
});

/** The assets with which a loss of the agent waits to be put on its record, and what it lost in USD. */
const unrecordedOf = async (context: AgentContext, agentId: number) => {
  const { mandate, treasury } = contractsOf(context);
  const assets = [...(await treasury.assets())];
  const waiting = await Promise.all(
    assets.map(async (asset) => {
      const { count, result } = await mandate.pendingLossOf(agentId, asset);
      return { asset, count, result };
    }),
  );
  const losses = waiting.filter(({ count }) => count > 0n);
  return {
    assets: losses.map(({ asset }) => asset),
    count: losses.reduce((sum, loss) => sum + loss.count, 0n),
    result: losses.reduce((sum, loss) => sum + loss.result, 0n),
  };
};

const factsOf = async (context: AgentContext, agentId: number): Promise<Facts> => {
  const { reputation } = contractsOf(context);
  const { gains, losses } = await reputation.ratingStateOf(agentId);
  const waiting = await unrecordedOf(context, agentId);
  return {
    agentId,
    score: await reputation.scoreOf(agentId),
    rating: formatUnits(await reputation.ratingOf(agentId), DECIMALS),
    gains,
    losses,
    pendingLossOf: waiting.count,
    unrecordedUsd: formatUnits(waiting.result, DECIMALS),
  };
};

/** Losses onto the record, then the weight that follows from it. */
const recording = async (context: AgentContext, agentId: number): Promise<readonly AgentStep[]> => {
  const { mandate } = contractsOf(context);
  const { registry } = context;
  const { assets } = await unrecordedOf(context, agentId);
  const losses: AgentStep = {
    what: "record the losses",
    to: await mandate.getAddress(),
    data: mandate.interface.encodeFunctionData("recordLosses", [agentId, assets]),
  };
  const weight: AgentStep = {
    what: "refresh the weight",
    to: await registry.getAddress(),
    data: registry.interface.encodeFunctionData("refreshWeight", [agentId]),
    follows: assets.length > 0,
  };
  return assets.length > 0 ? [losses, weight] : [weight];
};

const score: Command = {
  about: "an agent's measured score; with --record, put what it lost on its record and let its weight follow",
  example: "--id 1 --record",
  options: { ...SENDING, id: ID, record: { about: "anyone may; only the agent's own side raises its weight" } },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      const owner = await context.registry.ownerOf(agentId);
      if (!values.has("record")) {
        tell(values, await factsOf(context, agentId));
        return 0;
      }
      const from = context.isSending ? keyIn(OPERATOR_KEY).address : owner;
      return carryOut(context, from, await recording(context, agentId), () => factsOf(context, agentId));
    }),
};

/** `nexus agent score`: what results made of an agent. */
export const SCORE_COMMANDS: Commands = { "agent score": score };
