import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture, now } from "../../../support/chain.ts";
import { type Money, balanceOf, moneyFixture } from "../../../support/money.ts";

const TYPES = {
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "witness", type: "Deposit" },
  ],
  Deposit: [
    { name: "account", type: "address" },
    { name: "purpose", type: "bytes32" },
  ],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
};

const PURPOSE = ethers.id("invoice 7");

/** The payee's word to Permit2 that a dollar becomes the depositor's, for the purpose. */
const signedPermit = async (f: Money) => {
  await f.usdc.connect(f.payee).approve(f.addresses.permit2, ethers.MaxUint256);
  const permit = {
    permitted: { token: f.addresses.usdc, amount: USDC },
    nonce: 11n,
    deadline: (await now()) + 600n,
  };
  const { name, version, chainId, verifyingContract } = await f.permit2.eip712Domain();
  const signature = await f.payee.signTypedData({ name, version, chainId, verifyingContract }, TYPES, {
    ...permit,
    spender: f.addresses.accounts,
    witness: { account: f.depositor.address, purpose: PURPOSE },
  });
  return { permit, signature };
};

describe("Accounts.depositWithPermit2", () => {
  describe("when the account is zero", () => {
    it("reverts with NoAccount", async () => {
      const f = await loadFixture(moneyFixture);
      const { permit, signature } = await signedPermit(f);
      await expect(
        f.accounts.depositWithPermit2(permit, f.payee.address, ZERO, PURPOSE, signature),
      ).to.be.revertedWithCustomError(f.accounts, "NoAccount");
    });
  });

  describe("when anyone submits what the payer signed", () => {
    it("credits the account that the payer named, and emits Deposited with the purpose", async () => {
      const f = await loadFixture(moneyFixture);
      const { permit, signature } = await signedPermit(f);
      const before = await balanceOf(f, f.depositor);
      await expect(
        f.accounts
          .connect(f.anyone)
          .depositWithPermit2(permit, f.payee.address, f.depositor.address, PURPOSE, signature),
      )
        .to.emit(f.accounts, "Deposited")
        .withArgs(f.addresses.usdc, f.depositor.address, f.payee.address, USDC, PURPOSE);
      expect(await balanceOf(f, f.depositor)).to.equal(before + USDC);
    });
  });

  describe("when the submitter names another account or purpose", () => {
    it("reverts with Permit2's InvalidSigner [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const { permit, signature } = await signedPermit(f);
      const thief = f.accounts.connect(f.attacker);
      await expect(
        thief.depositWithPermit2(permit, f.payee.address, f.attacker.address, PURPOSE, signature),
      ).to.be.revertedWithCustomError(f.permit2, "InvalidSigner");
      await expect(
        thief.depositWithPermit2(permit, f.payee.address, f.depositor.address, ethers.ZeroHash, signature),
      ).to.be.revertedWithCustomError(f.permit2, "InvalidSigner");
    });
  });

  describe("when it is submitted twice", () => {
    it("reverts with Permit2's InvalidNonce, and has credited once", async () => {
      const f = await loadFixture(moneyFixture);
      const { permit, signature } = await signedPermit(f);
      const before = await balanceOf(f, f.depositor);
      const submit = () =>
        f.accounts.depositWithPermit2(permit, f.payee.address, f.depositor.address, PURPOSE, signature);
      await submit();
      await expect(submit()).to.be.revertedWithCustomError(f.permit2, "InvalidNonce");
      expect(await balanceOf(f, f.depositor)).to.equal(before + USDC);
    });
  });
});
