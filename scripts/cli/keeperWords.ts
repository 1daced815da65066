import { z } from "zod";
import type { AgentPart } from "../../keepers/wiring/agentKind.ts";
import { type AgentConfig, partOf } from "../../keepers/wiring/config.ts";

/**
 * What agents of these kinds wait for in vain as long as they are alone: agents hear of each other's proposals over the
 * bus of one process.
 */
export const idleWords = (kinds: readonly AgentConfig["kind"][]): readonly string[] => {
  const has = (part: AgentPart): boolean => kinds.some((kind) => partOf(kind) === part);
  return [
    ...(has("reviews") && !has("proposes")
      ? ["nobody in this process proposes, so the risk managers will be asked nothing: run a proposer beside them"]
      : []),
    ...(has("proposes") && !has("reviews")
      ? ["nobody in this process votes on proposals but their proposer: run risk managers beside it"]
      : []),
    ...(has("proposes") && !has("sends")
      ? ["nobody in this process executes, so no proposal reaches the chain: run an execution agent or a steward"]
      : []),
    ...(has("sends") && !has("proposes")
      ? ["nobody in this process proposes, so there will be nothing to execute: run a proposer beside it"]
      : []),
  ];
};

type Looks = Readonly<Record<string, { readonly ticks: number; readonly failures: number }>>;

/** A heartbeat: how often each agent looked since the last one, what came of it, and who stands still. */
export const heartbeatOf = (now: Looks, before: Looks, tally: Readonly<Record<string, number>>) => {
  const looked = Object.entries(now).map(([name, { ticks }]) => ({ name, looks: ticks - (before[name]?.ticks ?? 0) }));
  const failed = Object.entries(now).reduce(
    (sum, [name, { failures }]) => sum + failures - (before[name]?.failures ?? 0),
    0,
  );
  const still = looked.filter(({ looks }) => looks === 0).map(({ name }) => name);
  const done = ["proposal", "vote", "refusal", "sent", "result", "ballot", "payment", "trouble"].flatMap((kind) =>
    tally[kind] === undefined ? [] : [`${kind} ${tally[kind]}`],
  );
  const each = looked.map(({ name, looks }) => `${name} ${looks}`).join(", ");
  const words = [
    `looked: ${each}`,
    ...(done.length === 0 ? ["nothing happened"] : [done.join(", ")]),
    ...(failed === 0 ? [] : [`${failed} looks failed`]),
    ...(still.length === 0 ? [] : [`${still.join(", ")} saw no block`]),
  ].join("; ");
  const isWell = still.length === 0 && failed === 0;
  return {
    words,
    isWell,
    fields: { looks: Object.fromEntries(looked.map(({ name, looks }) => [name, looks])), failed },
  };
};

const entry = z.object({ time: z.string(), level: z.string(), msg: z.string() });
const CLOCK = [11, 19] as const;

/** An entry of the log for a person: time of day in UTC, level, words. */
export const entryLine = (line: string): string => {
  const { time, level, msg } = entry.parse(JSON.parse(line));
  return `${time.slice(...CLOCK)} ${level.padEnd(5)} ${msg}`;
};
