import { expect } from "chai";
import { transferCall } from "../../../support/calls.ts";
import { USDC, WAD, ZERO, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { buyOnV3, marketBallot, marketFixture, sellOnV2 } from "../../../support/market.ts";
import { SLOW_POLICY, USDC_LIMIT, grantsOf } from "../../../support/nexus.ts";
import {
  BALLOT,
  DELAY,
  SUPPORT,
  castBy,
  coSignatureDigest,
  execute,
  hashOf,
  openFixture,
  previewExecute,
  propose,
  queuedFixture,
  slowFixture,
  slowPayment,
  waitDelay,
  type Slow,
} from "../../../support/slowPath.ts";
import type { Proposal } from "../../../support/votes.ts";

/** `execute` and `previewExecute` refuse alike, and nothing is paid. */
const expectRefused = async (
  f: Slow,
  proposal: Proposal,
  why: RefusalName,
  { index = 0n, coSignature = "0x" }: { readonly index?: bigint; readonly coSignature?: string } = {},
): Promise<void> => {
  const before = await f.usdc.balanceOf(f.payee);
  const answer = await previewExecute(f, proposal, coSignature);
  expect(answer.refusal, "previewExecute").to.equal(refusal(why));
  await expect(execute(f, proposal, coSignature))
    .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
    .withArgs(hashOf(f, proposal), refusal(why), index);
  expect(await f.usdc.balanceOf(f.payee)).to.equal(before);
};

describe("Consensus.queue", () => {
  it("starts the delay of what has all that its class demands, for anyone", async () => {
    const f = await loadFixture(openFixture);
    await f.consensus.castVotes(f.hash, SUPPORT.for, castBy(f, f.proposal, f.voters.slice(1, 3)));
    expect((await f.consensus.previewQueue(f.hash)).refusal).to.equal(refusal("None"));
    const queued = f.consensus.connect(f.anyone).queue(f.hash);
    await queued;
    await expect(queued)
      .to.emit(f.consensus, "ProposalQueued")
      .withArgs(f.hash, (await now()) + DELAY);
    const ballot = await f.consensus.ballotOf(f.hash);
    expect([ballot.state, ballot.since]).to.deep.equal([BALLOT.queued, await now()]);
  });

  it("refuses what lacks weight, voters or operators, and what has as much against [NX-CON-02]", async () => {
    const f = await loadFixture(openFixture);
    const refused = async (why: RefusalName): Promise<void> => {
      expect((await f.consensus.previewQueue(f.hash)).refusal, "previewQueue").to.equal(refusal(why));
      await expect(f.consensus.queue(f.hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal(why), 0n);
    };
    await refused("BelowThreshold");
    const against = castBy(f, f.proposal, f.voters.slice(4), { support: SUPPORT.against });
    await f.consensus.castVotes(f.hash, SUPPORT.against, against);
    await refused("MoreAgainst");
    await f.consensus.castVotes(f.hash, SUPPORT.for, castBy(f, f.proposal, f.voters.slice(1, 3)));
    const consensus = f.consensus.connect(f.admin);
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, minVoters: 4n });
    await refused("TooFewVoters");
    await consensus.setPolicy(RISK.elevated, { ...SLOW_POLICY, minOperators: 3n });
    await refused("TooFewOperators");
  });

  it("refuses an unknown proposal and one that is queued already", async () => {
    const f = await loadFixture(queuedFixture);
    for (const [hash, state] of [
      [ethers.id("unknown"), BALLOT.none],
      [f.hash, BALLOT.queued],
    ] as const) {
      await expect(f.consensus.queue(hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(hash, refusal("WrongBallotState"), state);
    }
  });
});

describe("Consensus.execute", () => {
  it("makes the calls once the delay has passed, and never again [NX-CON-01]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    expect((await previewExecute(f, f.proposal)).refusal).to.equal(refusal("None"));
    await expect(execute(f, f.proposal))
      .to.emit(f.consensus, "ProposalExecuted")
      .withArgs(f.hash, 1n, 5n * WAD, f.proposal.evidence);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
    await expectRefused(f, f.proposal, "WrongBallotState", { index: BALLOT.none });
  });

  it("erases the ballot, and the used nonce keeps it from another [NX-CON-01] [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    await execute(f, f.proposal);
    const ballot = await f.consensus.ballotOf(f.hash);
    expect([...ballot].map(Number)).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0]);
    const { operatorA, registry } = f;
    const again = async (why: RefusalName): Promise<void> => {
      const votes = castBy(f, f.proposal, f.voters);
      const answer = await f.consensus.previewPropose(RISK.elevated, votes, f.proposal);
      expect([answer.refusal, answer.index]).to.deep.equal([refusal(why), 0n]);
      await expect(f.consensus.propose(RISK.elevated, votes, f.proposal))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal(why), 0n);
      await expect(f.consensus.queue(f.hash))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal("WrongBallotState"), BALLOT.none);
    };
    await again("NonceUsed");
    await registry.connect(operatorA).pause(1n);
    await registry.connect(operatorA).resume(1n);
    await again("NonceUsed");
  });

  it("refuses before the delay has passed, and says when it will have [NX-CON-01]", async () => {
    const f = await loadFixture(queuedFixture);
    const { since } = await f.consensus.ballotOf(f.hash);
    await expectRefused(f, f.proposal, "DelayNotPassed", { index: since + DELAY });
  });

  it("refuses after the deadline, whatever the settings are by then [NX-CON-01] [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await time.increaseTo(f.proposal.deadline + 1n);
    await expectRefused(f, f.proposal, "DeadlinePassed");
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, maxDeadline: 864_000n });
    await expectRefused(f, f.proposal, "DeadlinePassed");
  });

  it("refuses what was not queued, and what was altered by one unit [NX-CON-04]", async () => {
    const f = await loadFixture(openFixture);
    await expectRefused(f, f.proposal, "WrongBallotState", { index: BALLOT.voting });
    await expectRefused(f, { ...f.proposal, maxLoss: f.proposal.maxLoss + 1n }, "WrongBallotState");
  });

  it("refuses another executor than the one that the proposal names", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f, undefined, { executor: f.payee.address });
    await propose(f, proposal, f.voters);
    await waitDelay();
    await expectRefused(f, proposal, "WrongExecutor");
    await execute(f, proposal, "0x", f.payee);
  });

  it("looks at the votes again: votes against that came while it waited stop it [NX-CON-07]", async () => {
    const f = await loadFixture(slowFixture);
    const proposal = await slowPayment(f);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, threshold: 2_501n });
    await propose(f, proposal, f.voters.slice(0, 3));
    await f.registry.connect(f.admin).setOperatorCap(10_000n);
    const against = castBy(f, proposal, f.voters.slice(3), { support: SUPPORT.against });
    await f.consensus.castVotes(hashOf(f, proposal), SUPPORT.against, against);
    await waitDelay();
    // Two of five are not enough to stop three; what counts is that they were counted.
    expect((await f.consensus.ballotOf(hashOf(f, proposal))).weightAgainst).to.equal(2_000n);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, { ...SLOW_POLICY, threshold: 4_000n });
    await expectRefused(f, proposal, "BelowThreshold");
  });

  it("leaves nothing of a proposal whose condition fails [NX-CON-06]", async () => {
    const f = await loadFixture(slowFixture);
    const { conditions } = await slowPayment(f);
    const greedy = conditions.map((condition) => ({ ...condition, amount: condition.amount + 1n }));
    const proposal = await slowPayment(f, undefined, { conditions: greedy });
    await propose(f, proposal, f.voters);
    await waitDelay();
    await expect(execute(f, proposal)).to.be.revertedWithCustomError(f.consensus, "ConditionNotMet");
    expect((await f.consensus.ballotOf(hashOf(f, proposal))).state).to.equal(BALLOT.queued);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
  });

  describe("of a Critical proposal", () => {
    const criticalFixture = async () => {
      const f = await slowFixture();
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters, RISK.critical);
      await waitDelay();
      return { ...f, proposal, hash: hashOf(f, proposal) };
    };

    it("wants the co-signer's signature of this proposal, chain and contract [NX-CON-02]", async () => {
      const f = await loadFixture(criticalFixture);
      const sign = (digest: string): string => f.coKey.signingKey.sign(digest).serialized;
      const foreign = { ...f.domain, chainId: 1n };
      const wrong = [
        "0x",
        sign(coSignatureDigest(f.domain, ethers.id("another"))),
        sign(coSignatureDigest(foreign, f.hash)),
        sign(coSignatureDigest({ ...f.domain, verifyingContract: f.addresses.treasury }, f.hash)),
        f.voters[0]?.key.signingKey.sign(coSignatureDigest(f.domain, f.hash)).serialized ?? "0x",
      ];
      for (const coSignature of wrong) await expectRefused(f, f.proposal, "CoSignatureMissing", { coSignature });
      await execute(f, f.proposal, sign(coSignatureDigest(f.domain, f.hash)));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
    });

    it("passes for nobody while there is no co-signer", async () => {
      const f = await loadFixture(criticalFixture);
      await f.consensus.connect(f.admin).setCoSigner(ZERO);
      const coSignature = f.coKey.signingKey.sign(coSignatureDigest(f.domain, f.hash)).serialized;
      await expectRefused(f, f.proposal, "CoSignatureMissing", { coSignature });
    });
  });

  describe("of calls of a higher class than was voted for", () => {
    const payment = async (f: Slow, amount: bigint, riskClass: bigint): Promise<Proposal> => {
      const proposal = await slowPayment(f, amount);
      await propose(f, proposal, f.voters, riskClass);
      await waitDelay();
      return proposal;
    };

    it("is refused by the mandate, and passes with the votes of that class [NX-CON-03]", async () => {
      const f = await loadFixture(slowFixture);
      await f.mandate.connect(f.admin).setLossLimit({ perAction: 1_000_000n * WAD, perDay: 4_000_000n * WAD });
      const more = 2n * USDC_LIMIT.perAction + 1n;
      const tooLow = await payment(f, more, RISK.elevated);
      await expect(execute(f, tooLow))
        .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
        .withArgs(refusal("OverActionLimit"), 0n);
      expect((await previewExecute(f, tooLow)).refusal).to.equal(refusal("OverActionLimit"));
      const enough = await slowPayment(f, more, { nonce: 2n });
      await propose(f, enough, f.voters, RISK.critical);
      await waitDelay();
      const coSignature = f.coKey.signingKey.sign(coSignatureDigest(f.domain, hashOf(f, enough))).serialized;
      await execute(f, enough, coSignature);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(more);
    });
  });
});

