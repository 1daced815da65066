import { expect } from "chai";
import fc from "fast-check";
import { type Hex, hex } from "../../../keepers/core/hex.ts";
import {
  PROTOCOLS,
  lendingCallsOf,
  minOutOf,
  poolCallsOf,
  readCall,
  routeCallsOf,
} from "../../../keepers/core/protocols/all.ts";
import { type Protocol, decodeBy, selectorOf } from "../../../keepers/core/protocols/protocol.ts";
import type { DecodedCall } from "../../../keepers/core/proposal.ts";
import { type Address, address } from "../../../keepers/core/units.ts";
import { type IDecoder, IDecoder__factory, type ManyDecodes } from "../../../types/index.ts";
import { approveCall, transferCall, v2SwapCall, v3Path, v3PathCall, v3SingleCall } from "../../support/calls.ts";
import { ethers, loadFixture } from "../../support/chain.ts";
import { supplyCall, withdrawCall } from "../../support/lendingCalls.ts";
import { mintCall, redeemCall } from "../../support/shares.ts";
import { routeCall } from "../../support/symphony.ts";
import { account, keccak } from "../../support/keeperBuilders.ts";

const DECODERS = PROTOCOLS.map(({ decoder }) => decoder);
type DecoderName = (typeof DECODERS)[number];
const deployed = async (name: DecoderName): Promise<readonly [DecoderName, IDecoder]> => {
  const contract = await ethers.deployContract(name);
  return [name, IDecoder__factory.connect(await contract.getAddress(), contract.runner)];
};
const fixture = async (): Promise<OnChain> => ({
  decoders: new Map(await Promise.all(DECODERS.map(deployed))),
  many: await ethers.deployContract("ManyDecodes"),
});

const [TOKEN_A, TOKEN_B, TOKEN_C] = [account(0xa), account(0xb), account(0xc)];
const ROUTER = account(0x10);
const RECIPIENT = account(0x20);
const order = { router: ROUTER, amountIn: 12_345n, least: 678n, recipient: RECIPIENT };

const LOAN = { pool: ROUTER, asset: TOKEN_A, position: TOKEN_B, amount: 12_345n, recipient: RECIPIENT };

/** A route of one hop, and one of two paths, the second of which goes through another token. */
const ROUTES = [
  [[{ tokenIn: TOKEN_A, tokenOut: TOKEN_B, amountIn: 5n, swapType: 6n, fee: 500n }]],
  [
    [{ tokenIn: TOKEN_A, tokenOut: TOKEN_B, amountIn: 5n, swapType: 6n, fee: 500n }],
    [
      { tokenIn: TOKEN_A, tokenOut: TOKEN_C, amountIn: 7n },
      { tokenIn: TOKEN_C, tokenOut: TOKEN_B, pool: `0x${"66".repeat(32)}`, swapType: 4n },
    ],
  ],
] as const;

const CALLS: readonly (readonly [string, DecoderName, { readonly target: string; readonly data: string }])[] = [
  ["approve", "Erc20Decoder", approveCall(TOKEN_A, RECIPIENT, 5n)],
  ["transfer", "Erc20Decoder", transferCall(TOKEN_A, RECIPIENT, 5n)],
  ["a v2 swap", "UniswapV2Decoder", v2SwapCall(order, [TOKEN_A, TOKEN_B])],
  ["a v2 swap of three tokens", "UniswapV2Decoder", v2SwapCall(order, [TOKEN_A, TOKEN_B, TOKEN_C])],
  ["a v3 swap", "UniswapV3Decoder", v3SingleCall(order, { tokenIn: TOKEN_A, tokenOut: TOKEN_B, fee: 500n })],
  ["a v3 path", "UniswapV3Decoder", v3PathCall(order, v3Path([TOKEN_A, TOKEN_B], [500n]))],
  ["a supply", "AaveV3Decoder", supplyCall(LOAN)],
  ["a withdrawal", "AaveV3Decoder", withdrawCall(LOAN)],
  ["a supply for shares", "CompoundV2Decoder", mintCall({ market: ROUTER, ...LOAN })],
  ["a withdrawal of shares", "CompoundV2Decoder", redeemCall({ market: ROUTER, ...LOAN })],
  ["a route of one path", "SymphonyDecoder", routeCall({ ...order, paths: ROUTES[0] })],
  ["a route of two paths", "SymphonyDecoder", routeCall({ ...order, paths: ROUTES[1] })],
  ["a longer v3 path", "UniswapV3Decoder", v3PathCall(order, v3Path([TOKEN_A, TOKEN_B, TOKEN_C], [500n, 3_000n]))],
];

