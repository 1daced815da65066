import { readFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import { recoverVoter } from "../../../keepers/adapters/chain/keys.ts";
import { previewCalls } from "../../../keepers/core/callRule.ts";
import { previewVotes } from "../../../keepers/core/enactRule.ts";
import { type Hex, hex, sizeOf, sliceBytes } from "../../../keepers/core/hex.ts";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { proposalHasher } from "../../../keepers/core/proposalHash.ts";
import { type Refusal, refusalAt } from "../../../keepers/core/refusal.ts";
import { REFUSALS } from "../../../keepers/core/refusalNames.ts";
import { type Address, address } from "../../../keepers/core/units.ts";
import { REFUSAL_DOCS } from "../../../keepers/views/contractErrors.ts";
import { rotate, spareKey } from "../../support/agents.ts";
import { type VotedProposal, PAYMENT, enact, votedPayment, preview } from "../../support/votedProposals.ts";
import { transferCall } from "../../support/calls.ts";
import { type VoteKey, ZERO, at, ethers, loadFixture, now, takeSnapshot, time } from "../../support/chain.ts";
import { LEVEL } from "../../support/enums.ts";
import { keccak } from "../../support/keeperBuilders.ts";
import { deployLens, lookAt, rulesOf, toCallProofs, toProposal } from "../../support/keeperView.ts";
import { type Nexus, fundedFixture } from "../../support/nexus.ts";
import { type BenchCondition, type Proposal, type Voter, signVotesAsIs } from "../../support/votes.ts";

const worldFixture = async () => {
  const f = await fundedFixture();
  return { ...f, lens: await deployLens(f) };
};
type World = Awaited<ReturnType<typeof worldFixture>>;

/* HISTORIES */

type Step =
  | { readonly kind: "enact"; readonly agent: number; readonly nonce: number }
  | { readonly kind: "cancel"; readonly agent: number; readonly nonce: number }
  | { readonly kind: "pause" | "resume" | "terminate"; readonly agent: number }
  | { readonly kind: "rotate"; readonly agent: number; readonly overlap: number }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "forbid" }
  | { readonly kind: "trip"; readonly level: "reduceOnly" | "halted"; readonly scope: number };

const agentIndex = fc.integer({ min: 0, max: 4 });
const someNonce = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 120 }) },
  { weight: 1, arbitrary: fc.constant(70_000) },
);

const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("enact" as const), agent: agentIndex, nonce: someNonce }),
  fc.record({ kind: fc.constant("cancel" as const), agent: agentIndex, nonce: someNonce }),
  fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const, "terminate" as const), agent: agentIndex }),
  fc.record({ kind: fc.constant("rotate" as const), agent: agentIndex, overlap: fc.constantFrom(0, 100, 3_600) }),
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.constantFrom(1, 99, 100, 101, 4_000) }),
  fc.constant({ kind: "forbid" as const }),
  fc.record({
    kind: fc.constant("trip" as const),
    level: fc.constantFrom("reduceOnly" as const, "halted" as const),
    scope: fc.integer({ min: 0, max: 2 }),
  }),
);

/** All keys that each agent ever had, oldest first. */
type Keyring = readonly VoteKey[][];

const operatorOf = (f: World, agent: number) =>
  [f.operatorA, f.operatorA, f.operatorB, f.operatorB, f.operatorC][agent];

/** Carries out a step; one that the contracts refuse is simply no part of the history. */
const perform = async (f: World, keys: Keyring, step: Step, recentKey: () => VoteKey): Promise<void> => {
  if (step.kind === "wait") return void (await time.increase(step.seconds));
  if (step.kind === "trip") {
    const scope = at([ZERO, f.addresses.usdc, f.addresses.wsei], step.scope);
    return void (await f.breaker.connect(f.guardian).trip(scope, LEVEL[step.level], "drill"));
  }
  if (step.kind === "forbid") {
    const none = { perAction: 0n, perAgentDay: 0n, perDay: 0n };
    return void (await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, none));
  }
  const operator = operatorOf(f, step.agent) ?? f.operatorA;
  const agentId = BigInt(step.agent + 1);
  const registry = f.registry.connect(operator);
  switch (step.kind) {
    case "enact": {
      const voters = [0, 1, 2, 3, 4].flatMap((n) => (at(keys, n).length === 1 ? [at(f.voters, n)] : []));
      const proposal = { agentId, nonce: BigInt(step.nonce) };
      return void (await enact(f, await votedPayment(f, { proposal, voters })));
    }
    case "cancel":
      return void (await registry.cancelNonce(agentId, step.nonce));
    case "rotate": {
      const key = recentKey();
      await rotate(f, { agentId, key, overlap: BigInt(step.overlap) }, operator);
      at(keys, step.agent).push(key);
      return;
    }
    case "pause":
    case "resume":
    case "terminate":
      await registry[step.kind](agentId);
  }
};

/* BALLOTS */

