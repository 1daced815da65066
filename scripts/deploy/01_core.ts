import { type Signer, ZeroAddress, getCreateAddress, isError } from "ethers";
import type { BookContract } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Mandate__factory,
  MessageKeyRenewal__factory,
  NexusGovernor__factory,
  NexusLens__factory,
  NexusToken__factory,
  OracleHub__factory,
  PerformanceRecorder__factory,
  Reputation__factory,
  TimelockController__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { revertText } from "../../keepers/adapters/readers/reason.ts";
import { type MoneyDeployment, deployMoney, moneyAddresses } from "./money.ts";
import { type DeploymentPart, deployEvidence, sourceParts } from "./prices.ts";
import { type DeployContext, CORE, deployContract, isDeployed, saveContract } from "./context.ts";
import {
  type DeployParameters,
  assertHoldingTime,
  assertTimeToExit,
  baseAssetOf,
  minDelay,
  tokenNamed,
} from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { PROTOCOLS } from "../../keepers/core/protocols/all.ts";
import * as factories from "../../types/index.ts";

/** What the row is told of the contracts before it. */
type Before = Readonly<Record<"admin" | "token" | "oracleHub" | "breaker" | "evidence" | "governor", string>>;

/** Where the row's contracts are going to be. */
type Row = Readonly<Record<"registry" | "consensus" | "mandate" | "treasury" | "reputation" | "recorder", string>>;

/** How many contracts the row has before those of the money. */
const ROW_COUNT = 6;

/**
 * Addresses of what one account deploys in a row: each follows from the account's nonce before it exists, so that the
 * contracts can know one another as immutables, and the mandate all that is never a target.
 */
const rowAddresses = (from: string, nonce: number): { readonly row: Row; readonly money: MoneyDeployment } => {
  const at = (offset: number): string => getCreateAddress({ from, nonce: nonce + offset });
  const ring = { registry: at(0), consensus: at(1), mandate: at(2), treasury: at(3), reputation: at(4) };
  return { row: { ...ring, recorder: at(5) }, money: moneyAddresses(from, nonce + ROW_COUNT) };
};

/** What agents earned: the registry is the only one to start a score again. */
const deployReputation = (
  signer: Signer,
  { reputation: { halfLife, ...weighting } }: DeployParameters,
  admin: string,
  registry: string,
): Promise<BookContract> =>
  deployContract(signer, new Reputation__factory(signer), [admin, registry, halfLife, weighting]);

/** What records gains for whoever sends proposals through it. */
const deployPerformanceRecorder = (
  signer: Signer,
  { consensus, treasury, reputation }: Pick<Row, "consensus" | "treasury" | "reputation">,
): Promise<BookContract> =>
  deployContract(signer, new PerformanceRecorder__factory(signer), [consensus, treasury, reputation]);

/** Agents, votes, mandate, treasury, scores and the recorder of gains, in the order of their nonces. */
const deployRow = async (
  { signer, parameters }: DeployContext,
  before: Before,
  { row, money }: { readonly row: Row; readonly money: MoneyDeployment },
): Promise<Readonly<Record<string, BookContract>>> => {
  const { admin, token, oracleHub, breaker, evidence, governor } = before;
  const { registry, consensus, mandate, treasury, reputation, recorder } = row;
  const { stakeToken, minBond, weightCap, operatorCap, minHoldingTime } = parameters;
  const stake = stakeToken === undefined ? token : tokenNamed(parameters.environment, stakeToken).address;
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  // The mandate adds the timelock, the treasury, the scores and itself.
  const first = [token, governor, oracleHub, breaker, evidence];
  const others = [...first, registry, consensus, recorder, ...Object.values(money)];
  return {
    AgentRegistry: await deployContract(signer, new AgentRegistry__factory(signer), [
      admin,
      consensus,
      reputation,
      stake,
      minBond,
      weightCap,
      operatorCap,
    ]),
    Consensus: await deployContract(signer, new Consensus__factory(signer), [admin, registry, treasury, breaker]),
    Mandate: await deployContract(signer, new Mandate__factory(signer), [admin, treasury, reputation, others]),
    Treasury: await deployContract(signer, new Treasury__factory(signer), [
      admin,
      consensus,
      mandate,
      oracleHub,
      breaker,
      base,
      minHoldingTime,
    ]),
    Reputation: await deployReputation(signer, parameters, admin, registry),
    PerformanceRecorder: await deployPerformanceRecorder(signer, row),
  };
};

/** The timelock starts without a delay and obeys the deployer, until `03_transfer` ends both in one transaction. */
const deployTimelock = async (signer: Signer): Promise<BookContract> => {
  const deployer = await signer.getAddress();
  return deployContract(signer, new TimelockController__factory(signer), [0, [deployer], [deployer], ZeroAddress]);
};

/** What keepers read the chain through; it owns nothing and can be replaced at any time. */
const deployLens = ({ signer, read }: DeployContext): Promise<BookContract> => {
  const at = (name: string): string => addressOf(read(), name);
  const environment = [at("Consensus"), at("Mandate"), at("OracleHub"), at("CircuitBreaker")] as const;
  return deployContract(signer, new NexusLens__factory(signer), environment);
};

