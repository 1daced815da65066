import type { HDNodeWallet, Provider } from "ethers";
import { parseAddressBook } from "../../deployments/schema.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  NexusToken__factory,
  SandboxToken__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { deployCore, deployParts } from "../deploy/01_core.ts";
import { configure, setPolicy } from "../deploy/02_configure.ts";
import { transfer } from "../deploy/03_transfer.ts";
import { primeLimits, registerAgent } from "../deploy/agents.ts";
import { type DeployContext, saveContract } from "../deploy/context.ts";
import type { DeployParameters } from "../deploy/parameters.ts";
import { createSafe, deploySafeCode } from "../safe/create.ts";
import { testKeys } from "./account.ts";
import {
  type FleetAgent,
  BOND,
  CO_SIGNER_OWNERS,
  CO_SIGNER_SAFE,
  FLEET,
  GUARDIAN_OWNERS,
  GUARDIAN_SAFE,
  MEMBERS,
  MEMBER_SHARE,
  PEOPLE,
  ROLE_INDICES,
  SAFE_THRESHOLD,
} from "./fleet.ts";
import { messageProfileOf } from "./messageKeys.ts";
import { sandboxParameters } from "./parameters.ts";
import type { Sandbox } from "./sandbox.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** NEXUS as it stands in the sandbox: deployed, its agents registered, its treasury filled, its timelock handed over. */
export type SandboxNexus = {
  readonly book: AddressBook;
  readonly agents: readonly (FleetAgent & { readonly agentId: number; readonly signer: HDNodeWallet })[];
  readonly executor: HDNodeWallet;
};

/** What may differ from the sandbox's usual deployment; benches ask for other fleets and other demands. */
export type NexusOptions = {
  readonly fleet?: readonly FleetAgent[];
  readonly adapt?: (parameters: DeployParameters) => DeployParameters;
  readonly save?: (book: AddressBook) => Promise<void>;
  readonly say?: (line: string) => void;
};

const ETHER = 10n ** 18n;
const GAS_MONEY = 10_000n * ETHER;
const CHAIN_ID = 1329;

/** What the treasury starts with, in USDC's units. */
export const TREASURY_DEPOSIT = 500_000n * 10n ** 6n;

/** What each member of the DAO has outside of it, in USDC's units. */
const MEMBER_FUNDS = 10_000n * 10n ** 6n;

/** What deployment needs of a sandbox. */
type Host = Pick<Sandbox, "environment" | "mint" | "setBalance">;
type Funding = { readonly provider: Provider; readonly host: Host };

/** One unit of each asset stays in the treasury for ever, so that no trade pays for a new balance slot. */
const primeBalances = async ({ host }: Funding, book: AddressBook): Promise<void> => {
  for (const token of ["WSEI", "WETH"] as const) await host.mint(token, addressOf(book, "Treasury"), 1n);
};

const fillTreasury = async ({ provider, host }: Funding, book: AddressBook): Promise<void> => {
  const depositor = testKeys()(ROLE_INDICES.depositor).connect(provider);
  await host.setBalance(depositor.address, GAS_MONEY);
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), depositor);
  if ((await treasury.totalSupply()) !== 0n) return;
  await host.mint("USDC", depositor.address, TREASURY_DEPOSIT);
  const usdc = SandboxToken__factory.connect(await treasury.asset(), depositor);
  await (await usdc.approve(treasury, TREASURY_DEPOSIT)).wait();
  await (await treasury.deposit(TREASURY_DEPOSIT, depositor)).wait();
};

/** One Safe to veto and to trip the breaker, another one to co-sign: who could do both could let pass and stop. */
const deploySafes = async (context: DeployContext): Promise<Pick<DeployParameters, "otherGuardians" | "coSigner">> => {
  const keyAt = testKeys();
  const code = await deploySafeCode(context.signer);
  const make = (names: readonly string[]) => {
    const owners = names.map((name) => keyAt(PEOPLE.get(name) ?? 0).address);
    return createSafe(context.signer, code, { owners, threshold: SAFE_THRESHOLD, salt: 0 });
  };
  const [guardian, coSigner] = [await make(GUARDIAN_OWNERS), await make(CO_SIGNER_OWNERS)];
  await saveContract(context, { ...code, [GUARDIAN_SAFE]: guardian, [CO_SIGNER_SAFE]: coSigner });
  return { otherGuardians: [guardian.address], coSigner: coSigner.address };
};

