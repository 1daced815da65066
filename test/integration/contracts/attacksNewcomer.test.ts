import { expect } from "chai";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import type { MockActor } from "../../../types/index.ts";
import { type VotedProposal, enact } from "../../support/votedProposals.ts";
import { transferCall } from "../../support/calls.ts";
import { type Signer, USDC, WAD, ethers, loadFixture, now, takeSnapshot, time } from "../../support/chain.ts";
import { RISK } from "../../support/enums.ts";
import { closeGap, dollars, votedTrades, openGap, withMarket } from "../../support/market.ts";
import { HOLDING_TIME, LOSS_LIMIT, SLOW_POLICY, sourceOf } from "../../support/nexus.ts";
import { performanceRecordFixture } from "../../support/outcomes.ts";
import { report } from "../../support/report.ts";
import { propose } from "../../support/slowPath.ts";

/** In seconds; what the deployment keeps between what is known and what may leave. */
const TEN_BLOCKS = 4n;
const LOAN = 99_000_000n * USDC;
const GAS = { gasLimit: 10_000_000n } as const;

/** A known profit that anybody may fetch, and a contract that makes any calls in one transaction, with borrowed money. */
const knownProfitFixture = async () => {
  const f = await withMarket(await performanceRecordFixture());
  await openGap(f);
  const voted = await votedTrades(f, closeGap(f));
  const thief = await ethers.deployContract("MockActor", [f.attacker.address]);
  const thiefAt = await thief.getAddress();
  await f.usdc.connect(f.deployer).mint(thiefAt, LOAN);
  await thief.connect(f.attacker).approve(f.addresses.usdc, f.addresses.treasury);
  return { ...f, voted, thief, thiefAt };
};
type KnownProfit = Awaited<ReturnType<typeof knownProfitFixture>>;

type Part = readonly [target: string, data: string];

const run = (thief: MockActor, attacker: Signer, parts: readonly Part[]) =>
  thief.connect(attacker).run(
    parts.map(([target, data]) => ({ target, data })),
    GAS,
  );

const partsOf = (f: KnownProfit) => {
  const { treasury: at, consensus } = f.addresses;
  const vault = f.treasury.interface;
  const { votes, proposal, callProofs } = f.voted;
  return {
    deposit: [at, vault.encodeFunctionData("deposit", [LOAN, f.thiefAt])] as const,
    enact: [consensus, f.consensus.interface.encodeFunctionData("enact", [votes, proposal, callProofs])] as const,
    refund: async (): Promise<Part> => [
      at,
      vault.encodeFunctionData("refund", [(await f.treasury.recentSharesOf(f.thiefAt)).shares]),
    ],
  };
};

/** The same trade as an Elevated decision, which must have a condition. */
const votedSlowly = async (f: KnownProfit, life = 3_600n): Promise<VotedProposal> =>
  votedTrades(f, closeGap(f), {
    nonce: 2n,
    deadline: (await now()) + life,
    conditions: [
      {
        kind: CONDITION_KIND.balanceIncreasesAtLeast,
        subject: f.addresses.usdc,
        holder: f.addresses.treasury,
        amount: 1n,
      },
    ],
    maxLoss: 1_000n * WAD,
  });

/** What the old holder could take out at once. */
const worthOf = async (f: KnownProfit): Promise<bigint> =>
  f.treasury.previewRedeem(await f.treasury.balanceOf(f.depositor));

