import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { z } from "zod";
import { type ProgramKey, type Scopes, programKeysSchema } from "../../keepers/gateway/access/programKeys.ts";
import { secretDigest } from "../../keepers/gateway/gateway.ts";
import { ROUTES } from "../../keepers/gateway/schema/routes.ts";
import {
  type Command,
  type Commands,
  type Option,
  type Values,
  UsageError,
  requiredArgument,
  wholeNumber,
} from "../lib/command.ts";
import { takeLock } from "../../keepers/adapters/lock/lockFile.ts";
import { say, sayJson } from "../lib/output.ts";
import { EXIT } from "../lib/program.ts";
import { JSON_OPTION } from "./endpoint.ts";

const NAME = "NAME";
const DEFAULT_PATH = ".nexus/gateway-keys.json";
const DEFAULT_DAYS = 90;
const MAX_DAYS = 3_650;
const DAY_MS = 86_400_000;
const SECRET_BYTES = 32;

/** Where the keys are kept. */
export const KEYS_OPTION: Option = {
  value: "FILE",
  about: `the keys of programs that may read, as nexus gateway add-key writes them (${DEFAULT_PATH})`,
};

export const keysPathIn = (values: Values): string => values.get("keys") ?? DEFAULT_PATH;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The keys in a file; none where there is no file. @throws UsageError for a file of something else */
const readKeys = (path: string): readonly ProgramKey[] => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return [];
    throw new UsageError(`cannot read ${path}`, { cause: error });
  }
  try {
    return programKeysSchema.parse(JSON.parse(text)).keys;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll("\n", " ") : "it is no JSON";
    throw new UsageError(`${path} holds no keys of a gateway: ${why}`, { cause });
  }
};

/** Replaces the file whole, open to nobody else. */
const writeKeys = (path: string, keys: readonly ProgramKey[]): void => {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
};

/**
 * Replaces the keys by what `change` makes of them, while no other process may: of two commands at once neither undoes the
 * other's. @throws FatalError naming the process that is changing them
 */
const changeKeys = async (
  path: string,
  change: (keys: readonly ProgramKey[]) => readonly ProgramKey[],
): Promise<void> => {
  const lock = await takeLock(path);
  try {
    writeKeys(path, change(readKeys(path)));
  } finally {
    await lock.release();
  }
};

/** A file system may give two changes within one tick of its clock the same time: a file that is no older is read again. */
const TICK_MS = 2_000;

/** What changes whenever a file does, and whether it is old enough for that to be certain. */
const stampOf = (path: string): { readonly stamp: string; readonly isSettled: boolean } => {
  try {
    const { mtimeNs, ctimeNs, ctimeMs, size, ino } = statSync(path, { bigint: true });
    return { stamp: [mtimeNs, ctimeNs, size, ino].join(" "), isSettled: Date.now() - Number(ctimeMs) > TICK_MS };
  } catch {
    return { stamp: "none", isSettled: false };
  }
};

/**
 * The keys as the file has them whenever they are asked for: what is revoked is revoked at once. While the file cannot be read no
 * key is valid, it is tried again each time, and `warn` is told once for each change of it.
 */
export const keysReader = (path: string, warn: (what: string) => void): (() => readonly ProgramKey[]) => {
  let known: { readonly stamp: string; readonly keys: readonly ProgramKey[] } | undefined;
  let warned: string | undefined;
  return () => {
    const { stamp, isSettled } = stampOf(path);
    if (isSettled && known?.stamp === stamp) return known.keys;
    try {
      known = { stamp, keys: readKeys(path) };
      return known.keys;
    } catch (error) {
      known = undefined;
      if (warned !== stamp) warn(error instanceof Error ? error.message : String(error));
      warned = stamp;
      return [];
    }
  };
};

