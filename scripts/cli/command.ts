import { parseArgs } from "node:util";

/** One option of a command. `value`: what stands behind it in the usage; without it the option is a switch. */
export type Option = { readonly value?: string; readonly about: string };

/** What the user wrote behind the options, by name. A switch that was given is "". */
export type Values = ReadonlyMap<string, string>;

/**
 * One command of `nexus`; its name may be two words. `takes`: what one argument without an option stands for, found in
 * the values under that name. `run` answers the exit code.
 */
export type Command = {
  readonly about: string;
  readonly takes?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly run: (values: Values) => Promise<number>;
};
export type Commands = Readonly<Record<string, Command>>;

/** What the command line asks for. A fault is one line that names what is known. */
export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "run"; readonly command: Command; readonly values: Values };

const INDENT = 26;
const row = (name: string, about: string): string => `  ${name.padEnd(INDENT)}${about}`;

const generalHelp = (commands: Commands): string =>
  [
    "nexus: agents that propose, vote and execute on Sei",
    "",
    "  nexus COMMAND [options]",
    "",
    ...Object.entries(commands).map(([name, { about }]) => row(name, about)),
    "",
    "nexus COMMAND --help tells more.",
  ].join("\n");

const commandHelp = (name: string, { about, takes, options }: Command): string =>
  [
    `nexus ${name}${takes === undefined ? "" : ` ${takes}`}: ${about}`,
    "",
    ...Object.entries(options).map(([option, { value, about: meaning }]) =>
      row(`--${option}${value === undefined ? "" : ` ${value}`}`, meaning),
    ),
  ].join("\n");

type OptionToken = {
  readonly name: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
};

/** What is wrong with one option as it was given; undefined when nothing is. */
const faultOf = ({ name, value, inlineValue }: OptionToken, options: Command["options"]): string | undefined => {
  const option = options[name];
  if (option === undefined) return `--${name} is unknown`;
  // What looks like an option is none's value, unless it is written as one: --name=-1.
  const isMissing = value === undefined || (value.startsWith("-") && inlineValue !== true);
  if (option.value !== undefined) return isMissing ? `--${name} wants a value: --${name} ${option.value}` : undefined;
  return value === undefined ? undefined : `--${name} is a switch and takes no value`;
};

/** The first argument that the command does not understand, and why; undefined when all is well. */
const faultIn = (name: string, command: Command, args: readonly string[]): string | undefined => {
  const known = [...Object.keys(command.options), "help"].map((option) => `--${option}`).join(", ");
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, options: parserOptions(command) });
  let room = command.takes === undefined ? 0 : 1;
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (room === 0) return `nexus ${name} does not take “${token.value}”: known are ${known}`;
      room -= 1;
    }
    if (token.kind !== "option" || token.name === "help") continue;
    const isKnown = token.name in command.options;
    if (!isKnown) return `nexus ${name} has no option ${token.rawName}: known are ${known}`;
    const fault = faultOf(token, command.options);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const parserOptions = ({ options }: Command) =>
  Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );

/** What a command was told, once nothing is wrong with it. */
const valuesOf = (command: Command, args: readonly string[]): Values => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: parserOptions(command),
    allowPositionals: command.takes !== undefined,
  });
  const entries = Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : ""] as const);
  const argument = positionals.map((text) => [command.takes ?? "", text] as const);
  return new Map([...entries, ...argument]);
};

/** The commands whose first word is `word`: those of `nexus dao`. */
const groupOf = (word: string, commands: Commands): Commands =>
  Object.fromEntries(Object.entries(commands).filter(([name]) => name.startsWith(`${word} `)));

/** What to answer where no command has that name: help for a group, or which names there are. */
const withoutCommand = (word: string, next: string | undefined, commands: Commands): Request => {
  const group = groupOf(word, commands);
  const names = Object.keys(group);
  if (names.length === 0) {
    const known = [...new Set(Object.keys(commands).map((name) => name.split(" ")[0]))];
    return { kind: "fault", text: `no command ${word}: known are ${known.join(", ")}` };
  }
  if (next === undefined || next === "--help") return { kind: "help", text: generalHelp(group) };
  return { kind: "fault", text: `no command ${word} ${next}: known are ${names.join(", ")}` };
};

/** Understands a command line: pure, so that every answer can be tested. */
export const understand = (args: readonly string[], commands: Commands): Request => {
  const [word, next] = args;
  if (word === undefined || word === "--help" || word === "help") return { kind: "help", text: generalHelp(commands) };
  const pair = `${word} ${next ?? ""}`;
  const name = commands[pair] === undefined ? word : pair;
  const command = commands[name];
  if (command === undefined) return withoutCommand(word, next, commands);
  const rest = args.slice(name === word ? 1 : 2);
  if (rest.includes("--help")) return { kind: "help", text: commandHelp(name, command) };
  const fault = faultIn(name, command, rest);
  if (fault !== undefined) return { kind: "fault", text: fault };
  return { kind: "run", command, values: valuesOf(command, rest) };
};

/** A mistake in what the user asked for: shown as one line, without a stack trace. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The argument that the command takes. @throws UsageError when it was not given */
export const requiredArgument = (values: Values, takes: string): string => {
  const value = values.get(takes);
  if (value === undefined) throw new UsageError(`${takes} is missing`);
  return value;
};

/** The value of an option. @throws UsageError when it was not given */
export const required = (values: Values, name: string): string => {
  const value = values.get(name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
};

/** The whole number behind an option. @throws UsageError when it is none, or below `least` */
export const wholeNumber = (values: Values, name: string, least: number): number | undefined => {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number from ${least}, got “${text}”`);
};
