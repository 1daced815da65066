import { type Signer, ZeroAddress, getCreateAddress, isError } from "ethers";
import type { BookContract } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Erc20Decoder__factory,
  Mandate__factory,
  NexusGovernor__factory,
  NexusLens__factory,
  NexusToken__factory,
  OracleHub__factory,
  OutcomeRecorder__factory,
  Reputation__factory,
  TimelockController__factory,
  Treasury__factory,
  UniswapV2Decoder__factory,
  UniswapV3Decoder__factory,
} from "../../types/index.ts";
import { explainRevert } from "../dao/contracts.ts";
import { type DeployContext, CORE, addressOf, deployContract, isDeployed, record } from "./context.ts";
import {
  type DeployParameters,
  assertHoldingTime,
  assertTimeToExit,
  baseAssetOf,
  leastDelay,
  tokenNamed,
} from "./parameters.ts";

/** What the ring is told of the contracts around it. */
type Around = { readonly admin: string; readonly token: string; readonly oracleHub: string; readonly breaker: string };

/** What agents earned: the registry is the only one to start a score anew. */
const deployReputation = (
  signer: Signer,
  { reputation: { halfLife, ...weighting } }: DeployParameters,
  admin: string,
  registry: string,
): Promise<BookContract> =>
  deployContract(signer, new Reputation__factory(signer), [admin, registry, halfLife, weighting]);

/**
 * The five contracts that know one another's addresses as immutables: they are deployed in a row by one account, so that
 * each address follows from the account's nonce before it exists.
 */
const deployRing = async (
  { signer, parameters }: DeployContext,
  { admin, token, oracleHub, breaker }: Around,
): Promise<Record<"AgentRegistry" | "Consensus" | "Mandate" | "Treasury" | "Reputation", BookContract>> => {
  const deployer = await signer.getAddress();
  const nonce = await signer.getNonce();
  const at = (offset: number): string => getCreateAddress({ from: deployer, nonce: nonce + offset });
  const [registry, consensus, mandate, treasury, reputation] = [at(0), at(1), at(2), at(3), at(4)];
  const { stakeToken } = parameters;
  const stake = stakeToken === undefined ? token : tokenNamed(parameters.environment, stakeToken).address;
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  const { minBond, weightCap, operatorCap, minHoldingTime } = parameters;
  const core = { treasury, consensus, registry, oracleHub, breaker, reputation };
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
    Mandate: await deployContract(signer, new Mandate__factory(signer), [admin, core]),
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
  };
};

/** The timelock starts without a delay and obeys the deployer, until `03_transfer` ends both in one transaction. */
const deployTimelock = async (signer: Signer): Promise<BookContract> => {
  const deployer = await signer.getAddress();
  return deployContract(signer, new TimelockController__factory(signer), [0, [deployer], [deployer], ZeroAddress]);
};

const deployCoreContracts = async (context: DeployContext): Promise<void> => {
  const { signer, parameters } = context;
  const { holder, supply } = parameters.governance;
  const timelock = await deployTimelock(signer);
  const token = await deployContract(signer, new NexusToken__factory(signer), [holder, supply]);
  const admin = timelock.address;
  const hub = await deployContract(signer, new OracleHub__factory(signer), [admin]);
  const breaker = await deployContract(signer, new CircuitBreaker__factory(signer), [admin, parameters.guardian]);
  const around = { admin, token: token.address, oracleHub: hub.address, breaker: breaker.address };
  const ring = await deployRing(context, around);
  await record(context, { Timelock: timelock, NexusToken: token, OracleHub: hub, CircuitBreaker: breaker, ...ring });
};

/**
 * Deploys the core in one go, or nothing when all of it is there.
 * @throws Error when the timelock's delay would not outlast the time to exit, or that time what is known before it is done
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
  await deployCoreContracts(context);
  context.say(`core: deployed, treasury at ${addressOf(context.read(), "Treasury")}`);
};

/** What keepers read the chain through; it owns nothing and can be replaced at any time. */
const deployLens = ({ signer, read }: DeployContext): Promise<BookContract> => {
  const at = (name: string): string => addressOf(read(), name);
  const around = [at("Consensus"), at("Mandate"), at("OracleHub"), at("CircuitBreaker")] as const;
  return deployContract(signer, new NexusLens__factory(signer), around);
};

/** What records gains for whoever sends proposals through it. */
const deployOutcomeRecorder = ({ signer, read }: DeployContext): Promise<BookContract> => {
  const at = (name: string): string => addressOf(read(), name);
  const around = [at("Consensus"), at("Treasury"), at("Reputation")] as const;
  return deployContract(signer, new OutcomeRecorder__factory(signer), around);
};

/** What decides for the timelock once `03_transfer` has given it the roles. Its shortest delay outlasts the time to exit. */
const deployGovernor = async ({ signer, parameters, read }: DeployContext): Promise<BookContract> => {
  const { holder: _holder, supply: _supply, ...settings } = parameters.governance;
  const refuse = (error: unknown): never => {
    if (!isError(error, "CALL_EXCEPTION") || error.data === null) throw error;
    throw new Error(`the governance parameters are refused: ${explainRevert(error.data)}`, { cause: error });
  };
  return deployContract(signer, new NexusGovernor__factory(signer), [
    addressOf(read(), "NexusToken"),
    addressOf(read(), "Timelock"),
    { ...settings, minTimelockDelay: leastDelay(parameters.minHoldingTime) },
  ]).catch(refuse);
};

type Part = readonly [name: string, deploy: () => Promise<BookContract>];

/** What is deployed beside the core, each by itself: the governor, the lens, the recorder of gains and the decoders. */
export const partsOf = (context: DeployContext): readonly Part[] => {
  const { signer } = context;
  return [
    ["NexusGovernor", () => deployGovernor(context)],
    ["NexusLens", () => deployLens(context)],
    ["OutcomeRecorder", () => deployOutcomeRecorder(context)],
    ["Erc20Decoder", () => deployContract(signer, new Erc20Decoder__factory(signer), [])],
    ["UniswapV2Decoder", () => deployContract(signer, new UniswapV2Decoder__factory(signer), [])],
    ["UniswapV3Decoder", () => deployContract(signer, new UniswapV3Decoder__factory(signer), [])],
  ];
};

/** Deploys each part that is missing. */
export const deployParts = async (context: DeployContext): Promise<void> => {
  for (const [name, deploy] of partsOf(context)) {
    if (await isDeployed(context, name)) continue;
    await record(context, { [name]: await deploy() });
    context.say(`${name}: deployed`);
  }
};
