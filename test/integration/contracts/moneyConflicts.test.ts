import { expect } from "chai";
import { type Touched, sharedSlots, touchedSlots } from "../../../scripts/bench/touched.ts";
import { type Signer, USDC, ethers, loadFixture } from "../../support/chain.ts";
import { configOf, voucherOf } from "../../support/channels.ts";
import { RESULT, termsOf } from "../../support/jobs.ts";
import { type Money, moneyFixture } from "../../support/money.ts";

type Sent = Promise<{ readonly hash: string; readonly to: string | null }>;

const touchedBy = async (sends: readonly (() => Sent)[]): Promise<readonly Touched[]> => {
  const control = (method: string, params?: readonly unknown[]): Promise<unknown> =>
    ethers.provider.send(method, [...(params ?? [])]);
  const touched: Touched[] = [];
  for (const send of sends) {
    const { hash, to } = await send();
    touched.push(await touchedSlots(control, hash, to ?? ""));
  }
  return touched;
};

/** Everything that a pair does between its two accounts. */
const operationsOf = async (f: Money, payer: Signer, payee: Signer): Promise<readonly Touched[]> => {
  const parties = { client: payer.address, worker: payee.address };
  const terms = await termsOf(f, parties);
  const config = configOf(f, { payer: payer.address, receiver: payee.address });
  const [first, last] = [await voucherOf(f, config, 5n), await voucherOf(f, config, 9n)];
  return touchedBy([
    () => f.escrow.connect(payer).fund(terms),
    () => f.escrow.connect(payee).accept(terms),
    () => f.escrow.connect(payee).deliver(terms, RESULT),
    () => f.escrow.connect(payer).approve(terms, 0n),
    () => f.channels.connect(payer).open(config, 100n),
    () => f.channels.connect(payer).topUp(config, 100n),
    () => f.channels.connect(payee).claim(config, 5n, first),
    () => f.channels.connect(payer).initiateClose(config, 6n),
    () => f.channels.connect(payee).close(config, 9n, 9n, last),
    () => f.accounts.connect(payer).transfer(f.addresses.usdc, payee.address, 1n),
    () => f.accounts.connect(payer).allowModule(f.addresses.usdc, payee.address, true),
  ]);
};

/** The attacker, an honest payer here, pays `anyone`. */
const twoPairsFixture = async () => {
  const f = await moneyFixture();
  const { usdc, channels, escrow } = f.addresses;
  const own = f.accounts.connect(f.attacker);
  await own.deposit(usdc, f.attacker.address, 1_000n * USDC);
  for (const module of [channels, escrow]) await own.allowModule(usdc, module, true);
  return f;
};

const allShared = (ours: readonly Touched[], theirs: readonly Touched[]): readonly string[] =>
  ours.flatMap((a) => theirs.flatMap((b) => sharedSlots(a, b)));

describe("two disjoint pairs", () => {
  it("share no slot in anything between accounts", async () => {
    const f = await loadFixture(twoPairsFixture);
    const ours = await operationsOf(f, f.depositor, f.payee);
    const theirs = await operationsOf(f, f.attacker, f.anyone);
    expect(ours.every(({ written }) => written.size > 0)).to.equal(true);
    expect(allShared(ours, theirs)).to.deep.equal([]);
  });

  it("share the token's balance and what is owed of it when both deposit: the exception", async () => {
    const f = await loadFixture(twoPairsFixture);
    const deposit = (who: Signer) => [() => f.accounts.connect(who).deposit(f.addresses.usdc, who.address, 1n)];
    const shared = allShared(await touchedBy(deposit(f.depositor)), await touchedBy(deposit(f.attacker)));
    const owners = new Set(shared.map((slot) => slot.split(":")[0]));
    const expected = [f.addresses.accounts, f.addresses.usdc].map((address) => address.slice(2).toLowerCase());
    expect([shared.length, owners]).to.deep.equal([2, new Set(expected)]);
  });
});
