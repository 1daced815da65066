import { expect } from "chai";
import fc from "fast-check";
import { hex } from "../../../../keepers/core/hex.ts";
import { type Call, type Proposal, ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { type Address, address, unixSeconds } from "../../../../keepers/core/units.ts";
import { type DangerView, dangersOf, judgedDangers } from "../../../../keepers/views/dangers.ts";
import { encodeV2Swap, encodeV3Single } from "../../../support/swaps.ts";

const at = (digit: string): Address => address(`0x${digit.repeat(40)}`);
const [USDC, WSEI, ROUTER, TREASURY, STRANGER] = [at("1"), at("2"), at("3"), at("4"), at("e")];
const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const token = (selector: string, whom: Address, amount: bigint): Call => ({
  target: USDC,
  data: hex(`0x${selector}${word(BigInt(whom))}${word(amount)}`),
});
const [transfer, approve] = ["a9059cbb", "095ea7b3"];

const swap = { tokenIn: USDC, tokenOut: WSEI, amountIn: 1_000n, minOut: 990n, recipient: TREASURY };
const v3 = (change: Partial<typeof swap> = {}): Call => encodeV3Single({ ...swap, router: ROUTER, ...change }, 500n);

const view: DangerView = {
  names: {
    token: (asked) => (asked === USDC || asked === WSEI ? { symbol: "T", decimals: 6 } : undefined),
    router: (router) => (router === ROUTER ? "DEX" : undefined),
    pool: () => undefined,
  },
  treasury: TREASURY,
  knows: (account) => [USDC, WSEI, ROUTER, TREASURY].includes(account),
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
  it("finds nothing in swaps at fair prices for the treasury, and in an allowance for a known exchange", () => {
    expect(found([token(approve, ROUTER, 1_000n), v3(), encodeV2Swap({ ...swap, router: ROUTER }, 1n)])).to.deep.equal(
      [],
    );
  });

  const cases: readonly (readonly [string, readonly Call[], string])[] = [
    ["a payment", [token(transfer, STRANGER, 5n)], `Call 1 gives the treasury's money away for good, to ${STRANGER}`],
    [
      "an allowance for a stranger",
      [v3(), token(approve, STRANGER, 5n)],
      `Call 2 lets ${STRANGER} spend the treasury's tokens, an account that the address book does not know`,
    ],
    ["an allowance without end", [token(approve, ROUTER, 2n ** 255n)], "Call 1 allows spending without end"],
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
      "Call 1 trades a token that has no price here: nobody can say what it may lose",
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
