import { type ContractTransactionResponse, type HDNodeWallet, id } from "ethers";
import { type Touched, touchedSlots } from "./touched.ts";
import {
  type Config,
  type MoneyWorld,
  ONE_USDC,
  batchOf,
  configOf,
  signVoucher,
  startMoney,
  termsOf,
} from "./money.ts";
import { type Cost, sumOf } from "./trace.ts";
import type { BenchWorld } from "./world.ts";

const BATCH = 50;
const OPENED = 100n * ONE_USDC;
const PAID = 40n * ONE_USDC;
const RESULT = id("the work");

/** What money between agents costs. */
export type MoneyCosts = {
  /** Fund, and deliver with the client's approval signed: two transactions. The same with an approval sent: three. */
  readonly escrowLife: Cost;
  readonly escrowThree: Cost;
  /** Open, and close with one voucher: two transactions. */
  readonly channelLife: Cost;
  /** One of fifty vouchers of fifty payers that are claimed in one transaction. */
  readonly batchClaim: Cost;
  readonly deposit: Cost;
  readonly withdrawal: Cost;
  readonly bareTransfer: Cost;
};

type Send = () => Promise<ContractTransactionResponse>;
/** What a story cost, and what storage each of its transactions used. */
type Story = { readonly cost: Cost; readonly touched: readonly Touched[] };

/** Sends transactions one after the other. */
const runAll = async (money: MoneyWorld, sends: readonly Send[]): Promise<Story> => {
  const costs: Cost[] = [];
  const touched: Touched[] = [];
  for (const send of sends) {
    const response = await send();
    costs.push(await money.world.measure(Promise.resolve(response)));
    touched.push(await touchedSlots(money.world.sandbox.control, response.hash, response.to ?? ""));
  }
  return { cost: sumOf(costs), touched };
};

/** Fund, deliver and approve. */
export const runJob = async (money: MoneyWorld, client: HDNodeWallet, worker: HDNodeWallet): Promise<Story> => {
  const terms = await termsOf(money, client.address, worker.address, "a job");
  return runAll(money, [
    () => money.escrow.connect(client).fund(terms),
    () => money.escrow.connect(worker).deliver(terms, RESULT),
    () => money.escrow.connect(client).approve(terms, 0),
  ]);
};

/** Fund, and deliver what the client has approved by its signature. */
export const runSignedJob = async (money: MoneyWorld, client: HDNodeWallet, worker: HDNodeWallet): Promise<Story> => {
  const terms = await termsOf(money, client.address, worker.address, "a job approved by signature");
  const jobId = await money.escrow.jobIdOf(terms);
  const domain = {
    name: "NEXUS Escrow",
    version: "1",
    chainId: 1329,
    verifyingContract: await money.escrow.getAddress(),
  };
  const types = {
    Approval: [
      { name: "jobId", type: "bytes32" },
      { name: "result", type: "bytes32" },
      { name: "outcome", type: "uint128" },
    ],
  };
  const signature = await client.signTypedData(domain, types, { jobId, result: RESULT, outcome: 0n });
  return runAll(money, [
    () => money.escrow.connect(client).fund(terms),
    () => money.escrow.connect(worker).deliverApproved(terms, RESULT, 0, signature),
  ]);
};

/** Open, and close with one voucher. */
export const runChannel = async (money: MoneyWorld, payer: HDNodeWallet, receiver: HDNodeWallet): Promise<Story> => {
  const config = configOf(money, payer.address, receiver.address, 1);
  const voucher = await signVoucher(money, config, PAID, payer);
  return runAll(money, [
    () => money.channels.connect(payer).open(config, OPENED),
    () => money.channels.connect(receiver).close(config, PAID, PAID, voucher.serialized),
  ]);
};

/** Fifty payers, each with a channel to one receiver, who claims from all of them once more than the first time. */
const measureBatch = async (money: MoneyWorld, first: number, receiver: HDNodeWallet): Promise<Cost> => {
  const opened: { readonly payer: HDNodeWallet; readonly config: Config }[] = [];
  for (let index = 0; index < BATCH; index += 1) {
    const payer = await money.actor(first + index);
    const config = configOf(money, payer.address, receiver.address, 1);
    await (await money.channels.connect(payer).open(config, OPENED)).wait();
    opened.push({ payer, config });
  }
  const claim = async (total: bigint): Promise<Cost> => {
    const vouchers = await Promise.all(
      opened.map(async ({ payer, config }) => [config, total, await signVoucher(money, config, total, payer)] as const),
    );
    const { group, claims, signatures } = batchOf(vouchers);
    const { gas, newSlots } = await money.world.measure(
      money.channels.connect(receiver).claimMany(group, claims, signatures),
    );
    return { gas: gas / BigInt(BATCH), newSlots };
  };
  await claim(PAID);
  return claim(PAID + 12_345_678n);
};

/** Deposits, withdrawals and plain transfers of a token, each between slots that exist. */
const measureTransfers = async (money: MoneyWorld, from: HDNodeWallet, to: HDNodeWallet) => {
  const { world, accounts, token, usdc } = money;
  const own = accounts.connect(from);
  return {
    deposit: await world.measure(own.deposit(token, from.address, ONE_USDC)),
    withdrawal: await world.measure(own.withdraw(token, from.address, ONE_USDC)),
    bareTransfer: await world.measure(usdc.connect(from).transfer(to.address, ONE_USDC)),
  };
};

/** Measures all flows between agents, from a ledger in which everybody has a balance already. */
export const measureMoney = async (world: BenchWorld): Promise<MoneyCosts> => {
  const money = await startMoney(world);
  const [client, worker] = [await money.actor(0), await money.actor(1)];
  return {
    escrowThree: (await runJob(money, client, worker)).cost,
    escrowLife: (await runSignedJob(money, client, worker)).cost,
    channelLife: (await runChannel(money, client, worker)).cost,
    batchClaim: await measureBatch(money, 2, worker),
    ...(await measureTransfers(money, client, worker)),
  };
};
