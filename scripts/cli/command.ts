import { parseArgs } from "node:util";

/** One option of a command. `value`: what stands behind it in the usage; without it the option is a switch. */
export type Option = { readonly value?: string; readonly about: string };

/** What the user wrote behind the options, by name. A switch that was given is "". */
export type Values = ReadonlyMap<string, string>;

/** One command of `nexus`. `run` answers the exit code. */
export type Command = {
  readonly about: string;
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

const commandHelp = (name: string, { about, options }: Command): string =>
  [
    `nexus ${name}: ${about}`,
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
  for (const token of tokens) {
    if (token.kind === "positional") return `nexus ${name} does not take “${token.value}”: known are ${known}`;
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

/** The command's name, one word or two, and what follows it. */
const namedIn = (
  args: readonly string[],
  commands: Commands,
): readonly [name: string | undefined, rest: readonly string[]] => {
  const pair = args.slice(0, 2).join(" ");
  return args.length > 1 && pair in commands ? [pair, args.slice(2)] : [args[0], args.slice(1)];
};

/** Understands a command line: pure, so that every answer can be tested. */
export const understand = (args: readonly string[], commands: Commands): Request => {
  const [name, rest] = namedIn(args, commands);
  if (name === undefined || name === "--help" || name === "help") return { kind: "help", text: generalHelp(commands) };
  const command = commands[name];
  if (command === undefined) {
    return { kind: "fault", text: `no command ${name}: known are ${Object.keys(commands).join(", ")}` };
  }
  if (rest.includes("--help")) return { kind: "help", text: commandHelp(name, command) };
  const fault = faultIn(name, command, rest);
  if (fault !== undefined) return { kind: "fault", text: fault };
  const { values } = parseArgs({ args: rest, options: parserOptions(command) });
  const entries = Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : ""] as const);
  return { kind: "run", command, values: new Map(entries) };
};

/** A mistake in what the user asked for: shown as one line, without a stack trace. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

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
