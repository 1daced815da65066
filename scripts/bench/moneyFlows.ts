import { type ContractTransactionResponse, type HDNodeWallet, id } from "ethers";
import { type Touched, sharedSlots, touchedSlots } from "./conflicts.ts";
import { type MoneyWorld, ONE_USDC, batchOf, configOf, signVoucher, startMoney, termsOf } from "./money.ts";
import { type Cost, sumOf } from "./trace.ts";
import type { World } from "./world.ts";

const BATCH = 50;
const OPENED = 100n * ONE_USDC;
const PAID = 40n * ONE_USDC;
const RESULT = id("the work");

/** What money between agents costs. */
export type MoneyCosts = {
  /** Fund, deliver and approve: three transactions; the same with the approval signed: two. */
  readonly escrowLife: Cost;
  readonly escrowSigned: Cost;
  /** Open, and close with one voucher: two transactions. */
  readonly channelLife: Cost;
  /** Fifty vouchers of fifty payers in one transaction, in all. */
  readonly batchClaim: Cost;
  readonly batchSize: number;
  readonly deposit: Cost;
  readonly withdrawal: Cost;
  readonly bareTransfer: Cost;
  /** The slots that two disjoint pairs both need and one of them writes, over all operations between accounts. */
  readonly sharedSlots: number;
};

type Send = () => Promise<ContractTransactionResponse>;
type Pair = { readonly cost: Cost; readonly touched: Touched };

/** Sends transactions one after the other: what they cost together, and what storage they used. */
const runAll = async (money: MoneyWorld, sends: readonly Send[]): Promise<Pair> => {
  const costs: Cost[] = [];
  const [read, written] = [new Set<string>(), new Set<string>()];
  for (const send of sends) {
    const response = await send();
    costs.push(await money.world.measure(Promise.resolve(response)));
    const touched = await touchedSlots(money.world.sandbox.control, response.hash, response.to ?? "");
    for (const slot of touched.read) read.add(slot);
    for (const slot of touched.written) written.add(slot);
  }
  return { cost: sumOf(costs), touched: { read, written } };
};

const escrowPair = async (money: MoneyWorld, client: HDNodeWallet, worker: HDNodeWallet): Promise<Pair> => {
  const terms = await termsOf(money, client.address, worker.address, "a job");
  return runAll(money, [
    () => money.escrow.connect(client).fund(terms),
    () => money.escrow.connect(worker).deliver(terms, RESULT),
    () => money.escrow.connect(client).approve(terms, 0),
  ]);
};

const signedEscrow = async (money: MoneyWorld, client: HDNodeWallet, worker: HDNodeWallet): Promise<Pair> => {
  const terms = await termsOf(money, client.address, worker.address, "a job approved by signature");
  const key = await money.escrow.keyOf(terms);
  const domain = {
    name: "NEXUS Escrow",
    version: "1",
    chainId: 1329,
    verifyingContract: await money.escrow.getAddress(),
  };
  const types = {
    Approval: [
      { name: "key", type: "bytes32" },
      { name: "result", type: "bytes32" },
      { name: "outcome", type: "uint128" },
    ],
  };
  const signature = await client.signTypedData(domain, types, { key, result: RESULT, outcome: 0n });
  return runAll(money, [
    () => money.escrow.connect(client).fund(terms),
    () => money.escrow.connect(worker).deliverApproved(terms, RESULT, 0, signature),
  ]);
};

const channelPair = async (money: MoneyWorld, payer: HDNodeWallet, receiver: HDNodeWallet): Promise<Pair> => {
  const config = configOf(money, payer.address, receiver.address, 1);
  const voucher = await signVoucher(money, config, PAID, payer);
  return runAll(money, [
    () => money.channels.connect(payer).open(config, OPENED),
    () => money.channels.connect(receiver).close(config, PAID, PAID, voucher.serialized),
  ]);
};

/** Fifty payers, each with a channel to one receiver, who claims from all of them once more than the first time. */
const measureBatch = async (money: MoneyWorld, first: number, receiver: HDNodeWallet): Promise<Cost> => {
  const opened = [];
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
    return money.world.measure(money.channels.connect(receiver).claimMany(group, claims, signatures));
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
export const measureMoney = async (world: World): Promise<MoneyCosts> => {
  const money = await startMoney(world);
  const [client, worker, otherClient, otherWorker] = [
    await money.actor(0),
    await money.actor(1),
    await money.actor(2),
    await money.actor(3),
  ];
  const escrow = await escrowPair(money, client, worker);
  const otherEscrow = await escrowPair(money, otherClient, otherWorker);
  const channel = await channelPair(money, client, worker);
  const otherChannel = await channelPair(money, otherClient, otherWorker);
  const shared = [escrow, channel].flatMap((ours) =>
    [otherEscrow, otherChannel].flatMap((theirs) => sharedSlots(ours.touched, theirs.touched)),
  );
  return {
    escrowLife: escrow.cost,
    escrowSigned: (await signedEscrow(money, client, worker)).cost,
    channelLife: channel.cost,
    batchClaim: await measureBatch(money, 4, worker),
    batchSize: BATCH,
    ...(await measureTransfers(money, client, worker)),
    sharedSlots: new Set(shared).size,
  };
};
