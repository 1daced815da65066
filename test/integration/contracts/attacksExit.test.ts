import { expect } from "chai";
import { countNewSlots, seiGasOf } from "../../../scripts/bench/trace.ts";
import { type Signer, USDC, WAD, ethers, loadFixture, time } from "../../support/chain.ts";
import { BALANCES, TRANSFERS } from "../../support/enums.ts";
import { DEPOSIT, HOLDING_TIME, type Nexus, fundedFixture, nexusFixture, sourceOf } from "../../support/nexus.ts";
import { report } from "../../support/report.ts";
import { SHARE, depositAs, withHostileAsset } from "../../support/vault.ts";

/** At Sei's prices; a block takes 12.5 M there, and some nodes simulate no more than 10 M. */
const MAX_GAS = 9_000_000n;
const SIMULATED = 10_000_000n;
const HOSTILE = 15;
/** The second holder paid for the fifteen, too. */
const PART = DEPOSIT - 20n * USDC;
const VIRTUAL = 10n ** 6n;

const send = (method: string, params: readonly unknown[] = []): Promise<unknown> =>
  ethers.provider.send(method, [...params]);

/** A treasury of base asset and fifteen others, of which nothing good is known, and two seasoned holders. */
const fifteenFixture = async () => {
  const f = await nexusFixture();
  const admin = f.treasury.connect(f.admin);
  await f.mandate.connect(f.admin).setTokenLimit(f.addresses.wsei, { perAction: 0n, perAgentDay: 0n, perDay: 0n });
  await admin.removeAsset(f.addresses.wsei);
  await admin.removeAsset(f.addresses.weth);
  const tokens = [];
  for (let index = 0; index < HOSTILE; ++index) tokens.push(await ethers.deployContract("HostileToken"));
  const source = sourceOf(await f.sources.usdc.getAddress(), 0n);
  for (const token of tokens) {
    const at = await token.getAddress();
    await f.hub.connect(f.admin).setFeed(at, { decimals: 18n, quorum: 1n, maxBandBps: 500n }, [source]);
    await admin.addAsset(at, 1_000n * WAD);
    await token.mint(f.addresses.treasury, WAD);
  }
  for (const holder of [f.depositor, f.attacker]) await depositAs(f, holder, DEPOSIT);
  await time.increase(HOLDING_TIME);
  return { ...f, tokens };
};
type Fifteen = Awaited<ReturnType<typeof fifteenFixture>>;

const all = async (f: Nexus, holder: Signer): Promise<readonly [bigint, string, string]> => [
  await f.treasury.balanceOf(holder),
  holder.address,
  holder.address,
];

/** The least gas that a node which simulates no more than `SIMULATED` finds to suffice, by halves as nodes do. */
const estimate = async (call: { readonly from: string; readonly to: string; readonly data: string }) => {
  const suffices = (gas: bigint): Promise<boolean> =>
    send("eth_call", [{ ...call, gas: ethers.toQuantity(gas) }, "latest"]).then(
      () => true,
      () => false,
    );
  expect(await suffices(SIMULATED), "the node's patience suffices").to.equal(true);
  let [least, most] = [21_000n, SIMULATED];
  while (most - least > SIMULATED / 20n) {
    const middle = (least + most) / 2n;
    if (await suffices(middle)) most = middle;
    else least = middle;
  }
  return most;
};

/** Leaves with all, with what a node of little patience estimates; what it costs on Sei. */
const leave = async (f: Fifteen, holder: Signer): Promise<bigint> => {
  const args = await all(f, holder);
  const data = f.treasury.interface.encodeFunctionData("redeemInKind", [...args]);
  const gasLimit = await estimate({ from: holder.address, to: f.addresses.treasury, data });
  const tx = await f.treasury.connect(holder).redeemInKind(...args, { gasLimit });
  const receipt = await tx.wait();
  return seiGasOf({ gas: receipt?.gasUsed ?? 0n, newSlots: await countNewSlots(send, tx.hash) });
};

