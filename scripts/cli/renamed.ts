/** Commands by the names that they had before, which go on working. */
export const RENAMED: ReadonlyMap<string, string> = new Map([
  ["proposal make", "proposal create"],
  ["job withdraw", "job cancel"],
  ["job timeout", "job resolve"],
  ["pay topup", "pay top-up"],
  ["dao exit", "treasury exit"],
]);

/** Options of a command by the names that they had before, which go on working. */
const RENAMED_OPTIONS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    "job create",
    new Map([
      ["--silent", "--timeout-payment"],
      ["--window", "--review-period"],
    ]),
  ],
]);

/** The arguments of a command, its options by today's names. `--option=value` is one argument. */
const withTodaysOptions = (args: readonly string[]): readonly string[] => {
  const renamed = RENAMED_OPTIONS.get(args.slice(0, 2).join(" "));
  if (renamed === undefined) return args;
  return args.map((arg) => {
    const [option = "", ...value] = arg.split("=");
    return [renamed.get(option) ?? option, ...value].join("=");
  });
};

/** A command line with the command's name of today, and one line that says so where it was called by an old one. */
export const withTodaysName = (
  args: readonly string[],
): { readonly args: readonly string[]; readonly note: string | undefined } => {
  const start = args[0] === "help" ? 1 : 0;
  const [old, name] = [...RENAMED].find(([known]) => known === args.slice(start, start + 2).join(" ")) ?? [];
  if (old === undefined || name === undefined) return { args: withTodaysOptions(args), note: undefined };
  const today = [...args.slice(0, start), ...name.split(" "), ...args.slice(start + 2)];
  return { args: today, note: `nexus ${old} is called nexus ${name} now` };
};
