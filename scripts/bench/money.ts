import {
  type HDNodeWallet,
  Signature,
  TypedDataEncoder,
  ZeroAddress,
  concat,
  getCreateAddress,
  id,
  toBeHex,
} from "ethers";
import {
  type Accounts,
  type Escrow,
  type PaymentChannels,
  type SandboxUSDC,
  Accounts__factory,
  Escrow__factory,
  PaymentChannels__factory,
  SandboxUSDC__factory,
} from "../../types/index.ts";
import { CHANNELS_DOMAIN, CONFIG_TYPES, VOUCHER_TYPES } from "../../keepers/core/channelTypes.ts";
import { testKeys } from "../sandbox/account.ts";
import type { BenchWorld } from "./world.ts";

const ETHER = 10n ** 18n;
const FIRST_ACTOR = 500;
const JOB_FEE_BPS = 100;
const FUNDS = 1_000_000n * 10n ** 6n;
const DAY = 86_400;
const HOUR = 3_600;
export const ONE_USDC = 10n ** 6n;

/** The ledger and its modules, with whoever a flow needs. */
export type MoneyWorld = {
  readonly world: BenchWorld;
  readonly usdc: SandboxUSDC;
  readonly token: string;
  readonly accounts: Accounts;
  readonly channels: PaymentChannels;
  readonly escrow: Escrow;
  /** An actor with gas, tokens, an approval, a balance in the ledger and both modules allowed. */
  readonly actor: (index: number) => Promise<HDNodeWallet>;
};

/** Deploys ledger, channels and escrow, without agents; `anyone` is the administrator. */
export const startMoney = async (world: BenchWorld): Promise<MoneyWorld> => {
  const { anyone } = world;
  const me = await anyone.getAddress();
  const nonce = await anyone.getNonce();
  const at = (offset: number): string => getCreateAddress({ from: me, nonce: nonce + offset });
  const ledger = at(0);
  const accounts = await new Accounts__factory(anyone).deploy(ZeroAddress, me, at(2), at(1));
  const channels = await new PaymentChannels__factory(anyone).deploy(ledger);
  const none = [ZeroAddress, ZeroAddress, ZeroAddress] as const;
  const escrow = await new Escrow__factory(anyone).deploy(me, ledger, ...none, JOB_FEE_BPS);
  await Promise.all([accounts, channels, escrow].map((contract) => contract.waitForDeployment()));
  return moneyWorld(world, { accounts, channels, escrow });
};

/** Actors around a ledger and its modules that are deployed. */
export const moneyWorld = (
  world: BenchWorld,
  { accounts, channels, escrow }: Pick<MoneyWorld, "accounts" | "channels" | "escrow">,
): MoneyWorld => {
  const { anyone, provider, sandbox } = world;
  const token = sandbox.environment.tokens["USDC"]?.address ?? "";
  const keyAt = testKeys();
  const usdc = SandboxUSDC__factory.connect(token, anyone);

  const actor = async (index: number): Promise<HDNodeWallet> => {
    const wallet = keyAt(FIRST_ACTOR + index).connect(provider);
    await sandbox.setBalance(wallet.address, 100n * ETHER);
    await sandbox.mint("USDC", wallet.address, FUNDS);
    await (await usdc.connect(wallet).approve(accounts, FUNDS)).wait();
    const own = accounts.connect(wallet);
    await (await own.deposit(token, wallet.address, FUNDS / 2n)).wait();
    for (const module of [channels, escrow]) await (await own.allowModule(token, module, true)).wait();
    return wallet;
  };
  return { world, usdc, token, accounts, channels, escrow, actor };
};

/** A channel of `payer` to `receiver`; the payer signs its vouchers itself. */
export const configOf = (money: MoneyWorld, payer: string, receiver: string, salt: number) => ({
  payer,
  payerAuthorizer: ZeroAddress,
  receiver,
  receiverAuthorizer: ZeroAddress,
  token: money.token,
  withdrawDelay: HOUR,
  salt: toBeHex(salt, 32),
});
export type Config = ReturnType<typeof configOf>;

/** The payer's voucher. */
export const signVoucher = async (
  money: MoneyWorld,
  config: Config,
  maxClaimableAmount: bigint,
  payer: HDNodeWallet,
): Promise<Signature> => {
  const verifyingContract = await money.channels.getAddress();
  const domain = { ...CHANNELS_DOMAIN, chainId: 1329, verifyingContract };
  const channelId = TypedDataEncoder.hash(domain, CONFIG_TYPES, config);
  return Signature.from(await payer.signTypedData(domain, VOUCHER_TYPES, { channelId, maxClaimableAmount }));
};

/** What `claimMany` takes for vouchers of channels to one receiver. */
export const batchOf = (vouchers: readonly (readonly [Config, bigint, Signature])[]) => {
  const first = vouchers[0];
  if (first === undefined) throw new Error("a batch needs a voucher");
  const [{ receiver, receiverAuthorizer, token, withdrawDelay }] = first;
  return {
    group: { receiver, receiverAuthorizer, token, withdrawDelay },
    claims: vouchers.map(([{ payer, payerAuthorizer, salt }, maxClaimableAmount]) => ({
      payer,
      payerAuthorizer,
      salt,
      maxClaimableAmount,
    })),
    signatures: concat(vouchers.map(([, , signature]) => signature.compactSerialized)),
  };
};

/** A job at a fixed price that the client judges; `arbiter` decides disputes. */
export const termsOf = async (money: MoneyWorld, client: string, worker: string, name: string) => {
  const block = await money.world.provider.getBlock("latest");
  return {
    client,
    worker,
    evaluator: ZeroAddress,
    arbiter: await money.world.anyone.getAddress(),
    token: money.token,
    spec: id(name),
    floor: 100n * ONE_USDC,
    timeoutPayment: 100n * ONE_USDC,
    cap: 100n * ONE_USDC,
    outcomeBps: 0,
    evaluatorPay: 0,
    deliverBy: (block?.timestamp ?? 0) + DAY,
    reviewPeriod: HOUR,
    agentId: 0,
  };
};
export type Terms = Awaited<ReturnType<typeof termsOf>>;
