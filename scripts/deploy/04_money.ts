import { ZeroAddress, getCreateAddress } from "ethers";
import {
  Accounts__factory,
  Erc8183Adapter__factory,
  Escrow__factory,
  FeeSplitter__factory,
  PaymentChannels__factory,
  TreasuryEvaluator__factory,
} from "../../types/index.ts";
import { type DeployContext, addressOf, deployContract, isDeployed, record } from "./context.ts";
import { baseAssetOf, tokenNamed } from "./parameters.ts";

/** Names in the address book of what moves money between agents. */
export const MONEY = [
  "Accounts",
  "PaymentChannels",
  "Escrow",
  "FeeSplitter",
  "Erc8183Adapter",
  "TreasuryEvaluator",
] as const;

/** What stands beside the escrow: ERC-8183's shape of it, and what judges jobs by the treasury's gain. */
const deployAround = async ({ signer, read }: DeployContext, escrow: string, base: string) => ({
  Erc8183Adapter: await deployContract(signer, new Erc8183Adapter__factory(signer), [escrow, base]),
  TreasuryEvaluator: await deployContract(signer, new TreasuryEvaluator__factory(signer), [
    escrow,
    addressOf(read(), "OutcomeRecorder"),
    addressOf(read(), "OracleHub"),
  ]),
});

/**
 * The ledger, its two modules, the fee collector, the adapter for ERC-8183, which is paid in the base asset, and what
 * judges jobs by the treasury's gain, all in one go, or nothing when they are there. They know one another
 * from birth, so they are deployed in a row like the core. The timelock is the administrator of fees and gets the
 * protocol's part; who shares in the rest is for the DAO to say.
 */
export const deployMoney = async (context: DeployContext): Promise<void> => {
  const present = await Promise.all(MONEY.map((name) => isDeployed(context, name)));
  if (present.every(Boolean)) {
    context.say("money: already deployed");
    return;
  }
  const { signer, read, parameters } = context;
  const [from, nonce] = [await signer.getAddress(), await signer.getNonce()];
  const at = (offset: number): string => getCreateAddress({ from, nonce: nonce + offset });
  const [ledger, channels, escrow, splitter] = [at(0), at(1), at(2), at(3)];
  const admin = addressOf(read(), "Timelock");
  const { jobFeeBps, protocolBps } = parameters.fees;
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  const permit2 = read().environment.permit2 ?? ZeroAddress;
  await record(context, {
    Accounts: await deployContract(signer, new Accounts__factory(signer), [permit2, splitter, escrow, channels]),
    PaymentChannels: await deployContract(signer, new PaymentChannels__factory(signer), [ledger]),
    Escrow: await deployContract(signer, new Escrow__factory(signer), [
      admin,
      ledger,
      addressOf(read(), "AgentRegistry"),
      addressOf(read(), "Reputation"),
      addressOf(read(), "OracleHub"),
      jobFeeBps,
    ]),
    FeeSplitter: await deployContract(signer, new FeeSplitter__factory(signer), [
      admin,
      ledger,
      addressOf(read(), "AgentRegistry"),
      addressOf(read(), "Reputation"),
      addressOf(read(), "Treasury"),
      admin,
      protocolBps,
    ]),
    ...(await deployAround(context, escrow, base)),
  });
  context.say(`money: deployed, ledger at ${ledger}`);
};
