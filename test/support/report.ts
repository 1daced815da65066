/** Prints a figure below the test that found it. */
export const report = (line: string): void => {
  process.stdout.write(`      ${line}\n`);
};