describe("Consensus.veto", () => {
  it("stops a proposal for ever, whether voted on or queued [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await expect(f.consensus.connect(f.guardian).veto(f.hash, "too much"))
      .to.emit(f.consensus, "ProposalVetoed")
      .withArgs(f.hash, f.guardian.address, "too much");
    await waitDelay();
    await expectRefused(f, f.proposal, "WrongBallotState", { index: BALLOT.vetoed });
    const open = await slowPayment(f, undefined, { nonce: 2n });
    await propose(f, open, f.voters.slice(0, 1));
    await f.consensus.connect(f.admin).veto(hashOf(f, open), "the DAO says no");
    expect((await f.consensus.ballotOf(hashOf(f, open))).state).to.equal(BALLOT.vetoed);
  });

  it("loses the race against an execution that came first, and wins it before [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await waitDelay();
    await execute(f, f.proposal);
    await expect(f.consensus.connect(f.guardian).veto(f.hash, "late"))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(f.hash, refusal("WrongBallotState"), BALLOT.none);
  });

  it("is nobody else's, and not for an unknown proposal", async () => {
    const f = await loadFixture(queuedFixture);
    await expect(f.consensus.connect(f.operatorA).veto(f.hash, "mine"))
      .to.be.revertedWithCustomError(f.consensus, "NotVetoer")
      .withArgs(f.operatorA.address);
    const unknown = ethers.id("unknown");
    await expect(f.consensus.connect(f.guardian).veto(unknown, "what"))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(unknown, refusal("WrongBallotState"), BALLOT.none);
  });
});