type Draft = {
  readonly agent: number;
  readonly nonce: number;
  readonly ahead: number;
  readonly submitter: number;
  /** Who signs: an agent and which of its keys, newest first; beyond the last stands a stranger. */
  readonly voters: readonly (readonly [number, number])[];
  readonly order: "sorted" | "as-is";
  readonly spoil: "no" | "cut" | "zero" | "none";
  readonly calls: readonly ("usdc" | "wsei" | "stranger" | "core" | "weth")[];
  readonly amount: bigint;
  readonly callProofs: "right" | "none" | "wrong";
  readonly conditions: "none" | "sound" | "empty" | "unnamed" | "many";
};

/** A ballot that nothing is wrong with: agent 1 proposes a payment, all vote with their newest keys. */
const SOUND: Draft = {
  agent: 0,
  nonce: 2,
  ahead: 30,
  submitter: 0,
  voters: [0, 1, 2, 3, 4].map((n) => [n, 0] as const),
  order: "sorted",
  spoil: "no",
  calls: ["usdc"],
  amount: PAYMENT,
  callProofs: "right",
  conditions: "none",
};

const aChange = fc.record({
  agent: agentIndex,
  nonce: someNonce,
  ahead: fc.constantFrom(0, -1, 60, 61),
  submitter: fc.constantFrom(1, 2),
  voters: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, 0, 1)), { maxLength: 6 }),
  order: fc.constant("as-is" as const),
  spoil: fc.constantFrom("cut" as const, "zero" as const, "none" as const),
  calls: fc.array(
    fc.constantFrom("usdc" as const, "wsei" as const, "stranger" as const, "core" as const, "weth" as const),
    { maxLength: 3 },
  ),
  amount: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 130n }),
    fc.constantFrom(100_000n * 10n ** 6n, 100_001n * 10n ** 6n),
  ),
  callProofs: fc.constantFrom("none" as const, "wrong" as const),
  conditions: fc.constantFrom("sound" as const, "empty" as const, "unnamed" as const, "many" as const),
});

/** A sound ballot with at most two things changed: more would hide all but the first fault. */
const aDraft: fc.Arbitrary<Draft> = fc
  .tuple(aChange, fc.subarray(Object.keys(SOUND), { maxLength: 2 }))
  .map(([change, keys]): Draft => {
    const changed = Object.fromEntries(Object.entries(change).filter(([key]) => keys.includes(key)));
    return { ...SOUND, ...changed };
  });

const callOf = (f: Nexus, kind: Draft["calls"][number], amount: bigint) => {
  const { usdc, wsei, weth, consensus } = f.addresses;
  const to = kind === "stranger" ? f.attacker.address : f.payee.address;
  const token = { usdc, wsei, weth, stranger: usdc, core: consensus }[kind];
  return transferCall(token, to, amount);
};

const signersOf = (f: World, keys: Keyring, draft: Draft): readonly Voter[] => {
  const voters = draft.voters.map(([agent, back], index): Voter => {
    const ring = keys[agent];
    const key = ring?.[Math.max(ring.length - 1 - back, 0)] ?? spareKey(900 + index);
    return { agentId: BigInt(agent + 1), key };
  });
  return draft.order === "sorted" ? [...voters].sort((a, b) => Number(a.agentId - b.agentId)) : voters;
};

const spoilt = (votes: string, how: Draft["spoil"]): string => {
  if (how === "none") return "0x";
  if (how === "cut") return ethers.dataLength(votes) === 0 ? "0x00" : ethers.dataSlice(votes, 1);
  return how === "zero" ? ethers.concat([votes, `0x${"00".repeat(64)}`]) : votes;
};

const conditionsOf = (f: World, how: Draft["conditions"]): BenchCondition[] => {
  const sound = { kind: CONDITION_KIND.balanceAtMost, subject: f.addresses.usdc, holder: f.payee.address, amount: 7n };
  if (how === "none") return [];
  if (how === "many") return Array.from({ length: 17 }, () => sound);
  if (how === "sound") return [sound];
  return [sound, how === "empty" ? { ...sound, amount: 2n ** 256n - 1n } : { ...sound, subject: ZERO }];
};

const ballotFrom = async (f: World, keys: Keyring, draft: Draft): Promise<VotedProposal> => {
  const changes: Partial<Proposal> = {
    agentId: BigInt(draft.agent + 1),
    nonce: BigInt(draft.nonce),
    deadline: (await now()) + BigInt(draft.ahead),
    submitter: at([ZERO, f.anyone.address, f.attacker.address], draft.submitter),
    calls: draft.calls.map((kind) => callOf(f, kind, draft.amount)),
    conditions: conditionsOf(f, draft.conditions),
  };
  const voted = await votedPayment(f, { proposal: changes });
  const leaves = { usdc: f.leaves.payUsdc, wsei: f.leaves.payWsei, weth: f.leaves.payWeth };
  const callProofs = draft.calls.map((kind) => {
    const leaf =
      kind === "stranger" || kind === "core" || draft.callProofs === "wrong" ? f.leaves.approveUsdc : leaves[kind];
    return { decoder: leaf.decoder, minClass: leaf.minClass, proof: [...f.tree.proofOf(leaf)] };
  });
  return {
    ...voted,
    callProofs: draft.callProofs === "none" ? [] : callProofs,
    votes: spoilt(signVotesAsIs(f.domain, voted.proposal, signersOf(f, keys, draft)), draft.spoil),
  };
};

