import { expect } from "chai";
import { createSimulator, encodeEnact, probeCode } from "../../../keepers/adapters/chain/simulate.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { CONDITION_KIND, ROUTINE } from "../../../keepers/core/proposal.ts";
import { address, blockNumber } from "../../../keepers/core/units.ts";
import { type VotedProposal, PAYMENT, enact, votedPayment } from "../../support/votedProposals.ts";
import { at, ethers, loadFixture } from "../../support/chain.ts";
import { LEVEL } from "../../support/enums.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { toCallProofs, toProposal } from "../../support/keeperView.ts";
import { type Market, buyOnV2, votedTrades, marketFixture, sellOnV3 } from "../../support/market.ts";
import { type Nexus, fundedFixture } from "../../support/nexus.ts";

const simulatorOf = async ({ addresses }: Pick<Nexus, "addresses">) => {
  const { usdc, wsei, weth, consensus, treasury } = addresses;
  const tokens = [usdc, wsei, weth].map((token) => ({ address: address(token), symbol: "", decimals: 18 }));
  const known = { consensus: address(consensus), treasury: address(treasury), tokens };
  const node = inProcessNode();
  return createSimulator(node, known, await probeCode(node));
};

const latest = async () => blockNumber(BigInt(await ethers.provider.getBlockNumber()));

const callOf = (f: Pick<Nexus, "addresses">, voted: VotedProposal) => ({
  target: address(f.addresses.consensus),
  data: encodeEnact(toProposal(voted.proposal), toCallProofs(voted.callProofs), hex(voted.votes)),
});

describe("A keeper's dry run", () => {
  it("needs no deployed probe: the node builds its code, which is what would be deployed", async () => {
    const probe = await ethers.deployContract("ExecutionProbe");
    expect(await probeCode(inProcessNode())).to.equal(await probe.getDeployedCode());
  });

  /** Calls as the fast path tries them. */
  const routine = (proposal: VotedProposal["proposal"], callProofs: VotedProposal["callProofs"]) => ({
    proposal: toProposal(proposal),
    callProofs: toCallProofs(callProofs),
    riskClass: ROUTINE,
  });

  const trade = (f: Market): Promise<VotedProposal> =>
    votedTrades(f, [buyOnV2(f, 1_000_000_000n), sellOnV3(f, 3_000n * 10n ** 18n)]);

  it("shows to the unit what the calls then do to the treasury", async () => {
    const f = await loadFixture(marketFixture);
    const voted = await trade(f);
    const block = await latest();
    const simulator = await simulatorOf(f);
    const alone = await simulator.execute(routine(voted.proposal, voted.callProofs), block);
    const whole = await simulator.send(callOf(f, voted), address(f.anyone.address), block);
    const before = [await f.usdc.balanceOf(f.addresses.treasury), await f.wsei.balanceOf(f.addresses.treasury)];
    const receipt = await (await enact(f, voted)).wait();
    const after = [await f.usdc.balanceOf(f.addresses.treasury), await f.wsei.balanceOf(f.addresses.treasury)];
    const real = after.map((balance, index) => balance - at(before, index));
    for (const simulation of [alone, whole]) {
      if (simulation.kind !== "ok") throw new Error(simulation.error.text);
      const { usdc, wsei } = f.addresses;
      expect([usdc, wsei].map((token) => simulation.changes.get(address(token)))).to.deep.equal(real);
      expect(simulation.block).to.equal(block);
    }
    // What the transaction costs beside the call is known; what was measured must carry the rest.
    const used = whole.kind === "ok" ? whole.gasUsed : 0n;
    const limit = ((used + 21_000n + 16n * BigInt(ethers.dataLength(callOf(f, voted).data))) * 13n) / 10n;
    expect(Number(receipt?.gasUsed)).to.be.within(Number(used) / 2, Number(limit) * 0.95);
  });

  it("changes nothing", async () => {
    const f = await loadFixture(fundedFixture);
    const voted = await votedPayment(f);
    const simulator = await simulatorOf(f);
    await simulator.send(callOf(f, voted), address(f.anyone.address), await latest());
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(0n);
    await enact(f, voted);
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(PAYMENT);
  });

  it("names the contracts' own errors, and the refusal in them", async () => {
    const f = await loadFixture(fundedFixture);
    const simulator = await simulatorOf(f);
    const tried = async (voted: VotedProposal) => {
      const simulation = await simulator.send(callOf(f, voted), address(f.anyone.address), await latest());
      return simulation.kind === "ok" ? undefined : simulation.error;
    };
    const few = await votedPayment(f, { voters: f.voters.slice(0, 2) });
    const belowThreshold = await tried(few);
    expect(belowThreshold).to.deep.include({ name: "ProposalRefused", refusal: "BelowThreshold" });
    expect(belowThreshold?.text).to.match(
      /^ProposalRefused\(proposalHash: 0x[0-9a-f]{64}, refusal: BelowThreshold, index: 0\)$/,
    );
    expect((await tried(await votedPayment(f, { proposal: { maxLoss: 0n } })))?.name).to.equal("ActionLossExceeded");
    const forOther = await votedPayment(f, { proposal: { submitter: f.attacker.address } });
    expect((await tried(forOther))?.refusal).to.equal("WrongSubmitter");
    await f.breaker.connect(f.guardian).trip(f.addresses.usdc, LEVEL.halted, "drill");
    expect((await tried(await votedPayment(f)))?.refusal).to.equal("BreakerHalted");
  });

  it("finds a post-condition that will not hold, when all of it is tried and not the calls alone", async () => {
    const f = await loadFixture(fundedFixture);
    const simulator = await simulatorOf(f);
    const ceiling = { kind: CONDITION_KIND.balanceAtMost, subject: f.addresses.usdc, holder: f.payee.address };
    const voted = await votedPayment(f, { proposal: { conditions: [{ ...ceiling, amount: PAYMENT - 1n }] } });
    const whole = await simulator.send(callOf(f, voted), address(f.anyone.address), await latest());
    const text = `ConditionNotMet(index: 0, kind: ${ceiling.kind}, measured: ${PAYMENT}, bound: ${PAYMENT - 1n})`;
    expect(whole.kind === "reverted" ? whole.error : whole).to.deep.equal({ name: "ConditionNotMet", text });
    const calls = await simulator.execute(routine(voted.proposal, voted.callProofs), await latest());
    expect(calls.kind).to.equal("ok");
  });

  it("lets voters try the calls although nobody has voted", async () => {
    const f = await loadFixture(fundedFixture);
    const simulator = await simulatorOf(f);
    const { proposal, callProofs } = await votedPayment(f, { voters: [] });
    const simulation = await simulator.execute(routine(proposal, callProofs), await latest());
    expect(simulation.kind === "ok" ? simulation.changes.get(address(f.addresses.usdc)) : simulation.error).to.equal(
      -PAYMENT,
    );
  });
});
