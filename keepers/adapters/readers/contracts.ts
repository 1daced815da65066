import type { ContractRunner, Interface } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import {
  Accounts__factory,
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Escrow__factory,
  FeeSplitter__factory,
  Mandate__factory,
  type NexusGovernor,
  NexusGovernor__factory,
  type NexusToken,
  NexusToken__factory,
  OracleHub__factory,
  PaymentChannels__factory,
  Reputation__factory,
  type TimelockController,
  TimelockController__factory,
  type Treasury,
  Treasury__factory,
} from "../../../types/index.ts";
import { JOB_STATUSES } from "../../core/jobTerms.ts";
import { REFUSALS } from "../../core/refusal.ts";
import { CHANNEL_STATES } from "../../agents/payments/accept.ts";
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

/** The ABI of each contract of ours that people call or administer, by its name in the address book. */
const INTERFACES: ReadonlyMap<string, Interface> = new Map<string, Interface>([
  ["Timelock", TimelockController__factory.createInterface()],
  ["NexusGovernor", NexusGovernor__factory.createInterface()],
  ["NexusToken", NexusToken__factory.createInterface()],
  ["AgentRegistry", AgentRegistry__factory.createInterface()],
  ["Consensus", Consensus__factory.createInterface()],
  ["Mandate", Mandate__factory.createInterface()],
  ["Treasury", Treasury__factory.createInterface()],
  ["OracleHub", OracleHub__factory.createInterface()],
  ["CircuitBreaker", CircuitBreaker__factory.createInterface()],
  ["Reputation", Reputation__factory.createInterface()],
  ["Accounts", Accounts__factory.createInterface()],
  ["PaymentChannels", PaymentChannels__factory.createInterface()],
  ["Escrow", Escrow__factory.createInterface()],
  ["FeeSplitter", FeeSplitter__factory.createInterface()],
]);

/** The ABI of the contract at an address, if it is one of ours. */
export const interfaceAt = (book: AddressBook, address: string): Interface | undefined =>
  INTERFACES.get(nameOf(book, address) ?? "");

/** `GovernorSetting`, in its order. */
export const SETTING_NAMES = [
  "voting delay",
  "voting period",
  "proposal threshold",
  "quorum",
  "vote extension",
  "timelock's delay",
] as const;

/** Names of enum values, by the error and its argument that hold them. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  "WrongJobStatus.status": JOB_STATUSES,
  "WrongChannelState.state": CHANNEL_STATES,
};

const argumentWords = (error: string, name: string, value: unknown): string => {
  const names = ENUMS[`${error}.${name}`] ?? (name === "setting" ? SETTING_NAMES : name === "refusal" ? REFUSALS : []);
  return `${name}: ${names[Number(value)] ?? String(value)}`;
};

/** The error that revert data holds, with its arguments; what our contracts do not know is shown in hex. */
export const explainRevert = (data: string): string => {
  if (data === "0x") return "reverted without a reason";
  for (const known of INTERFACES.values()) {
    const parsed = known.parseError(data);
    if (parsed === null) continue;
    // A plain reason of somebody else's contract.
    if (parsed.name === "Error") return `reverted: ${String(parsed.args[0])}`;
    const names = parsed.fragment.inputs.map(({ name }) => name);
    return `${parsed.name}(${parsed.args.map((value, i) => argumentWords(parsed.name, names[i] ?? "", value)).join(", ")})`;
  }
  return `reverted with ${data.slice(0, 74)}`;
};
