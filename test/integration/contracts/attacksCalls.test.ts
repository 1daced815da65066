import { expect } from "chai";
import { type VotedProposal, enact, expectRefused } from "../../support/votedProposals.ts";
import { approveCall, transferCall, v2SwapCall, v3Path, v3PathCall } from "../../support/calls.ts";
import { USDC, ethers, loadFixture } from "../../support/chain.ts";
import type { RefusalName } from "../../support/enums.ts";
import {
  type Market,
  type Step,
  buyOnV2,
  buyOnV3,
  votedTrades,
  marketFixture,
  sellOnV3,
} from "../../support/market.ts";

const AMOUNT = 1_000n * USDC;

type Attack = {
  readonly name: string;
  readonly why: RefusalName;
  readonly step: (f: Market) => Promise<Step> | Step;
};

const routerCall = (f: Market, signature: string, args: readonly unknown[]) => ({
  target: f.v3Router,
  data: new ethers.Interface([`function ${signature}`]).encodeFunctionData(signature.split("(")[0] ?? "", [...args]),
});

const ATTACKS: readonly Attack[] = [
  {
    name: "a payment to a stranger",
    why: "NotInMandate",
    step: (f) => [transferCall(f.addresses.usdc, f.attacker.address, AMOUNT), f.marketLeafs.payUsdc],
  },
  {
    name: "an approval of a stranger",
    why: "NotInMandate",
    step: (f) => [approveCall(f.addresses.usdc, f.attacker.address, AMOUNT), f.marketLeafs.approveV2],
  },
  {
    name: "another selector of a permitted router",
    why: "UndecodableCall",
    step: (f) => [routerCall(f, "sweepToken(address,uint256)", [f.addresses.usdc, 0n]), f.marketLeafs.v3Buy],
  },
  {
    name: "a nested call: multicall(bytes[])",
    why: "UndecodableCall",
    step: (f) => [routerCall(f, "multicall(bytes[])", [[buyOnV3(f, AMOUNT)[0].data]]), f.marketLeafs.v3Buy],
  },
  {
    name: "a nested call with a deadline: multicall(uint256,bytes[])",
    why: "UndecodableCall",
    step: (f) => [
      routerCall(f, "multicall(uint256,bytes[])", [2n ** 40n, [buyOnV3(f, AMOUNT)[0].data]]),
      f.marketLeafs.v3Buy,
    ],
  },
  {
    name: "another pool: a fee tier that the attacker filled",
    why: "NotInMandate",
    step: (f) => buyOnV3(f, AMOUNT, {}, 10_000n),
  },
  {
    name: "a path through another token",
    why: "NotInMandate",
    step: (f) => [
      v2SwapCall({ router: f.v2Router, amountIn: AMOUNT, recipient: f.addresses.treasury }, [
        f.addresses.usdc,
        f.addresses.weth,
        f.addresses.wsei,
      ]),
      f.marketLeafs.v2Buy,
    ],
  },
  {
    name: "a packed path through another token",
    why: "NotInMandate",
    step: (f) => [
      v3PathCall(
        { router: f.v3Router, amountIn: AMOUNT, recipient: f.addresses.treasury },
        v3Path([f.addresses.usdc, f.addresses.weth, f.addresses.wsei], [500n, 500n]),
      ),
      f.marketLeafs.v3PathBuy,
    ],
  },
  {
    name: "another recipient on v2",
    why: "RecipientNotTreasury",
    step: (f) => buyOnV2(f, AMOUNT, { recipient: f.attacker.address }),
  },
  {
    name: "another recipient on v3",
    why: "RecipientNotTreasury",
    step: (f) => buyOnV3(f, AMOUNT, { recipient: f.attacker.address }),
  },
  {
    name: "the router itself as recipient, from where anyone may sweep",
    why: "RecipientNotTreasury",
    step: (f) => buyOnV3(f, AMOUNT, { recipient: "0x0000000000000000000000000000000000000002" }),
  },
  { name: "an amount of zero, which the v3 router reads as all", why: "UndecodableCall", step: (f) => buyOnV3(f, 0n) },
  {
    name: "Consensus as target",
    why: "CoreTarget",
    step: (f) => [
      { ...transferCall(f.addresses.usdc, f.payee.address, 1n), target: f.addresses.consensus },
      f.marketLeafs.payUsdc,
    ],
  },
  {
    name: "the treasury's own shares as target",
    why: "CoreTarget",
    step: (f) => [transferCall(f.addresses.treasury, f.payee.address, 1n), f.marketLeafs.payUsdc],
  },
  {
    name: "the timelock as target",
    why: "CoreTarget",
    step: (f) => [transferCall(f.admin.address, f.payee.address, 1n), f.marketLeafs.payUsdc],
  },
  {
    name: "more than an action may spend",
    why: "OverActionLimit",
    step: (f) => [transferCall(f.addresses.usdc, f.payee.address, 100_001n * USDC), f.marketLeafs.payUsdc],
  },
];

