import type { ContractRunner, Interface } from "ethers";
import { INTERFACES } from "../chain/interfaces.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import {
  type NexusGovernor,
  NexusGovernor__factory,
  type NexusToken,
  NexusToken__factory,
  type TimelockController,
  TimelockController__factory,
  type Treasury,
  Treasury__factory,
} from "../../../types/index.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";

/** What the DAO consists of, as one runner sees it. */
export type Dao = {
  readonly book: AddressBook;
  readonly governor: NexusGovernor;
  readonly token: NexusToken;
  readonly timelock: TimelockController;
  readonly treasury: Treasury;
};

/** The DAO's contracts of an address book. @throws Error when the book lacks one */
export const daoOf = (book: AddressBook, runner: ContractRunner): Dao => ({
  book,
  governor: NexusGovernor__factory.connect(addressOf(book, "NexusGovernor"), runner),
  token: NexusToken__factory.connect(addressOf(book, "NexusToken"), runner),
  timelock: TimelockController__factory.connect(addressOf(book, "Timelock"), runner),
  treasury: Treasury__factory.connect(addressOf(book, "Treasury"), runner),
});

/** The timelock's roles by their names. `admin` can grant and revoke the others; only the timelock itself holds it. */
export const rolesOf = async (timelock: TimelockController) => ({
  proposer: await timelock.PROPOSER_ROLE(),
  canceller: await timelock.CANCELLER_ROLE(),
  executor: await timelock.EXECUTOR_ROLE(),
  admin: await timelock.DEFAULT_ADMIN_ROLE(),
});

/** The ABI of the contract at an address, if it is one of ours. */
export const interfaceAt = (book: AddressBook, address: string): Interface | undefined =>
  INTERFACES.get(nameOf(book, address) ?? "");
