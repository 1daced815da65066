import type { Interface } from "ethers";
import {
  Accounts__factory,
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Escrow__factory,
  FeeSplitter__factory,
  Mandate__factory,
  NexusGovernor__factory,
  NexusToken__factory,
  OracleHub__factory,
  PaymentChannels__factory,
  Reputation__factory,
  TimelockController__factory,
  Treasury__factory,
} from "../../../types/index.ts";

/** The ABI of each contract of ours that people call or administer, by its name in the address book. */
export const INTERFACES: ReadonlyMap<string, Interface> = new Map<string, Interface>([
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
