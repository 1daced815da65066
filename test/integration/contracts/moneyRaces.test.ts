import { expect } from "chai";
import { type Signer, ethers, loadFixture, networkHelpers, time } from "../../support/chain.ts";
import {
  CLAIMED,
  DEPOSIT,
  STATE,
  type WithChannel,
  channelFixture,
  closingFixture,
  voucherOf,
} from "../../support/channels.ts";
import { penaltyOf } from "../../support/declared.ts";
import { JOB, PRICE, deliveredFixture, fundedFixture, netOf, performanceFixture } from "../../support/jobs.ts";
import { FUNDS, balanceOf } from "../../support/money.ts";

const MORE = 3n * CLAIMED;
const GAS = { gasLimit: 500_000n } as const;

type Sent = { readonly from: Signer; readonly to: string; readonly data: string };

/**
 * Puts transactions into one block of that second, in this order.
 * @returns whether each of them succeeded
 */
const inOneBlock = async (timestamp: bigint, transactions: readonly Sent[]): Promise<readonly boolean[]> => {
  const price = ethers.parseUnits("100", "gwei");
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    const hashes: string[] = [];
    for (const [index, { from, to, data }] of transactions.entries()) {
      const gasPrice = price - BigInt(index);
      hashes.push((await from.sendTransaction({ to, data, gasPrice, ...GAS })).hash);
    }
    await time.setNextBlockTimestamp(timestamp);
    await networkHelpers.mine();
    const receipts = await Promise.all(hashes.map((hash) => ethers.provider.getTransactionReceipt(hash)));
    if (new Set(receipts.map((receipt) => receipt?.blockNumber)).size !== 1) throw new Error("not one block");
    return receipts.map((receipt) => receipt?.status === 1);
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
};

const pendingPayoutOf = async (f: WithChannel, from: Signer, total: bigint): Promise<Sent> => ({
  from,
  to: f.addresses.channels,
  data: f.channels.interface.encodeFunctionData("claim", [f.config, total, await voucherOf(f, f.config, total)]),
});

const finishOf = (f: WithChannel, from: Signer): Sent => ({
  from,
  to: f.addresses.channels,
  data: f.channels.interface.encodeFunctionData("finalizeClose", [f.config]),
});

describe("races between payer and payee", () => {
  describe("claim against challenged close at the same timestamp", () => {
    it("the claim wins in the last second, whichever comes first [NX-CHN-02]", async () => {
      for (const closeFirst of [true, false]) {
        const f = await loadFixture(closingFixture);
        const claim = await pendingPayoutOf(f, f.payee, MORE);
        const finish = finishOf(f, f.depositor);
        const done = await inOneBlock(f.closesAt, closeFirst ? [finish, claim] : [claim, finish]);
        expect(done).to.deep.equal(closeFirst ? [false, true] : [true, false]);
        expect(await balanceOf(f, f.payee)).to.equal(MORE);
      }
    });

    it("after it the first one wins, and the sum is the same", async () => {
      for (const closeFirst of [true, false]) {
        const f = await loadFixture(closingFixture);
        const claim = await pendingPayoutOf(f, f.payee, MORE);
        const finish = finishOf(f, f.depositor);
        const done = await inOneBlock(f.closesAt + 1n, closeFirst ? [finish, claim] : [claim, finish]);
        expect(done).to.deep.equal(closeFirst ? [true, false] : [true, true]);
        const [payee, payer] = [await balanceOf(f, f.payee), await balanceOf(f, f.depositor)];
        expect(payee).to.equal(closeFirst ? CLAIMED : MORE + penaltyOf(MORE, CLAIMED));
        expect(payee + payer).to.equal(FUNDS);
      }
    });
  });

  describe("top-up during a challenge", () => {
    it("is refused, so that a payer cannot undo the close that a watchtower is paid for", async () => {
      const f = await loadFixture(closingFixture);
      const data = f.channels.interface.encodeFunctionData("topUp", [f.config, 1n]);
      const topUp = { from: f.depositor, to: f.addresses.channels, data };
      const done = await inOneBlock(f.closesAt, [topUp, await pendingPayoutOf(f, f.anyone, MORE)]);
      expect(done).to.deep.equal([false, true]);
      expect((await f.channels.channelOf(f.config)).state).to.equal(STATE.closingStale);
    });
  });

  describe("payer withdraws all before a claim", () => {
    it("reserved funds cannot be withdrawn [NX-ACC-02] [NX-CHN-02]", async () => {
      const f = await loadFixture(channelFixture);
      const encode = (amount: bigint) =>
        f.accounts.interface.encodeFunctionData("withdraw", [f.addresses.usdc, f.depositor.address, amount]);
      const withdrawal = (amount: bigint) => ({ from: f.depositor, to: f.addresses.accounts, data: encode(amount) });
      const second = BigInt(await time.latest()) + 5n;
      const done = await inOneBlock(second, [
        withdrawal(FUNDS),
        withdrawal(FUNDS - DEPOSIT),
        withdrawal(1n),
        await pendingPayoutOf(f, f.payee, DEPOSIT),
      ]);
      // Of one sender the order is by nonce; the claim comes from another.
      expect(done).to.deep.equal([false, true, false, true]);
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
    });
  });

  describe("two claims of one voucher", () => {
    it("pay once [NX-CHN-01]", async () => {
      const f = await loadFixture(channelFixture);
      const claims = [await pendingPayoutOf(f, f.payee, MORE), await pendingPayoutOf(f, f.anyone, MORE)];
      expect(await inOneBlock(BigInt(await time.latest()) + 5n, claims)).to.deep.equal([true, false]);
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
    });
  });
});

