import { expect } from "chai";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { REFUSALS } from "../../../keepers/core/refusalNames.ts";
import { REFUSAL_DOCS } from "../../../keepers/views/contractErrors.ts";
import { rotate, spareKey } from "../../support/agents.ts";
import { SELECTOR, callProofOf, erc20Leaf, transferCall, v2Leaf, v2SwapCall } from "../../support/calls.ts";
import { USDC, at, ethers, loadFixture, time } from "../../support/chain.ts";
import { RISK, refusal } from "../../support/enums.ts";
import { USDC_LIMIT, callProofsOf } from "../../support/nexus.ts";
import {
  type Slow,
  TALLY,
  SUPPORT,
  castBy,
  hashOf,
  propose,
  slowFixture,
  slowPayment,
} from "../../support/slowPath.ts";
import { type VotedProposal, preview, votedPayment } from "../../support/votedProposals.ts";
import { type Call, type Proposal, type Voter, signVotesAsIs } from "../../support/votes.ts";

/** A refusal as the chain answers it, and the index that it must have. */
type Answered = {
  readonly answer: { readonly refusal: bigint; readonly index: bigint };
  readonly index: bigint;
};
type Scene = (f: Slow) => Promise<Answered>;

const NOBODY = `0x${"ff".repeat(64)}`;

const previewed = async (f: Slow, voted: VotedProposal, index: bigint): Promise<Answered> => {
  const { refusal: why, index: given } = await preview(f, voted);
  return { answer: { refusal: why, index: given }, index };
};

/** A payment with such votes; the one at fault is the second. */
const withVotes = async (f: Slow, votes: (proposal: Proposal) => string, index = 1n): Promise<Answered> => {
  const voted = await votedPayment(f);
  return previewed(f, { ...voted, votes: votes(voted.proposal) }, index);
};

const votedBy = (f: Slow, voters: readonly Voter[]) =>
  withVotes(f, (proposal) => signVotesAsIs(f.domain, proposal, voters));

const voter = (f: Slow, agentId: number): Voter => at(f.voters, agentId - 1);

/** A payment that agent 2 proposes: its vote is the second. */
const withNonce = async (f: Slow, nonce: bigint): Promise<Answered> =>
  previewed(f, await votedPayment(f, { proposal: { agentId: 2n, nonce } }), 1n);

/** A permitted call, and after it the one at fault. */
const secondCall = async (
  f: Slow,
  { call, leaf = f.leaves.payUsdc }: { readonly call: Call; readonly leaf?: ReturnType<typeof v2Leaf> },
): Promise<Answered> => {
  const tree = buildMandateTree([...Object.values(f.leaves), leaf]);
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  const callProofs = [f.leaves.payUsdc, leaf].map((one) => callProofOf(tree, one));
  const first = transferCall(f.addresses.usdc, f.payee.address, USDC);
  const { refusal: why, index } = await f.mandate.authorize(callProofs, RISK.routine, [first, call]);
  return { answer: { refusal: why, index }, index: 1n };
};

/** A swap of USDC into `bought` that pays `recipient`, with a leaf that permits it. */
const swap = (f: Slow, bought: string, recipient: string) => {
  const path = [f.addresses.usdc, bought];
  const router = f.anyone.address;
  return {
    call: v2SwapCall({ router, amountIn: USDC, recipient }, path),
    leaf: v2Leaf(f.addresses.decoders, router, path),
  };
};

const pay = (f: Slow, amount: bigint): Call => transferCall(f.addresses.usdc, f.payee.address, amount);

/** Opens a proposal with the vote of agent 1, and casts these votes in one row, of which none counts. */
const rowCast = async (f: Slow, voters: readonly Voter[], spoil: () => Promise<unknown>): Promise<Answered> => {
  const proposal = await slowPayment(f);
  await propose(f, proposal, f.voters.slice(0, 1));
  await spoil();
  const votes = castBy(f, proposal, voters);
  const sent = f.consensus.castVotes.staticCall(hashOf(f, proposal), SUPPORT.for, votes);
  const data: unknown = await sent.then(
    () => undefined,
    (error: unknown) => (typeof error === "object" && error !== null && "data" in error ? error.data : undefined),
  );
  if (typeof data !== "string") throw new Error("the row was not refused");
  const [, why, index] = f.consensus.interface.decodeErrorResult("ProposalRefused", data);
  return { answer: { refusal: BigInt(String(why)), index: BigInt(String(index)) }, index: 0n };
};