type Behaviour = readonly [words: string, transfers: keyof typeof TRANSFERS, balances: keyof typeof BALANCES];
const WORST: readonly Behaviour[] = [
  ["use up all gas in reading and in paying, and answer an enormous balance", "burningGas", "draining"],
  ["burn all gas in reading", "honest", "burningGas"],
  ["answer bombs in reading", "honest", "returningMuch"],
  ["answer bombs in paying", "returningMuch", "honest"],
  ["revert in paying and answer an enormous balance", "reverting", "enormous"],
  ["say that they paid and did not", "returningFalse", "honest"],
  ["revert in reading", "honest", "reverting"],
];

describe("An exit in kind beside fifteen hostile assets [NX-TRE-04]", () => {
  for (const [words, transfers, balances] of WORST) {
    it(`costs every holder at most 9 M gas on Sei where they ${words}`, async () => {
      const f = await loadFixture(fifteenFixture);
      for (const token of f.tokens) await token.behave(TRANSFERS[transfers], BALANCES[balances]);
      for (const [index, holder] of [f.depositor, f.attacker].entries()) {
        const gas = await leave(f, holder);
        report(`holder ${index + 1} leaves beside fifteen that ${words}: ${gas} gas on Sei`);
        expect(gas).to.be.lessThanOrEqual(MAX_GAS);
        expect(await f.usdc.balanceOf(holder)).to.be.within(PART, DEPOSIT);
        expect(await f.treasury.balanceOf(holder)).to.equal(0n);
      }
    });
  }

  it("costs them no more where each is hostile in its own way", async () => {
    const f = await loadFixture(fifteenFixture);
    for (const [index, token] of f.tokens.entries()) {
      const [, transfers, balances] = WORST[index % WORST.length] ?? expect.fail("no behaviour");
      await token.behave(TRANSFERS[transfers], BALANCES[balances]);
    }
    expect(await leave(f, f.depositor)).to.be.lessThanOrEqual(MAX_GAS);
    expect(await f.usdc.balanceOf(f.depositor)).to.be.within(PART, DEPOSIT);
  });
});

describe("Whoever can create units of a listed asset [NX-TRE-09]", () => {
  it("takes out no more than its part of the cap by giving them to the treasury", async () => {
    const f = await withHostileAsset(await loadFixture(fundedFixture));
    const part = 10n;
    const shares = (1_000_000n * SHARE) / part;
    await f.treasury.connect(f.depositor).transfer(f.attacker.address, shares);
    const before = await f.treasury.previewRedeem(shares);
    await f.evil.mint(f.addresses.treasury, 10n ** 9n * WAD);
    const most = await f.treasury.maxRedeem(f.attacker);
    await f.treasury.connect(f.attacker).redeem(most, f.attacker.address, f.attacker.address);
    const [taken, cap] = [await f.usdc.balanceOf(f.attacker), await f.treasury.assetCapOf(f.evilAt)];
    report(`a gift of a thousand million units moved ${(taken - before) / USDC} USDC, with a cap of ${cap / WAD}`);
    expect(taken - before).to.be.lessThanOrEqual((cap * USDC) / WAD / part);
    expect(await f.usdc.balanceOf(f.addresses.treasury)).to.be.greaterThan((DEPOSIT * 8n) / 10n);
  });

  it("leaves in kind with what is above the cap, too", async () => {
    const f = await withHostileAsset(await loadFixture(fundedFixture));
    await f.evil.mint(f.addresses.treasury, 10n ** 9n * WAD);
    const held = await f.evil.balanceOf(f.addresses.treasury);
    const [shares, me] = [1_000_000n * SHARE, f.depositor.address];
    await f.treasury.connect(f.depositor).redeemInKind(shares, me, me);
    expect(await f.evil.balanceOf(me)).to.equal((held * shares) / (shares + VIRTUAL));
  });
});