/** More than any decoder needs for any of these calls: one that fails by using up its gas fails with less as well. */
const GAS_OF_EACH = 200_000n;

type OnChain = { readonly decoders: ReadonlyMap<DecoderName, IDecoder>; readonly many: ManyDecodes };

/** What a decoder reads of each call on the same target, in the keepers' form; undefined where it reverts. */
const onChain = async (
  { decoders, many }: OnChain,
  name: DecoderName,
  { target, datas }: { readonly target: Address; readonly datas: readonly Hex[] },
): Promise<readonly (DecodedCall | undefined)[]> => {
  const decoder = decoders.get(name);
  if (decoder === undefined) throw new Error("the decoder is not deployed");
  const answers = await many.decode(decoder, target, [...datas], GAS_OF_EACH);
  return answers.map(({ isRead, call: { key, tokenIn, amountIn, tokenOut, recipient, spender } }) =>
    isRead
      ? {
          key: hex(key),
          tokenIn: address(tokenIn),
          amountIn,
          tokenOut: address(tokenOut),
          recipient: address(recipient),
          spender: address(spender),
        }
      : undefined,
  );
};

type Damage =
  | { readonly kind: "byte"; readonly at: number; readonly value: number }
  | { readonly kind: "word"; readonly at: number; readonly value: bigint }
  | { readonly kind: "cut"; readonly by: number }
  | { readonly kind: "add"; readonly by: number };

const aDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("byte" as const), at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    kind: fc.constant("word" as const),
    at: fc.nat(12),
    value: fc.oneof(
      fc.bigInt({ min: 0n, max: 400n }),
      fc.constantFrom(2n ** 64n - 1n, 2n ** 64n, 2n ** 160n, 2n ** 256n - 1n, 2n ** 255n),
    ),
  }),
  fc.record({ kind: fc.constant("cut" as const), by: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant("add" as const), by: fc.integer({ min: 1, max: 64 }) }),
);

const damaged = (data: Hex, damages: readonly Damage[]): Hex => {
  let bytes = Buffer.from(data.slice(2), "hex");
  for (const damage of damages) {
    if (damage.kind === "byte" && bytes.length > 0) bytes[damage.at % bytes.length] = damage.value;
    if (damage.kind === "cut") bytes = bytes.subarray(0, Math.max(bytes.length - damage.by, 0));
    if (damage.kind === "add") bytes = Buffer.concat([bytes, Buffer.alloc(damage.by, 7)]);
    const start = damage.kind === "word" ? 4 + damage.at * 32 : bytes.length;
    if (damage.kind === "word" && start + 32 <= bytes.length) {
      bytes.write(damage.value.toString(16).padStart(64, "0"), start, "hex");
    }
  }
  return `0x${bytes.toString("hex")}`;
};

/** How many calls each protocol is tried with. */
const RUNS = process.env["NEXUS_TEST_DEEP"] === "1" ? 10_000 : 2_000;
/** As many of them in one request. */
const AT_ONCE = 40;

/** Any bytes behind one of the selectors that a protocol knows, or behind none. */
const anyCall = ({ selectors }: Protocol): fc.Arbitrary<Hex> =>
  fc
    .tuple(
      fc.oneof(
        { arbitrary: fc.constantFrom(...selectors), weight: 4 },
        { arbitrary: fc.constant<Hex>("0x12345678"), weight: 1 },
      ),
      fc.array(
        fc.oneof(
          fc.constantFrom(0n, 1n, 2n, 3n, 32n, 96n, 128n, 160n, 500n),
          fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }),
          fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        ),
        { maxLength: 12 },
      ),
      fc.nat(31),
    )
    .map(([selector, words, cut]) => {
      const data = `${selector}${words.map((word) => word.toString(16).padStart(64, "0")).join("")}`;
      return hex(cut === 0 ? data : data.slice(0, Math.max(10, data.length - 2 * cut)));
    });

