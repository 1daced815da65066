import { expect } from "chai";
import fc from "fast-check";
import { decodeErc20, decodeV2Swap, decodeV3Swap } from "../../../keepers/core/calls.ts";
import { encodeV2Swap, encodeV3Single, swapLeastOut } from "../../../keepers/core/calls.ts";
import { type Hex, hex } from "../../../keepers/core/hex.ts";
import type { Call, DecodedCall } from "../../../keepers/core/proposal.ts";
import { address } from "../../../keepers/core/units.ts";
import type { IDecoder } from "../../../types/index.ts";
import { approveCall, transferCall, v2SwapCall, v3Path, v3PathCall, v3SingleCall } from "../../support/calls.ts";
import { ethers, loadFixture } from "../../support/chain.ts";
import { account, keccak } from "../../support/keeperBuilders.ts";

const decodersFixture = async () => ({
  erc20: await ethers.deployContract("Erc20Decoder"),
  v2: await ethers.deployContract("UniswapV2Decoder"),
  v3: await ethers.deployContract("UniswapV3Decoder"),
});

const MIRRORS = { erc20: decodeErc20, v2: decodeV2Swap, v3: decodeV3Swap } as const;
type Kind = keyof typeof MIRRORS;

const [TOKEN_A, TOKEN_B, TOKEN_C] = [account(0xa), account(0xb), account(0xc)];
const ROUTER = account(0x10);
const RECIPIENT = account(0x20);
const order = { router: ROUTER, amountIn: 12_345n, least: 678n, recipient: RECIPIENT };

const CALLS: readonly (readonly [string, Kind, { readonly target: string; readonly data: string }])[] = [
  ["approve", "erc20", approveCall(TOKEN_A, RECIPIENT, 5n)],
  ["transfer", "erc20", transferCall(TOKEN_A, RECIPIENT, 5n)],
  ["a v2 swap", "v2", v2SwapCall(order, [TOKEN_A, TOKEN_B])],
  ["a v2 swap of three tokens", "v2", v2SwapCall(order, [TOKEN_A, TOKEN_B, TOKEN_C])],
  ["a v3 swap", "v3", v3SingleCall(order, { tokenIn: TOKEN_A, tokenOut: TOKEN_B, fee: 500n })],
  ["a v3 path", "v3", v3PathCall(order, v3Path([TOKEN_A, TOKEN_B], [500n]))],
  ["a longer v3 path", "v3", v3PathCall(order, v3Path([TOKEN_A, TOKEN_B, TOKEN_C], [500n, 3_000n]))],
];

/** What the contract reads, in the keepers' form; undefined when it reverts. */
const onChain = async (decoder: Pick<IDecoder, "decode">, { target, data }: Call): Promise<DecodedCall | undefined> => {
  try {
    const { key, tokenIn, amountIn, tokenOut, recipient, spender } = await decoder.decode(target, data);
    return {
      key: hex(key),
      tokenIn: address(tokenIn),
      amountIn,
      tokenOut: address(tokenOut),
      recipient: address(recipient),
      spender: address(spender),
    };
  } catch (error) {
    if (error instanceof Error && /revert/i.test(error.message)) return undefined;
    throw error;
  }
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

describe("The keepers' decoders beside the chain's", () => {
  for (const [name, kind, plain] of CALLS) {
    it(`read ${name} the same, whole or damaged [NX-CON-08]`, async () => {
      const decoder = (await loadFixture(decodersFixture))[kind];
      const call = { target: address(plain.target), data: hex(plain.data) };
      const whole = await onChain(decoder, call);
      expect(whole).not.to.equal(undefined);
      expect(MIRRORS[kind](keccak, call)).to.deep.equal(whole);
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(aDamage, { minLength: 1, maxLength: 3 }), async (damages) => {
          const broken = { ...call, data: damaged(call.data, damages) };
          const answer = await onChain(decoder, broken);
          if (answer === undefined) refused += 1;
          expect(MIRRORS[kind](keccak, broken), broken.data).to.deep.equal(answer);
        }),
        { numRuns: 150 },
      );
      expect(refused).to.be.within(1, 149);
    });
  }

  it("write the same calls as the contracts' interfaces do", () => {
    const swap = { router: ROUTER, tokenIn: TOKEN_A, tokenOut: TOKEN_B, amountIn: 12_345n, leastOut: 678n };
    const mine = { ...swap, recipient: RECIPIENT };
    const v2 = v2SwapCall(order, [TOKEN_A, TOKEN_B]);
    expect(encodeV2Swap(mine, 2n ** 40n).data).to.equal(v2.data);
    const v3 = v3SingleCall(order, { tokenIn: TOKEN_A, tokenOut: TOKEN_B, fee: 500n });
    expect(encodeV3Single(mine, 500n).data).to.equal(v3.data);
    const path = v3PathCall(order, v3Path([TOKEN_A, TOKEN_B], [500n]));
    const leasts = [v2, v3, path].map(({ target, data }) => swapLeastOut({ target: address(target), data: hex(data) }));
    expect(leasts).to.deep.equal([678n, 678n, 678n]);
    expect(swapLeastOut({ target: TOKEN_A, data: hex(approveCall(TOKEN_A, RECIPIENT, 5n).data) })).to.equal(undefined);
  });
});
