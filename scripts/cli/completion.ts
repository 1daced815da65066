import { type Commands, UsageError } from "../lib/command.ts";

const SHELLS = ["bash", "zsh"] as const;

const optionsOf = (commands: Commands, name: string): string =>
  [...Object.keys(commands[name]?.options ?? {}), "help"].map((option) => `--${option}`).join(" ");

/** What may follow each beginning of a command line: words of commands, then options. */
const wordsAfter = (commands: Commands): ReadonlyMap<string, string> => {
  const groups = Map.groupBy(Object.keys(commands), (name) => name.split(" ")[0] ?? "");
  const known = new Map<string, string>([["", [...groups.keys()].join(" ")]]);
  for (const [group, names] of groups) {
    const words = names.flatMap((name) => name.split(" ").slice(1));
    known.set(group, words.length === 0 ? optionsOf(commands, group) : words.join(" "));
    for (const name of names) known.set(name, optionsOf(commands, name));
  }
  return known;
};

/** A completion script for a shell; zsh takes that of bash. @throws UsageError for a shell that it is not for */
export const completionFor = (shell: string, commands: Commands): readonly string[] => {
  if (!SHELLS.some((known) => known === shell)) throw new UsageError(`SHELL must be ${SHELLS.join(" or ")}`);
  const cases = [...wordsAfter(commands)].map(([begun, words]) => `    "${begun}") words="${words}" ;;`);
  return [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_nexus() {",
    '  local words first="" second=""',
    "  [ $COMP_CWORD -gt 1 ] && first=${COMP_WORDS[1]}",
    "  [ $COMP_CWORD -gt 2 ] && second=${COMP_WORDS[2]}",
    '  case "${first}${second:+ $second}" in',
    ...cases,
    '    *) case "$first" in',
    ...[...wordsAfter(commands)]
      .filter(([begun, words]) => begun !== "" && !begun.includes(" ") && words.startsWith("--"))
      .map(([begun, words]) => `      "${begun}") words="${words}" ;;`),
    "    esac ;;",
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _nexus nexus",
  ];
};
