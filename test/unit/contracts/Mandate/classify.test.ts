import { expect } from "chai";
import { transferCall } from "../../../support/calls.ts";
import { USDC, WAD, loadFixture } from "../../../support/chain.ts";
import { RISK, refusal } from "../../../support/enums.ts";
import { buyOnV3, votedTrades, marketFixture, sellOnV2 } from "../../../support/market.ts";
import { USDC_LIMIT, callProofsOf } from "../../../support/nexus.ts";
import { type Slow, execute, propose, slowFixture, slowPayment, waitDelay } from "../../../support/slowPath.ts";

describe("Mandate.classify", () => {
  const classOf = async (f: Slow, amount: bigint, leaf: "payUsdc" | "payWsei" = "payUsdc") => {
    const token = leaf === "payUsdc" ? f.addresses.usdc : f.addresses.wsei;
    const calls = [transferCall(token, f.payee.address, amount)];
    const { refusal: why, riskClass } = await f.mandate.classify(1n, callProofsOf(f, [f.leaves[leaf]]), calls);
    return [why, riskClass];
  };

  it("grows with what is spent in one action [NX-CON-03]", async () => {
    const f = await loadFixture(slowFixture);
    const { perAction } = USDC_LIMIT;
    expect(await classOf(f, perAction)).to.deep.equal([refusal("None"), RISK.routine]);
    expect(await classOf(f, perAction + 1n)).to.deep.equal([refusal("None"), RISK.elevated]);
    expect(await classOf(f, 2n * perAction + 1n)).to.deep.equal([refusal("None"), RISK.critical]);
    expect((await classOf(f, 4n * perAction + 1n))[0]).to.equal(refusal("OverActionLimit"));
  });

  it("grows with what the agent and all agents took lately: splitting does not lower it [NX-CON-03]", async () => {
    const f = await loadFixture(slowFixture);
    await f.mandate.connect(f.admin).setLossLimit({ perAction: 1_000_000n * WAD, perDay: 4_000_000n * WAD });
    const half = USDC_LIMIT.perAction / 2n;
    const proposal = await slowPayment(f, 2n * half);
    await propose(f, proposal, f.voters);
    await waitDelay();
    await execute(f, proposal);
    // A bucket holds half of the day's 200,000, and 100,000 of it were just used.
    expect(await classOf(f, half)).to.deep.equal([refusal("None"), RISK.elevated]);
    const room = await f.mandate.remainingOf(1n, f.addresses.usdc);
    expect(await classOf(f, room.forAgent)).to.deep.equal([refusal("None"), RISK.routine]);
  });

  it("grows with what all agents together may take, to the unit [NX-CON-03] [NX-MAN-02]", async () => {
    const f = await loadFixture(slowFixture);
    const perDay = USDC_LIMIT.perAgentDay / 2n;
    await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, { ...USDC_LIMIT, perDay });
    expect(await classOf(f, perDay / 2n)).to.deep.equal([refusal("None"), RISK.routine]);
    expect(await classOf(f, perDay / 2n + 1n)).to.deep.equal([refusal("None"), RISK.elevated]);
  });

  it("asks no room of the day for what an earlier call bought", async () => {
    const f = await loadFixture(marketFixture);
    const voted = await votedTrades(f, [buyOnV3(f, 1_000n * USDC), sellOnV2(f, 3_000n * WAD)]);
    await f.mandate
      .connect(f.admin)
      .setTokenLimit(f.addresses.wsei, { perAction: 3_000n * WAD, perAgentDay: 1n, perDay: 1n });
    const answer = await f.mandate.classify(1n, voted.callProofs, voted.proposal.calls);
    expect([answer.refusal, answer.riskClass]).to.deep.equal([refusal("None"), RISK.routine]);
  });

  it("is at least the leaf's, and unknown for what the mandate does not hold", async () => {
    const f = await loadFixture(slowFixture);
    await f.mandate.connect(f.admin).setTokenLimit(f.addresses.weth, USDC_LIMIT);
    const calls = [transferCall(f.addresses.weth, f.payee.address, 1n)];
    const answer = await f.mandate.classify(1n, callProofsOf(f, [f.leaves.payWeth]), calls);
    expect([answer.refusal, answer.riskClass]).to.deep.equal([refusal("None"), RISK.elevated]);
    const unknown = await f.mandate.classify(1n, callProofsOf(f, [f.leaves.payUsdc]), calls);
    expect(unknown.refusal).to.equal(refusal("NotInMandate"));
  });
});
