import { type Signer, ZeroAddress, getCreateAddress } from "ethers";
import type { BookContract } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Erc20Decoder__factory,
  Mandate__factory,
  NexusLens__factory,
  OracleHub__factory,
  Reputation__factory,
  TimelockController__factory,
  Treasury__factory,
  UniswapV2Decoder__factory,
  UniswapV3Decoder__factory,
} from "../../types/index.ts";
import { type DeployContext, CORE, addressOf, deployContract, isDeployed, record } from "./context.ts";
import { baseAssetOf, tokenNamed } from "./parameters.ts";

/**
 * The four contracts that know one another's addresses as immutables: they are deployed in a row by one account, so that
 * each address follows from the account's nonce before it exists.
 */
const deployRing = async (
  { signer, parameters }: DeployContext,
  admin: string,
  oracleHub: string,
  breaker: string,
): Promise<Record<"AgentRegistry" | "Consensus" | "Mandate" | "Treasury", BookContract>> => {
  const deployer = await signer.getAddress();
  const nonce = await signer.getNonce();
  const at = (offset: number): string => getCreateAddress({ from: deployer, nonce: nonce + offset });
  const [registry, consensus, mandate, treasury] = [at(0), at(1), at(2), at(3)];
  const stake = tokenNamed(parameters.environment, parameters.stakeToken).address;
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  const { minBond, weightCap, minHoldingTime } = parameters;
  const core = { treasury, consensus, registry, oracleHub, breaker };
  return {
    AgentRegistry: await deployContract(signer, new AgentRegistry__factory(signer), [
      admin,
      consensus,
      stake,
      minBond,
      weightCap,
    ]),
    Consensus: await deployContract(signer, new Consensus__factory(signer), [admin, registry, treasury]),
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
  };
};

/** The agents' scores. Nobody may record anything yet: each recorder is a decision of the timelock. */
const deployReputation = ({ signer, parameters }: DeployContext, admin: string, registry: string) => {
  const { halfLife, ...weighting } = parameters.reputation;
  return deployContract(signer, new Reputation__factory(signer), [admin, registry, halfLife, weighting]);
};

/** The timelock starts without a delay and obeys the deployer, until `03_transfer` ends both in one transaction. */
const deployTimelock = async (signer: Signer): Promise<BookContract> => {
  const deployer = await signer.getAddress();
  return deployContract(signer, new TimelockController__factory(signer), [0, [deployer], [deployer], ZeroAddress]);
};

const deployCoreContracts = async (context: DeployContext): Promise<void> => {
  const { signer, parameters } = context;
  const timelock = await deployTimelock(signer);
  const admin = timelock.address;
  const hub = await deployContract(signer, new OracleHub__factory(signer), [admin]);
  const breaker = await deployContract(signer, new CircuitBreaker__factory(signer), [admin, parameters.guardian]);
  const ring = await deployRing(context, admin, hub.address, breaker.address);
  const reputation = await deployReputation(context, admin, ring.AgentRegistry.address);
  await record(context, {
    Timelock: timelock,
    OracleHub: hub,
    CircuitBreaker: breaker,
    ...ring,
    Reputation: reputation,
  });
};

/** Deploys the core in one go, or nothing when all of it is there. */
export const deployCore = async (context: DeployContext): Promise<void> => {
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

type Part = readonly [name: string, deploy: () => Promise<BookContract>];

/** What is deployed beside the core, each by itself: the lens and the decoders. */
export const partsOf = (context: DeployContext): readonly Part[] => {
  const { signer } = context;
  return [
    ["NexusLens", () => deployLens(context)],
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
