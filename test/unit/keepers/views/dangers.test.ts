import { expect } from "chai";
import fc from "fast-check";
import { addressWord, concat, hex, sizeOf, word as hexWord } from "../../../../keepers/core/hex.ts";
import { type Call, type Proposal, ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { type Address, address, unixSeconds } from "../../../../keepers/core/units.ts";
import { type DangerView, amountsOf, dangersOf, judgedDangers } from "../../../../keepers/views/dangers.ts";
import { encodeV2Swap, encodeV3Single } from "../../../support/swaps.ts";

const at = (digit: string): Address => address(`0x${digit.repeat(40)}`);
const [USDC, WSEI, ROUTER, OTHER, TREASURY, STRANGER] = [at("1"), at("2"), at("3"), at("5"), at("4"), at("e")];
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const token = (selector: string, whom: Address, amount: bigint): Call => ({
  target: USDC,
  data: hex(`0x${selector}${word(BigInt(whom))}${word(amount)}`),
});
const [transfer, approve] = ["a9059cbb", "095ea7b3"];

const swap = { tokenIn: USDC, tokenOut: WSEI, amountIn: 1_000n, minOut: 990n, recipient: TREASURY };
const v3 = (change: Partial<typeof swap> = {}): Call => encodeV3Single({ ...swap, router: ROUTER, ...change }, 500n);
const v2Path = (path: readonly Address[]): Call => ({
  target: ROUTER,
  data: concat([
    "0x38ed1739",
    hexWord(1_000n),
    hexWord(990n),
    hexWord(160n),
    addressWord(TREASURY),
    hexWord(1n),
    hexWord(BigInt(path.length)),
    ...path.map(addressWord),
  ]),
});
const v3Path = (path: readonly Address[]): Call => {
  const packed = concat(path.flatMap((one, hop) => (hop === 0 ? [one] : (["0x0001f4", one] as const))));
  const padding = hex(`0x${"00".repeat((32 - (sizeOf(packed) % 32)) % 32)}`);
  const size = hexWord(BigInt(sizeOf(packed)));
  return {
    target: ROUTER,
    data: concat([
      "0xb858183f",
      hexWord(32n),
      hexWord(128n),
      addressWord(TREASURY),
      hexWord(1_000n),
      hexWord(990n),
      size,
      packed,
      padding,
    ]),
  };
};

const view: DangerView = {
  names: {
    token: (asked) => (asked === USDC || asked === WSEI ? { symbol: "T", decimals: 6 } : undefined),
    router: (router) =>
      new Map([
        [ROUTER, "DEX"],
        [OTHER, "DEX 2"],
      ]).get(router),
    pool: () => undefined,
  },
  treasury: TREASURY,
  knows: (account) => [USDC, WSEI, ROUTER, OTHER, TREASURY].includes(account),
  worth: (asked, units) => (asked === USDC || asked === WSEI ? units : undefined),
};

const proposal = (calls: readonly Call[], change: Partial<Proposal> = {}): Proposal => ({
  agentId: 1n,
  nonce: 1n,
  deadline: unixSeconds(1n),
  submitter: ZERO_ADDRESS,
  maxLoss: 0n,
  forecast: 0n,
  calls,
  conditions: [],
  evidence: hex(`0x${"0".repeat(64)}`),
  ...change,
});
const found = (calls: readonly Call[], change: Partial<Proposal> = {}, seen = view): readonly string[] =>
  dangersOf(proposal(calls, change), seen);

describe("what of a proposal's bytes could hurt [NX-FAC-06]", () => {
  it("finds nothing in swaps at fair prices for the treasury, and in an allowance for what is spent there", () => {
    const calls = [token(approve, ROUTER, 2_000n), v3(), encodeV2Swap({ ...swap, router: ROUTER }, 1n)];
    expect(found(calls)).to.deep.equal([]);
    expect(found([v2Path([USDC, WSEI, USDC]), v3Path([USDC, WSEI, USDC])])).to.deep.equal([]);
  });

  it("takes 95 % of what is spent for fair, of one swap and of all together, and nothing less", () => {
    expect(found([v3({ minOut: 950n })])).to.deep.equal([]);
    expect(found([v3({ minOut: 975n }), v3({ minOut: 975n })])).to.deep.equal([]);
    expect(found([v3({ minOut: 975n }), v3({ minOut: 974n })])).to.have.length(1);
  });

  it("tells a bound on the loss above all that the calls spend, where their prices are known", () => {
    const calls = [token(approve, ROUTER, 7n), v3(), token(transfer, TREASURY, 500n)];
    expect(found(calls, { maxLoss: 1_500n })).to.deep.equal([]);
    expect(found(calls, { maxLoss: 1_501n })).to.deep.equal([
      "It may lose 0.000000000000001501 USD, and all that its calls spend is worth 0.0000000000000015 USD",
    ]);
    const unpriced = encodeV2Swap({ ...swap, tokenIn: STRANGER, router: ROUTER }, 1n);
    expect(found([unpriced], { maxLoss: 2n ** 127n }).join()).not.to.include("It may lose");
  });

  it("asks the worth of what is spent and of what is demanded, each once, and of no allowance", () => {
    expect(amountsOf(proposal([v3(), v3(), token(approve, ROUTER, 7n), token(transfer, STRANGER, 5n)]))).to.deep.equal([
      [USDC, 1_000n],
      [WSEI, 990n],
      [USDC, 5n],
    ]);
  });

  const cases: readonly (readonly [string, readonly Call[], string])[] = [
    ["a payment", [token(transfer, STRANGER, 5n)], `Call 1 gives the treasury's money away for good, to ${STRANGER}`],
    [
      "an allowance for a stranger",
      [v3(), token(approve, STRANGER, 0n)],
      `Call 2 lets ${STRANGER} spend the treasury's tokens, an account that the address book does not know`,
    ],
    [
      "an allowance above what is spent there",
      [token(approve, ROUTER, 1_001n), v3()],
      "Call 1 lets DEX spend 0.001001 T, and the calls behind it spend 0.001 T there",
    ],
    [
      "an allowance for one exchange and a swap on another",
      [token(approve, OTHER, 1_000n), v3()],
      "Call 1 lets DEX 2 spend 0.001 T, and the calls behind it spend 0 T there",
    ],
    [
      "an allowance that is left over once all is spent",
      [v3(), token(approve, ROUTER, 1_000n)],
      "Call 2 lets DEX spend 0.001 T, and the calls behind it spend 0 T there",
    ],
    [
      "an allowance of one token where another is spent",
      [token(approve, ROUTER, 1_000n), v3({ tokenIn: WSEI, tokenOut: USDC })],
      "Call 1 lets DEX spend 0.001 T, and the calls behind it spend 0 T there",
    ],
    ["nobody as recipient", [v3({ recipient: ZERO_ADDRESS })], "Call 1 sends what it buys to nobody"],
    [
      "an unknown token in the middle of a v2 path",
      [v2Path([USDC, STRANGER, WSEI])],
      `Call 1 moves a token that the address book does not know: ${STRANGER}`,
    ],
    [
      "an unknown token in the middle of a v3 path",
      [v3Path([USDC, WSEI, STRANGER, WSEI])],
      `Call 1 moves a token that the address book does not know: ${STRANGER}`,
    ],
    [
      "swaps that are fair one by one and not together",
      [v3({ minOut: 970n }), v3({ tokenIn: WSEI, tokenOut: USDC, amountIn: 970n, minOut: 940n })],
      "Its swaps together may lose 6 % of what the largest of them spends",
    ],
    [
      "another recipient",
      [v3({ recipient: STRANGER })],
      `Call 1 sends what it buys to ${STRANGER}, which is not the treasury`,
    ],
    ["nothing in return", [v3({ minOut: 0n })], "Call 1 accepts nothing at all in return for what it spends"],
    ["little in return", [v3({ minOut: 949n })], "Call 1 accepts as little as 94.9 % of what it spends in return"],
    [
      "next to nothing",
      [v3({ amountIn: 10n ** 9n, minOut: 1n })],
      "Call 1 accepts as little as 0 % of what it spends in return",
    ],
    [
      "bytes that nothing reads",
      [{ target: TREASURY, data: hex("0x12345678") }],
      `Call 1 calls a function that nothing here can read (0x12345678 of ${TREASURY}): it may do anything`,
    ],
    ["no call", [], "It makes no call: voting for it only uses up a nonce"],
  ];
  for (const [what, calls, words] of cases) it(`tells ${what}`, () => expect(found(calls)).to.deep.equal([words]));

  it("tells tokens and contracts that the address book does not know", () => {
    const dangers = found([encodeV2Swap({ ...swap, tokenOut: STRANGER, router: at("d") }, 1n)]);
    expect(dangers).to.deep.equal([
      `Call 1 calls ${at("d")}, a contract that the address book does not know`,
      "Call 1 trades what has no price here: nobody can say what it may lose",
      `Call 1 moves a token that the address book does not know: ${STRANGER}`,
    ]);
  });

  it("does not judge prices where none can be asked for, but a swap for nothing", () => {
    const { worth, ...blind } = view;
    expect(worth).to.be.a("function");
    expect(found([v3({ minOut: 1n })], {}, blind)).to.deep.equal([]);
    expect(found([v3({ minOut: 0n })], {}, blind)).to.have.length(1);
  });

  it("tells a proposal that one account alone may execute", () => {
    expect(found([v3()], { submitter: STRANGER })).to.deep.equal([
      `Only ${STRANGER} may execute it, when that account chooses`,
    ]);
  });

  it("takes any bytes: it never throws, and never finds unreadable ones harmless", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const data = hex(`0x${Buffer.from(bytes).toString("hex")}`);
        expect(found([{ target: USDC, data }])).to.have.length.at.least(1);
      }),
    );
  });

  it("tells what no class carries and a name below the class, and nothing of a name above it", () => {
    expect(judgedDangers({ named: "Elevated", computed: "Routine", refusal: "None" })).to.deep.equal([]);
    expect(judgedDangers({ named: "Elevated", computed: "Elevated", refusal: "None" })).to.deep.equal([]);
    expect(judgedDangers({ named: "Elevated", computed: "Critical", refusal: "None" })).to.deep.equal([
      "It is named Elevated, and its calls are Critical: it cannot be executed as it is named",
    ]);
    expect(judgedDangers({ named: "Critical", computed: "Routine", refusal: "UndecodableCall" })[0]).to.match(
      /^The mandate carries it in no class/,
    );
  });
});
