import type { z } from "zod";
import { FatalError } from "../core/errors.ts";
import {
  busSettings,
  keySettings,
  nodeSettings,
  orchestratorSettings,
  sharedSettings,
  storeSettings,
  walletSettings,
} from "./schema.ts";

/** Where a value goes: a field, or a field in a group. */
type Place = readonly [string] | readonly [string, string];
/** Environment variable → where its value goes. README.md of each agent says what it means. */
export type Variables = Readonly<Record<string, Place>>;

/** `gasPerV2Hop` is `GAS_PER_V2_HOP`. */
const upperSnake = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const variableOf = (place: Place): readonly [string, Place] => [`NEXUS_${place.map(upperSnake).join("_")}`, place];

const ofGroup = (group: string, { shape }: z.ZodObject): readonly (readonly [string, Place])[] =>
  Object.keys(shape).map((field) => variableOf([group, field]));

/** The variables of a configuration with these kinds of agents: one for each setting, named for where it goes. */
export const variablesOf = (kinds: Readonly<Record<string, { readonly settings: z.ZodObject }>>): Variables =>
  Object.fromEntries([
    ...Object.keys(sharedSettings.shape).map((field) => variableOf([field])),
    variableOf(["agents"]),
    ...Object.entries(kinds).flatMap(([name, { settings }]) => ofGroup(name, settings)),
    ...ofGroup("node", nodeSettings),
    ...ofGroup("bus", busSettings),
    ...ofGroup("store", storeSettings),
    ...ofGroup("wallets", walletSettings),
    ...ofGroup("keys", keySettings),
    ...ofGroup("orchestrator", orchestratorSettings),
  ]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (variables: Variables, path: readonly PropertyKey[]): string => {
  // An item of a list has no variable of its own.
  const dotted = path
    .filter((part) => typeof part !== "number")
    .map(String)
    .join(".");
  const variable = Object.entries(variables).find(([, at]) => at.join(".") === dotted);
  return variable === undefined ? dotted || "(top)" : `${dotted} (${variable[0]})`;
};

const place = (
  target: Readonly<Record<string, unknown>>,
  [first, second]: Place,
  value: unknown,
): Readonly<Record<string, unknown>> => {
  if (second === undefined) return { ...target, [first]: value };
  const inner = target[first];
  return { ...target, [first]: { ...(isRecord(inner) ? inner : {}), [second]: value } };
};

/** What a configuration is read from. */
export type Sources = {
  /** What `JSON.parse` returned, or undefined for none. */
  readonly file: unknown;
  /** It wins over the file. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of other parts of the system that may be set. */
  readonly alsoKnown: readonly string[];
  /** Settings that a file or the environment may say by an old name. */
  readonly renamed: readonly RenamedSetting[];
};

/** A setting of a group, what it was called and what it is called now. */
export type RenamedSetting = { readonly group: string; readonly old: string; readonly name: string };

/** Names that begin like ours and are none: a slip of the pen would otherwise be silently ignored. */
const strangers = ({ environment, alsoKnown }: Sources, variables: Variables): readonly string[] =>
  Object.keys(environment)
    .filter((name) => name.startsWith("NEXUS_") && !(name in variables) && !alsoKnown.includes(name))
    .map((name) => `${name}: no such variable`);

const oldVariables = (renamed: readonly RenamedSetting[]): Variables =>
  Object.fromEntries(renamed.map(({ group, old }) => variableOf([group, old])));

type Fields = Readonly<Record<string, unknown>>;

/** The configuration by today's names, and one line for each setting that has both names. */
const byTodaysNames = (
  config: Fields,
  renamed: readonly RenamedSetting[],
): { readonly config: Fields; readonly faults: readonly string[] } => {
  const faults: string[] = [];
  const named = renamed.reduce((before, { group, old, name }) => {
    const fields = before[group];
    if (!isRecord(fields) || fields[old] === undefined) return before;
    const { [old]: value, ...others } = fields;
    if (others[name] === undefined) return { ...before, [group]: { ...others, [name]: value } };
    faults.push(`${group}.${old}: is called ${group}.${name} now, and both are set: leave ${old} out`);
    return { ...before, [group]: others };
  }, config);
  return { config: named, faults };
};

/**
 * One frozen configuration from a file's JSON and the environment, which wins.
 * @throws FatalError with one line for each fault
 */
export const readConfig = <S extends z.ZodType>(schema: S, variables: Variables, sources: Sources): z.output<S> => {
  const { file, environment, renamed } = sources;
  const all = { ...variables, ...oldVariables(renamed) };
  if (file !== undefined && !isRecord(file)) throw new FatalError("the configuration file is no JSON object");
  const merged = Object.entries(all).reduce<Fields>((config, [name, at]) => {
    const value = environment[name];
    return value === undefined ? config : place(config, at, value);
  }, file ?? {});
  const today = byTodaysNames(merged, renamed);
  const parsed = schema.safeParse(today.config);
  const faults = [
    ...strangers(sources, all),
    ...today.faults,
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${nameOf(variables, path)}: ${message}`),
  ];
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new FatalError(`the configuration has ${faults.length} fault(s):\n  ${faults.join("\n  ")}`);
};