describe("A known profit, and who comes for it [NX-TRE-06]", () => {
  it("refuses a deposit and what is voted for in one transaction, in either order, and nothing is left of it", async () => {
    const f = await loadFixture(knownProfitFixture);
    const parts = partsOf(f);
    for (const both of [
      [parts.deposit, parts.enact],
      [parts.enact, parts.deposit],
    ]) {
      await expect(run(f.thief, f.attacker, both))
        .to.be.revertedWithCustomError(f.thief, "ActorCallFailed")
        .withArgs(1n);
    }
    expect(await f.usdc.balanceOf(f.thiefAt)).to.equal(LOAN);
    await run(f.thief, f.attacker, [parts.enact]);
    await run(f.thief, f.attacker, [parts.deposit]);
  });

  it("refuses it through the recorder, and where the decision waited for its delay", async () => {
    const f = await loadFixture(knownProfitFixture);
    const { deposit } = partsOf(f);
    const { votes, proposal, callProofs } = f.voted;
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, SLOW_POLICY);
    const slow = await votedSlowly(f);
    await propose(f, slow.proposal, f.voters.slice(0, 3));
    await time.increase(SLOW_POLICY.delay + 1n);
    const recorder = await f.recorder.getAddress();
    const by = f.recorder.interface;
    for (const part of [
      [recorder, by.encodeFunctionData("execute", [slow.proposal, slow.callProofs, "0x"])],
      [f.addresses.consensus, f.consensus.interface.encodeFunctionData("execute", [slow.proposal, slow.callProofs])],
      [recorder, by.encodeFunctionData("enact", [votes, { ...proposal, deadline: (await now()) + 30n }, callProofs])],
    ] as const) {
      await expect(run(f.thief, f.attacker, [deposit, part])).to.be.revertedWithCustomError(f.thief, "ActorCallFailed");
    }
    const alone = f.consensus.interface.encodeFunctionData("execute", [slow.proposal, slow.callProofs]);
    await run(f.thief, f.attacker, [[f.addresses.consensus, alone]]);
  });

  it("leaves the whole profit to old holders where it is deposited for in the block before", async () => {
    const f = await loadFixture(knownProfitFixture);
    const parts = partsOf(f);
    const before = await worthOf(f);
    await run(f.thief, f.attacker, [parts.deposit]);
    await enact(f, f.voted);
    await run(f.thief, f.attacker, [await parts.refund()]);
    const [gained, back] = [(await worthOf(f)) - before, await f.usdc.balanceOf(f.thiefAt)];
    report(
      `with 99 M for two blocks: depositors gain ${dollars(gained * 10n ** 12n)}, the newcomer loses ${dollars((LOAN - back) * 10n ** 12n)}`,
    );
    expect(back).to.be.lessThanOrEqual(LOAN);
    expect(gained).to.be.greaterThan(0n);
    expect(await f.treasury.balanceOf(f.thiefAt)).to.equal(0n);
  });

  it("lets nobody leave by another way before the holding time is over", async () => {
    const f = await loadFixture(knownProfitFixture);
    const { deposit } = partsOf(f);
    await run(f.thief, f.attacker, [deposit]);
    await enact(f, f.voted);
    const { shares, recentUntil } = await f.treasury.recentSharesOf(f.thiefAt);
    await time.increaseTo(recentUntil - 2n);
    const vault = f.treasury.interface;
    for (const data of [
      vault.encodeFunctionData("redeem", [shares, f.thiefAt, f.thiefAt]),
      vault.encodeFunctionData("withdraw", [1n, f.thiefAt, f.thiefAt]),
      vault.encodeFunctionData("redeemInKind", [shares, f.thiefAt, f.thiefAt]),
      vault.encodeFunctionData("transfer", [f.attacker.address, shares]),
    ]) {
      await expect(run(f.thief, f.attacker, [[f.addresses.treasury, data]])).to.be.revertedWithCustomError(
        f.thief,
        "ActorCallFailed",
      );
    }
    await time.increase(HOLDING_TIME);
    const inKind = vault.encodeFunctionData("redeemInKind", [shares, f.thiefAt, f.thiefAt]);
    await run(f.thief, f.attacker, [[f.addresses.treasury, inKind]]);
    expect(await f.treasury.balanceOf(f.thiefAt)).to.equal(0n);
  });

  for (const [words, spare, gains] of [
    ["no longer than the delay", 0n, true],
    ["ten blocks longer than the delay", TEN_BLOCKS, false],
  ] as const) {
    it(`is ${gains ? "" : "not "}bought in the second in which it is queued where the holding time is ${words} of its class`, async () => {
      const f = await loadFixture(knownProfitFixture);
      const delay = HOLDING_TIME - spare;
      await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, delay });
      const slow = await votedSlowly(f, 2n * HOLDING_TIME);
      // Prices that are believed to the unit: every profit is above the width of the band then.
      for (const name of ["wsei", "weth"] as const) {
        const [{ decimals, quorum, maxBandBps }] = await f.hub.feedOf(f.addresses[name]);
        const exact = [sourceOf(await f.sources[name].getAddress(), 0n)];
        await f.hub.connect(f.admin).setFeed(f.addresses[name], { decimals, quorum, maxBandBps }, exact);
      }
      const queuedAt = (await now()) + 10n;
      await time.setNextBlockTimestamp(queuedAt);
      await propose(f, slow.proposal, f.voters.slice(0, 3));
      await time.setNextBlockTimestamp(queuedAt);
      await run(f.thief, f.attacker, [partsOf(f).deposit]);
      await time.setNextBlockTimestamp(queuedAt + delay);
      const execute = f.consensus.interface.encodeFunctionData("execute", [slow.proposal, slow.callProofs]);
      const shares = await f.treasury.balanceOf(f.thiefAt);
      const leave = f.treasury.interface.encodeFunctionData("redeem", [shares, f.thiefAt, f.thiefAt]);
      const sent = run(f.thief, f.attacker, [
        [f.addresses.consensus, execute],
        [f.addresses.treasury, leave],
      ]);
      if (gains) {
        await sent;
        expect(await f.usdc.balanceOf(f.thiefAt)).to.be.greaterThan(LOAN);
      } else await expect(sent).to.be.revertedWithCustomError(f.thief, "ActorCallFailed").withArgs(1n);
    });
  }
});

describe("A known loss, and who leaves before it [NX-TRE-06]", () => {
  it("saves at most its part of what one action may lose", async () => {
    const f = await loadFixture(knownProfitFixture);
    const part = 10n;
    const shares = (await f.treasury.balanceOf(f.depositor)) / part;
    await f.treasury.connect(f.depositor).transfer(f.attacker.address, shares);
    const loss = LOSS_LIMIT.perAction / 10n ** 12n;
    const pay = [transferCall(f.addresses.usdc, f.payee.address, loss), f.marketLeafs.payUsdc] as const;
    const voted = await votedTrades(f, [pay]);
    const leaveWith = async (): Promise<bigint> => {
      const before = await f.usdc.balanceOf(f.attacker);
      await f.treasury.connect(f.attacker).redeem(shares, f.attacker.address, f.attacker.address);
      return (await f.usdc.balanceOf(f.attacker)) - before;
    };
    const snapshot = await takeSnapshot();
    await enact(f, voted);
    const after = await leaveWith();
    await snapshot.restore();
    const saved = (await leaveWith()) - after;
    report(
      `a tenth of the shares that leaves before a loss of ${dollars(LOSS_LIMIT.perAction)} saves ${dollars(saved * 10n ** 12n)}`,
    );
    expect(saved).to.be.within(0n, loss / part + 1n);
  });
});
