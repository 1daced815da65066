import { type ContractDeployTransaction, type Provider, type Signer, keccak256 } from "ethers";
import { type AddressBook, type BookContract, type DeploymentArg, NEVER_TARGETS } from "../../deployments/schema.ts";
import { untilMined } from "../lib/mined.ts";
import type { DeployParameters } from "./parameters.ts";

/** What every deploy script works with. `save` makes the book durable: it is called after each step that sent something. */
export type DeployContext = {
  readonly signer: Signer;
  readonly parameters: DeployParameters;
  readonly read: () => AddressBook;
  readonly save: (book: AddressBook) => Promise<void>;
  readonly say: (line: string) => void;
};

/** Names in the address book of what can be deployed again by itself: nothing else was born with its address. */
const ALONE: readonly string[] = ["NexusGovernor", "PerformanceRecorder"];

/** Names in the address book of what is deployed in one go. */
export const CORE = NEVER_TARGETS.filter((name) => !ALONE.includes(name));

/** The provider behind a signer. @throws Error when it has none */
export const providerOf = (signer: Signer): Provider => {
  if (signer.provider === null) throw new Error("the deploying signer has no connection to a chain");
  return signer.provider;
};

const toArg = (value: unknown): DeploymentArg => {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(toArg);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toArg(inner)]));
  }
  throw new TypeError(`a constructor argument cannot be ${typeof value}`);
};

/** What a TypeChain factory offers: the creation transaction for its constructor's arguments. */
type Deployable<Args extends unknown[]> = {
  getDeployTransaction(...args: Args): Promise<ContractDeployTransaction>;
};

/**
 * Deploys one contract, waits for its block, and describes it as the address book does.
 * @throws Error when the transaction reverts or leaves no code
 */
export const deployContract = async <Args extends unknown[]>(
  signer: Signer,
  factory: Deployable<Args>,
  args: readonly [...Args],
): Promise<BookContract> => {
  const request = await factory.getDeployTransaction(...args);
  const response = await signer.sendTransaction(request);
  const receipt = await untilMined(response);
  if (typeof receipt.contractAddress !== "string") throw new Error(`deployment ${response.hash} left no contract`);
  const code = await providerOf(signer).getCode(receipt.contractAddress);
  if (code === "0x") throw new Error(`no code at ${receipt.contractAddress} after its deployment`);
  return {
    address: receipt.contractAddress,
    tx: receipt.hash,
    block: receipt.blockNumber,
    args: args.map(toArg),
    bytecodeHash: keccak256(code),
  };
};

/** Whether what the book says is deployed at `name` has the code that the book says. */
export const isDeployed = async ({ signer, read }: DeployContext, name: string): Promise<boolean> => {
  const entry = read().contracts[name];
  if (entry === undefined) return false;
  const code = await providerOf(signer).getCode(entry.address);
  return code !== "0x" && keccak256(code) === entry.bytecodeHash;
};

/** Adds contracts to the book. */
export const saveContract = async (
  { read, save }: DeployContext,
  contracts: Readonly<Record<string, BookContract>>,
): Promise<void> => {
  const book = read();
  await save({ ...book, contracts: { ...book.contracts, ...contracts } });
};
