import { expect } from "chai";
import fc from "fast-check";
import { CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { spareKey } from "../../../support/agents.ts";
import {
  type VotedProposal,
  PAYMENT,
  enact,
  enactedFixture,
  votedPayment,
  preview,
} from "../../../support/votedProposals.ts";
import { transferCall } from "../../../support/calls.ts";
import { ZERO, at, ethers, loadFixture, now, takeSnapshot } from "../../../support/chain.ts";
import { LEVEL, refusal, refusalName } from "../../../support/enums.ts";
import type { Nexus } from "../../../support/nexus.ts";
import { type Proposal, type Voter, signVotesAsIs } from "../../../support/votes.ts";

/** Everything that may be wrong with a ballot, in any combination. */
const FAULTS = [
  "submitter",
  "expired",
  "farAway",
  "emptyCondition",
  "noVotes",
  "cutVotes",
  "spoiltVote",
  "strangerVotes",
  "unsorted",
  "proposerSilent",
  "usedNonce",
  "farNonce",
  "fewVotes",
  "noCallProofs",
  "wrongLeaf",
  "stranger",
  "coreTarget",
  "overLimit",
  "paused",
  "halted",
] as const;
type Fault = (typeof FAULTS)[number];
type Has = (fault: Fault) => boolean;

const chosenVoters = (f: Nexus, has: Has): readonly Voter[] => {
  const ids = has("fewVotes") ? [0, 2] : [0, 1, 2, 4];
  const voters = ids.map((index) => at(f.voters, index)).filter((_, index) => !(has("proposerSilent") && index === 0));
  const all = has("strangerVotes") ? [...voters, { agentId: 9n, key: spareKey() }] : voters;
  return has("unsorted") ? [...all].reverse() : all;
};

const faultyCall = (f: Nexus, has: Has) => {
  const amount = has("overLimit") ? 2n ** 100n : PAYMENT;
  const call = transferCall(f.addresses.usdc, has("stranger") ? f.attacker.address : f.payee.address, amount);
  return has("coreTarget") ? { ...call, target: f.addresses.consensus } : call;
};

/** The payee must hold at least `amount` afterwards: a floor of nothing demands nothing. */
const floorOf = (f: Nexus, amount: bigint) => ({
  kind: CONDITION_KIND.balanceAtLeast,
  subject: f.addresses.usdc,
  holder: f.payee.address,
  amount,
});

const changesOf = async (f: Nexus, has: Has): Promise<Partial<Proposal>> => ({
  nonce: has("usedNonce") ? 1n : has("farNonce") ? 70_000n : 2n,
  submitter: has("submitter") ? f.operatorB.address : ZERO,
  conditions: has("emptyCondition") ? [{ ...floorOf(f, 1n) }, { ...floorOf(f, 0n) }] : [],
  deadline: (await now()) + (has("expired") ? -5n : has("farAway") ? 500n : 30n),
});

const votesOf = (f: Nexus, proposal: Proposal, has: Has): string => {
  if (has("noVotes")) return "0x";
  const votes = signVotesAsIs(f.domain, proposal, chosenVoters(f, has));
  const spoilt = has("spoiltVote") ? ethers.concat([ethers.dataSlice(votes, 64), `0x${"ff".repeat(64)}`]) : votes;
  return has("cutVotes") ? ethers.dataSlice(spoilt, 1) : spoilt;
};

const votedFaulty = async (f: Nexus, faults: readonly Fault[]): Promise<VotedProposal> => {
  const has: Has = (fault) => faults.includes(fault);
  const changes = await changesOf(f, has);
  const voted = await votedPayment(f, { proposal: { ...changes, calls: [faultyCall(f, has)] } });
  const leaf = has("wrongLeaf") ? f.leaves.payWsei : f.leaves.payUsdc;
  const callProofs = voted.callProofs.map((callProof) => ({ ...callProof, proof: [...f.tree.proofOf(leaf)] }));
  if (has("paused")) await f.registry.connect(f.operatorB).pause(3n);
  if (has("halted")) await f.breaker.connect(f.guardian).trip(f.addresses.usdc, LEVEL.halted, "drill");
  return { ...voted, votes: votesOf(f, voted.proposal, has), callProofs: has("noCallProofs") ? [] : callProofs };
};

const numberAt = (args: readonly unknown[], index: number): bigint => BigInt(String(args[index]));

/** The refusal that `enact` reverts with, or none when it goes through. */
const reportOf = async (f: Nexus, voted: VotedProposal): Promise<readonly [bigint, bigint]> => {
  try {
    await f.consensus.connect(voted.sender).enact.staticCall(voted.votes, voted.proposal, voted.callProofs);
    return [refusal("None"), 0n];
  } catch (error) {
    const data: unknown = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
    if (typeof data !== "string") throw error;
    const ours = f.consensus.interface.parseError(data);
    const treasurys = f.treasury.interface.parseError(data);
    if (ours?.name === "ProposalRefused") return [numberAt(ours.args, 1), numberAt(ours.args, 2)];
    if (treasurys?.name === "ActionRefused") return [numberAt(treasurys.args, 0), numberAt(treasurys.args, 1)];
    throw error;
  }
};

describe("Consensus.previewEnact", () => {
  it("answers None for what would be enacted", async () => {
    const f = await loadFixture(enactedFixture);
    const voted = await votedPayment(f, { proposal: { nonce: 2n } });
    const answer = await preview(f, voted);
    expect([answer.refusal, answer.index]).to.deep.equal([refusal("None"), 0n]);
    await enact(f, voted);
  });

  it("gives each fault alone its own reason", async () => {
    const f = await loadFixture(enactedFixture);
    const reasons: string[] = [];
    for (const fault of FAULTS) {
      const snapshot = await takeSnapshot();
      const answer = await preview(f, await votedFaulty(f, [fault]));
      reasons.push(`${fault}: ${refusalName(answer.refusal)}`);
      await snapshot.restore();
    }
    expect(reasons).to.deep.equal([
      "submitter: WrongSubmitter",
      "expired: DeadlinePassed",
      "farAway: DeadlineTooFar",
      "emptyCondition: InvalidCondition",
      "noVotes: NoVotes",
      "cutVotes: MalformedVotes",
      "spoiltVote: InvalidSignature",
      "strangerVotes: UnknownSigner",
      "unsorted: VotesNotAscending",
      "proposerSilent: ProposerDidNotVote",
      "usedNonce: NonceUsed",
      "farNonce: NonceTooFarAhead",
      "fewVotes: BelowThreshold",
      "noCallProofs: ProofCountMismatch",
      "wrongLeaf: NotInMandate",
      "stranger: NotInMandate",
      "coreTarget: CoreTarget",
      "overLimit: OverActionLimit",
      "paused: AgentNotActive",
      "halted: BreakerHalted",
    ]);
  });

  it("agrees with enact on any combination of faults [NX-CON-08]", async () => {
    const f = await loadFixture(enactedFixture);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.subarray([...FAULTS], { maxLength: 4 }), async (faults) => {
        const snapshot = await takeSnapshot();
        const voted = await votedFaulty(f, faults);
        const answer = await preview(f, voted);
        expect([answer.refusal, answer.index], faults.join()).to.deep.equal(await reportOf(f, voted));
        seen.add(refusalName(answer.refusal));
        await snapshot.restore();
      }),
      { numRuns: 150 },
    );
    expect(seen.size, "different reasons met").to.be.greaterThan(8);
  });

  it("is the caller's own: another submitter gets another answer", async () => {
    const f = await loadFixture(enactedFixture);
    const voted = await votedPayment(f, { proposal: { nonce: 2n, submitter: f.operatorB.address } });
    expect((await preview(f, { ...voted, sender: f.operatorB })).refusal).to.equal(refusal("None"));
    expect((await preview(f, voted)).refusal).to.equal(refusal("WrongSubmitter"));
  });
});
