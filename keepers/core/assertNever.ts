/** Makes a `switch` over a union a compile error when a case is missing. */
export const assertNever = (value: never): never => {
  const text = JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
  throw new Error(`unreachable: ${text}`);
};
