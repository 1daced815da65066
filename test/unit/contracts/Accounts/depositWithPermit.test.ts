import { expect } from "chai";
import { USDC, ethers, loadFixture, now } from "../../../support/chain.ts";
import { type Money, CHAIN_ID, balanceOf, moneyFixture } from "../../../support/money.ts";
import { PERMIT_TYPES } from "../../../support/tokenTypes.ts";

/** The payee's permit for the ledger, with nothing approved before. */
const permitOf = async (f: Money, value: bigint) => {
  await f.usdc.connect(f.payee).approve(f.addresses.accounts, 0n);
  const deadline = (await now()) + 600n;
  const domain = { name: "USD Coin stand-in", version: "1", chainId: CHAIN_ID, verifyingContract: f.addresses.usdc };
  const message = {
    owner: f.payee.address,
    spender: f.addresses.accounts,
    value,
    nonce: await f.usdc.nonces(f.payee.address),
    deadline,
  };
  const { v, r, s } = ethers.Signature.from(await f.payee.signTypedData(domain, PERMIT_TYPES, message));
  return { deadline, v, r, s };
};

describe("Accounts.depositWithPermit", () => {
  describe("when the token has no code", () => {
    it("reverts with NotAToken", async () => {
      const f = await loadFixture(moneyFixture);
      await expect(
        f.accounts
          .connect(f.payee)
          .depositWithPermit(f.attacker.address, f.payee.address, 1n, 0n, 27n, ethers.ZeroHash, ethers.ZeroHash),
      )
        .to.be.revertedWithCustomError(f.accounts, "NotAToken")
        .withArgs(f.attacker.address);
    });
  });

  describe("when the permit is good", () => {
    it("credits the account", async () => {
      const f = await loadFixture(moneyFixture);
      const { deadline, v, r, s } = await permitOf(f, USDC);
      await f.accounts
        .connect(f.payee)
        .depositWithPermit(f.addresses.usdc, f.depositor.address, USDC, deadline, v, r, s);
      expect(await f.accounts.owedOf(f.addresses.usdc)).to.equal(await f.usdc.balanceOf(f.addresses.accounts));
      expect(await f.usdc.allowance(f.payee.address, f.addresses.accounts)).to.equal(0n);
    });
  });

  describe("when somebody submitted the permit first", () => {
    it("credits the account all the same (front-run permit)", async () => {
      const f = await loadFixture(moneyFixture);
      const { deadline, v, r, s } = await permitOf(f, USDC);
      await f.usdc.connect(f.attacker).permit(f.payee.address, f.addresses.accounts, USDC, deadline, v, r, s);
      await f.accounts.connect(f.payee).depositWithPermit(f.addresses.usdc, f.payee.address, USDC, deadline, v, r, s);
      expect(await balanceOf(f, f.payee)).to.equal(USDC);
    });
  });

  describe("when somebody else submits the permit to the ledger", () => {
    it("takes nothing from its signer [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const { deadline, v, r, s } = await permitOf(f, USDC);
      await f.usdc.connect(f.attacker).approve(f.addresses.accounts, 0n);
      await expect(
        f.accounts.connect(f.attacker).depositWithPermit(f.addresses.usdc, f.attacker.address, USDC, deadline, v, r, s),
      )
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.accounts, 0n, USDC);
    });
  });

  describe("when neither permit nor approval is good", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const f = await loadFixture(moneyFixture);
      const { v, r, s } = await permitOf(f, USDC);
      await expect(f.accounts.connect(f.payee).depositWithPermit(f.addresses.usdc, f.payee.address, USDC, 1n, v, r, s))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientAllowance")
        .withArgs(f.addresses.accounts, 0n, USDC);
    });
  });
});
