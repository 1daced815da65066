import type { z } from "zod";
import { readConfig, variablesOf } from "../config/load.ts";
import { schemaOf } from "../config/schema.ts";
import type { AgentPart } from "./agentKind.ts";
import * as kinds from "./kinds.ts";
import { RENAMED_SETTINGS } from "./renamedSettings.ts";

/** Each kind of agent, by its name in the configuration. */
export const KINDS = kinds;

/** What keepers are configured by, whether it comes from a file or the environment. */
export const configSchema = schemaOf(KINDS);

/** The parsed configuration. Secrets print as `[secret]`. */
export type KeeperConfig = z.output<typeof configSchema>;
export type AgentConfig = KeeperConfig["agents"][number];
/** What a file or a caller writes. */
export type KeeperConfigInput = z.input<typeof configSchema>;

/** Environment variable → where its value goes. README.md of each agent says what it means. */
export const VARIABLES = variablesOf(KINDS);

/**
 * One frozen configuration from a file's JSON and the environment, which wins.
 * @param file the file as `JSON.parse` returns it, or undefined for none
 * @param alsoKnown variables of other parts of the system that may be set
 * @throws FatalError with one line for each fault
 */
export const loadConfig = (
  file: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  alsoKnown: readonly string[] = [],
): KeeperConfig => readConfig(configSchema, VARIABLES, { file, environment, alsoKnown, renamed: RENAMED_SETTINGS });

/** Whether agents of a kind have a vote: their key needs a seat. The others pay gas. */
export const votes = (kind: AgentConfig["kind"]): boolean => KINDS[kind].votes;

/** What agents of a kind do for the proposals on the bus of their process. */
export const partOf = (kind: AgentConfig["kind"]): AgentPart => KINDS[kind].part;

/** Whether agents of a kind need gas money. */
export const paysGas = (kind: AgentConfig["kind"]): boolean => !votes(kind) && partOf(kind) !== "watches";
