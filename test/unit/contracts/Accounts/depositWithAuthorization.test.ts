import { expect } from "chai";
import { USDC, ZERO, ethers, loadFixture, now } from "../../../support/chain.ts";
import { type Money, CHAIN_ID, balanceOf, moneyFixture } from "../../../support/money.ts";
import { AUTHORIZATION_FIELDS } from "../../../support/tokenTypes.ts";

const PURPOSE = ethers.id("invoice 7");
const SALT = ethers.id("salt");

/** The payee's word that a dollar becomes the depositor's, for the purpose. */
const signed = async (f: Money, type = "ReceiveWithAuthorization") => {
  const times = { validAfter: 0n, validBefore: (await now()) + 600n };
  const nonce = ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(["address", "bytes32", "bytes32"], [f.depositor.address, PURPOSE, SALT]),
  );
  const domain = { name: "USD Coin stand-in", version: "1", chainId: CHAIN_ID, verifyingContract: f.addresses.usdc };
  const signature = await f.payee.signTypedData(
    domain,
    { [type]: AUTHORIZATION_FIELDS },
    { from: f.payee.address, to: f.addresses.accounts, value: USDC, ...times, nonce },
  );
  const authorization = { token: f.addresses.usdc, from: f.payee.address, amount: USDC, ...times, salt: SALT };
  return { authorization, signature, nonce };
};

describe("Accounts.depositWithAuthorization", () => {
  describe("when the account is zero", () => {
    it("reverts with NoAccount", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature } = await signed(f);
      await expect(
        f.accounts.depositWithAuthorization(authorization, ZERO, PURPOSE, signature),
      ).to.be.revertedWithCustomError(f.accounts, "NoAccount");
    });
  });

  describe("when anyone submits what the payer signed", () => {
    it("credits the account that the payer named, and emits Deposited with the purpose", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature, nonce } = await signed(f);
      expect(await f.accounts.authorizationNonce(f.depositor.address, PURPOSE, SALT)).to.equal(nonce);
      const before = await balanceOf(f, f.depositor);
      await expect(
        f.accounts.connect(f.anyone).depositWithAuthorization(authorization, f.depositor.address, PURPOSE, signature),
      )
        .to.emit(f.accounts, "Deposited")
        .withArgs(f.addresses.usdc, f.depositor.address, f.payee.address, USDC, PURPOSE);
      expect(await balanceOf(f, f.depositor)).to.equal(before + USDC);
    });

    it("takes a compact signature too", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature } = await signed(f);
      const compact = ethers.Signature.from(signature).compactSerialized;
      const before = await balanceOf(f, f.depositor);
      await f.accounts.depositWithAuthorization(authorization, f.depositor.address, PURPOSE, compact);
      expect(await balanceOf(f, f.depositor)).to.equal(before + USDC);
    });
  });

  describe("when a front-runner names another account or purpose", () => {
    it("reverts with the token's ERC3009InvalidSignature: the nonce commits to both [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature } = await signed(f);
      const thief = f.accounts.connect(f.attacker);
      await expect(
        thief.depositWithAuthorization(authorization, f.attacker.address, PURPOSE, signature),
      ).to.be.revertedWithCustomError(f.usdc, "ERC3009InvalidSignature");
      await expect(
        thief.depositWithAuthorization(authorization, f.depositor.address, ethers.ZeroHash, signature),
      ).to.be.revertedWithCustomError(f.usdc, "ERC3009InvalidSignature");
    });
  });

  describe("when a front-runner takes the authorisation to the token itself", () => {
    it("is refused there, so that no money is stranded", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature, nonce } = await signed(f);
      const { v, r, s } = ethers.Signature.from(signature);
      const { validAfter, validBefore } = authorization;
      const args = [f.payee.address, f.addresses.accounts, USDC, validAfter, validBefore, nonce, v, r, s] as const;
      const token = f.usdc.connect(f.attacker);
      await expect(token.receiveWithAuthorization(...args))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InvalidReceiver")
        .withArgs(f.addresses.accounts);
      await expect(token.transferWithAuthorization(...args)).to.be.revertedWithCustomError(
        f.usdc,
        "ERC3009InvalidSignature",
      );
    });
  });

  describe("when the payer signed a transfer, which anyone could submit", () => {
    it("reverts with the token's ERC3009InvalidSignature", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature } = await signed(f, "TransferWithAuthorization");
      await expect(
        f.accounts.depositWithAuthorization(authorization, f.depositor.address, PURPOSE, signature),
      ).to.be.revertedWithCustomError(f.usdc, "ERC3009InvalidSignature");
    });
  });

  describe("when it is submitted twice", () => {
    it("reverts with the token's ERC3009UsedAuthorization, and has credited once", async () => {
      const f = await loadFixture(moneyFixture);
      const { authorization, signature, nonce } = await signed(f);
      const before = await balanceOf(f, f.depositor);
      const submit = () => f.accounts.depositWithAuthorization(authorization, f.depositor.address, PURPOSE, signature);
      await submit();
      await expect(submit())
        .to.be.revertedWithCustomError(f.usdc, "ERC3009UsedAuthorization")
        .withArgs(f.payee.address, nonce);
      expect(await balanceOf(f, f.depositor)).to.equal(before + USDC);
    });
  });
});
