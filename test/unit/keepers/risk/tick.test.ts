import { expect } from "chai";
import fc from "fast-check";
import { safeHasher } from "../../../../keepers/core/proposalHash.ts";
import type {
  BallotMessage,
  ProposalMessage,
  RefusalMessage,
  SlowProposalMessage,
  VoteMessage,
} from "../../../../keepers/core/bus.ts";
import type { Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { type TallyState, AGAINST, FOR } from "../../../../keepers/core/ballot.ts";
import { blockNumber } from "../../../../keepers/core/units.ts";
import type { RiskPorts } from "../../../../keepers/agents/risk/ports.ts";
import { emptyRiskMemory } from "../../../../keepers/agents/risk/memory.ts";
import { tick } from "../../../../keepers/agents/risk/tick.ts";
import { fakeInbox } from "../../../support/fakeExecution.ts";
import {
  RULES,
  USDC,
  account,
  chainSnapshot,
  fakeSignature,
  hashOf,
  honestProposal,
  messageOf,
} from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, slowMessage, slowProposal, tallyView } from "../../../support/slowBuilders.ts";

const SIGNER = account(0x5002);
const SETTINGS = {
  ...RULES,
  name: "risk-1",
  signer: SIGNER,
  policy: {
    maxDeadlineSeconds: 10n,
    maxAgeBlocks: 3n,
    maxLossUsd: 0n,
    minGainUsd: 0n,
    profitToleranceBps: 0n,
    maxPriceDeviationBps: 500n,
  },
  ballots: {
    maxDeadlineSeconds: 600n,
    maxLossUsd: 10n ** 21n,
    maxPositionUsd: 10n ** 24n,
    maxPriceDeviationBps: 500n,
    base: USDC,
  },
};

const fake = () => {
  const inbox = fakeInbox<ProposalMessage>();
  const votes: VoteMessage[] = [];
  const refusals: RefusalMessage[] = [];
  const slowInbox = fakeInbox<SlowProposalMessage>();
  const ballots: BallotMessage[] = [];
  const world: { block: bigint | undefined; profit: bigint; simulations: number; fails: boolean; state: TallyState } = {
    block: 100n,
    profit: 200_000n,
    simulations: 0,
    fails: false,
    state: "None",
  };
  const ports: RiskPorts = {
    head: () => (world.block === undefined ? undefined : { block: blockNumber(world.block), baseFee: 1n }),
    readSnapshot: (block) => Promise.resolve(chainSnapshot({ block })),
    readTally: () => Promise.resolve({ tally: tallyView({ state: world.state }), policy: SLOW_POLICY }),
    simulate: (_tried, block) => {
      world.simulations += 1;
      if (world.fails) return Promise.reject(new RetryableError("node down"));
      const simulation: Simulation = { kind: "ok", block, gasUsed: 1n, changes: new Map([[USDC, world.profit]]) };
      return Promise.resolve(simulation);
    },
    hashProposal: hashOf,
    hashBallot: (hash, _class, support) => (support === 1 ? hash : "0xaa"),
    slowProposals: slowInbox.inbox,
    publishBallot: (ballot) => void ballots.push(ballot),
    sign: () => fakeSignature(SIGNER),
    proposals: inbox.inbox,
    publishVote: (vote) => void votes.push(vote),
    publishRefusal: (refusal) => void refusals.push(refusal),
    nowMs: () => 0,
    emit: () => undefined,
  };
  return { inbox, slowInbox, ballots, votes, refusals, world, ports };
};

