import { expect } from "chai";
import { FORM } from "../../../support/enums.ts";
import { SHARES, mintCall, redeemCall } from "../../../support/shares.ts";
import { ZERO, actors, ethers, loadFixture } from "../../../support/chain.ts";

const [MARKET, ASSET, POSITION] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`, `0x${"33".repeat(20)}`];

const decoderFixture = async () => {
  const { anyone } = await actors();
  const recipient = anyone.address;
  const of = { market: MARKET, asset: ASSET, position: POSITION, amount: 5n, recipient };
  return { decoder: await ethers.deployContract("CompoundV2Decoder"), recipient, of };
};

const WRITERS = [
  [SHARES.mint, mintCall],
  [SHARES.redeemUnderlying, redeemCall],
] as const;

const keyOf = (asset: string, position: string): string =>
  ethers.solidityPackedKeccak256(["address", "address"], [asset, position]);

const OF_DEBT = ["borrow(uint256)", "repayBorrow(uint256)", "repayBorrowBehalf(address,uint256)"];
const OTHERS = [
  "redeem(uint256)",
  "liquidateBorrow(address,uint256,address)",
  "seize(address,address,uint256)",
  "enterMarkets(address[])",
  "mint()",
  "accrueInterest()",
  "transfer(address,uint256)",
  "mintBehalf(address,uint256)",
];

describe("CompoundV2Decoder.decode", () => {
  describe("when the call supplies", () => {
    it("reports asset, amount, position, recipient, the market as spender, and that it supplies by a code", async () => {
      const f = await loadFixture(decoderFixture);
      const { target, data } = mintCall(f.of);
      expect([...(await f.decoder.decode(target, data))]).to.deep.equal([
        keyOf(ASSET, POSITION),
        ASSET,
        5n,
        POSITION,
        f.recipient,
        MARKET,
        FORM.suppliesByCode,
      ]);
    });
  });

  describe("when the call withdraws", () => {
    it("reports position, amount, asset and recipient, no spender, and that it withdraws by a code", async () => {
      const f = await loadFixture(decoderFixture);
      const { target, data } = redeemCall(f.of);
      expect([...(await f.decoder.decode(target, data))]).to.deep.equal([
        keyOf(ASSET, POSITION),
        POSITION,
        5n,
        ASSET,
        f.recipient,
        ZERO,
        FORM.withdrawsByCode,
      ]);
    });
  });

  describe("when another asset or position is named", () => {
    it("keys both, and their exchange, differently [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      const pairs = [
        { asset: ASSET, position: POSITION },
        { asset: MARKET, position: POSITION },
        { asset: ASSET, position: MARKET },
        { asset: POSITION, position: ASSET },
      ];
      for (const [, write] of WRITERS) {
        const keys = await Promise.all(
          pairs.map(async (pair) => (await f.decoder.decode(MARKET, write({ ...f.of, ...pair }).data)).key),
        );
        expect(new Set(keys).size).to.equal(pairs.length);
      }
    });
  });

  describe("when the call is shorter or longer than market and mandate read together", () => {
    it("reverts with UnboundedArguments, also as the market alone reads it", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [selector, write] of WRITERS) {
        const { data } = write(f.of);
        const wrongs = [
          data.slice(0, 74),
          data.slice(0, -64),
          data.slice(0, -2),
          `${data}00`,
          `${data}${"00".repeat(32)}`,
        ];
        for (const wrong of wrongs) {
          await expect(f.decoder.decode(MARKET, wrong))
            .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
            .withArgs(selector);
        }
      }
    });
  });

  describe("when the amount may mean all that there is", () => {
    it("reverts with UnboundedArguments for both, and reads one unit less", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [selector, write] of WRITERS) {
        await expect(f.decoder.decode(MARKET, write({ ...f.of, amount: ethers.MaxUint256 }).data))
          .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
          .withArgs(selector);
        const { amountIn } = await f.decoder.decode(MARKET, write({ ...f.of, amount: ethers.MaxUint256 - 1n }).data);
        expect(amountIn).to.equal(ethers.MaxUint256 - 1n);
      }
    });
  });

  describe("when asset and position are the same, or none", () => {
    it("reverts with UnboundedArguments", async () => {
      const f = await loadFixture(decoderFixture);
      for (const pair of [{ position: ASSET }, { position: ZERO }, { asset: ZERO }]) {
        for (const [selector, write] of WRITERS) {
          await expect(f.decoder.decode(MARKET, write({ ...f.of, ...pair }).data))
            .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
            .withArgs(selector);
        }
      }
    });
  });

  describe("when the call makes or repays a debt", () => {
    it("reverts with DebtNotValued", async () => {
      const f = await loadFixture(decoderFixture);
      for (const selector of OF_DEBT.map((name) => ethers.id(name).slice(0, 10))) {
        await expect(f.decoder.decode(MARKET, `${selector}${"00".repeat(128)}`))
          .to.be.revertedWithCustomError(f.decoder, "DebtNotValued")
          .withArgs(selector);
      }
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector, shares and liquidations included [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      for (const selector of OTHERS.map((name) => ethers.id(name).slice(0, 10))) {
        await expect(f.decoder.decode(MARKET, `${selector}${"00".repeat(128)}`))
          .to.be.revertedWithCustomError(f.decoder, "UnknownSelector")
          .withArgs(selector);
      }
    });
  });

  describe("when an address has more than 20 bytes", () => {
    it("reverts", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [, write] of WRITERS) {
        const { data } = write(f.of);
        for (const place of [1, 2, 3]) {
          const start = 10 + place * 64;
          await expect(
            f.decoder.decode(MARKET, `${data.slice(0, start)}01${data.slice(start + 2)}`),
          ).to.be.revertedWithoutReason(ethers);
        }
      }
    });
  });
});