/** The same nonce must serve an honest trade after the attack. */
const expectAlive = async (f: Market): Promise<void> => {
  const before = await f.wsei.balanceOf(f.addresses.treasury);
  await enact(f, await votedTrades(f, [buyOnV3(f, AMOUNT)]));
  expect(await f.wsei.balanceOf(f.addresses.treasury)).to.be.greaterThan(before);
};

describe("Attacks by calls [NX-MAN-01]", () => {
  for (const { name, why, step } of ATTACKS) {
    it(`${name}: refused with ${why}, funds and nonce untouched, and an honest trade passes`, async () => {
      const f = await loadFixture(marketFixture);
      await expectRefused(f, await votedTrades(f, [await step(f)]), why);
      await expectAlive(f);
    });

    it(`${name}: refused behind an honest call too`, async () => {
      const f = await loadFixture(marketFixture);
      const steps = [buyOnV2(f, AMOUNT), await step(f)];
      await expectRefused(f, await votedTrades(f, steps), why, 1n);
    });
  }

  it("two swaps of genuine pools in one proposal leave allowances of one unit [NX-TRE-03]", async () => {
    const f = await loadFixture(marketFixture);
    const bought = 3_000n * 10n ** 18n;
    await enact(f, await votedTrades(f, [buyOnV2(f, AMOUNT), sellOnV3(f, bought)]));
    for (const router of [f.v2Router, f.v3Router]) {
      expect(await f.usdc.allowance(f.addresses.treasury, router)).to.equal(1n);
      expect(await f.wsei.allowance(f.addresses.treasury, router)).to.equal(1n);
    }
  });

  it("an approval beside a swap of the same router does not outlive the proposal [NX-TRE-03]", async () => {
    const f = await loadFixture(marketFixture);
    const approve: Step = [approveCall(f.addresses.usdc, f.v2Router, 90_000n * USDC), f.marketLeafs.approveV2];
    for (const [nonce, steps] of [
      [1n, [approve, buyOnV2(f, AMOUNT)]],
      [2n, [buyOnV2(f, AMOUNT), approve]],
    ] as const) {
      await enact(f, await votedTrades(f, steps, { nonce }));
      expect(await f.usdc.allowance(f.addresses.treasury, f.v2Router)).to.equal(1n);
    }
  });

  it("call proofs are not signed: whoever sends cannot bend them to another meaning", async () => {
    const f = await loadFixture(marketFixture);
    const voted: VotedProposal = await votedTrades(f, [buyOnV3(f, AMOUNT)]);
    const wrong = voted.callProofs.map((callProof) => ({ ...callProof, decoder: f.addresses.decoders.v2 }));
    await expectRefused(f, { ...voted, callProofs: wrong }, "UndecodableCall");
    await expectRefused(f, { ...voted, callProofs: [...voted.callProofs, ...wrong] }, "ProofCountMismatch");
    await expectRefused(
      f,
      { ...voted, callProofs: voted.callProofs.map((callProof) => ({ ...callProof, proof: [] })) },
      "NotInMandate",
    );
    await enact(f, voted);
  });
});
