import type { ContractTransactionResponse, HDNodeWallet } from "ethers";
import { type Touched, sharedSlots, touchedSlots } from "./touched.ts";
import { type MoneyWorld, ONE_USDC, startMoney } from "./money.ts";
import { runChannel, runJob, runSignedJob } from "./moneyFlows.ts";
import { startWorld } from "./world.ts";

/** The storage slots that two operations of two disjoint pairs share; an exception shares one by its nature. */
export type MoneyConflictRow = {
  readonly flow: string;
  readonly other: string;
  readonly shared: number;
  readonly isException: "yes" | "no";
};

type Flow = { readonly flow: string; readonly touched: readonly Touched[]; readonly isException: boolean };

const touchedBy = async (
  money: MoneyWorld,
  sent: Promise<ContractTransactionResponse>,
): Promise<readonly Touched[]> => {
  const response = await sent;
  await response.wait();
  return [await touchedSlots(money.world.sandbox.control, response.hash, response.to ?? "")];
};

/** Everything that one pair does. */
const flowsOf = async (money: MoneyWorld, one: HDNodeWallet, two: HDNodeWallet): Promise<readonly Flow[]> => {
  const { accounts, token } = money;
  const own = accounts.connect(one);
  const between = (flow: string, touched: readonly Touched[]): Flow => ({ flow, touched, isException: false });
  const exception = (flow: string, touched: readonly Touched[]): Flow => ({ flow, touched, isException: true });
  return [
    between("job", (await runJob(money, one, two)).touched),
    between("signed job", (await runSignedJob(money, one, two)).touched),
    between("channel", (await runChannel(money, one, two)).touched),
    between("transfer", await touchedBy(money, own.transfer(token, two.address, ONE_USDC))),
    exception("deposit", await touchedBy(money, own.deposit(token, one.address, ONE_USDC))),
    exception("withdrawal", await touchedBy(money, own.withdraw(token, one.address, ONE_USDC))),
    exception("sweep", await touchedBy(money, own.sweepFees(token, [two.address]))),
  ];
};

const sharedBetween = (ours: Flow, theirs: Flow): number =>
  new Set(ours.touched.flatMap((a) => theirs.touched.flatMap((b) => sharedSlots(a, b)))).size;

/** What two disjoint pairs share, operation by operation, from the traces of both. */
export const benchMoneyConflicts = async (): Promise<readonly MoneyConflictRow[]> => {
  const world = await startWorld();
  try {
    const money = await startMoney(world);
    const [a, b, c, d] = [await money.actor(0), await money.actor(1), await money.actor(2), await money.actor(3)];
    const [ours, theirs] = [await flowsOf(money, a, b), await flowsOf(money, c, d)];
    return ours.flatMap((one) =>
      theirs.map((two) => ({
        flow: one.flow,
        other: two.flow,
        shared: sharedBetween(one, two),
        isException: one.isException && two.isException ? "yes" : "no",
      })),
    );
  } finally {
    await world.stop();
  }
};
