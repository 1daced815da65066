import { Mandate__factory, Treasury__factory } from "../../types/index.ts";
import { resolveTarget } from "../dao/calls.ts";
import { isPrimed } from "../doctor/buckets.ts";
import {
  type AgentContext,
  type AgentStep,
  ID,
  OPERATOR_KEY,
  SENDING,
  agentIdIn,
  carryOut,
  keyIn,
  withAgents,
} from "./agentContext.ts";
import { type Command, UsageError } from "../lib/command.ts";
import { say } from "../lib/output.ts";
import { addressOf, nameOf } from "../../deployments/lookup.ts";

/** The assets whose buckets are wanted: the one that is named, or all of the treasury's. @throws UsageError for another */
const wantedAssets = async ({ values, book, provider }: AgentContext): Promise<readonly string[]> => {
  const assets = await Treasury__factory.connect(addressOf(book, "Treasury"), provider).assets();
  const named = values.get("asset");
  if (named === undefined) return assets;
  const asset = resolveTarget(book, named);
  if (assets.includes(asset)) return [asset];
  throw new UsageError(`${named} is no asset of the treasury`);
};

const stepsOf = async (context: AgentContext, agentId: number): Promise<readonly AgentStep[]> => {
  const mandate = Mandate__factory.connect(addressOf(context.book, "Mandate"), context.provider);
  const assets = await wantedAssets(context);
  const primed = await Promise.all(assets.map((asset) => isPrimed(mandate, BigInt(agentId), asset)));
  const to = await mandate.getAddress();
  return assets
    .filter((_, i) => primed[i] === false)
    .map((asset) => ({
      what: `prime ${nameOf(context.book, asset) ?? asset}`,
      to,
      data: mandate.interface.encodeFunctionData("prime", [agentId, asset]),
    }));
};

/** Creates the storage that an agent's first trade in each asset would have to pay for. */
export const prime: Command = {
  about: "create the buckets of an agent's limits, so that its first trade in an asset does not pay for them",
  example: "--id 1",
  options: {
    ...SENDING,
    id: ID,
    asset: { value: "NAME", about: "one asset, by its name in the book or its address (all of the treasury's)" },
  },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      // Anybody may pay for the storage; of an agent that is not there nobody wants it.
      const owner = await context.registry.ownerOf(agentId);
      const steps = await stepsOf(context, agentId);
      if (steps.length === 0 && !values.has("json")) say("nothing to do: the buckets are there");
      const from = context.isSending ? keyIn(OPERATOR_KEY).address : owner;
      return carryOut(context, from, steps);
    }),
};
