/**
 * ERC-4626 of the treasury's shares, each rule as the standard's text has it. Shares are held for the holding time first: what
 * fresh ones may do is the treasury's own rule. [NX-STD-03]
 */
import { expect } from "chai";
import fc from "fast-check";
import { type Signer, USDC, ZERO, ethers, loadFixture, time } from "../../support/chain.ts";
import { HOLDING_TIME, fundDepositor, fundedFixture } from "../../support/nexus.ts";
import { SHARE, baseOnlyFixture } from "../../support/vault.ts";

/** What a client of the standard knows, from its text and from nothing of ours. */
const STANDARD = [
  "function asset() view returns (address)",
  "function totalAssets() view returns (uint256)",
  "function convertToShares(uint256 assets) view returns (uint256)",
  "function convertToAssets(uint256 shares) view returns (uint256)",
  "function maxDeposit(address receiver) view returns (uint256)",
  "function previewDeposit(uint256 assets) view returns (uint256)",
  "function deposit(uint256 assets, address receiver) returns (uint256)",
  "function maxMint(address receiver) view returns (uint256)",
  "function previewMint(uint256 shares) view returns (uint256)",
  "function mint(uint256 shares, address receiver) returns (uint256)",
  "function maxWithdraw(address owner) view returns (uint256)",
  "function previewWithdraw(uint256 assets) view returns (uint256)",
  "function withdraw(uint256 assets, address receiver, address owner) returns (uint256)",
  "function maxRedeem(address owner) view returns (uint256)",
  "function previewRedeem(uint256 shares) view returns (uint256)",
  "function redeem(uint256 shares, address receiver, address owner) returns (uint256)",
  "function name() view returns (string)",
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function balanceOf(address) view returns (uint256)",
  "function totalSupply() view returns (uint256)",
  "event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)",
  "event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)",
];

