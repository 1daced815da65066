import { expect } from "chai";
import { DAY, USDC, at, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { DELAY, agreementOf, authorizer, configOf, voucherOf } from "../../support/channels.ts";
import { PRICE, RESULT, netOf, signSettlement, termsOf } from "../../support/jobs.ts";
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
    await f.escrow.connect(f.payee).cancel(second);
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

  it("gets its money out of a channel whose receiver does nothing for 400 days [NX-CHN-02]", async () => {
    const f = await loadFixture(hiringFixture);
    const config = configOf(f, { payer: f.address, payerAuthorizer: authorizer.address });
    const client = f.client.connect(f.owner);
    await client.open(config, 6n * USDC);
    await client.topUp(config, 4n * USDC);
    await time.increase(400n * DAY);
    await client.initiateClose(config, USDC);
    await time.increase(DELAY + 1n);
    await f.channels.connect(f.anyone).finalizeClose(config);
    await client.withdraw();
    expect(await balanceOf(f, f.payee)).to.equal(USDC);
    expect(await f.spent()).to.equal(-USDC);
  });

  it("closes a channel at once with the receiver's word", async () => {
    const f = await loadFixture(hiringFixture);
    const config = configOf(f, { payer: f.address, payerAuthorizer: authorizer.address });
    const client = f.client.connect(f.owner);
    await client.open(config, 10n * USDC);
    const agreed = { total: 3n * USDC, deadline: (await now()) + DAY };
    await client.cooperativeClose(config, agreed.total, agreed.deadline, await agreementOf(f, config, agreed));
    await client.withdraw();
    expect(await f.spent()).to.equal(-3n * USDC);
  });

  it("takes a job back, disputes one, and splits one [NX-ESC-02]", async () => {
    const f = await loadFixture(hiringFixture);
    const client = f.client.connect(f.owner);
    const jobs = await Promise.all(
      ["offered", "disputed", "split"].map((spec) => termsOf(f, { client: f.address, spec: ethers.id(spec) })),
    );
    const [offered, disputed, shared] = [at(jobs, 0), at(jobs, 1), at(jobs, 2)];
    for (const terms of jobs) await client.hire(terms);
    await client.takeBack(offered);

    await f.escrow.connect(f.payee).deliver(disputed, RESULT);
    await client.dispute(disputed);
    await f.escrow.connect(f.operatorA).arbitrate(disputed, 0n);

    const agreed = { earned: PRICE / 2n, deadline: (await now()) + DAY };
    await client.settle(shared, agreed.earned, agreed.deadline, await signSettlement(f, shared, agreed, f.payee));
    await client.withdraw();
    expect(await f.spent()).to.equal(-PRICE / 2n);
  });

  it("reverts with NotTheOwner when somebody else decides", async () => {
    const f = await loadFixture(hiringFixture);
    const stranger = f.client.connect(f.payee);
    const terms = await termsOf(f, { client: f.address });
    const config = configOf(f, { payer: f.address });
    for (const attempt of [
      () => stranger.hire(terms),
      () => stranger.takeBack(terms),
      () => stranger.approve(terms, 0n),
      () => stranger.dispute(terms),
      () => stranger.settle(terms, 0n, 0n, "0x"),
      () => stranger.open(config, 1n),
      () => stranger.topUp(config, 1n),
      () => stranger.initiateClose(config, 0n),
      () => stranger.cooperativeClose(config, 0n, 0n, "0x"),
      () => stranger.withdraw(),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(f.client, "NotTheOwner").withArgs(f.payee.address);
    }
  });
});
