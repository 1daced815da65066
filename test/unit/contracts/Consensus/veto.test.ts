import { expect } from "chai";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { refusal } from "../../../support/enums.ts";
import {
  TALLY,
  execute,
  expectNotExecuted,
  hashOf,
  propose,
  queuedFixture,
  slowPayment,
  waitDelay,
} from "../../../support/slowPath.ts";

describe("Consensus.veto", () => {
  it("stops a proposal for ever, whether voted on or queued [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await expect(f.consensus.connect(f.guardian).veto(f.hash, "too much"))
      .to.emit(f.consensus, "ProposalVetoed")
      .withArgs(f.hash, f.guardian.address, "too much");
    await waitDelay();
    await expectNotExecuted(f, f.proposal, "WrongProposalState", { index: TALLY.vetoed });
    const open = await slowPayment(f, undefined, { nonce: 2n });
    await propose(f, open, f.voters.slice(0, 1));
    await f.consensus.connect(f.admin).veto(hashOf(f, open), "the DAO says no");
    expect((await f.consensus.tallyOf(hashOf(f, open))).state).to.equal(TALLY.vetoed);
  });

  it("loses the race against an execution that came first, and wins it before [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    await execute(f, f.proposal);
    await expect(f.consensus.connect(f.guardian).veto(f.hash, "late"))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("WrongProposalState"), TALLY.none);
  });

  it("is nobody else's, and not for an unknown proposal", async () => {
    const f = await loadFixture(queuedFixture);
    await expect(f.consensus.connect(f.operatorA).veto(f.hash, "mine"))
      .to.be.revertedWithCustomError(f.consensus, "NotVetoer")
      .withArgs(f.operatorA.address);
    const unknown = ethers.id("unknown");
    await expect(f.consensus.connect(f.guardian).veto(unknown, "what"))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(unknown, refusal("WrongProposalState"), TALLY.none);
  });
});
