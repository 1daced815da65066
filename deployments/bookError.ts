import type { z } from "zod";

/** An address book that cannot be used; `faults` has one line for each thing wrong with it. */
export class AddressBookError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the address book has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n  ${faults.join("\n  ")}`);
    this.name = "AddressBookError";
    this.faults = faults;
  }
}

/** What a schema found wrong, one line for each thing, with the path to it. */
export const faultsOf = ({ issues }: z.ZodError): readonly string[] =>
  issues.map((issue) => `${issue.path.map(String).join(".") || "(top)"}: ${issue.message}`);
