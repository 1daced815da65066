/** Prints a figure that a test measured under the test's title, for whoever reads the run. */
export const report = (line: string): void => void process.stdout.write(`      ${line}\n`);