const speaking = <F extends Awaited<ReturnType<typeof baseOnlyFixture>>>(f: F) => {
  const vault = new ethers.Contract(f.addresses.treasury, STANDARD, ethers.provider);
  const ask = async (name: string, ...args: readonly unknown[]): Promise<bigint> => {
    const answer: unknown = await vault.getFunction(name).staticCall(...args);
    if (typeof answer !== "bigint") throw new Error(`${name} answers no number`);
    return answer;
  };
  const by = (who: Signer, name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new ethers.Contract(f.addresses.treasury, STANDARD, who).getFunction(name).send(...args);
  return { ...f, vault, ask, by, holder: f.depositor, newcomer: f.anyone, other: f.payee };
};

/** A treasury of base asset alone, and one whose book is mixed, each with a seasoned holder and a newcomer who has money. */
const FIXTURES = {
  "base asset alone": async () => {
    const f = speaking(await baseOnlyFixture());
    await fundDepositor(f, f.newcomer, 1_000n * USDC);
    return f;
  },
  "a mixed book": async () => {
    const f = speaking(await fundedFixture());
    await fundDepositor(f, f.newcomer, 1_000n * USDC);
    return f;
  },
};

for (const [book, fixture] of Object.entries(FIXTURES)) {
  describe(`ERC-4626 of a treasury with ${book}`, () => {
    it("is an ERC-20 with metadata over an ERC-20 [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const asset: unknown = await f.vault.getFunction("asset").staticCall();
      expect(asset).to.equal(f.addresses.usdc);
      for (const name of ["name", "symbol"]) expect(await f.vault.getFunction(name).staticCall()).to.be.a("string");
      expect(await f.ask("decimals")).to.equal(12n);
      expect(await f.ask("totalSupply")).to.equal(await f.ask("balanceOf", f.holder.address));
    });

    it("answers each view for anybody, whatever it is asked, without reverting [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      expect(await f.ask("totalAssets")).to.be.greaterThan(0n);
      for (const account of [f.holder.address, f.newcomer.address, ZERO, f.addresses.treasury]) {
        for (const name of ["maxDeposit", "maxMint", "maxWithdraw", "maxRedeem"]) await f.ask(name, account);
      }
      for (const amount of [0n, 1n, 10n ** 12n, 2n ** 96n]) {
        for (const name of ["convertToShares", "convertToAssets", "previewDeposit", "previewRedeem"]) {
          await f.ask(name, amount);
        }
      }
    });

    it("converts alike for every caller, and never up [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      for (const [name, back] of [
        ["convertToShares", "convertToAssets"],
        ["convertToAssets", "convertToShares"],
      ] as const) {
        for (const amount of [1n, 999_999n, 123_456_789n]) {
          const given = await f.ask(name, amount);
          for (const from of [f.holder, f.newcomer]) {
            const own: unknown = await f.vault.getFunction(name).staticCall(amount, { from: from.address });
            expect(own).to.equal(given);
          }
          expect(await f.ask(back, given)).to.be.at.most(amount);
        }
      }
    });

    it("takes the most that it names for a deposit and a mint, also from who has recent shares [NX-STD-03]", async () => {
      for (const before of [0n, 1n, 1_000n * USDC]) {
        for (const [most, enter] of [
          ["maxDeposit", "deposit"],
          ["maxMint", "mint"],
        ] as const) {
          const f = await loadFixture(fixture);
          const me = f.newcomer.address;
          if (before !== 0n) await f.by(f.newcomer, "deposit", before, me);
          await fundDepositor(f, f.newcomer, 2n ** 97n);
          await f.by(f.newcomer, enter, await f.ask(most, me), me);
        }
      }
    });

    it("mints what it previews for a deposit, at least, and tells it [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const amount = 123_456_789n;
      expect(await f.ask("maxDeposit", f.newcomer.address)).to.be.at.least(amount);
      const previewed = await f.ask("previewDeposit", amount);
      await expect(f.by(f.newcomer, "deposit", amount, f.newcomer.address))
        .to.emit(f.vault, "Deposit")
        .withArgs(f.newcomer.address, f.newcomer.address, amount, (shares: bigint) => shares >= previewed);
      expect(await f.ask("balanceOf", f.newcomer.address)).to.be.at.least(previewed);
    });

    it("takes what it previews for a mint, at most, and mints exactly [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const shares = 77n * SHARE + 13n;
      expect(await f.ask("maxMint", f.newcomer.address)).to.be.at.least(shares);
      const previewed = await f.ask("previewMint", shares);
      const before = await f.usdc.balanceOf(f.newcomer);
      await expect(f.by(f.newcomer, "mint", shares, f.newcomer.address))
        .to.emit(f.vault, "Deposit")
        .withArgs(f.newcomer.address, f.newcomer.address, (assets: bigint) => assets <= previewed, shares);
      expect(before - (await f.usdc.balanceOf(f.newcomer))).to.be.at.most(previewed);
      expect(await f.ask("balanceOf", f.newcomer.address)).to.equal(shares);
    });

    it("reverts where all of a deposit cannot be taken [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      await f.usdc.connect(f.newcomer).approve(f.addresses.treasury, 99n);
      await expect(f.by(f.newcomer, "deposit", 100n * USDC, f.newcomer.address)).to.be.revert(ethers);
      await expect(f.by(f.newcomer, "mint", 100n * SHARE, f.newcomer.address)).to.be.revert(ethers);
    });

    it("burns what it previews for a withdrawal, at most, and pays exactly [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const [amount, held] = [50n * USDC + 7n, await f.ask("balanceOf", f.holder.address)];
      expect(await f.ask("maxWithdraw", f.holder.address)).to.be.at.least(amount);
      const previewed = await f.ask("previewWithdraw", amount);
      const before = await f.usdc.balanceOf(f.other);
      await expect(f.by(f.holder, "withdraw", amount, f.other.address, f.holder.address))
        .to.emit(f.vault, "Withdraw")
        .withArgs(f.holder.address, f.other.address, f.holder.address, amount, (shares: bigint) => shares <= previewed);
      expect((await f.usdc.balanceOf(f.other)) - before).to.equal(amount);
      expect(held - (await f.ask("balanceOf", f.holder.address))).to.be.at.most(previewed);
    });

    it("pays what it previews for a redemption, at least, and burns exactly [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const [shares, held] = [50n * SHARE + 7n, await f.ask("balanceOf", f.holder.address)];
      expect(await f.ask("maxRedeem", f.holder.address)).to.be.at.least(shares);
      const previewed = await f.ask("previewRedeem", shares);
      const before = await f.usdc.balanceOf(f.other);
      await expect(f.by(f.holder, "redeem", shares, f.other.address, f.holder.address))
        .to.emit(f.vault, "Withdraw")
        .withArgs(f.holder.address, f.other.address, f.holder.address, (assets: bigint) => assets >= previewed, shares);
      expect((await f.usdc.balanceOf(f.other)) - before).to.be.at.least(previewed);
      expect(held - (await f.ask("balanceOf", f.holder.address))).to.equal(shares);
    });

    it("pays out all that each maximum says, and reverts above it [NX-STD-03]", async () => {
      for (const [most, exit] of [
        ["maxWithdraw", "withdraw"],
        ["maxRedeem", "redeem"],
      ] as const) {
        const f = await loadFixture(fixture);
        const amount = await f.ask(most, f.holder.address);
        const [to, from] = [f.other.address, f.holder.address];
        await expect(f.by(f.holder, exit, amount + 1n, to, from)).to.be.revert(ethers);
        await f.by(f.holder, exit, amount, to, from);
        expect(await f.ask(most, f.newcomer.address)).to.equal(0n);
      }
    });

    it("pays another's shares only to whom the owner allowed, and uses the allowance up [NX-STD-03]", async () => {
      const f = await loadFixture(fixture);
      const [to, from] = [f.other.address, f.holder.address];
      for (const [exit, amount] of [
        ["withdraw", USDC],
        ["redeem", SHARE],
      ] as const) {
        await expect(f.by(f.newcomer, exit, amount, to, from)).to.be.revert(ethers);
      }
      await f.treasury.connect(f.holder).approve(f.newcomer.address, SHARE);
      await f.by(f.newcomer, "redeem", SHARE, to, from);
      expect(await f.treasury.allowance(f.holder, f.newcomer)).to.equal(0n);
      await expect(f.by(f.newcomer, "redeem", SHARE, to, from)).to.be.revert(ethers);
    });

    it("gives nobody more for the way in and out than it brought, whatever the amounts [NX-STD-03] [NX-TRE-06]", async () => {
      await fc.assert(
        fc.asyncProperty(fc.bigInt(1n, 1_000n * USDC), fc.boolean(), async (amount, byMint) => {
          const f = await loadFixture(fixture);
          const before = await f.usdc.balanceOf(f.newcomer);
          if (byMint) await f.by(f.newcomer, "mint", await f.ask("previewDeposit", amount), f.newcomer.address);
          else await f.by(f.newcomer, "deposit", amount, f.newcomer.address);
          await time.increase(HOLDING_TIME + 1n);
          const shares = await f.ask("maxRedeem", f.newcomer.address);
          if ((await f.ask("previewRedeem", shares)) > 0n) {
            await f.by(f.newcomer, "redeem", shares, f.newcomer.address, f.newcomer.address);
          }
          expect(await f.usdc.balanceOf(f.newcomer)).to.be.at.most(before);
        }),
        { numRuns: 15, seed: 4_626 },
      );
    });
  });
}
