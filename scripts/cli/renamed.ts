/** Commands by the names that they had before, which go on working. */
export const RENAMED: ReadonlyMap<string, string> = new Map([
  ["proposal make", "proposal create"],
  ["job withdraw", "job cancel"],
  ["job timeout", "job resolve"],
  ["pay topup", "pay top-up"],
  ["dao exit", "treasury exit"],
]);

/** A command line with the command's name of today, and one line that says so where it was called by an old one. */
export const withTodaysName = (
  args: readonly string[],
): { readonly args: readonly string[]; readonly note: string | undefined } => {
  const start = args[0] === "help" ? 1 : 0;
  const [old, name] = [...RENAMED].find(([known]) => known === args.slice(start, start + 2).join(" ")) ?? [];
  if (old === undefined || name === undefined) return { args, note: undefined };
  const today = [...args.slice(0, start), ...name.split(" "), ...args.slice(start + 2)];
  return { args: today, note: `nexus ${old} is called nexus ${name} now` };
};
