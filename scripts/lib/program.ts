import { readFileSync } from "node:fs";
import { CommanderError, Command as Parser, Option as ParserOption } from "commander";
import { z } from "zod";
import type { Command, Commands, Option, Values } from "./command.ts";

/** What the command line asks for. A fault is one line. */
export type CommandRequest =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "run"; readonly name: string; readonly command: Command; readonly values: Values };

/** Exit codes of every command; docs/commands.md explains them. */
export const EXIT = { done: 0, wrong: 1, misused: 2, refused: 3, unreachable: 4 } as const;

const EXIT_LINES = [
  "",
  "Exit codes: 0 done, 1 something is wrong or failed, 2 asked wrongly, 3 the chain refuses, 4 no node answers",
];

/** The package's version, from where its package.json lies beside the sources and beside what is built of them. */
export const version = (): string => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
};

const flagsOf = (name: string, { value, isOptional }: Option): string => {
  if (value === undefined) return `--${name}`;
  return `--${name} ${isOptional === true ? `[${value}]` : `<${value}>`}`;
};

const takesValue =
  (name: string, value: string) =>
  (text: string): string => {
    if (!text.startsWith("--")) return text;
    throw new CommanderError(EXIT.misused, "nexus.value", `--${name} wants a value: --${name} ${value}`);
  };

const parserOption = (name: string, option: Option): ParserOption => {
  const about = option.isRequired === true ? `${option.about} (required)` : option.about;
  const parsed = new ParserOption(flagsOf(name, option), about);
  return option.value === undefined ? parsed : parsed.argParser(takesValue(name, option.value));
};

const valuesOf = (parser: Parser, { takes, options }: Command): Values => {
  const given = parser.opts<Readonly<Record<string, unknown>>>();
  const told = Object.keys(options).flatMap((name): readonly (readonly [string, string])[] => {
    const value = given[parserOption(name, { about: "" }).attributeName()];
    return value === undefined ? [] : [[name, typeof value === "string" ? value : ""]];
  });
  const [argument] = parser.args;
  return new Map([...told, ...(takes === undefined || argument === undefined ? [] : [[takes, argument] as const])]);
};

/** What a command cannot do without and was not told, all at once; undefined when nothing is lacking. */
const lackingOf = (name: string, { takes, options }: Command, values: Values): string | undefined => {
  const needs = Object.entries(options).filter(([, { isRequired }]) => isRequired === true);
  const lacking = [
    ...(takes === undefined || values.has(takes) ? [] : [takes]),
    ...needs.flatMap(([option, { value = "" }]) => (values.has(option) ? [] : [`--${option} ${value}`.trim()])),
  ];
  return lacking.length === 0 ? undefined : `${name} needs ${lacking.join(", ")}; see nexus ${name} --help`;
};

type Found = (name: string, command: Command, values: Values) => void;

const silent = { writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined } as const;

/** What stands behind a command of two words is its own, also where the first word is a command that has such an option. */
const fresh = (name: string): Parser =>
  new Parser(name)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput(silent)
    .showSuggestionAfterError()
    .helpCommand(false);

const addCommand = (parent: Parser, full: string, command: Command, found: Found): void => {
  const word = full.split(" ").at(-1);
  const { about, takes, example, options } = command;
  const parser = parent
    .createCommand(word)
    .copyInheritedSettings(parent)
    .description(about)
    .allowExcessArguments(false);
  if (takes !== undefined) parser.argument(`[${takes}]`);
  for (const [name, option] of Object.entries(options)) parser.addOption(parserOption(name, option));
  const line = ["", "Example:", `  nexus ${full} ${example}`.trimEnd(), ...EXIT_LINES];
  parser.addHelpText("after", line.join("\n"));
  parser.action(() => found(full, command, valuesOf(parser, command)));
  parent.addCommand(parser);
};

/** The program that understands these commands; `found` is told which one is meant. */
const programOf = (commands: Commands, found: Found): Parser => {
  const program = fresh("nexus").description("Agents that propose, vote and execute on Sei.");
  program.version(version(), "-v, --version", "print the version");
  program.addHelpText("after", ["", "nexus COMMAND --help tells more, with an example.", ...EXIT_LINES].join("\n"));
  const groups = new Map<string, Parser>();
  for (const [name, command] of Object.entries(commands)) {
    const [group = "", word] = name.split(" ");
    if (word === undefined) addCommand(program, name, command, found);
    else {
      // A group may be a command itself: nexus sandbox, nexus sandbox fault.
      const own = program.commands.find((one) => one.name() === group);
      const known = groups.get(group) ?? own ?? program.command(group).description(GROUPS[group] ?? "");
      groups.set(group, known);
      addCommand(known, name, command, found);
    }
  }
  return program;
};

/** What the groups of commands are for. */
export const GROUPS: Readonly<Record<string, string>> = {
  alerts: "see what is wrong with a fleet, take it up, and test that messages arrive",
  agent: "register and look after an agent, as its operator",
  bus: "look after a Redis that fleets share",
  gateway: "serve a deployment to programs and browsers, and say which of them may read",
  dao: "propose and vote, as a member of the DAO",
  job: "work for money, as client, worker, evaluator or arbiter",
  pay: "pay and be paid through channels",
  proposal: "what agents proposed beyond the fast path",
  safe: "sign together, as owners of a Safe",
  signer: "keep senders' keys in a process of their own",
  treasury: "leave with your part, as a depositor",
  tx: "see and stop what keepers send",
};

/** One line, without the word that the library begins with. */
const faultText = (message: string): string => message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");

/** The parser of the command that an argument list names, as far as it names one. */
const deepest = (program: Parser, args: readonly string[]): Parser => {
  const [first = "", second = ""] = args;
  const group = program.commands.find((one) => one.name() === first);
  return group?.commands.find((one) => one.name() === second) ?? group ?? program;
};

const asked = (program: Parser, args: readonly string[], error: CommanderError): CommandRequest => {
  if (error.code === "commander.version") return { kind: "help", text: version() };
  const parser = deepest(program, args);
  if (["commander.help", "commander.helpDisplayed"].includes(error.code)) {
    return { kind: "help", text: helpOf(parser) };
  }
  const who = [parser.parent?.name() === "nexus" || parser.parent === null ? "" : parser.parent.name(), parser.name()];
  const path = parser === program ? "nexus" : ["nexus", ...who].filter((word) => word !== "").join(" ");
  const known = parser.commands.map((one) => one.name()).join(", ");
  const others = error.code === "commander.unknownCommand" ? `; known are ${known}` : "";
  return { kind: "fault", text: `${path}: ${faultText(error.message)}${others}` };
};

const helpOf = (parser: Parser): string => {
  let text = "";
  parser.configureOutput({ ...silent, writeOut: (part) => void (text += part) });
  parser.outputHelp();
  return text.trimEnd();
};

/** Understands a command line: pure, so that every answer can be tested. */
export const understand = (args: readonly string[], commands: Commands): CommandRequest => {
  let request: CommandRequest | undefined;
  const program = programOf(commands, (name, command, values) => {
    const lacking = lackingOf(name, command, values);
    request = lacking === undefined ? { kind: "run", name, command, values } : { kind: "fault", text: lacking };
  });
  const wanted = args[0] === "help" ? [...args.slice(1), "--help"] : args;
  try {
    program.parse([...wanted], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return asked(program, wanted, error);
    throw error;
  }
  return request ?? { kind: "help", text: helpOf(deepest(program, wanted)) };
};
