import { expect } from "chai";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { votedCalls, enact } from "../../support/votedProposals.ts";
import { SELECTOR, erc20Leaf, callProofOf, transferCall } from "../../support/calls.ts";
import { USDC, WAD, ZERO, at, ethers, loadFixture, now, takeSnapshot, time, voteKey } from "../../support/chain.ts";
import { closeGap, dollars, votedTrades, openGap, withMarket } from "../../support/market.ts";
import { PROTOCOL_BPS } from "../../support/fees.ts";
import { FEE_BPS, type PerformanceRecords, gain, performanceRecordFixture } from "../../support/outcomes.ts";
import { BALANCES, RISK, SOURCE, TRANSFERS } from "../../support/enums.ts";
import { SLOW_POLICY, WSEI_LIMIT, votedProposalOf, proposalOf, sourceOf } from "../../support/nexus.ts";
import { report } from "../../support/report.ts";
import { HALF_LIFE, WEIGHTING } from "../../support/reputation.ts";
import { coSignatureDigest, hashOf, propose, waitDelay } from "../../support/slowPath.ts";
import { withHostileAsset } from "../../support/vault.ts";
import { fadedOf, movedBy, scoreOfRating, weightOf } from "../../support/scoreModel.ts";

const BPS = 10_000n;
const NEUTRAL = 10_000n;
const AGENT = 1n;
const GAS = { gasLimit: 8_000_000n } as const;

const arbitrageFixture = async () => withMarket(await performanceRecordFixture());
type Arbitrage = Awaited<ReturnType<typeof arbitrageFixture>>;

/** Much of an asset, and no price of it. */
const withoutPrice = async (f: Arbitrage): Promise<void> => {
  await f.weth.connect(f.deployer).mint(f.addresses.treasury, 100n * WAD);
  await f.sources.weth.setMode(SOURCE.reverting);
};
/** An asset that counts nothing and does not answer. */
const withUnreadable = async (f: Arbitrage): Promise<void> => {
  const { evil, evilAt } = await withHostileAsset(f);
  await f.treasury.connect(f.admin).setAssetCap(evilAt, 0n);
  await evil.behave(TRANSFERS.honest, BALANCES.reverting);
};

const trade = async (f: Arbitrage, nonce: bigint, forecast = 0n) => {
  const voted = await votedTrades(f, closeGap(f), { nonce, forecast });
  return f.recorder.connect(f.anyone).enact(voted.votes, voted.proposal, voted.callProofs, GAS);
};
const lose = async (f: PerformanceRecords, amount: bigint, nonce: bigint): Promise<void> => {
  const call = transferCall(f.addresses.usdc, f.payee.address, amount);
  const proposal = { nonce, maxLoss: amount * 10n ** 12n };
  await enact(f, await votedCalls(f, [[call, f.leaves.payUsdc]], { proposal }));
};

