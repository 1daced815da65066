import { expect } from "chai";
import { SELECTOR, v2SwapCall } from "../../../support/calls.ts";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { bareFixture } from "../../../support/nexus.ts";

/** Anything may stand for a router: a decoder only reads. */
const routerFixture = async () => {
  const f = await bareFixture();
  const router = f.anyone.address;
  const swap = (path: readonly string[], amountIn = 5n) =>
    v2SwapCall({ router, amountIn, recipient: f.addresses.treasury }, path);
  return { ...f, router, swap };
};

const NAMES = [
  "swapTokensForExactTokens(uint256,uint256,address[],address,uint256)",
  "swapExactETHForTokens(uint256,address[],address,uint256)",
  "swapExactTokensForETH(uint256,uint256,address[],address,uint256)",
  "swapExactTokensForTokensSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256)",
  "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
  "multicall(bytes[])",
];

describe("UniswapV2Decoder.decode", () => {
  describe("when the call swaps along a path", () => {
    it("reports both ends, amount, recipient, spender and the path's key", async () => {
      const f = await loadFixture(routerFixture);
      const path = [f.addresses.usdc, f.addresses.weth, f.addresses.wsei];
      const { target, data } = f.swap(path);
      expect([...(await f.decoders.v2.decode(target, data))]).to.deep.equal([
        ethers.solidityPackedKeccak256(["address[]"], [path]),
        f.addresses.usdc,
        5n,
        f.addresses.wsei,
        f.addresses.treasury,
        f.router,
        0n,
      ]);
    });

    it("keys another hop, another order and a longer path differently [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      const { usdc, weth, wsei } = f.addresses;
      const paths = [
        [usdc, wsei],
        [wsei, usdc],
        [usdc, weth, wsei],
        [usdc, f.attacker.address, wsei],
      ];
      const keys = await Promise.all(
        paths.map(async (path) => (await f.decoders.v2.decode(f.router, f.swap(path).data)).key),
      );
      expect(new Set(keys).size).to.equal(paths.length);
    });
  });

  describe("when the path has fewer than two tokens", () => {
    it("reverts with UnboundedArguments", async () => {
      const f = await loadFixture(routerFixture);
      for (const path of [[], [f.addresses.usdc]]) {
        await expect(f.decoders.v2.decode(f.router, f.swap(path).data))
          .to.be.revertedWithCustomError(f.decoders.v2, "UnboundedArguments")
          .withArgs(SELECTOR.v2Swap);
      }
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector, multicall included [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      for (const name of NAMES) {
        const selector = ethers.id(name).slice(0, 10);
        await expect(f.decoders.v2.decode(f.router, ethers.concat([selector, ethers.ZeroHash])))
          .to.be.revertedWithCustomError(f.decoders.v2, "UnknownSelector")
          .withArgs(selector);
      }
    });
  });

  describe("when the data is shorter than a selector", () => {
    it("reverts with CallTooShort", async () => {
      const f = await loadFixture(routerFixture);
      await expect(f.decoders.v2.decode(f.router, "0x3817"))
        .to.be.revertedWithCustomError(f.decoders.v2, "CallTooShort")
        .withArgs(2n);
    });
  });

  describe("when the arguments are malformed", () => {
    it("reverts on a dirty address in the path", async () => {
      const f = await loadFixture(routerFixture);
      const { data } = f.swap([f.addresses.usdc, f.addresses.wsei]);
      const end = data.length - 64;
      await expect(
        f.decoders.v2.decode(f.router, `${data.slice(0, end)}01${data.slice(end + 2)}`),
      ).to.be.revertedWithoutReason(ethers);
    });

    it("reverts on a path that is longer than the data", async () => {
      const f = await loadFixture(routerFixture);
      const { data } = f.swap([f.addresses.usdc, f.addresses.wsei]);
      await expect(f.decoders.v2.decode(f.router, data.slice(0, -64))).to.be.revertedWithoutReason(ethers);
    });
  });
});
