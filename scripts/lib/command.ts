/**
 * One option of a command. `value`: what stands behind it in the usage; without it the option is a switch, and with
 * `isOptional` it is both. A command with a required option does not run without it.
 */
export type Option = {
  readonly value?: string;
  readonly about: string;
  readonly isRequired?: true;
  readonly isOptional?: true;
};
export type Options = Readonly<Record<string, Option>>;

/** What the user wrote behind the options, by name. A switch that was given is "". */
export type Values = ReadonlyMap<string, string>;

/**
 * One command of `nexus`; its name may be two words. `takes`: what one argument without an option stands for, found in
 * the values under that name. `example`: what stands behind `nexus NAME` in a use of it. `run` answers the exit code.
 */
export type Command = {
  readonly about: string;
  readonly takes?: string;
  readonly example: string;
  readonly options: Options;
  readonly run: (values: Values) => Promise<number>;
};
export type Commands = Readonly<Record<string, Command>>;

/** An option that a command does not run without. */
export const needed = (option: Option): Option => ({ ...option, isRequired: true });

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

/** The value of an option, where others make it necessary. @throws UsageError when it was not given */
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