/** For each refusal whose number says something: a case in which that number is not what it would be anyway, where there is one. */
const SCENES: ReadonlyMap<string, Scene> = new Map<string, Scene>([
  [
    "InvalidCondition",
    async (f) => {
      const condition = (amount: bigint) => ({
        kind: CONDITION_KIND.balanceAtLeast,
        subject: f.addresses.usdc,
        holder: f.payee.address,
        amount,
      });
      return previewed(f, await votedPayment(f, { proposal: { conditions: [condition(1n), condition(0n)] } }), 1n);
    },
  ],
  [
    "MalformedVotes",
    (f) =>
      withVotes(f, (proposal) => ethers.concat([signVotesAsIs(f.domain, proposal, f.voters.slice(0, 3)), "0x00"]), 3n),
  ],
  [
    "InvalidSignature",
    (f) => withVotes(f, (proposal) => ethers.concat([signVotesAsIs(f.domain, proposal, [voter(f, 1)]), NOBODY])),
  ],
  ["UnknownSigner", (f) => votedBy(f, [voter(f, 1), { agentId: 2n, key: spareKey() }])],
  [
    "SignerExpired",
    async (f) => {
      await rotate(f, { agentId: 2n, key: spareKey(), overlap: 0n });
      return votedBy(f, [voter(f, 1), voter(f, 2)]);
    },
  ],
  [
    "AgentNotActive",
    async (f) => {
      await f.registry.connect(f.operatorA).pause(2n);
      return votedBy(f, [voter(f, 1), voter(f, 2)]);
    },
  ],
  ["VotesNotAscending", (f) => votedBy(f, [voter(f, 2), voter(f, 1)])],
  [
    "NonceUsed",
    async (f) => {
      await f.registry.connect(f.operatorA).cancelNonce(2n, 5n);
      return withNonce(f, 5n);
    },
  ],
  [
    "NonceTooOld",
    async (f) => {
      await f.registry.connect(f.operatorA).cancelNonce(2n, 100n);
      return withNonce(f, 1n);
    },
  ],
  ["NonceTooFarAhead", (f) => withNonce(f, 70_000n)],
  [
    "CoreTarget",
    (f) => {
      const token = f.addresses.treasury;
      const terms = { token, counterparty: f.payee.address, selector: SELECTOR.transfer };
      return secondCall(f, {
        call: transferCall(token, f.payee.address, 1n),
        leaf: erc20Leaf(f.addresses.decoders, terms),
      });
    },
  ],
  ["UndecodableCall", (f) => secondCall(f, { call: { target: f.addresses.usdc, data: "0xa9059c" } })],
  ["NotInMandate", (f) => secondCall(f, { call: transferCall(f.addresses.usdc, f.attacker.address, 1n) })],
  ["RecipientNotTreasury", (f) => secondCall(f, swap(f, f.addresses.wsei, f.attacker.address))],
  ["TokenNotInMandate", async (f) => secondCall(f, swap(f, await f.stake.getAddress(), f.addresses.treasury))],
  ["OverActionLimit", (f) => secondCall(f, { call: pay(f, USDC_LIMIT.perAction) })],
  [
    "ClassNotAllowed",
    (f) => secondCall(f, { call: transferCall(f.addresses.weth, f.payee.address, 1n), leaf: f.leaves.payWeth }),
  ],
  [
    "OverDailyLimit",
    async (f) => {
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, { ...USDC_LIMIT, perAgentDay: 4n * USDC });
      await f.mandate.connect(f.admin).setClassMultiples({ elevated: 1n, critical: 1n });
      const calls = [pay(f, 2n * USDC), pay(f, 1n)];
      const answer = await f.mandate.classify(1n, callProofsOf(f, [f.leaves.payUsdc, f.leaves.payUsdc]), calls);
      return { answer: { refusal: answer.refusal, index: answer.index }, index: 1n };
    },
  ],
  [
    "WrongProposalState",
    async (f) => {
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters.slice(0, 1));
      await f.consensus.connect(f.guardian).veto(hashOf(f, proposal), "a test");
      const { refusal: why, index } = await f.consensus.previewQueue(hashOf(f, proposal));
      return { answer: { refusal: why, index }, index: TALLY.vetoed };
    },
  ],
  [
    "VotingClosed",
    async (f) => {
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters.slice(0, 1));
      await time.increaseTo(proposal.deadline + 1n);
      const { refusal: why, index } = await f.consensus.previewQueue(hashOf(f, proposal));
      return { answer: { refusal: why, index }, index: proposal.deadline };
    },
  ],
  ["AlreadyVoted", (f) => rowCast(f, [voter(f, 1), voter(f, 1)], () => Promise.resolve())],
  [
    "NoWeight",
    async (f) => {
      await f.registry.connect(f.admin).setWeightCap(0n);
      await f.registry.refreshWeight(2n);
      return votedBy(f, [voter(f, 1), voter(f, 2)]);
    },
  ],
  [
    "WeightTooNew",
    (f) =>
      rowCast(f, [voter(f, 2)], async () => {
        await f.registry.connect(f.operatorA).pause(2n);
        await f.registry.connect(f.operatorA).resume(2n);
      }),
  ],
  [
    "DelayNotPassed",
    async (f) => {
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters.slice(0, 3));
      const { votesUntil } = await f.consensus.tallyOf(hashOf(f, proposal));
      const callProofs = callProofsOf(f, [f.leaves.payUsdc]);
      const { refusal: why, index } = await f.consensus.previewExecute(proposal, callProofs, "0x");
      return { answer: { refusal: why, index }, index: votesUntil + 1n };
    },
  ],
]);

describe("The number beside a refusal [NX-CON-08]", () => {
  for (const [name, scene] of SCENES) {
    const why = REFUSALS.find((one) => one === name);
    it(`is of ${name} what Refusal.sol says: ${REFUSAL_DOCS.get(name)?.index ?? "nothing"}`, async () => {
      if (why === undefined) throw new Error(`no refusal is called ${name}`);
      const { answer, index } = await scene(await loadFixture(slowFixture));
      expect([answer.refusal, answer.index]).to.deep.equal([refusal(why), index]);
    });
  }

  it("has a case here for each refusal that says what it is, and for no other", () => {
    const explained = [...REFUSAL_DOCS].filter(([, { index }]) => index !== undefined).map(([name]) => name);
    expect([...SCENES.keys()].sort()).to.deep.equal(explained.sort());
  });
});
