import { type HDNodeWallet, type TransactionReceipt, JsonRpcProvider, isError } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { deployCore, deployParts } from "../../scripts/deploy/01_core.ts";
import { configure, setPolicy } from "../../scripts/deploy/02_configure.ts";
import { transfer } from "../../scripts/deploy/03_transfer.ts";
import type { DeployContext } from "../../scripts/deploy/context.ts";
import type { DeployParameters } from "../../scripts/deploy/parameters.ts";
import { testKeys } from "../../scripts/sandbox/account.ts";
import { CO_SIGNER_SAFE, GUARDIAN_SAFE, ROLE_INDICES } from "../../scripts/sandbox/fleet.ts";
import { deployNexus } from "../../scripts/sandbox/nexus.ts";
import { sandboxParameters } from "../../scripts/sandbox/parameters.ts";
import { type Sandbox, startSandbox } from "../../scripts/sandbox/sandbox.ts";
import { TimelockController__factory } from "../../types/index.ts";
import { keepWarnings } from "./sandbox.ts";
import { NODE_OPTIONS } from "../../scripts/lib/nodeOptions.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** NEXUS deployed into a sandbox that still mines at once, with the accounts that a deployment knows. */
export type Deployed = {
  readonly sandbox: Sandbox;
  readonly provider: JsonRpcProvider;
  readonly book: AddressBook;
  readonly parameters: DeployParameters;
  readonly deployer: HDNodeWallet;
  readonly holder: HDNodeWallet;
  readonly stop: () => Promise<void>;
};

const CHAIN_ID = 1329;
const POLLING_MS = 20;

/** Starts a sandbox and deploys NEXUS into it by the scripts. The caller stops it. */
export const startDeployed = async (): Promise<Deployed> => {
  const { signal } = new AbortController();
  const sandbox = await startSandbox({ port: 0, seed: 1, signal, log: keepWarnings().log });
  const options = { ...NODE_OPTIONS, staticNetwork: true, pollingInterval: POLLING_MS };
  const provider = new JsonRpcProvider(sandbox.rpcUrl, CHAIN_ID, options);
  const { book } = await deployNexus(provider, sandbox);
  // Weight counts from the second after the one in which it was gained: a test may propose sooner than anybody could.
  await sandbox.control("evm_increaseTime", [1]);
  await sandbox.control("evm_mine", []);
  const keyAt = testKeys();
  const holder = keyAt(ROLE_INDICES.holder).connect(provider);
  return {
    sandbox,
    provider,
    book,
    parameters: {
      ...sandboxParameters(sandbox.environment, holder.address, keyAt(ROLE_INDICES.guardian).address),
      otherGuardians: [addressOf(book, GUARDIAN_SAFE)],
      coSigner: addressOf(book, CO_SIGNER_SAFE),
    },
    deployer: keyAt(ROLE_INDICES.deployer).connect(provider),
    holder,
    stop: async () => {
      provider.destroy();
      await sandbox.stop();
    },
  };
};

/** What the deploy scripts work with, as a later run has it: the finished book, and what is said and saved kept. */
export const contextOf = (deployed: Deployed, change: Partial<DeployContext> = {}) => {
  const [said, saved]: [string[], AddressBook[]] = [[], []];
  let { book } = deployed;
  const context: DeployContext = {
    signer: deployed.deployer,
    parameters: deployed.parameters,
    read: () => book,
    save: (next) => {
      book = next;
      saved.push(next);
      return Promise.resolve();
    },
    say: (line) => void said.push(line),
    ...change,
  };
  return { context, said, saved };
};

/** Every step of a deployment, in its order. */
export const deployAll = async (context: DeployContext): Promise<void> => {
  for (const step of [deployCore, deployParts, configure, setPolicy, transfer]) await step(context);
};

/** The receipts of all transactions since the book was begun. */
export const receiptsOf = async ({ provider, book }: Deployed): Promise<readonly TransactionReceipt[]> => {
  const receipts: TransactionReceipt[] = [];
  for (let number = book.deployedAt + 1; number <= (await provider.getBlockNumber()); number += 1) {
    for (const hash of (await provider.getBlock(number))?.transactions ?? []) {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt !== null) receipts.push(receipt);
    }
  }
  return receipts;
};

/** The name of the custom error that `attempt` reverts with, "none" when it goes through. */
export const revertOf = async (attempt: Promise<unknown>): Promise<string> => {
  try {
    await attempt;
    return "none";
  } catch (error) {
    if (!isError(error, "CALL_EXCEPTION")) throw error;
    if (error.revert !== null) return error.revert.name;
    // What the governor calls on behalf of a proposal reverts with errors of its own.
    const foreign = TimelockController__factory.createInterface().parseError(error.data ?? "0x");
    if (foreign === null) throw error;
    return foreign.name;
  }
};
