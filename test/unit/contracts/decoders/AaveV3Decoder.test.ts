import { expect } from "chai";
import { FORM } from "../../../support/enums.ts";
import { supplyCall, withdrawCall } from "../../../support/lendingCalls.ts";
import { ZERO, actors, ethers, loadFixture } from "../../../support/chain.ts";

const [POOL, ASSET, POSITION] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`, `0x${"33".repeat(20)}`];
const SUPPLY = "0x617ba037";
const WITHDRAW = "0x69328dec";

const decoderFixture = async () => {
  const { anyone } = await actors();
  const recipient = anyone.address;
  const of = { pool: POOL, asset: ASSET, position: POSITION, amount: 5n, recipient };
  return { decoder: await ethers.deployContract("AaveV3Decoder"), recipient, of };
};

const keyOf = (asset: string, position: string): string =>
  ethers.solidityPackedKeccak256(["address", "address"], [asset, position]);

const OF_DEBT = ["borrow(address,uint256,uint256,uint16,address)", "repay(address,uint256,uint256,address)"];
const OTHERS = [
  "flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)",
  "flashLoanSimple(address,address,uint256,bytes,uint16)",
  "liquidationCall(address,address,address,uint256,bool)",
  "setUserUseReserveAsCollateral(address,bool)",
  "setUserEMode(uint8)",
  "repayWithATokens(address,uint256,uint256)",
  "swapBorrowRateMode(address,uint256)",
  "supplyWithPermit(address,uint256,address,uint16,uint256,uint8,bytes32,bytes32)",
  "deposit(address,uint256,address,uint16)",
  "multicall(bytes[])",
];

describe("AaveV3Decoder.decode", () => {
  describe("when the call supplies", () => {
    it("reports asset, amount, position, recipient, the pool as spender, and that it supplies", async () => {
      const f = await loadFixture(decoderFixture);
      const { target, data } = supplyCall(f.of);
      expect([...(await f.decoder.decode(target, data))]).to.deep.equal([
        keyOf(ASSET, POSITION),
        ASSET,
        5n,
        POSITION,
        f.recipient,
        POOL,
        FORM.supplies,
      ]);
    });
  });

  describe("when the call withdraws", () => {
    it("reports position, amount, asset and recipient, no spender, and that it withdraws", async () => {
      const f = await loadFixture(decoderFixture);
      const { target, data } = withdrawCall(f.of);
      expect([...(await f.decoder.decode(target, data))]).to.deep.equal([
        keyOf(ASSET, POSITION),
        POSITION,
        5n,
        ASSET,
        f.recipient,
        ZERO,
        FORM.withdraws,
      ]);
    });
  });

  describe("when another asset or position is named", () => {
    it("keys both, and their exchange, differently [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      const pairs = [
        { asset: ASSET, position: POSITION },
        { asset: POOL, position: POSITION },
        { asset: ASSET, position: POOL },
        { asset: POSITION, position: ASSET },
      ];
      for (const write of [supplyCall, withdrawCall]) {
        const keys = await Promise.all(
          pairs.map(async (pair) => (await f.decoder.decode(POOL, write({ ...f.of, ...pair }).data)).key),
        );
        expect(new Set(keys).size).to.equal(pairs.length);
      }
    });
  });

  describe("when the call is shorter or longer than pool and mandate read together", () => {
    it("reverts with UnboundedArguments, also as the pool alone reads it", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [selector, { data }] of [
        [SUPPLY, supplyCall(f.of)],
        [WITHDRAW, withdrawCall(f.of)],
      ] as const) {
        for (const wrong of [data.slice(0, -64), data.slice(0, -2), `${data}00`, `${data}${"00".repeat(32)}`]) {
          await expect(f.decoder.decode(POOL, wrong))
            .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
            .withArgs(selector);
        }
      }
    });
  });

  describe("when a referral code is named", () => {
    it("reverts with UnboundedArguments", async () => {
      const f = await loadFixture(decoderFixture);
      for (const referralCode of [1n, 65_535n]) {
        await expect(f.decoder.decode(POOL, supplyCall({ ...f.of, referralCode }).data))
          .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
          .withArgs(SUPPLY);
      }
    });
  });

  describe("when the amount means all that there is", () => {
    it("reverts with UnboundedArguments for both, and reads one unit less", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [selector, write] of [
        [SUPPLY, supplyCall],
        [WITHDRAW, withdrawCall],
      ] as const) {
        await expect(f.decoder.decode(POOL, write({ ...f.of, amount: ethers.MaxUint256 }).data))
          .to.be.revertedWithCustomError(f.decoder, "UnboundedArguments")
          .withArgs(selector);
        const { amountIn } = await f.decoder.decode(POOL, write({ ...f.of, amount: ethers.MaxUint256 - 1n }).data);
        expect(amountIn).to.equal(ethers.MaxUint256 - 1n);
      }
    });
  });

  describe("when asset and position are the same, or none", () => {
    it("reverts with UnboundedArguments", async () => {
      const f = await loadFixture(decoderFixture);
      for (const pair of [{ position: ASSET }, { position: ZERO }, { asset: ZERO }]) {
        for (const [selector, write] of [
          [SUPPLY, supplyCall],
          [WITHDRAW, withdrawCall],
        ] as const) {
          await expect(f.decoder.decode(POOL, write({ ...f.of, ...pair }).data))
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
        await expect(f.decoder.decode(POOL, `${selector}${"00".repeat(160)}`))
          .to.be.revertedWithCustomError(f.decoder, "DebtNotValued")
          .withArgs(selector);
      }
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector, flash loans and liquidations included [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      for (const selector of OTHERS.map((name) => ethers.id(name).slice(0, 10))) {
        await expect(f.decoder.decode(POOL, `${selector}${"00".repeat(160)}`))
          .to.be.revertedWithCustomError(f.decoder, "UnknownSelector")
          .withArgs(selector);
      }
    });
  });

  describe("when the data is shorter than a selector", () => {
    it("reverts with CallTooShort", async () => {
      const f = await loadFixture(decoderFixture);
      await expect(f.decoder.decode(POOL, "0x617b"))
        .to.be.revertedWithCustomError(f.decoder, "CallTooShort")
        .withArgs(2n);
    });
  });

  describe("when an address has more than 20 bytes", () => {
    it("reverts", async () => {
      const f = await loadFixture(decoderFixture);
      for (const [{ data }, places] of [
        [supplyCall(f.of), [0, 2, 4]],
        [withdrawCall(f.of), [0, 2, 3]],
      ] as const) {
        for (const place of places) {
          const at = 10 + place * 64;
          await expect(
            f.decoder.decode(POOL, `${data.slice(0, at)}01${data.slice(at + 2)}`),
          ).to.be.revertedWithoutReason(ethers);
        }
      }
    });
  });
});
