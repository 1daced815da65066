import { expect } from "chai";
import { ZERO, ethers, loadFixture, time, voteKey } from "../../../support/chain.ts";
import {
  CLAIMED,
  DELAY,
  DEPOSIT,
  STATE,
  type WithChannel,
  authorizer,
  channelDomain,
  channelFixture,
  claimedFixture,
  closedFixture,
  closingFixture,
  configOf,
  idOf,
  voucherOf,
} from "../../../support/channels.ts";
import { declaredOf } from "../../../support/declared.ts";
import { FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";

const MORE = 2n * CLAIMED;
const stranger = voteKey(61);

/** Asserts that a signature is refused. */
const refuses = async (f: WithChannel, signature: string, total = CLAIMED): Promise<void> => {
  await expect(f.channels.claim(f.config, total, signature))
    .to.be.revertedWithCustomError(f.channels, "InvalidVoucher")
    .withArgs(f.id, total, f.config.payerAuthorizer);
};

/** A channel of a contract account, whose key signs. */
const contractPayerFixture = async () => {
  const f = await moneyFixture();
  const account = await ethers.deployContract("MockAccount", [authorizer.address]);
  const payerAuthorizer = await account.getAddress();
  const config = configOf(f, { payerAuthorizer });
  await f.channels.connect(f.depositor).open(config, DEPOSIT);
  return { ...f, config, id: idOf(f, config), account: payerAuthorizer };
};

describe("PaymentChannels.claim", () => {
  describe("given the channel was never opened, or the terms are not its own", () => {
    it("reverts with WrongChannelState", async () => {
      const f = await loadFixture(channelFixture);
      const config = configOf(f, { salt: ethers.id("another") });
      await expect(f.channels.claim(config, CLAIMED, await voucherOf(f, config, CLAIMED)))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(idOf(f, config), STATE.none);
    });
  });

  describe("given it is closed", () => {
    it("reverts with WrongChannelState [NX-CHN-01]", async () => {
      const f = await loadFixture(closedFixture);
      await expect(f.channels.claim(f.config, MORE, await voucherOf(f, f.config, MORE)))
        .to.be.revertedWithCustomError(f.channels, "WrongChannelState")
        .withArgs(f.id, STATE.closed);
    });
  });

  describe("when the voucher is not above the last", () => {
    it("reverts with TotalNotAboveClaimed, for the same, a lower one and zero [NX-CHN-01]", async () => {
      const f = await loadFixture(claimedFixture);
      for (const total of [CLAIMED, CLAIMED - 1n, 0n]) {
        await expect(f.channels.claim(f.config, total, await voucherOf(f, f.config, total)))
          .to.be.revertedWithCustomError(f.channels, "TotalNotAboveClaimed")
          .withArgs(f.id, total, CLAIMED);
      }
    });
  });

  describe("when the voucher is above the deposit", () => {
    it("reverts with TotalAboveDeposited [NX-CHN-01]", async () => {
      const f = await loadFixture(channelFixture);
      for (const total of [DEPOSIT + 1n, 2n ** 128n - 1n]) {
        await expect(f.channels.claim(f.config, total, await voucherOf(f, f.config, total)))
          .to.be.revertedWithCustomError(f.channels, "TotalAboveDeposited")
          .withArgs(f.id, total, DEPOSIT);
      }
    });
  });

  describe("when the signature is not the signer's for this voucher", () => {
    it("reverts with InvalidVoucher for a stranger's", async () => {
      const f = await loadFixture(channelFixture);
      await refuses(f, await voucherOf(f, f.config, CLAIMED, { key: stranger }));
    });

    it("reverts with InvalidVoucher for another total", async () => {
      const f = await loadFixture(channelFixture);
      await refuses(f, await voucherOf(f, f.config, CLAIMED), CLAIMED + 1n);
    });

    it("reverts with InvalidVoucher for another channel of the same parties", async () => {
      const f = await loadFixture(channelFixture);
      const other = configOf(f, { salt: ethers.id("another") });
      await f.channels.connect(f.depositor).open(other, DEPOSIT);
      await refuses(f, await voucherOf(f, other, CLAIMED));
    });

    it("reverts with InvalidVoucher for another chain, contract or name of the domain, x402's own too", async () => {
      const f = await loadFixture(channelFixture);
      const domain = channelDomain(f);
      const x402 = {
        name: "x402 Batch Settlement",
        version: "1",
        chainId: domain.chainId,
        verifyingContract: "0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003",
      };
      const foreign = [
        { ...domain, chainId: 1n },
        { ...domain, verifyingContract: f.addresses.escrow },
        { ...domain, name: "x402 Batch Settlement" },
        x402,
      ];
      for (const other of foreign) await refuses(f, await voucherOf(f, f.config, CLAIMED, { domain: other }));
    });

    it("reverts with InvalidVoucher for a high s, a wrong length and no signature", async () => {
      const f = await loadFixture(channelFixture);
      const { r, s, v } = ethers.Signature.from(await voucherOf(f, f.config, CLAIMED));
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const high = ethers.toBeHex(order - BigInt(s), 32);
      await refuses(f, ethers.concat([r, high, ethers.toBeHex(v === 27 ? 28 : 27)]));
      await refuses(f, ethers.concat([r, s, ethers.toBeHex(v), "0x00"]));
      await refuses(f, "0x");
    });
  });

  describe("when the voucher is good", () => {
    it("pays the receiver the difference to the last, whoever submits it [NX-CHN-02]", async () => {
      const f = await loadFixture(claimedFixture);
      await f.channels.connect(f.attacker).claim(f.config, MORE, await voucherOf(f, f.config, MORE));
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
      expect(await balanceOf(f, f.attacker)).to.equal(0n);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([STATE.open, DEPOSIT, MORE, 0n, 0n]);
    });

    it("pays all that was deposited, and takes a compact signature", async () => {
      const f = await loadFixture(channelFixture);
      const { compactSerialized } = ethers.Signature.from(await voucherOf(f, f.config, DEPOSIT));
      await f.channels.claim(f.config, DEPOSIT, compactSerialized);
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
    });

    it("is told by the ledger's Paid", async () => {
      const f = await loadFixture(channelFixture);
      await expect(f.channels.claim(f.config, CLAIMED, await voucherOf(f, f.config, CLAIMED)))
        .to.emit(f.accounts, "Paid")
        .withArgs(f.addresses.channels, f.id, f.payee.address, f.addresses.usdc, CLAIMED, 0n);
    });
  });

  describe("given the payer has withdrawn all that is not locked", () => {
    it("pays all the same (payer withdraws all before a claim) [NX-CHN-02]", async () => {
      const f = await loadFixture(channelFixture);
      const payer = f.accounts.connect(f.depositor);
      await payer.withdraw(f.addresses.usdc, f.depositor.address, FUNDS - DEPOSIT);
      await expect(payer.withdraw(f.addresses.usdc, f.depositor.address, 1n))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.depositor.address, 0n, 1n);
      await f.channels.claim(f.config, DEPOSIT, await voucherOf(f, f.config, DEPOSIT));
      await f.accounts.connect(f.payee).withdraw(f.addresses.usdc, f.payee.address, DEPOSIT);
      expect(await balanceOf(f, f.payee)).to.equal(0n);
    });
  });

  describe("given the payer signs itself", () => {
    it("takes its signature, also when it has code by now that denies it", async () => {
      const f = await loadFixture(moneyFixture);
      const config = configOf(f, { payerAuthorizer: ZERO });
      await f.channels.connect(f.depositor).open(config, DEPOSIT);
      const voucher = await voucherOf(f, config, CLAIMED, { key: f.depositor });
      await ethers.provider.send("hardhat_setCode", [f.depositor.address, "0x5f5ffd"]);
      await f.channels.claim(config, CLAIMED, voucher);
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
    });
  });

  describe("given the signer is a contract", () => {
    it("asks it by ERC-1271", async () => {
      const f = await loadFixture(contractPayerFixture);
      const voucher = await voucherOf(f, f.config, CLAIMED);
      await f.channels.claim(f.config, CLAIMED, voucher);
      expect(await balanceOf(f, f.payee)).to.equal(CLAIMED);
      const forged = await voucherOf(f, f.config, MORE, { key: stranger });
      await expect(f.channels.claim(f.config, MORE, forged))
        .to.be.revertedWithCustomError(f.channels, "InvalidVoucher")
        .withArgs(f.id, MORE, f.account);
    });
  });

  describe("given the payer started to close it", () => {
    const bounty = CLAIMED / 100n;

    it("pays the receiver all of it in the first half of the delay", async () => {
      const f = await loadFixture(closingFixture);
      await f.channels.connect(f.anyone).claim(f.config, MORE, await voucherOf(f, f.config, MORE));
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
      expect((await f.channels.channelOf(f.config)).state).to.equal(STATE.closingStale);
    });

    it("pays a watchtower its bounty in the second half", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt - DELAY / 2n);
      await expect(f.channels.connect(f.anyone).claim(f.config, MORE, await voucherOf(f, f.config, MORE)))
        .to.emit(f.channels, "BountyPaid")
        .withArgs(f.id, f.anyone.address, bounty);
      expect(await balanceOf(f, f.anyone)).to.equal(bounty);
      expect(await balanceOf(f, f.payee)).to.equal(MORE - bounty);
      const declared = declaredOf(CLAIMED);
      expect(await f.channels.channelOf(f.config)).to.deep.equal([
        STATE.closingStale,
        DEPOSIT,
        MORE,
        f.closesAt,
        declared,
      ]);
    });

    it("pays no bounty to the receiver, or for less than a hundred units", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt - 1n);
      await f.channels.connect(f.anyone).claim(f.config, CLAIMED + 99n, await voucherOf(f, f.config, CLAIMED + 99n));
      await f.channels.connect(f.payee).claim(f.config, MORE, await voucherOf(f, f.config, MORE));
      expect(await balanceOf(f, f.payee)).to.equal(MORE);
      expect(await balanceOf(f, f.anyone)).to.equal(0n);
    });

    it("still pays in the second in which the delay ends, and until the close is finished [NX-CHN-02]", async () => {
      const f = await loadFixture(closingFixture);
      await time.setNextBlockTimestamp(f.closesAt);
      await f.channels.connect(f.payee).claim(f.config, MORE, await voucherOf(f, f.config, MORE));
      await time.setNextBlockTimestamp(f.closesAt + DELAY);
      await f.channels.connect(f.payee).claim(f.config, DEPOSIT, await voucherOf(f, f.config, DEPOSIT));
      expect(await balanceOf(f, f.payee)).to.equal(DEPOSIT);
    });
  });
});