describe("A risk manager's round", () => {
  it("votes for what it finds right, by its own signature", async () => {
    const { inbox, votes, ports } = fake();
    const message = messageOf();
    inbox.put(message);
    await tick({ ports, memory: emptyRiskMemory(), config: SETTINGS });
    expect(votes).to.deep.equal([{ hash: message.hash, signer: SIGNER, signature: fakeSignature(SIGNER) }]);
  });

  it("refuses aloud what it finds wrong, and signs nothing", async () => {
    const { inbox, votes, refusals, world, ports } = fake();
    world.profit = 1n;
    inbox.put(messageOf());
    await tick({ ports, memory: emptyRiskMemory(), config: SETTINGS });
    expect(votes).to.deep.equal([]);
    expect(refusals.map(({ reason, signer }) => [reason, signer])).to.deep.equal([["profit-not-backed", SIGNER]]);
  });

  it("answers each proposal once, however often it comes", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    inbox.put(messageOf());
    await tick({ ports, memory, config: SETTINGS });
    inbox.put(messageOf(), messageOf());
    await tick({ ports, memory, config: SETTINGS });
    expect([votes.length, world.simulations]).to.deep.equal([1, 1]);
  });

  it("waits with a proposal about a block that its node does not have yet", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    inbox.put(messageOf(undefined, { block: blockNumber(101n) }));
    await tick({ ports, memory, config: SETTINGS });
    expect(votes).to.deep.equal([]);
    world.block = 101n;
    await tick({ ports, memory, config: SETTINGS });
    expect(votes).to.have.length(1);
  });

  it("waits for its first head", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    world.block = undefined;
    inbox.put(messageOf());
    await tick({ ports, memory, config: SETTINGS });
    world.block = 100n;
    await tick({ ports, memory, config: SETTINGS });
    expect(votes).to.have.length(1);
  });

  it("tries again at the next round when its node fails, and has answered nothing meanwhile", async () => {
    const { inbox, votes, refusals, world, ports } = fake();
    const memory = emptyRiskMemory();
    world.fails = true;
    inbox.put(messageOf());
    const error: unknown = await tick({ ports, memory, config: SETTINGS }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RetryableError);
    expect([votes.length, refusals.length]).to.deep.equal([0, 0]);
    world.fails = false;
    await tick({ ports, memory, config: SETTINGS });
    expect(votes).to.have.length(1);
  });

  it("signs a ballot for what it finds right on the slow path, and one against what it finds wrong", async () => {
    const { slowInbox, ballots, world, ports } = fake();
    const fair = slowMessage();
    const open = slowMessage(slowProposal({ conditions: [] }));
    slowInbox.put(fair, open);
    const memory = emptyRiskMemory();
    await tick({ ports, memory, config: SETTINGS });
    expect(ballots.map(({ hash, support }) => [hash, support])).to.deep.equal([[fair.hash, FOR]]);
    // One in a round, and none a second time; what needs no dry run gets none.
    slowInbox.put(fair);
    await tick({ ports, memory, config: SETTINGS });
    await tick({ ports, memory, config: SETTINGS });
    expect(ballots.map(({ support, reason }) => [support, reason])).to.deep.equal([
      [FOR, ""],
      [AGAINST, "NoConditions"],
    ]);
    expect(world.simulations).to.equal(1);
  });

  it("votes for what is on the chain already, whose nonce is used by itself, and against what comes with a used one [NX-CON-07]", async () => {
    for (const [state, support] of [
      ["Voting", FOR],
      ["Queued", FOR],
      ["None", AGAINST],
      ["Vetoed", AGAINST],
    ] as const) {
      const { slowInbox, ballots, world, ports } = fake();
      world.state = state;
      slowInbox.put(slowMessage(slowProposal({ nonce: 10n })));
      await tick({ ports, memory: emptyRiskMemory(), config: SETTINGS });
      expect(
        ballots.map((ballot) => ballot.support),
        state,
      ).to.deep.equal([support]);
    }
  });

  it("leaves what its own agent proposed to the vote that came with it", async () => {
    const { slowInbox, ballots, ports } = fake();
    const own = slowMessage(slowProposal({ agentId: 2n }));
    slowInbox.put(own);
    await tick({ ports, memory: emptyRiskMemory(), config: SETTINGS });
    expect(ballots).to.have.length(0);
  });
});