describe("what proposals bring", () => {
  describe("a gain", () => {
    it("counts by the fee that the proposal alone brought [NX-REP-10]", async () => {
      const f = await loadFixture(arbitrageFixture);
      // Somebody else's gift: its fee is taken first, and is nobody's merit.
      await gain(f);
      const [, othersFee] = await f.treasury.feeDue();
      await openGap(f);
      const before = await f.treasury.assetsRange();
      const tx = await trade(f, 1n);
      const [accrued] = await f.treasury.queryFilter(f.treasury.filters.FeeAccrued(), tx.blockNumber ?? 0);
      expect(accrued?.args["amount"]).to.equal(othersFee);
      const [recorded] = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
      const { report: brought, agentId } = recorded?.args ?? expect.fail("nothing was recorded");
      const gained = (await f.treasury.assetsRange()).lower - before.lower;
      report(`a trade that gained ${dollars(brought.result)} paid ${dollars(brought.fee)} and counts by that`);
      expect(agentId).to.equal(AGENT);
      expect([brought.count, brought.forecast, brought.maxLoss]).to.deep.equal([1n, 0n, 0n]);
      expect(gained * 10n ** 12n - brought.result).to.be.within(-(WAD / 100n), WAD / 100n);
      expect((brought.result * FEE_BPS) / BPS - brought.fee).to.be.within(0n, WAD / 100n);
      expect(await f.reputation.ratingOf(AGENT)).to.be.greaterThan(0n);
    });

    it("counts the same where it had to wait and be co-signed [NX-REP-10]", async () => {
      const f = await loadFixture(arbitrageFixture);
      const coKey = voteKey(70);
      const consensus = f.consensus.connect(f.admin);
      await consensus.setPolicy(RISK.critical, SLOW_POLICY);
      await consensus.setCoSigner(await ethers.deployContract("MockAccount", [coKey.address]));
      await openGap(f);
      const nothingFalls = { kind: CONDITION_KIND.valueDecreasesAtMostBps, subject: ZERO, holder: ZERO, amount: 0n };
      const change = { conditions: [nothingFalls], deadline: (await now()) + 3_600n };
      const { proposal, callProofs } = await votedTrades(f, closeGap(f), change);
      await propose(f, proposal, f.voters, RISK.critical);
      await waitDelay();
      const coSignature = coKey.signingKey.sign(coSignatureDigest(f.domain, hashOf(f, proposal))).serialized;
      const execution = f.recorder.connect(f.anyone).execute;
      const answer = await execution.staticCall(proposal, callProofs, coSignature, GAS);
      expect([answer.isMeasured, answer.gain > 0n]).to.deep.equal([true, true]);
      await execution(proposal, callProofs, coSignature, GAS);
      const [recorded] = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
      const { report: brought } = recorded?.args ?? expect.fail("nothing was recorded");
      expect([brought.result, brought.fee]).to.deep.equal([answer.gain, answer.fee]);
    });

    it("counts for less as it falls short of its forecast [NX-REP-02]", async () => {
      const f = await loadFixture(arbitrageFixture);
      await openGap(f);
      await trade(f, 1n, 1_000_000n * WAD);
      const [recorded] = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
      const { report: brought, weight } = recorded?.args ?? expect.fail("nothing was recorded");
      expect(weight).to.equal((brought.fee * brought.result) / brought.forecast);
    });

    it("does not count where it only makes up for a loss, and is enacted all the same [NX-REP-10]", async () => {
      const f = await loadFixture(arbitrageFixture);
      await f.treasury.accrueFee();
      const data = f.usdc.interface.encodeFunctionData("transfer", [f.payee.address, 5_000n * USDC]);
      await f.treasury.connect(f.admin).executeAsAdmin([{ target: f.addresses.usdc, data }]);
      await openGap(f);
      const { lower } = await f.treasury.assetsRange();
      const voted = await votedTrades(f, closeGap(f), { nonce: 1n });
      const answer = await f.recorder.enact.staticCall(voted.votes, voted.proposal, voted.callProofs, GAS);
      expect([answer.isMeasured, answer.gain > 0n, answer.fee]).to.deep.equal([true, true, 0n]);
      await trade(f, 1n);
      expect((await f.treasury.assetsRange()).lower).to.be.greaterThan(lower);
      expect(await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded())).to.have.length(0);
    });

    it("is recorded by nobody but the recorder: sent to Consensus itself it counts for nothing [NX-REP-04]", async () => {
      const f = await loadFixture(arbitrageFixture);
      await openGap(f);
      await enact(f, await votedTrades(f, closeGap(f)));
      expect(await f.reputation.ratingOf(AGENT)).to.equal(0n);
      expect(await f.treasury.accrueFee.staticCall()).to.be.greaterThan(0n);
    });
  });

  describe("a gain that somebody would rather not see recorded, or see larger", () => {
    it("is measured whatever gas its sender chooses, or nothing happens [NX-REP-11]", async () => {
      const f = await loadFixture(arbitrageFixture);
      await openGap(f);
      const voted = await votedTrades(f, closeGap(f));
      const sent = f.recorder.connect(f.anyone);
      const before = await takeSnapshot();
      const { gasUsed = 0n } =
        (await (await sent.enact(voted.votes, voted.proposal, voted.callProofs, GAS)).wait()) ?? {};
      await before.restore();
      const counts = { refused: 0, measured: 0, missed: 0 };
      // From what is far too little to what is more than enough, however the contracts were compiled.
      for (let part = 60n; part < 145n; ++part) {
        const gasLimit = (gasUsed * part) / 100n;
        const answer = await sent.enact
          .staticCall(voted.votes, voted.proposal, voted.callProofs, { gasLimit })
          .catch(() => null);
        ++counts[answer === null ? "refused" : answer.isMeasured ? "measured" : "missed"];
      }
      expect(counts.missed).to.equal(0);
      expect(Math.min(counts.refused, counts.measured)).to.be.greaterThan(10);
    });

    it("is none in what counts nothing: an asset above its cap may say what it likes [NX-TRE-09]", async () => {
      const f = await loadFixture(arbitrageFixture);
      const { evil, evilAt } = await withHostileAsset(f);
      await f.treasury.connect(f.admin).setAssetCap(evilAt, 0n);
      await evil.reenterWith(f.addresses.usdc, "0x");
      await evil.behave(TRANSFERS.honest, BALANCES.following);
      // It needs no price for that.
      const dead = await ethers.deployContract("MockSource", [0n]);
      const feed = { decimals: 18n, quorum: 1n, maxBandBps: 500n };
      await f.hub.connect(f.admin).setFeed(evilAt, feed, [sourceOf(await dead.getAddress(), 0n)]);
      await openGap(f);
      const before = await f.treasury.assetsRange();
      await trade(f, 1n);
      const [recorded] = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
      const { report: brought } = recorded?.args ?? expect.fail("nothing was recorded");
      const gained = ((await f.treasury.assetsRange()).lower - before.lower) * 10n ** 12n;
      expect(gained - brought.result).to.be.within(-(WAD / 100n), WAD / 100n);
    });
  });

  describe("a proposal whose gain cannot be measured", () => {
    for (const [words, prepare] of [
      ["a gift of little of a listed asset has no price", (f: Arbitrage) => f.sources.weth.setMode(SOURCE.reverting)],
      ["a held asset has no price", (f: Arbitrage) => withoutPrice(f)],
      ["a listed asset's balance cannot be read", async (f: Arbitrage) => withUnreadable(f)],
    ] as const) {
      it(`is carried out all the same where ${words} [NX-TRE-09] [NX-REP-10]`, async () => {
        const f = await loadFixture(arbitrageFixture);
        await f.weth.connect(f.deployer).mint(f.addresses.treasury, 1n);
        await openGap(f);
        await prepare(f);
        const voted = await votedTrades(f, closeGap(f));
        const sent = f.recorder.connect(f.anyone);
        const answer = await sent.enact.staticCall(voted.votes, voted.proposal, voted.callProofs, GAS);
        await sent.enact(voted.votes, voted.proposal, voted.callProofs, GAS);
        const recorded = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
        expect(recorded.length).to.equal(answer.isMeasured ? 1 : 0);
        expect(answer.isMeasured).to.equal(words.startsWith("a gift"));
        if (!answer.isMeasured) expect([answer.gain, answer.fee]).to.deep.equal([0n, 0n]);
      });
    }
  });

  describe("a proposal during which an asset stops or begins to answer", () => {
    it("is carried out, and measured only where all answered before and after [NX-TRE-09] [NX-REP-10]", async () => {
      const f = await loadFixture(arbitrageFixture);
      const [calling, changing] = [await withHostileAsset(f), await withHostileAsset(f)];
      const call = transferCall(calling.evilAt, f.payee.address, 0n);
      const leaf = erc20Leaf(f.addresses.decoders, {
        token: calling.evilAt,
        counterparty: f.payee.address,
        selector: SELECTOR.transfer,
      });
      const tree = buildMandateTree([leaf]);
      await f.mandate.connect(f.admin).setRoot(tree.root, "");
      await f.mandate.connect(f.admin).setTokenLimit(calling.evilAt, WSEI_LIMIT);
      await f.treasury.connect(f.admin).setAssetCap(changing.evilAt, 0n);
      await calling.evil.behave(TRANSFERS.reentering, BALANCES.honest);
      const proposal = await proposalOf([call]);
      const { votes } = votedProposalOf(f, proposal);
      for (const [before, after] of [
        [BALANCES.honest, BALANCES.honest],
        [BALANCES.honest, BALANCES.reverting],
        [BALANCES.reverting, BALANCES.honest],
      ] as const) {
        const { interface: abi } = changing.evil;
        await changing.evil.behave(TRANSFERS.honest, before);
        await calling.evil.reenterWith(changing.evilAt, abi.encodeFunctionData("behave", [TRANSFERS.honest, after]));
        const answer = await f.recorder.enact.staticCall(votes, proposal, [callProofOf(tree, leaf)], GAS);
        const bothAnswer = before === BALANCES.honest && after === BALANCES.honest;
        expect([answer.gain, answer.fee, answer.isMeasured]).to.deep.equal([0n, 0n, bothAnswer]);
      }
    });
  });

  describe("a proposal that is refused", () => {
    it("is refused through the recorder for the same reason", async () => {
      const f = await loadFixture(arbitrageFixture);
      const voted = await votedTrades(f, closeGap(f), { submitter: f.operatorA.address });
      await expect(f.recorder.enact(voted.votes, voted.proposal, voted.callProofs, GAS)).to.be.revertedWithCustomError(
        f.consensus,
        "ProposalRefused",
      );
      await expect(f.recorder.execute(voted.proposal, voted.callProofs, "0x", GAS)).to.be.revertedWithCustomError(
        f.consensus,
        "ProposalRefused",
      );
    });
  });

  describe("an agent that loses over a hundred proposals", () => {
    it("weighs less and gets less of the fees, by the stated formula, whether it likes it or not [NX-REP-09]", async () => {
      const f = await loadFixture(performanceRecordFixture);
      const [each, key] = [150n * USDC, at(f.voters, 0).key.address];
      for (let nonce = 1n; nonce <= 100n; ++nonce) await lose(f, each, nonce);
      const before = (await f.registry.signerRecordOf(key)).weight;
      expect(await f.reputation.scoreOf(AGENT)).to.equal(NEUTRAL);

      await f.mandate.connect(f.anyone).recordLosses(AGENT, [f.addresses.usdc]);
      await f.registry.connect(f.anyone).refreshWeight(AGENT);

      const lost = 100n * each * 10n ** 12n;
      const weight = weightOf({ result: -lost, forecast: 0n, maxLoss: lost, fee: 0n }, WEIGHTING);
      const rating = movedBy(0n, weight, false, WEIGHTING.halfWeight);
      const { value, updatedAt, losses } = await f.reputation.ratingStateOf(AGENT);
      expect([value, losses]).to.deep.equal([rating, 100n]);
      const score = async () => scoreOfRating(fadedOf({ value: rating, updatedAt }, await now(), HALF_LIFE));
      expect(await f.reputation.scoreOf(AGENT)).to.equal(await score());
      const after = (await f.registry.signerRecordOf(key)).weight;
      expect(after).to.equal((before * (await score())) / NEUTRAL);

      await gain(f, 30_000n * USDC);
      await f.treasury.accrueFee();
      await f.splitter.collect();
      const pot = await f.accounts.balanceOf(f.addresses.usdc, f.splitterAt);
      await f.splitter.divide(f.addresses.usdc, []);
      const share = ((await score()) * BPS) / ((await score()) + 2n * NEUTRAL);
      const pool = (pot * (BPS - PROTOCOL_BPS)) / BPS;
      expect(await f.accounts.balanceOf(f.addresses.usdc, f.operatorA.address)).to.equal((pool * share) / BPS);
      report(
        `after 100 losses of ${dollars(each * 10n ** 12n)}: score ${NEUTRAL} to ${await score()}, weight ${before} to ` +
          `${after}, part of the agents' fees 33.33 % to ${Number(share) / 100} %`,
      );
      await time.increase(2n * HALF_LIFE);
      expect(await f.reputation.scoreOf(AGENT)).to.equal(await score());
      expect(NEUTRAL - (await score())).to.be.lessThan((NEUTRAL * 23n) / 100n);
    });
  });
});
