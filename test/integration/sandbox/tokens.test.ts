import { expect } from "chai";
import { Signature, randomBytes, hexlify } from "ethers";
import { network } from "hardhat";
import { AUTHORIZATION_FIELDS, PERMIT_TYPES } from "../../support/tokenTypes.ts";

const authorization = { ReceiveWithAuthorization: AUTHORIZATION_FIELDS };

const withTokens = async () => {
  const { ethers } = await network.create();
  const [minter, holder, payee] = await ethers.getSigners();
  if (minter === undefined || holder === undefined || payee === undefined) throw new Error("three accounts are needed");
  const usdc = await ethers.deployContract("SandboxUSDC", minter);
  const weth = await ethers.deployContract("SandboxToken", ["Wrapped Ether stand-in", "WETH"], minter);
  const [{ chainId }, usdcAddress] = [await ethers.provider.getNetwork(), await usdc.getAddress()];
  const domain = { name: "USD Coin stand-in", version: "1", chainId, verifyingContract: usdcAddress };
  await usdc.mint(holder.address, 1_000n);
  return { ethers, minter, holder, payee, usdc, weth, domain };
};

describe("sandbox: the stand-in tokens", () => {
  it("have the names and decimals that the address book gives them", async () => {
    const { usdc, weth } = await withTokens();
    expect([await usdc.symbol(), await usdc.decimals()]).to.deep.equal(["USDC", 6n]);
    expect([await weth.symbol(), await weth.decimals()]).to.deep.equal(["WETH", 18n]);
    expect(await weth.name()).to.equal("Wrapped Ether stand-in");
  });

  it("are created by their deployer only", async () => {
    const { usdc, weth, minter, holder, ethers } = await withTokens();
    await expect(weth.mint(holder.address, 5n))
      .to.emit(weth, "Transfer")
      .withArgs(ethers.ZeroAddress, holder.address, 5n);
    for (const [token, error] of [
      [usdc, "SandboxUSDCMinterOnly"],
      [weth, "SandboxTokenMinterOnly"],
    ] as const) {
      await expect(token.connect(holder).getFunction("mint").send(holder.address, 1n))
        .to.be.revertedWithCustomError(token, error)
        .withArgs(holder.address, minter.address);
    }
  });

  it("USDC takes an EIP-2612 permit", async () => {
    const { usdc, holder, payee, domain } = await withTokens();
    const order = { owner: holder.address, spender: payee.address, value: 7n, nonce: 0n, deadline: 2n ** 40n };
    const { v, r, s } = Signature.from(await holder.signTypedData(domain, PERMIT_TYPES, order));
    await usdc.permit(order.owner, order.spender, order.value, order.deadline, v, r, s);
    expect(await usdc.allowance(holder.address, payee.address)).to.equal(7n);
  });

  it("USDC takes an EIP-3009 authorisation once, and from its payee only", async () => {
    const { usdc, minter, holder, payee, domain } = await withTokens();
    const nonce = hexlify(randomBytes(32));
    const order = { from: holder.address, to: payee.address, value: 9n, validAfter: 0n, validBefore: 2n ** 40n, nonce };
    const { v, r, s } = Signature.from(await holder.signTypedData(domain, authorization, order));
    const args = [order.from, order.to, order.value, order.validAfter, order.validBefore, nonce, v, r, s] as const;
    await expect(usdc.connect(minter).receiveWithAuthorization(...args))
      .to.be.revertedWithCustomError(usdc, "ERC20InvalidReceiver")
      .withArgs(payee.address);
    await usdc.connect(payee).receiveWithAuthorization(...args);
    expect(await usdc.balanceOf(payee.address)).to.equal(9n);
    await expect(usdc.connect(payee).receiveWithAuthorization(...args))
      .to.be.revertedWithCustomError(usdc, "ERC3009UsedAuthorization")
      .withArgs(holder.address, nonce);
  });
});
