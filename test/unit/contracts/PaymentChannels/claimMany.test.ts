import { expect } from "chai";
import { ZERO, at, ethers, loadFixture } from "../../../support/chain.ts";
import {
  type Config,
  DEPOSIT,
  authorizer,
  claimedFixture,
  closedFixture,
  configOf,
  idOf,
  voucherOf,
} from "../../../support/channels.ts";
import { type Money, balanceOf } from "../../../support/money.ts";

const groupOf = ({ receiver, receiverAuthorizer, token, withdrawDelay }: Config) => ({
  receiver,
  receiverAuthorizer,
  token,
  withdrawDelay,
});

const pendingPayoutOf = ({ payer, payerAuthorizer, salt }: Config, maxClaimableAmount: bigint) => ({
  payer,
  payerAuthorizer,
  salt,
  maxClaimableAmount,
});

const compactOf = async (f: Money, config: Config, total: bigint): Promise<string> =>
  ethers.Signature.from(await voucherOf(f, config, total)).compactSerialized;

/** Three channels of the depositor and the attacker to the payee; a hundred was claimed from the first. */
const threeChannelsFixture = async () => {
  const f = await claimedFixture();
  const second = configOf(f, { salt: ethers.id("second") });
  const third = configOf(f, { payer: f.attacker.address });
  await f.accounts.connect(f.attacker).deposit(f.addresses.usdc, f.attacker.address, DEPOSIT);
  await f.accounts.connect(f.attacker).allowModule(f.addresses.usdc, f.addresses.channels, true);
  await f.channels.connect(f.depositor).open(second, DEPOSIT);
  await f.channels.connect(f.attacker).open(third, DEPOSIT);
  return { ...f, configs: [f.config, second, third] as const };
};

describe("PaymentChannels.claimMany", () => {
  describe("when there is not one signature for each voucher", () => {
    it("reverts with SignatureCountMismatch", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const claims = f.configs.map((config) => pendingPayoutOf(config, DEPOSIT));
      await expect(f.channels.claimMany(groupOf(f.config), claims, `0x${"11".repeat(65)}`))
        .to.be.revertedWithCustomError(f.channels, "SignatureCountMismatch")
        .withArgs(3n, 65n);
    });
  });

  describe("when one signature is wrong", () => {
    it("reverts with InvalidVoucher", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const [first, second] = f.configs;
      const signatures = [await compactOf(f, first, 200n), await compactOf(f, second, 201n)];
      const claims = [pendingPayoutOf(first, 200n), pendingPayoutOf(second, 200n)];
      await expect(f.channels.claimMany(groupOf(f.config), claims, ethers.concat(signatures)))
        .to.be.revertedWithCustomError(f.channels, "InvalidVoucher")
        .withArgs(idOf(f, second), 200n, authorizer.address);
    });
  });

  describe("when all vouchers are good", () => {
    it("pays the receiver the sum, and is told by the ledger's PaidMany [NX-CHN-02]", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const before = await balanceOf(f, f.payee);
      const total = 200_000_000n;
      const signatures = await Promise.all(f.configs.map((config) => compactOf(f, config, total)));
      const claims = f.configs.map((config) => pendingPayoutOf(config, total));
      await expect(f.channels.connect(f.anyone).claimMany(groupOf(f.config), claims, ethers.concat(signatures)))
        .to.emit(f.accounts, "PaidMany")
        .withArgs(
          f.addresses.channels,
          f.payee.address,
          f.addresses.usdc,
          3n * total - before,
          f.configs.map((config) => idOf(f, config)),
          [total, total, total],
        );
      expect(await balanceOf(f, f.payee)).to.equal(3n * total);
    });
  });

  describe("when some cannot be paid any more", () => {
    it("passes over those claimed, closed, unknown or above the deposit, and pays the rest", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const [first, second, third] = f.configs;
      const unknown = configOf(f, { salt: ethers.id("unknown") });
      await f.channels.connect(f.payee).close(second, 0n, 0n, "0x");
      const vouchers = [
        [first, 100_000_000n],
        [second, 5n],
        [third, 7n],
        [unknown, 5n],
        [third, DEPOSIT + 1n],
      ] as const;
      const signatures = await Promise.all(vouchers.map(([config, total]) => compactOf(f, config, total)));
      const claims = vouchers.map(([config, total]) => pendingPayoutOf(config, total));
      const before = await balanceOf(f, f.payee);
      await f.channels.claimMany(groupOf(f.config), claims, ethers.concat(signatures));
      expect(await balanceOf(f, f.payee)).to.equal(before + 7n);
      expect((await f.channels.channelOf(at(f.configs, 2))).paid).to.equal(7n);
    });
  });

  describe("when none can be paid", () => {
    it("reverts with NothingToMove [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      const claims = [pendingPayoutOf(f.config, DEPOSIT)];
      await expect(
        f.channels.claimMany(groupOf(f.config), claims, await compactOf(f, f.config, DEPOSIT)),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
      await expect(f.channels.claimMany(groupOf(f.config), [], "0x")).to.be.revertedWithCustomError(
        f.accounts,
        "NothingToMove",
      );
    });
  });

  describe("when the payer is zero, which a signature of nobody recovers to", () => {
    it("pays nothing: nobody can have opened such a channel", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const config = configOf(f, { payer: ZERO, payerAuthorizer: ZERO });
      const nobody = `0x${"00".repeat(64)}`;
      await expect(
        f.channels.claimMany(groupOf(config), [pendingPayoutOf(config, 5n)], nobody),
      ).to.be.revertedWithCustomError(f.accounts, "NothingToMove");
    });
  });

  describe("given the payer signs itself", () => {
    it("takes its signature", async () => {
      const f = await loadFixture(threeChannelsFixture);
      const config = configOf(f, { payerAuthorizer: ZERO });
      await f.channels.connect(f.depositor).open(config, DEPOSIT);
      const wrong = await compactOf(f, config, 9n);
      await expect(f.channels.claimMany(groupOf(config), [pendingPayoutOf(config, 9n)], wrong))
        .to.be.revertedWithCustomError(f.channels, "InvalidVoucher")
        .withArgs(idOf(f, config), 9n, f.depositor.address);
      const before = await balanceOf(f, f.payee);
      const own = ethers.Signature.from(await voucherOf(f, config, 9n, { key: f.depositor })).compactSerialized;
      await f.channels.claimMany(groupOf(config), [pendingPayoutOf(config, 9n)], own);
      expect(await balanceOf(f, f.payee)).to.equal(before + 9n);
    });
  });
});