describe("A risk manager among strangers", () => {
  const HONEST = messageOf();
  const SLOW = slowMessage();
  /** What is no message, whatever it says: it must not even be looked at. */
  const NOTHING: readonly unknown[] = [
    undefined,
    null,
    7,
    {},
    { ...HONEST, hash: "0x" },
    { ...HONEST, hash: "0x", proposal: honestProposal({ maxLoss: 1n << 300n }) },
    { ...HONEST, proposal: honestProposal({ maxLoss: 1n << 300n }) },
    { ...HONEST, proposal: honestProposal({ maxLoss: 1n << 128n }) },
    { ...HONEST, proposal: honestProposal({ agentId: -1n }) },
    { ...HONEST, proposal: honestProposal({ nonce: 1n << 40n }) },
    { ...HONEST, proposal: honestProposal({ evidence: "0x12" }) },
    { ...HONEST, proposal: undefined },
    { ...HONEST, callProofs: undefined },
    { ...HONEST, callProofs: [{}] },
    { ...HONEST, expectedProfit: undefined },
    { ...HONEST, expectedProfit: { token: USDC } },
    { ...HONEST, block: "100" },
    { ...HONEST, seenAtMs: Number.NaN },
    {
      ...HONEST,
      proposal: { ...honestProposal(), calls: Array.from({ length: 65 }, () => honestProposal().calls[0]) },
    },
    // Another proposal under the honest one's digest.
    { ...HONEST, proposal: honestProposal({ nonce: 99n }) },
  ];
  /** Ports that do what a real encoder does with numbers that do not fit: throw at once. */
  const strict = (ports: RiskPorts): RiskPorts => ({
    ...ports,
    hashProposal: safeHasher((proposal) => {
      if (proposal.maxLoss >> 128n !== 0n) throw new RangeError("does not fit");
      return hashOf(proposal);
    }),
    simulate: (tried, block) => {
      if (tried.proposal.maxLoss >> 128n !== 0n) throw new RangeError("does not fit");
      return ports.simulate(tried, block);
    },
  });

  it("counts what is malformed or under a wrong digest, and answers the honest proposal [NX-KEE-08]", async () => {
    for (const message of NOTHING) {
      const { inbox, votes, refusals, ports } = fake();
      const memory = emptyRiskMemory();
      inbox.putAnything(message, HONEST);
      await tick({ ports: strict(ports), memory, config: SETTINGS });
      expect([votes.length, refusals.length, memory.dropped], typeof message).to.deep.equal([1, 0, 1]);
    }
  });

  it("answers the honest copy after altered ones, which are refused by themselves [NX-KEE-08]", async () => {
    const copies: readonly Partial<ProposalMessage>[] = [
      { block: blockNumber(1n) },
      { block: blockNumber(120n) },
      { block: blockNumber(1n << 60n) },
      { callProofs: [] },
      { callProofs: HONEST.callProofs.map((callProof) => ({ ...callProof, proof: [] })) },
      { expectedProfit: { token: USDC, amount: 1n << 200n } },
      { expectedProfit: { token: account(0xbad), amount: 7n } },
    ];
    for (const copy of copies) {
      const { inbox, votes, ports } = fake();
      const memory = emptyRiskMemory();
      inbox.put({ ...HONEST, ...copy });
      await tick({ ports, memory, config: SETTINGS });
      inbox.put({ ...HONEST, ...copy }, HONEST);
      await tick({ ports, memory, config: SETTINGS });
      expect(
        votes.map(({ hash }) => hash),
        Object.keys(copy).join(),
      ).to.deep.equal([HONEST.hash]);
    }
  });

  it("signs no ballot against a proposal because of a copy with other call proofs, content or class [NX-KEE-08]", async () => {
    const copies: readonly Partial<SlowProposalMessage>[] = [
      { callProofs: [] },
      { proposal: slowProposal({ conditions: [] }) },
      { proposal: slowProposal({ maxLoss: 1n << 300n }) },
    ];
    for (const copy of copies) {
      const { slowInbox, ballots, ports } = fake();
      const error = { name: "ActionRefused", text: "", refusal: "ProofCountMismatch" } as const;
      const judging: RiskPorts = {
        ...ports,
        simulate: (tried, block) =>
          tried.callProofs.length > 0
            ? ports.simulate(tried, block)
            : Promise.resolve({ kind: "reverted", block, error }),
      };
      const memory = emptyRiskMemory();
      slowInbox.put({ ...SLOW, ...copy });
      await tick({ ports: judging, memory, config: SETTINGS });
      slowInbox.put(SLOW);
      await tick({ ports: judging, memory, config: SETTINGS });
      expect(
        ballots.map(({ hash, support }) => [hash, support]),
        Object.keys(copy).join(),
      ).to.deep.equal([[SLOW.hash, FOR]]);
    }
  });

  it("lets nobody wait for what its node cannot look at [NX-KEE-08]", async () => {
    const poison = messageOf(honestProposal({ nonce: 12n }));
    const { inbox, votes, ports } = fake();
    const memory = emptyRiskMemory();
    const choking: RiskPorts = {
      ...ports,
      simulate: (tried, block) =>
        tried.proposal.nonce === 12n ? Promise.reject(new Error("too large")) : ports.simulate(tried, block),
    };
    inbox.put(poison, HONEST);
    for (let round = 0; round < 5; round += 1)
      await tick({ ports: choking, memory, config: SETTINGS }).catch(() => undefined);
    expect(votes.map(({ hash }) => hash)).to.deep.equal([HONEST.hash]);
    expect(memory.waiting).to.deep.equal([]);
  });

  it("never throws, and never loses the honest proposal, whatever else comes in [NX-KEE-08]", async () => {
    const junk = fc.oneof(
      fc.anything(),
      fc.record(Object.fromEntries(Object.keys(HONEST).map((key) => [key, fc.anything()]))),
      fc
        .tuple(fc.constantFrom(...Object.keys(HONEST)), fc.anything())
        .map(([key, value]) => ({ ...HONEST, [key]: value })),
      fc
        .tuple(fc.constantFrom(...Object.keys(HONEST.proposal)), fc.oneof(fc.anything(), fc.bigInt()))
        .map(([key, value]) => ({ ...HONEST, proposal: { ...HONEST.proposal, [key]: value } })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(junk, { maxLength: 12 }), async (messages) => {
        const { inbox, slowInbox, votes, ballots, ports } = fake();
        const memory = emptyRiskMemory();
        inbox.putAnything(...messages, HONEST);
        slowInbox.putAnything(...messages, SLOW);
        for (let round = 0; round < 2; round += 1) await tick({ ports: strict(ports), memory, config: SETTINGS });
        expect(votes.map(({ hash }) => hash)).to.deep.equal([HONEST.hash]);
        expect(ballots.map(({ hash }) => hash)).to.include(SLOW.hash);
      }),
      { numRuns: 100 },
    );
  });
});
