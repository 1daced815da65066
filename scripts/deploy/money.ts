import { type Signer, ZeroAddress, getCreateAddress, keccak256 } from "ethers";
import type { BookContract } from "../../deployments/schema.ts";
import {
  Accounts__factory,
  Erc8183Adapter__factory,
  Escrow__factory,
  FeeSplitter__factory,
  PaymentChannels__factory,
  TreasuryEvaluator__factory,
} from "../../types/index.ts";
import { type DeployContext, deployContract, providerOf } from "./context.ts";
import { baseAssetOf, tokenNamed } from "./parameters.ts";

/** Where what moves money between agents is going to be; `worker` is the adapter's own. */
export type MoneyDeployment = Readonly<
  Record<"ledger" | "channels" | "escrow" | "splitter" | "adapter" | "worker" | "evaluator", string>
>;

/** What the money's contracts are told of those around them. */
export type MoneyEnvironment = Readonly<
  Record<"admin" | "registry" | "reputation" | "oracleHub" | "treasury" | "recorder", string>
>;

/** The addresses of what `deployMoney` deploys when the first of its transactions has the nonce `first`. */
export const moneyAddresses = (from: string, first: number): MoneyDeployment => {
  const at = (offset: number): string => getCreateAddress({ from, nonce: first + offset });
  const adapter = at(4);
  return {
    ledger: at(0),
    channels: at(1),
    escrow: at(2),
    splitter: at(3),
    adapter,
    worker: getCreateAddress({ from: adapter, nonce: 1 }),
    evaluator: at(5),
  };
};

/** The adapter for ERC-8183, and the worker that it creates. */
const deployAdapter = async (signer: Signer, { escrow, worker }: MoneyDeployment, base: string) => {
  const adapter = await deployContract(signer, new Erc8183Adapter__factory(signer), [escrow, base]);
  const code = await providerOf(signer).getCode(worker);
  const own: BookContract = { ...adapter, address: worker, args: [escrow], bytecodeHash: keccak256(code) };
  return { Erc8183Adapter: adapter, Erc8183Worker: own };
};

/**
 * The ledger, its two modules, the fee collector, the adapter for ERC-8183, which is paid in the base asset, and what
 * judges jobs by the treasury's gain. They know one another from birth, so they are deployed in a row. The timelock is the
 * administrator of fees and gets the protocol's part; who shares in the rest is for the DAO to say.
 */
export const deployMoney = async (
  { signer, read, parameters }: DeployContext,
  addresses: MoneyDeployment,
  environment: MoneyEnvironment,
): Promise<Readonly<Record<string, BookContract>>> => {
  const { ledger, channels, escrow, splitter } = addresses;
  const { admin, registry, reputation, oracleHub, treasury, recorder } = environment;
  const { jobFeeBps, protocolBps } = parameters.fees;
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  const permit2 = read().environment.permit2 ?? ZeroAddress;
  return {
    Accounts: await deployContract(signer, new Accounts__factory(signer), [permit2, splitter, escrow, channels]),
    PaymentChannels: await deployContract(signer, new PaymentChannels__factory(signer), [ledger]),
    Escrow: await deployContract(signer, new Escrow__factory(signer), [
      admin,
      ledger,
      registry,
      reputation,
      oracleHub,
      jobFeeBps,
    ]),
    FeeSplitter: await deployContract(signer, new FeeSplitter__factory(signer), [
      admin,
      ledger,
      registry,
      reputation,
      treasury,
      admin,
      protocolBps,
    ]),
    ...(await deployAdapter(signer, addresses, base)),
    TreasuryEvaluator: await deployContract(signer, new TreasuryEvaluator__factory(signer), [
      escrow,
      recorder,
      oracleHub,
    ]),
  };
};