/** What decides for the timelock once `03_transfer` has given it the roles. Its shortest delay outlasts the time to exit. */
const deployGovernor = async (
  { signer, parameters }: DeployContext,
  { token, timelock }: { readonly token: string; readonly timelock: string },
): Promise<BookContract> => {
  const { holder: _holder, supply: _supply, ...settings } = parameters.governance;
  const refuse = (error: unknown): never => {
    if (!isError(error, "CALL_EXCEPTION") || error.data === null) throw error;
    throw new Error(`the governance parameters are refused: ${revertText(error.data)}`, { cause: error });
  };
  return deployContract(signer, new NexusGovernor__factory(signer), [
    token,
    timelock,
    { ...settings, minTimelockDelay: minDelay(parameters.minHoldingTime) },
  ]).catch(refuse);
};

const deployCoreContracts = async (context: DeployContext): Promise<void> => {
  const { signer, parameters } = context;
  const { holder, supply } = parameters.governance;
  const timelock = await deployTimelock(signer);
  const token = await deployContract(signer, new NexusToken__factory(signer), [holder, supply]);
  const [admin, tokenAt] = [timelock.address, token.address];
  const governor = await deployGovernor(context, { token: tokenAt, timelock: admin });
  const hub = await deployContract(signer, new OracleHub__factory(signer), [admin]);
  const breaker = await deployContract(signer, new CircuitBreaker__factory(signer), [admin, parameters.guardian]);
  const oracleHub = hub.address;

  // What judges evidence pays from the ledger, which comes with the money after the row.
  const addresses = rowAddresses(await signer.getAddress(), (await signer.getNonce()) + 1);
  const { treasury } = addresses.row;
  const places = { admin, oracleHub, breaker: breaker.address, treasury, ...addresses.money };
  const evidence = await deployEvidence(context, places);
  const before = {
    admin,
    token: tokenAt,
    oracleHub,
    breaker: breaker.address,
    evidence: evidence.address,
    governor: governor.address,
  };
  const row = await deployRow(context, before, addresses);
  const money = await deployMoney(context, addresses.money, { ...addresses.row, admin, oracleHub });
  const alone = { Timelock: timelock, NexusToken: token, NexusGovernor: governor, OracleHub: hub };
  await saveContract(context, { ...alone, CircuitBreaker: breaker, BreakerEvidence: evidence, ...row, ...money });
};

/**
 * Deploys the core in one go, or nothing when all of it is there.
 * @throws Error when the timelock's delay would not outlast the time to exit, or that time what is known before it is done,
 * or only a part of the core is there: its contracts know one another from birth, so none can be added
 */
export const deployCore = async (context: DeployContext): Promise<void> => {
  const { timelockDelay, minHoldingTime, policies } = context.parameters;
  assertTimeToExit(timelockDelay, minHoldingTime);
  assertHoldingTime(minHoldingTime, policies);
  const present = await Promise.all(CORE.map((name) => isDeployed(context, name)));
  if (present.every(Boolean)) {
    context.say("core: already deployed");
    return;
  }
  const missing = CORE.filter((_, index) => present[index] !== true);
  if (missing.length < CORE.length) {
    throw new Error(
      `the address book has a core without ${missing.join(", ")}: it is deployed in one go; begin with a new book`,
    );
  }
  await deployCoreContracts(context);
  context.say(`core: deployed, treasury at ${addressOf(context.read(), "Treasury")}`);
};

/** What TypeChain made of every contract, by name: a protocol names its decoder, and needs no line here. */
const FACTORIES = factories;

/** Deploys the decoder of a protocol. */
const deployDecoder = (signer: Signer, decoder: (typeof PROTOCOLS)[number]["decoder"]): Promise<BookContract> =>
  deployContract(signer, new FACTORIES[`${decoder}__factory` as const](signer), []);

/** What can be deployed by itself: lens, decoders and the renewal of keys, and governor and recorder of gains, which the core brings too. */
export const partsOf = (context: DeployContext): readonly DeploymentPart[] => {
  const { signer, read } = context;
  const at = (name: string): string => addressOf(read(), name);
  const recorded = () => ({ consensus: at("Consensus"), treasury: at("Treasury"), reputation: at("Reputation") });
  return [
    ["NexusGovernor", () => deployGovernor(context, { token: at("NexusToken"), timelock: at("Timelock") })],
    ["NexusLens", () => deployLens(context)],
    ["PerformanceRecorder", () => deployPerformanceRecorder(signer, recorded())],
    ...PROTOCOLS.map(({ decoder }): DeploymentPart => [decoder, () => deployDecoder(signer, decoder)]),
    ...sourceParts(context),
    ["MessageKeyRenewal", () => deployContract(signer, new MessageKeyRenewal__factory(signer), [at("AgentRegistry")])],
  ];
};

/** Deploys each part that is missing. */
export const deployParts = async (context: DeployContext): Promise<void> => {
  for (const [name, deploy] of partsOf(context)) {
    if (await isDeployed(context, name)) continue;
    await saveContract(context, { [name]: await deploy() });
    context.say(`${name}: deployed`);
  }
};
