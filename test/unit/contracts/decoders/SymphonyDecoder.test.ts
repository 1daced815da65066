import { expect } from "chai";
import { FORM } from "../../../support/enums.ts";
import { ZERO, actors, ethers, loadFixture } from "../../../support/chain.ts";
import { EXECUTE_SWAPS, type RouteOrder, type TestHop, routeCall, routeKey } from "../../../support/symphony.ts";

const account = (byte: string): string => `0x${byte.repeat(20)}`;
const [ROUTER, IN, BETWEEN, OUT, STRANGER] = [
  account("11"),
  account("22"),
  account("33"),
  account("44"),
  account("55"),
];
const POOL = `0x${"66".repeat(32)}`;
const MAX = { paths: 8, hops: 4, amount: 2n ** 128n - 1n, swapType: 6n } as const;

/** Word of the arguments at which each thing stands in a call of one path. */
const AT = { route: 0, fee: 3, paths: 6, place: 7, hops: 8, hop: 9 } as const;
const HOP = { tokenIn: 1, tokenOut: 2, fee: 6 } as const;

const direct: TestHop = { tokenIn: IN, tokenOut: OUT, amountIn: 5n, pool: POOL, swapType: 6n, fee: 500n };
const first: TestHop = { ...direct, tokenOut: BETWEEN };
const second: TestHop = { ...direct, tokenIn: BETWEEN, amountIn: 0n, swapType: 1n, fee: 0n };

const decoderFixture = async () => {
  const { anyone } = await actors();
  const decoder = await ethers.deployContract("SymphonyDecoder");
  const recipient = anyone.address;
  const call = (change: Partial<RouteOrder> = {}) =>
    routeCall({ router: ROUTER, paths: [[direct]], recipient, ...change }).data;
  return { decoder, recipient, call };
};
type Fixture = Awaited<ReturnType<typeof decoderFixture>>;

/** The call with another word among its arguments. */
const withWord = (data: string, index: number, value: bigint): string => {
  const start = 10 + index * 64;
  return `${data.slice(0, start)}${ethers.toBeHex(value, 32).slice(2)}${data.slice(start + 64)}`;
};

const refused = (f: Fixture, data: string, error: string, args: readonly unknown[]) =>
  expect(f.decoder.decode(ROUTER, data), data)
    .to.be.revertedWithCustomError(f.decoder, error)
    .withArgs(...args);

const OTHERS = [
  "executeSwaps((bytes32,address,address,uint256,uint256,uint256,uint24)[],uint256,bool,(uint256,address,uint256))",
  "executeSwaps((bytes32,address,address,uint256,uint256,uint256,uint24)[][],uint256,bool)",
  "multicall(bytes[])",
  "maxApprovals(address[])",
  "withdrawTokens(address,address)",
  "setFeePercentage(uint256)",
];