/** Calls of a protocol, whole and with up to three damages, and bytes that only begin like one. */
const callsOf = (protocol: Protocol): fc.Arbitrary<Hex> => {
  const whole = CALLS.flatMap(([, decoder, { data }]) => (decoder === protocol.decoder ? [hex(data)] : []));
  const mutated = fc.tuple(fc.constantFrom(...whole), fc.array(aDamage, { maxLength: 3 }));
  return fc.oneof(
    { arbitrary: mutated.map(([data, damages]) => damaged(data, damages)), weight: 3 },
    anyCall(protocol),
  );
};

describe("Each protocol beside its decoder contract", () => {
  it("has a contract of its own, and functions that no other knows", () => {
    expect(new Set(DECODERS).size).to.equal(DECODERS.length);
    const selectors = PROTOCOLS.flatMap((protocol) => [...protocol.selectors]);
    expect(new Set(selectors).size).to.equal(selectors.length);
    const tried = new Set(CALLS.map(([, , { data }]) => data.slice(0, 10)));
    expect([...tried].sort()).to.deep.equal([...selectors].sort());
  });

  for (const [name, decoder, plain] of CALLS) {
    it(`reads ${name} as the contract does [NX-CON-08]`, async () => {
      const call = { target: address(plain.target), data: hex(plain.data) };
      const [answer] = await onChain(await loadFixture(fixture), decoder, { target: call.target, datas: [call.data] });
      expect(answer).not.to.equal(undefined);
      const known = readCall(call);
      expect(known?.protocol.decoder).to.equal(decoder);
      expect(known === undefined ? undefined : decodeBy(keccak, known.protocol, call)).to.deep.equal(answer);
    });
  }

  for (const protocol of PROTOCOLS) {
    it(`${protocol.decoder}: same addresses, key, amounts and refusals for ${RUNS} random and mutated calls [NX-CON-08]`, async () => {
      const chain = await loadFixture(fixture);
      const count = { read: 0, refused: 0 };
      const calls = fc.array(callsOf(protocol), { minLength: 1, maxLength: AT_ONCE, size: "max" });
      while (count.read + count.refused < RUNS) {
        await fc.assert(
          fc.asyncProperty(calls, async (datas) => {
            const answers = await onChain(chain, protocol.decoder, { target: TOKEN_A, datas });
            for (const [index, data] of datas.entries()) {
              const answer = answers[index];
              count[answer === undefined ? "refused" : "read"] += 1;
              expect(decodeBy(keccak, protocol, { target: TOKEN_A, data }), data).to.deep.equal(answer);
            }
          }),
          { numRuns: 20 },
        );
      }
      // Both happen often: neither side is tried with nothing but noise.
      expect(count.read).to.be.greaterThan(RUNS / 20);
      expect(count.refused).to.be.greaterThan(RUNS / 20);
    }).timeout(300_000);
  }

  it("writes the same calls as the contracts' interfaces do", () => {
    const swap = { router: ROUTER, tokenIn: TOKEN_A, tokenOut: TOKEN_B, amountIn: 12_345n, minOut: 678n };
    const mine = { ...swap, recipient: RECIPIENT, feePips: 500n, deadline: 2n ** 40n };
    const [v2, v3] = [
      v2SwapCall(order, [TOKEN_A, TOKEN_B]),
      v3SingleCall(order, { tokenIn: TOKEN_A, tokenOut: TOKEN_B, fee: 500n }),
    ];
    expect(poolCallsOf("v2").encode(mine).data).to.equal(v2.data);
    expect(poolCallsOf("v3").encode(mine).data).to.equal(v3.data);
    expect(() => poolCallsOf("v9")).to.throw("no protocol swaps in pools of kind v9");
    const path = v3PathCall(order, v3Path([TOKEN_A, TOKEN_B], [500n]));
    const leasts = [v2, v3, path].map(({ target, data }) => minOutOf({ target: address(target), data: hex(data) }));
    expect(leasts).to.deep.equal([678n, 678n, 678n]);
    expect(minOutOf({ target: TOKEN_A, data: hex(approveCall(TOKEN_A, RECIPIENT, 5n).data) })).to.equal(undefined);
  });

  it("writes supplies and withdrawals as the pool's interface does, whose least is a unit below their amount", () => {
    const kinds = [
      ["aaveV3", "AaveV3Decoder", supplyCall(LOAN), withdrawCall(LOAN)],
      [
        "compoundV2",
        "CompoundV2Decoder",
        mintCall({ market: ROUTER, ...LOAN }),
        redeemCall({ market: ROUTER, ...LOAN }),
      ],
    ] as const;
    for (const [kind, name, plainSupply, plainWithdrawal] of kinds) {
      const { supply, withdraw, keyBytes, decoder } = lendingCallsOf(kind);
      expect(decoder).to.equal(name);
      for (const [{ selector, encode }, plain] of [
        [supply, plainSupply],
        [withdraw, plainWithdrawal],
      ] as const) {
        const call = encode(LOAN);
        expect(call.data).to.equal(plain.data);
        expect([selectorOf(call), readCall(call)?.reading.keyBytes]).to.deep.equal([
          selector,
          keyBytes(TOKEN_A, TOKEN_B),
        ]);
        expect(minOutOf(call)).to.equal(12_344n);
        expect(minOutOf(encode({ ...LOAN, amount: 0n }))).to.equal(0n);
      }
    }
    expect(() => lendingCallsOf("aaveV9")).to.throw("no protocol lends in pools of kind aaveV9");
  });

  it("writes routes as the router's interface does, and knows their key and function before", () => {
    const { selector, encode, keyBytes, decoder } = routeCallsOf("symphony");
    expect(decoder).to.equal("SymphonyDecoder");
    for (const hops of ROUTES) {
      const plain = routeCall({ ...order, paths: hops });
      const paths = hops.map((path) => ({
        amountIn: path[0].amountIn,
        hops: path.map((hop) => ({
          pool: hex("pool" in hop ? hop.pool : `0x${"00".repeat(32)}`),
          tokenIn: hop.tokenIn,
          tokenOut: hop.tokenOut,
          exchange: "swapType" in hop ? hop.swapType : 1n,
          feePips: "fee" in hop ? hop.fee : 0n,
        })),
      }));
      const call = encode({ router: ROUTER, paths, minOut: 678n, recipient: RECIPIENT });
      expect(call.data).to.equal(plain.data);
      expect([selectorOf(call), readCall(call)?.reading.keyBytes]).to.deep.equal([selector, keyBytes(paths)]);
      expect(minOutOf(call)).to.equal(678n);
    }
    const two = readCall({ target: ROUTER, data: hex(routeCall({ ...order, paths: ROUTES[1] }).data) });
    expect(two?.protocol.tokens(two.reading)).to.have.members([TOKEN_A, TOKEN_B, TOKEN_C]);
    expect(() => routeCallsOf("melody")).to.throw("no protocol swaps along routes of kind melody");
  });

  it("knows the key and the function of a swap through one pool before it is written", () => {
    const hop = { tokenIn: TOKEN_A, tokenOut: TOKEN_B, feePips: 500n };
    for (const { pools, read } of PROTOCOLS.flatMap((protocol: Protocol) =>
      protocol.pools === undefined ? [] : [{ ...protocol, pools: protocol.pools }],
    )) {
      const swap = { ...hop, router: ROUTER, amountIn: 5n, minOut: 4n, recipient: RECIPIENT, deadline: 9n };
      const call = pools.encode(swap);
      expect([selectorOf(call), read(call)?.keyBytes]).to.deep.equal([pools.selector, pools.keyBytes(hop)]);
    }
  });
});
