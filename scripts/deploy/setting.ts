import type { Provider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import type { DeployParameters } from "./parameters.ts";

/** Something that the timelock has to set: how to see whether it is so, and the call that makes it so. */
export type Setting = {
  readonly name: string;
  readonly isDone: () => Promise<boolean>;
  readonly target: string;
  readonly data: string;
};

/** What settings are read from: the book as it is now, what is wanted, and the chain. */
export type World = { readonly book: AddressBook; readonly parameters: DeployParameters; readonly provider: Provider };