const scopesIn = (values: Values): Scopes => {
  const text = values.get("scopes") ?? "all";
  if (text === "all") return "all";
  const names = Object.keys(ROUTES);
  const scopes = text.split(",").map((name) => {
    const known = names.find((route): route is keyof typeof ROUTES => route === name);
    if (known === undefined)
      throw new UsageError(`no route “${name}”: --scopes is all, or some of ${names.join(", ")}`);
    return known;
  });
  return scopes;
};

const daysIn = (values: Values): number => {
  const days = wholeNumber(values, "days", 1) ?? DEFAULT_DAYS;
  if (days <= MAX_DAYS) return days;
  throw new UsageError(`--days must be at most ${MAX_DAYS}, got ${days}`);
};

/** A key beside those that there are. @throws UsageError when it cannot be */
const keysWith = (
  keys: readonly ProgramKey[],
  made: Omit<ProgramKey, "scopes"> & { readonly scopes: Scopes },
): readonly ProgramKey[] => {
  const { name } = made;
  if (keys.some((key) => key.name === name)) throw new UsageError(`there is a key ${name} already: revoke it first`);
  const checked = programKeysSchema.safeParse({ version: 1, keys: [...keys, made] });
  if (checked.success) return checked.data.keys;
  const why = checked.error.issues.map(({ message }) => message).join("; ");
  throw new UsageError(`a key of that name cannot be: ${why}`);
};

const create: Command = {
  about: "make a key for a program that reads the gateway; it is printed once and kept as a hash",
  takes: NAME,
  example: "grafana --scopes overview,prices --days 30",
  options: {
    scopes: { value: "ROUTES", about: "the routes that it opens, as overview,prices (all, and the stream)" },
    days: { value: "N", about: `how long it is valid (${DEFAULT_DAYS})` },
    keys: KEYS_OPTION,
    json: JSON_OPTION,
  },
  run: async (values) => {
    const name = requiredArgument(values, NAME);
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const until = Date.now() + daysIn(values) * DAY_MS;
    const made = { name, digest: secretDigest(secret), scopes: scopesIn(values), until };
    await changeKeys(keysPathIn(values), (keys) => keysWith(keys, made));
    if (values.has("json")) sayJson({ name, secret, until: Math.floor(until / 1_000) });
    else [secret, "Send it as “Authorization: Bearer …”. It is not shown again."].forEach((line) => say(line));
    return EXIT.done;
  },
};

const scopeText = ({ scopes }: ProgramKey): string => (scopes === "all" ? "all" : scopes.join(","));

const list: Command = {
  about: "the keys of programs that may read the gateway, without their secrets",
  example: "",
  options: { keys: KEYS_OPTION, json: JSON_OPTION },
  run: (values) => {
    const keys = readKeys(keysPathIn(values));
    if (values.has("json"))
      sayJson(keys.map(({ name, scopes, until }) => ({ name, scopes, until: Math.floor(until / 1_000) })));
    else if (keys.length === 0) say("there is no key: nexus gateway add-key NAME makes one");
    else for (const key of keys) say(`${key.name}  ${scopeText(key)}  until ${new Date(key.until).toISOString()}`);
    return Promise.resolve(EXIT.done);
  },
};

const revoke: Command = {
  about: "take a program's key away; the gateway refuses it from now on",
  takes: NAME,
  example: "grafana",
  options: { keys: KEYS_OPTION, json: JSON_OPTION },
  run: async (values) => {
    const name = requiredArgument(values, NAME);
    await changeKeys(keysPathIn(values), (keys) => {
      const left = keys.filter((key) => key.name !== name);
      if (left.length < keys.length) return left;
      throw new UsageError(`there is no key ${name}: nexus gateway keys says which there are`);
    });
    if (values.has("json")) sayJson({ name, isRevoked: true });
    else say(`the key ${name} is revoked`);
    return EXIT.done;
  },
};

/** The keys of programs that read a gateway which is not open. */
export const GATEWAY_KEY_COMMANDS: Commands = {
  "gateway add-key": create,
  "gateway keys": list,
  "gateway revoke-key": revoke,
};