describe("SymphonyDecoder.decode", () => {
  describe("when the route has one path of one hop", () => {
    it("reports both tokens, amount, recipient, the router as spender and the route's key", async () => {
      const f = await loadFixture(decoderFixture);
      expect([...(await f.decoder.decode(ROUTER, f.call()))]).to.deep.equal([
        routeKey([[direct]]),
        IN,
        5n,
        OUT,
        f.recipient,
        ROUTER,
        FORM.plain,
      ]);
    });
  });

  describe("when the route has several paths", () => {
    it("reports the ends that they share and the sum of what they spend", async () => {
      const f = await loadFixture(decoderFixture);
      const paths = [[direct], [{ ...first, amountIn: 7n }, second], [{ ...direct, amountIn: MAX.amount }]];
      const decoded = await f.decoder.decode(ROUTER, f.call({ paths }));
      expect([decoded.key, decoded.tokenIn, decoded.amountIn, decoded.tokenOut]).to.deep.equal([
        routeKey(paths),
        IN,
        12n + MAX.amount,
        OUT,
      ]);
    });

    it("keys another pool, exchange, fee tier, token between, order and division into paths differently [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      const other = { ...second, tokenIn: STRANGER };
      const routes = [
        [[direct]],
        [[{ ...direct, pool: ethers.ZeroHash }]],
        [[{ ...direct, swapType: 5n }]],
        [[{ ...direct, fee: 3_000n }]],
        [[first, second]],
        [[{ ...first, tokenOut: STRANGER }, other]],
        [[direct], [first, second]],
        [[first, second], [direct]],
        [[direct], [direct]],
      ];
      const keys = await Promise.all(
        routes.map(async (paths) => (await f.decoder.decode(ROUTER, f.call({ paths }))).key),
      );
      expect(new Set(keys).size).to.equal(routes.length);
    });

    it("keys the same route with another split alike", async () => {
      const f = await loadFixture(decoderFixture);
      const keys = await Promise.all(
        [1n, 9n].map(async (amountIn) => {
          const paths = [[direct], [{ ...first, amountIn }, second]];
          return (await f.decoder.decode(ROUTER, f.call({ paths }))).key;
        }),
      );
      expect(keys[0]).to.equal(keys[1]);
    });
  });

  describe("when a path is broken", () => {
    it("reverts with BrokenPath at the hop that does not begin with what the one before it bought [NX-SYM-01]", async () => {
      const f = await loadFixture(decoderFixture);
      const strange = { ...second, tokenIn: STRANGER };
      await refused(f, f.call({ paths: [[direct], [first, strange]] }), "BrokenPath", [1n, 1n]);
      await refused(f, f.call({ paths: [[direct], [{ ...direct, tokenIn: STRANGER }]] }), "BrokenPath", [1n, 0n]);
    });

    it("reverts with BrokenPath where a path ends elsewhere than the first, or where it begins [NX-SYM-01]", async () => {
      const f = await loadFixture(decoderFixture);
      await refused(f, f.call({ paths: [[direct], [first]] }), "BrokenPath", [1n, 1n]);
      await refused(f, f.call({ paths: [[first, { ...second, tokenOut: IN }]] }), "BrokenPath", [0n, 2n]);
    });

    it("reverts with BrokenPath for the native coin, which is no token", async () => {
      const f = await loadFixture(decoderFixture);
      await refused(f, f.call({ paths: [[{ ...direct, tokenIn: ZERO }]] }), "BrokenPath", [0n, 0n]);
      await refused(f, f.call({ paths: [[{ ...direct, tokenOut: ZERO }]] }), "BrokenPath", [0n, 0n]);
      const native = [
        { ...first, tokenOut: ZERO },
        { ...second, tokenIn: ZERO },
      ];
      await refused(f, f.call({ paths: [native] }), "BrokenPath", [0n, 0n]);
    });
  });

  describe("when a path spends nothing, or more than any token has", () => {
    it("reverts with AmountNotBounded", async () => {
      const f = await loadFixture(decoderFixture);
      for (const amountIn of [0n, MAX.amount + 1n, ethers.MaxUint256]) {
        const paths = [[direct], [{ ...direct, amountIn }]];
        await refused(f, f.call({ paths }), "AmountNotBounded", [1n, amountIn]);
      }
    });
  });

  describe("when an exchange is not known", () => {
    it("reverts with UnknownSwapType, and reads the last that is", async () => {
      const f = await loadFixture(decoderFixture);
      for (const swapType of [0n, MAX.swapType + 1n, 10n, ethers.MaxUint256])
        await refused(f, f.call({ paths: [[{ ...direct, swapType }]] }), "UnknownSwapType", [swapType]);
      const { amountIn } = await f.decoder.decode(ROUTER, f.call({ paths: [[{ ...direct, swapType: MAX.swapType }]] }));
      expect(amountIn).to.equal(5n);
    });
  });

  describe("when a route has no path or hop, or more than are read", () => {
    it("reverts with BadRouteLength, and reads the largest route [NX-SYM-02]", async () => {
      const f = await loadFixture(decoderFixture);
      const between = { ...direct, tokenIn: BETWEEN, tokenOut: BETWEEN };
      const longest = (hops: number): readonly TestHop[] => [
        first,
        ...Array.from({ length: hops - 2 }, () => between),
        second,
      ];
      const widest = (paths: number) => Array.from({ length: paths }, () => longest(MAX.hops));
      await refused(f, f.call({ paths: [] }), "BadRouteLength", [0n, BigInt(MAX.paths)]);
      await refused(f, f.call({ paths: [[direct], []] }), "BadRouteLength", [0n, BigInt(MAX.hops)]);
      await refused(f, f.call({ paths: widest(MAX.paths + 1) }), "BadRouteLength", [9n, BigInt(MAX.paths)]);
      await refused(f, f.call({ paths: [longest(MAX.hops + 1)] }), "BadRouteLength", [5n, BigInt(MAX.hops)]);
      const paths = widest(MAX.paths);
      const decoded = await f.decoder.decode(ROUTER, f.call({ paths }));
      expect([decoded.key, decoded.amountIn]).to.deep.equal([routeKey(paths), 5n * BigInt(MAX.paths)]);
    });
  });

  describe("when a partner is named or a fee for one", () => {
    it("reverts with PartnerFeeNamed: nobody is paid but the treasury [NX-SYM-01]", async () => {
      const f = await loadFixture(decoderFixture);
      const stranger = BigInt(STRANGER);
      const none = { paramFee: 0n, feeAddress: ZERO, feeSharePercentage: 0n };
      for (const [change, args] of [
        [{ feeAddress: STRANGER }, [stranger, 0n, 0n]],
        [{ paramFee: 1n }, [0n, 1n, 0n]],
        [{ feeSharePercentage: 1n }, [0n, 0n, 1n]],
        [{ paramFee: 1_000n, feeAddress: STRANGER, feeSharePercentage: 9_000n }, [stranger, 1_000n, 9_000n]],
      ] as const)
        await refused(f, f.call({ partner: { ...none, ...change } }), "PartnerFeeNamed", args);
    });
  });

  describe("when the native coin is asked for", () => {
    it("reverts with NativeOutput", async () => {
      const f = await loadFixture(decoderFixture);
      await refused(f, f.call({ conveth: true }), "NativeOutput", [1n]);
      await refused(f, withWord(f.call(), 2, 2n), "NativeOutput", [2n]);
    });
  });

  describe("when no least output is demanded", () => {
    it("reverts with LeastOutputMissing", async () => {
      const f = await loadFixture(decoderFixture);
      await refused(f, f.call({ least: 0n }), "LeastOutputMissing", []);
    });
  });

  describe("when the call is encoded in another way than encoders do it", () => {
    it("reverts with MalformedRoute at the place that leads elsewhere [NX-SYM-01]", async () => {
      const f = await loadFixture(decoderFixture);
      for (const place of [0n, 160n, 224n, 2n ** 64n, ethers.MaxUint256])
        await refused(f, withWord(f.call(), AT.route, place), "MalformedRoute", [0n]);
      for (const place of [0n, 64n, 2n ** 64n, ethers.MaxUint256])
        await refused(f, withWord(f.call(), AT.place, place), "MalformedRoute", [BigInt(AT.place * 32)]);
    });

    it("reverts with MalformedRoute where two paths lie at one place", async () => {
      const f = await loadFixture(decoderFixture);
      const data = f.call({ paths: [[direct], [direct]] });
      await refused(f, withWord(data, AT.place + 1, 64n), "MalformedRoute", [BigInt((AT.place + 1) * 32)]);
    });

    it("reverts with MalformedRoute where something is missing or left over, the recipient too", async () => {
      const f = await loadFixture(decoderFixture);
      const data = f.call();
      const size = (data.length - 10) / 2;
      await refused(f, data.slice(0, -64), "MalformedRoute", [BigInt(size - 32)]);
      await refused(f, data.slice(0, -2), "MalformedRoute", [BigInt(size - 32)]);
      await refused(f, data.slice(0, 10 + 64 * AT.hop), "MalformedRoute", [BigInt((AT.hop + HOP.tokenIn) * 32)]);
      await refused(f, data.slice(0, 10), "MalformedRoute", [0n]);
      for (const more of ["00", "00".repeat(32)]) await refused(f, `${data}${more}`, "MalformedRoute", [BigInt(size)]);
    });
  });

  describe("when a word has more bits than its type", () => {
    it("reverts with MalformedRoute for both tokens, the fee tier and the recipient", async () => {
      const f = await loadFixture(decoderFixture);
      const data = f.call();
      const last = (data.length - 10) / 64 - 1;
      for (const index of [AT.hop + HOP.tokenIn, AT.hop + HOP.tokenOut, last])
        await refused(f, withWord(data, index, 2n ** 160n), "MalformedRoute", [BigInt(index * 32)]);
      const feeAt = AT.hop + HOP.fee;
      await refused(f, withWord(data, feeAt, 2n ** 24n), "MalformedRoute", [BigInt(feeAt * 32)]);
    });
  });

  describe("when the selector is another", () => {
    it("reverts with UnknownSelector, what the router's owner calls included [NX-MAN-01]", async () => {
      const f = await loadFixture(decoderFixture);
      for (const selector of OTHERS.map((name) => ethers.id(name).slice(0, 10)))
        await refused(f, `${selector}${f.call().slice(10)}`, "UnknownSelector", [selector]);
      expect(EXECUTE_SWAPS).to.equal("0x06b492d2");
    });
  });

  describe("when the data is shorter than a selector", () => {
    it("reverts with CallTooShort", async () => {
      const f = await loadFixture(decoderFixture);
      await refused(f, "0x06b492", "CallTooShort", [3n]);
    });
  });
});
