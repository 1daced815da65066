import { expect } from "chai";
import { SELECTOR, v3Path, v3PathCall, v3SingleCall } from "../../../support/calls.ts";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { bareFixture } from "../../../support/nexus.ts";

const FEE = 500n;

/** Anything may stand for a router: a decoder only reads. */
const routerFixture = async () => {
  const f = await bareFixture();
  const router = f.anyone.address;
  const order = (amountIn: bigint) => ({ router, amountIn, recipient: f.addresses.treasury });
  const { usdc: tokenIn, wsei: tokenOut } = f.addresses;
  const single = (fee = FEE, amountIn = 5n) => v3SingleCall(order(amountIn), { tokenIn, tokenOut, fee }).data;
  const along = (path: string, amountIn = 5n) => v3PathCall(order(amountIn), path).data;
  return { ...f, router, single, along };
};

const NAMES = [
  "multicall(bytes[])",
  "multicall(uint256,bytes[])",
  "multicall(bytes32,bytes[])",
  "exactOutput((bytes,address,uint256,uint256))",
  "exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160))",
  "swapExactTokensForTokens(uint256,uint256,address[],address)",
  "sweepToken(address,uint256,address)",
  "pull(address,uint256)",
];

describe("UniswapV3Decoder.decode", () => {
  describe("when the call swaps in one pool", () => {
    it("reports both tokens, amount, recipient, spender and the pool's key", async () => {
      const f = await loadFixture(routerFixture);
      expect([...(await f.decoders.v3.decode(f.router, f.single()))]).to.deep.equal([
        ethers.keccak256(v3Path([f.addresses.usdc, f.addresses.wsei], [FEE])),
        f.addresses.usdc,
        5n,
        f.addresses.wsei,
        f.addresses.treasury,
        f.router,
        0n,
      ]);
    });

    it("keys another fee tier differently: it is another pool [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      const keys = await Promise.all(
        [100n, 500n, 3_000n, 10_000n].map(async (fee) => (await f.decoders.v3.decode(f.router, f.single(fee))).key),
      );
      expect(new Set(keys).size).to.equal(4);
    });
  });

  describe("when the call swaps along a path", () => {
    it("reports both ends, amount, recipient, spender and the path's key", async () => {
      const f = await loadFixture(routerFixture);
      const { usdc, weth, wsei } = f.addresses;
      const path = v3Path([usdc, weth, wsei], [500n, 3_000n]);
      expect([...(await f.decoders.v3.decode(f.router, f.along(path)))]).to.deep.equal([
        ethers.keccak256(path),
        usdc,
        5n,
        wsei,
        f.addresses.treasury,
        f.router,
        0n,
      ]);
    });

    it("keys a path of one pool like that pool", async () => {
      const f = await loadFixture(routerFixture);
      const path = v3Path([f.addresses.usdc, f.addresses.wsei], [FEE]);
      const [single, along] = await Promise.all(
        [f.single(), f.along(path)].map((data) => f.decoders.v3.decode(f.router, data)),
      );
      expect(along).to.deep.equal(single);
    });

    it("keys another hop and another fee tier differently [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      const { usdc, weth, wsei } = f.addresses;
      const paths = [
        v3Path([usdc, weth, wsei], [500n, 3_000n]),
        v3Path([usdc, weth, wsei], [3_000n, 500n]),
        v3Path([usdc, f.attacker.address, wsei], [500n, 3_000n]),
      ];
      const keys = await Promise.all(
        paths.map(async (path) => (await f.decoders.v3.decode(f.router, f.along(path))).key),
      );
      expect(new Set(keys).size).to.equal(3);
    });
  });

  describe("when the path is no path", () => {
    it("reverts with UnboundedArguments for one token, a half hop and nothing", async () => {
      const f = await loadFixture(routerFixture);
      const { usdc, wsei } = f.addresses;
      const good = v3Path([usdc, wsei], [FEE]);
      for (const path of ["0x", usdc, ethers.concat([usdc, "0x0001f4"]), `${good}00`, good.slice(0, -2)]) {
        await expect(f.decoders.v3.decode(f.router, f.along(path)))
          .to.be.revertedWithCustomError(f.decoders.v3, "UnboundedArguments")
          .withArgs(SELECTOR.v3Path);
      }
    });
  });

  describe("when the amount is zero, which the router reads as all", () => {
    it("reverts with UnboundedArguments in both forms [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      const path = v3Path([f.addresses.usdc, f.addresses.wsei], [FEE]);
      await expect(f.decoders.v3.decode(f.router, f.single(FEE, 0n)))
        .to.be.revertedWithCustomError(f.decoders.v3, "UnboundedArguments")
        .withArgs(SELECTOR.v3Single);
      await expect(f.decoders.v3.decode(f.router, f.along(path, 0n)))
        .to.be.revertedWithCustomError(f.decoders.v3, "UnboundedArguments")
        .withArgs(SELECTOR.v3Path);
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector, multicall and nested calls included [NX-MAN-01]", async () => {
      const f = await loadFixture(routerFixture);
      const nested = ethers.AbiCoder.defaultAbiCoder().encode(["bytes[]"], [[f.single()]]);
      for (const name of NAMES) {
        const selector = ethers.id(name).slice(0, 10);
        await expect(f.decoders.v3.decode(f.router, ethers.concat([selector, nested])))
          .to.be.revertedWithCustomError(f.decoders.v3, "UnknownSelector")
          .withArgs(selector);
      }
    });
  });

  describe("when the data is shorter than a selector", () => {
    it("reverts with CallTooShort", async () => {
      const f = await loadFixture(routerFixture);
      await expect(f.decoders.v3.decode(f.router, "0x04e45a"))
        .to.be.revertedWithCustomError(f.decoders.v3, "CallTooShort")
        .withArgs(3n);
    });
  });

  describe("when the arguments are malformed", () => {
    it("reverts on a fee tier of more than 24 bits", async () => {
      const f = await loadFixture(routerFixture);
      const data = f.single();
      const feeAt = 2 + 8 + 64 * 2;
      await expect(
        f.decoders.v3.decode(f.router, `${data.slice(0, feeAt)}01${data.slice(feeAt + 2)}`),
      ).to.be.revertedWithoutReason(ethers);
    });

    it("reverts on a path that is longer than the data", async () => {
      const f = await loadFixture(routerFixture);
      const data = f.along(v3Path([f.addresses.usdc, f.addresses.wsei], [FEE]));
      await expect(f.decoders.v3.decode(f.router, data.slice(0, -64))).to.be.revertedWithoutReason(ethers);
    });
  });
});
