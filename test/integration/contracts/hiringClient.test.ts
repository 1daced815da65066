import { expect } from "chai";
import { USDC, ethers, loadFixture } from "../../support/chain.ts";
import { authorizer, configOf, voucherOf } from "../../support/channels.ts";
import { PRICE, RESULT, netOf, termsOf } from "../../support/jobs.ts";
import { balanceOf, moneyFixture } from "../../support/money.ts";

/** The guide's contract, owned by the attacker of other tests: a stranger with dollars outside of the ledger. */
const hiringFixture = async () => {
  const f = await moneyFixture();
  const owner = f.attacker;
  const { escrow, channels, usdc } = f.addresses;
  const client = await ethers.deployContract("HiringClient", [owner.address, escrow, channels, usdc]);
  const address = await client.getAddress();
  await f.usdc.connect(owner).approve(address, ethers.MaxUint256);
  const spent = async (): Promise<bigint> => (await f.usdc.balanceOf(owner.address)) - before;
  const before = await f.usdc.balanceOf(owner.address);
  return { ...f, owner, client, address, spent };
};

describe("The guide's contract", () => {
  it("hires by the job: pays for what was approved, and has the rest back", async () => {
    const f = await loadFixture(hiringFixture);
    const [first, second] = await Promise.all(
      ["one", "two"].map((spec) => termsOf(f, { client: f.address, spec: ethers.id(spec) })),
    );
    if (first === undefined || second === undefined) throw new Error("no terms");
    await f.client.connect(f.owner).hire(first);
    await f.client.connect(f.owner).hire(second);
    expect(await f.spent()).to.equal(-2n * PRICE);
    await f.escrow.connect(f.payee).deliver(first, RESULT);
    await f.client.connect(f.owner).approve(first, 0n);
    expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
    await f.escrow.connect(f.payee).withdraw(second);
    await f.client.connect(f.owner).withdraw();
    expect(await f.spent()).to.equal(-PRICE);
  });

  it("hires by the call: its owner's key signs vouchers for its channel", async () => {
    const f = await loadFixture(hiringFixture);
    const config = configOf(f, { payer: f.address, payerAuthorizer: authorizer.address });
    await f.client.connect(f.owner).open(config, 10n * USDC);
    await f.channels.connect(f.payee).close(config, 4n * USDC, 4n * USDC, await voucherOf(f, config, 4n * USDC));
    expect(await balanceOf(f, f.payee)).to.equal(4n * USDC);
    // What came back pays for the next one.
    await f.client.connect(f.owner).open({ ...config, salt: ethers.id("again") }, 6n * USDC);
    expect(await f.spent()).to.equal(-10n * USDC);
  });

  it("reverts with NotTheOwner when somebody else decides", async () => {
    const f = await loadFixture(hiringFixture);
    const stranger = f.client.connect(f.payee);
    const terms = await termsOf(f, { client: f.address });
    for (const attempt of [
      () => stranger.hire(terms),
      () => stranger.approve(terms, 0n),
      () => stranger.open(configOf(f, { payer: f.address }), 1n),
      () => stranger.withdraw(),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(f.client, "NotTheOwner").withArgs(f.payee.address);
    }
  });
});
