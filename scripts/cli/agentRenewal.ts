import { ZeroAddress } from "ethers";
import { readKeyAges } from "../../keepers/adapters/readers/keyAges.ts";
import { daysBetween } from "../../keepers/core/keyAge.ts";
import type { UnixSeconds } from "../../keepers/core/units.ts";
import { addressOf } from "../../deployments/lookup.ts";
import type { Command } from "../lib/command.ts";
import { warn } from "../lib/output.ts";
import { type AgentContext, ID, SENDING, agentIdIn, carryOut, ownerOf, step, withAgents } from "./agentContext.ts";

/** Since when an agent's vote key and message keys count, how old they are, and whether its keepers may renew the latter. */
export const keyRows = async (
  { book, provider, registry }: AgentContext,
  agentId: number,
  time: (seconds: bigint) => string | bigint,
): Promise<Readonly<Record<string, string | bigint | boolean>>> => {
  if ((await registry.agentOf(agentId)).status === 0n) return {};
  const { keys, now, mayRenew } = await readKeyAges({ book, provider, onTrouble: warn }, BigInt(agentId));
  const aged = (name: string, since: UnixSeconds) => ({
    [`${name}Since`]: time(since),
    [`${name}Days`]: daysBetween(since, now),
  });
  return {
    ...aged("signer", keys.signerSince),
    ...(keys.profile === undefined ? {} : aged("messageKeys", keys.profileSince)),
    keysBeforeUntil: time(keys.previousEnd),
    renewsMessageKeys: mayRenew,
  };
};

/** Lets an agent's keepers renew its message keys, or takes that back. */
export const renewal: Command = {
  about: "let an agent's keepers renew its message keys by themselves; --off takes it back",
  example: "--id 1",
  options: { ...SENDING, id: ID, off: { about: "take the right back" } },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      const to = values.has("off") ? ZeroAddress : addressOf(context.book, "MessageKeyRenewal");
      const data = context.registry.interface.encodeFunctionData("approve", [to, agentId]);
      const what = values.has("off") ? "take the renewal of keys back" : "permit the renewal of keys";
      return carryOut(context, await ownerOf(context, agentId), [await step(context, what, data)]);
    }),
};