describe("Consensus.setCoSigner", () => {
  it("is the administrator's, refuses a guardian, and tells", async () => {
    const f = await loadFixture(slowFixture);
    await expect(f.consensus.connect(f.anyone).setCoSigner(ZERO))
      .to.be.revertedWithCustomError(f.consensus, "NotAdmin")
      .withArgs(f.anyone.address);
    await expect(f.consensus.connect(f.admin).setCoSigner(f.guardian))
      .to.be.revertedWithCustomError(f.consensus, "CoSignerIsGuardian")
      .withArgs(f.guardian.address);
    await expect(f.consensus.connect(f.admin).setCoSigner(f.payee))
      .to.emit(f.consensus, "CoSignerChanged")
      .withArgs(f.payee.address);
    expect(await f.consensus.coSigner()).to.equal(f.payee.address);
  });
});

describe("Mandate.classify", () => {
  const classOf = async (f: Slow, amount: bigint, leaf: "payUsdc" | "payWsei" = "payUsdc") => {
    const token = leaf === "payUsdc" ? f.addresses.usdc : f.addresses.wsei;
    const calls = [transferCall(token, f.payee.address, amount)];
    const { refusal: why, riskClass } = await f.mandate.classify(1n, grantsOf(f, [f.leaves[leaf]]), calls);
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
    const room = await f.mandate.roomOf(1n, f.addresses.usdc);
    expect(await classOf(f, room.forAgent)).to.deep.equal([refusal("None"), RISK.routine]);
  });

  it("asks no room of the day for what an earlier call bought", async () => {
    const f = await loadFixture(marketFixture);
    const ballot = await marketBallot(f, [buyOnV3(f, 1_000n * USDC), sellOnV2(f, 3_000n * WAD)]);
    await f.mandate
      .connect(f.admin)
      .setTokenLimit(f.addresses.wsei, { perAction: 3_000n * WAD, perAgentDay: 1n, perDay: 1n });
    const answer = await f.mandate.classify(1n, ballot.grants, ballot.proposal.calls);
    expect([answer.refusal, answer.riskClass]).to.deep.equal([refusal("None"), RISK.routine]);
  });

  it("is at least the leaf's, and unknown for what the mandate does not hold", async () => {
    const f = await loadFixture(slowFixture);
    await f.mandate.connect(f.admin).setTokenLimit(f.addresses.weth, USDC_LIMIT);
    const calls = [transferCall(f.addresses.weth, f.payee.address, 1n)];
    const answer = await f.mandate.classify(1n, grantsOf(f, [f.leaves.payWeth]), calls);
    expect([answer.refusal, answer.riskClass]).to.deep.equal([refusal("None"), RISK.elevated]);
    const unknown = await f.mandate.classify(1n, grantsOf(f, [f.leaves.payUsdc]), calls);
    expect(unknown.refusal).to.equal(refusal("NotInMandate"));
  });
});

describe("Mandate.setClassMultiples", () => {
  it("is the administrator's, keeps its order, and tells", async () => {
    const f = await loadFixture(slowFixture);
    const mandate = f.mandate.connect(f.admin);
    await expect(f.mandate.connect(f.anyone).setClassMultiples({ elevated: 1n, critical: 1n }))
      .to.be.revertedWithCustomError(f.mandate, "NotAdmin")
      .withArgs(f.anyone.address);
    for (const [elevated, critical] of [
      [0n, 1n],
      [3n, 2n],
    ] as const) {
      await expect(mandate.setClassMultiples({ elevated, critical }))
        .to.be.revertedWithCustomError(f.mandate, "MultiplesOutOfOrder")
        .withArgs(elevated, critical);
    }
    await expect(mandate.setClassMultiples({ elevated: 3n, critical: 9n }))
      .to.emit(f.mandate, "ClassMultiplesChanged")
      .withArgs([3n, 9n]);
    expect([...(await f.mandate.classMultiples())]).to.deep.equal([3n, 9n]);
  });
});