/** Gives everybody of the DAO gas, their part of the token, and something to pay others with. They delegate themselves. */
const fundMembers = async ({ provider, host }: Funding, book: AddressBook): Promise<void> => {
  const keyAt = testKeys();
  const holder = keyAt(ROLE_INDICES.holder).connect(provider);
  const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), holder);
  const members = MEMBERS.map((_, index) => keyAt(ROLE_INDICES.firstMember + index).address);
  const accounts = [...members, keyAt(ROLE_INDICES.depositor).address];
  for (const index of PEOPLE.values()) await host.setBalance(keyAt(index).address, GAS_MONEY);
  for (const account of accounts) await (await token.transfer(account, MEMBER_SHARE * ETHER)).wait();
  for (const member of members) await host.mint("USDC", member, MEMBER_FUNDS);
};

/** Gives an operator what an agent's bond takes: out of the DAO's token, or of the sandbox's own stand-in for it. */
const fundBond = async ({ provider, host }: Funding, book: AddressBook, operator: string): Promise<void> => {
  const holder = testKeys()(ROLE_INDICES.holder).connect(provider);
  const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), holder);
  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
  if ((await registry.STAKE_TOKEN()) === (await token.getAddress())) {
    await (await token.transfer(operator, BOND * ETHER)).wait();
  } else await host.mint("STAKE", operator, BOND * ETHER);
};

const registerFleet = async (
  { provider, host }: Funding,
  book: AddressBook,
  fleet: readonly FleetAgent[],
  tokens: readonly string[],
): Promise<SandboxNexus["agents"]> => {
  const keyAt = testKeys();
  const agents = [];
  for (const [index, agent] of fleet.entries()) {
    const operator = keyAt(ROLE_INDICES.firstOperator + agent.operator).connect(provider);
    const signer = keyAt(ROLE_INDICES.firstSigner + index);
    await host.setBalance(operator.address, GAS_MONEY);
    await fundBond({ provider, host }, book, operator.address);
    const agentId = await registerAgent(book, operator, signer, BOND * ETHER);
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), operator);
    await (await registry.rotateProfile(agentId, messageProfileOf(agent.name), 0)).wait();
    await primeLimits(book, operator, agentId, tokens);
    agents.push({ ...agent, agentId, signer });
  }
  return agents;
};

/**
 * Deploys NEXUS into the sandbox by the same scripts as anywhere else, while the chain still mines at once.
 * @throws Error when a transaction fails
 */
export const deployNexus = async (
  provider: Provider,
  host: Host,
  { fleet = FLEET, adapt = (usual) => usual, save, say = () => undefined }: NexusOptions = {},
): Promise<SandboxNexus> => {
  const keyAt = testKeys();
  const addressAt = (index: number): string => keyAt(index).address;
  const deployer = keyAt(ROLE_INDICES.deployer).connect(provider);
  const executor = keyAt(ROLE_INDICES.executor);
  for (const account of [deployer, executor, keyAt(ROLE_INDICES.steward), keyAt(ROLE_INDICES.monitor)])
    await host.setBalance(account.address, GAS_MONEY);

  const parameters = adapt(
    sandboxParameters(host.environment, addressAt(ROLE_INDICES.holder), addressAt(ROLE_INDICES.guardian)),
  );
  let book = parseAddressBook({
    chainId: CHAIN_ID,
    name: "sandbox",
    deployedAt: await provider.getBlockNumber(),
    environment: host.environment,
    contracts: {},
  });
  const keep = async (next: AddressBook): Promise<void> => {
    book = next;
    await save?.(next);
  };
  const context: DeployContext = { signer: deployer, parameters, read: () => book, save: keep, say };
  const funding = { provider, host };
  const tokens = parameters.assets.map(({ token }) => host.environment.tokens[token]?.address ?? "");

  await deployCore(context);
  await deployParts(context);
  await configure({ ...context, parameters: { ...parameters, ...(await deploySafes(context)) } });
  await fundMembers(funding, book);
  const agents = await registerFleet(funding, book, fleet, tokens);
  await setPolicy(context);
  await fillTreasury(funding, book);
  await primeBalances(funding, book);
  await transfer(context);
  return { book, agents, executor };
};