describe("races around a job", () => {
  describe("dispute at the deadline second", () => {
    it("wins over a time-out in the same second, whichever comes first [NX-ESC-02]", async () => {
      for (const disputeFirst of [true, false]) {
        const f = await loadFixture(deliveredFixture);
        const to = f.addresses.escrow;
        const { interface: abi } = f.escrow;
        const dispute = { from: f.depositor, to, data: abi.encodeFunctionData("dispute", [f.terms]) };
        const resolveTimeout = { from: f.payee, to, data: abi.encodeFunctionData("resolveTimeout", [f.terms]) };
        const done = await inOneBlock(f.judgeBy, disputeFirst ? [dispute, resolveTimeout] : [resolveTimeout, dispute]);
        expect(done).to.deep.equal(disputeFirst ? [true, false] : [false, true]);
        expect((await f.escrow.jobOf(f.terms)).status).to.equal(JOB.disputed);
      }
    });

    it("holds over all blocks that share that second", async () => {
      const f = await loadFixture(deliveredFixture);
      await time.setNextBlockTimestamp(f.judgeBy);
      await networkHelpers.mine();
      await time.setNextBlockTimestamp(f.judgeBy);
      await expect(f.escrow.connect(f.payee).resolveTimeout(f.terms))
        .to.be.revertedWithCustomError(f.escrow, "JobTermRunning")
        .withArgs(f.jobId, f.judgeBy);
      await f.escrow.connect(f.depositor).dispute(f.terms);
      expect((await f.escrow.jobOf(f.terms)).status).to.equal(JOB.disputed);
    });
  });

  describe("evaluator replies after the timeout", () => {
    it("is refused whether the time-out was called before it or not: the schedule pays [NX-ESC-02]", async () => {
      for (const replyFirst of [true, false]) {
        const f = await loadFixture(performanceFixture);
        const to = f.addresses.escrow;
        const approve = f.escrow.interface.encodeFunctionData("approve", [f.terms, 0n]);
        const reply = { from: f.operatorB, to, data: approve };
        const resolveTimeout = {
          from: f.payee,
          to,
          data: f.escrow.interface.encodeFunctionData("resolveTimeout", [f.terms]),
        };
        const done = await inOneBlock(f.judgeBy + 1n, replyFirst ? [reply, resolveTimeout] : [resolveTimeout, reply]);
        expect(done).to.deep.equal(replyFirst ? [false, true] : [true, false]);
        expect(await balanceOf(f, f.payee)).to.equal(netOf(f.terms.timeoutPayment));
      }
    });
  });

  describe("client withdraws while the worker accepts", () => {
    it("lets the first one win", async () => {
      for (const acceptFirst of [true, false]) {
        const f = await loadFixture(fundedFixture);
        const to = f.addresses.escrow;
        const { interface: abi } = f.escrow;
        const accept = { from: f.payee, to, data: abi.encodeFunctionData("accept", [f.terms]) };
        const withdraw = { from: f.depositor, to, data: abi.encodeFunctionData("cancel", [f.terms]) };
        const second = BigInt(await time.latest()) + 5n;
        const done = await inOneBlock(second, acceptFirst ? [accept, withdraw] : [withdraw, accept]);
        expect(done).to.deep.equal([true, false]);
        const reserved = acceptFirst ? PRICE : 0n;
        expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - reserved);
      }
    });
  });
});