/* THE KEEPERS' ANSWER */

const chunks = (votes: Hex): readonly Hex[] =>
  Array.from({ length: Math.floor(sizeOf(votes) / 64) }, (_, i) => sliceBytes(votes, i * 64, i * 64 + 64));

/** What the keepers' rules say of a ballot, from nothing but the lens. */
const keepersAnswer = async (f: World, keys: Keyring, voted: VotedProposal): Promise<readonly [string, number]> => {
  const proposal = toProposal(voted.proposal);
  const consensus = address(f.addresses.consensus);
  const digest = proposalHasher(keccak, { chainId: 1329n, consensus })(proposal);
  expect(digest, "digest").to.equal(await f.consensus.hashProposal(voted.proposal));
  const votes = hex(voted.votes);
  const signers = chunks(votes).map((signature) => recoverVoter(digest, signature));
  const known: readonly Address[] = keys.flat().map((key) => address(key.address));
  const { view } = await lookAt(f.lens, f, { signers: known });
  const seats = new Map(view.signerRecords.map((seat) => [seat.signer, seat]));
  const sender = address(voted.sender.address);
  const ruling = {
    now: view.time,
    sender,
    policy: view.policy,
    signerRecordOf: (signer: Address) => seats.get(signer),
  };
  const counted = previewVotes(proposal, { size: sizeOf(votes), signers }, ruling);
  if (counted.refusal !== "None") return [counted.refusal, counted.index];
  const called = previewCalls(rulesOf(f), { calls: proposal.calls, callProofs: toCallProofs(voted.callProofs) }, view);
  return [called.refusal, called.index];
};

/** The number beside a refusal is what Refusal.sol says that it is. */
const expectIndex = ({ proposal, votes }: VotedProposal, [refusal, index]: readonly [Refusal, number]): void => {
  const means = REFUSAL_DOCS.get(refusal)?.index;
  const signatures = Math.floor(sizeOf(hex(votes)) / 64);
  const below: Readonly<Record<string, number>> = {
    "the vote, from zero": signatures,
    "the proposer's vote on the fast path, from zero": signatures,
    "the call, from zero": proposal.calls.length,
    "the post-condition, from zero": proposal.conditions.length + 1,
    "how many whole signatures there are": signatures + 1,
  };
  if (means === undefined) expect(index, refusal).to.equal(0);
  else expect(index, refusal).to.be.lessThan(below[means] ?? 0);
  if (refusal === "MalformedVotes") expect(index).to.equal(signatures);
};

describe("The keepers' rules beside the chain's", () => {
  it("name the refusals as Refusal.sol does, in its order [NX-CON-08]", async () => {
    const source = await readFile("contracts/types/Refusal.sol", "utf8");
    const body = /enum Refusal \{([^}]*)\}/.exec(source)?.[1] ?? "";
    const names = body.split("\n").flatMap((line) => /^\s*([A-Z][A-Za-z]*),?\s*$/.exec(line)?.[1] ?? []);
    expect(REFUSALS).to.deep.equal(names);
    expect(() => refusalAt(names.length)).to.throw(RangeError);
  });

  it("answer as previewEnact does, after any history and for any ballot [NX-CON-08]", async () => {
    const f = await loadFixture(worldFixture);
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(aStep, { maxLength: 5 }),
        fc.array(aDraft, { minLength: 6, maxLength: 10 }),
        async (history, drafts) => {
          const snapshot = await takeSnapshot();
          const keys: Keyring = f.voters.map(({ key }) => [key]);
          let fresh = 100;
          for (const step of history) {
            await perform(f, keys, step, () => spareKey((fresh += 1))).catch((error: unknown) => {
              if (!(error instanceof Error) || !/revert/.test(error.message)) throw error;
            });
          }
          for (const draft of drafts) {
            const voted = await ballotFrom(f, keys, draft);
            const answer = await preview(f, voted);
            const expected = [refusalAt(Number(answer.refusal)), Number(answer.index)] as const;
            seen.set(expected[0], (seen.get(expected[0]) ?? 0) + 1);
            expect(await keepersAnswer(f, keys, voted)).to.deep.equal(expected);
            expectIndex(voted, expected);
          }
          await snapshot.restore();
        },
      ),
      { numRuns: 50 },
    );
    // Random as it is, it must not have walked on the beaten path alone.
    expect(seen.size, [...seen.keys()].join()).to.be.at.least(12);
  });
});
