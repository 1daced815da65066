import { expect } from "chai";
import type {
  BallotMessage,
  ProposalMessage,
  RefusalMessage,
  SlowProposalMessage,
  VoteMessage,
} from "../../../../keepers/core/bus.ts";
import type { Simulation } from "../../../../keepers/core/chainView.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { AGAINST, FOR } from "../../../../keepers/core/ballot.ts";
import { blockNumber } from "../../../../keepers/core/units.ts";
import type { RiskPorts } from "../../../../keepers/risk/ports.ts";
import { emptyRiskMemory, tick } from "../../../../keepers/risk/tick.ts";
import { fakeInbox } from "../../../support/fakeExecution.ts";
import { RULES, USDC, account, chainView, fakeSignature, hashOf, messageOf } from "../../../support/keeperBuilders.ts";
import { slowMessage, slowProposal } from "../../../support/slowBuilders.ts";

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
    claimToleranceBps: 0n,
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
  const world: { block: bigint | undefined; profit: bigint; simulations: number; fails: boolean } = {
    block: 100n,
    profit: 200_000n,
    simulations: 0,
    fails: false,
  };
  const ports: RiskPorts = {
    head: () => (world.block === undefined ? undefined : { block: blockNumber(world.block) }),
    readView: (block) => Promise.resolve(chainView({ block })),
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
    await tick(ports, emptyRiskMemory(), SETTINGS);
    expect(votes).to.deep.equal([{ hash: message.hash, signer: SIGNER, signature: fakeSignature(SIGNER) }]);
  });

  it("refuses aloud what it finds wrong, and signs nothing", async () => {
    const { inbox, votes, refusals, world, ports } = fake();
    world.profit = 1n;
    inbox.put(messageOf());
    await tick(ports, emptyRiskMemory(), SETTINGS);
    expect(votes).to.deep.equal([]);
    expect(refusals.map(({ reason, signer }) => [reason, signer])).to.deep.equal([["profit-not-backed", SIGNER]]);
  });

  it("answers each proposal once, however often it comes", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    inbox.put(messageOf());
    await tick(ports, memory, SETTINGS);
    inbox.put(messageOf(), messageOf());
    await tick(ports, memory, SETTINGS);
    expect([votes.length, world.simulations]).to.deep.equal([1, 1]);
  });

  it("waits with a proposal about a block that its node does not have yet", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    inbox.put(messageOf(undefined, { block: blockNumber(101n) }));
    await tick(ports, memory, SETTINGS);
    expect(votes).to.deep.equal([]);
    world.block = 101n;
    await tick(ports, memory, SETTINGS);
    expect(votes).to.have.length(1);
  });

  it("waits for its first head", async () => {
    const { inbox, votes, world, ports } = fake();
    const memory = emptyRiskMemory();
    world.block = undefined;
    inbox.put(messageOf());
    await tick(ports, memory, SETTINGS);
    world.block = 100n;
    await tick(ports, memory, SETTINGS);
    expect(votes).to.have.length(1);
  });

  it("tries again at the next round when its node fails, and has answered nothing meanwhile", async () => {
    const { inbox, votes, refusals, world, ports } = fake();
    const memory = emptyRiskMemory();
    world.fails = true;
    inbox.put(messageOf());
    const error: unknown = await tick(ports, memory, SETTINGS).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RetryableError);
    expect([votes.length, refusals.length]).to.deep.equal([0, 0]);
    world.fails = false;
    await tick(ports, memory, SETTINGS);
    expect(votes).to.have.length(1);
  });

  it("signs a ballot for what it finds right on the slow path, and one against what it finds wrong", async () => {
    const { slowInbox, ballots, world, ports } = fake();
    const fair = slowMessage();
    const open = slowMessage(slowProposal({ conditions: [] }));
    slowInbox.put(fair, open);
    const memory = emptyRiskMemory();
    await tick(ports, memory, SETTINGS);
    expect(ballots.map(({ hash, support }) => [hash, support])).to.deep.equal([[fair.hash, FOR]]);
    // One in a round, and none a second time; what needs no dry run gets none.
    slowInbox.put(fair);
    await tick(ports, memory, SETTINGS);
    await tick(ports, memory, SETTINGS);
    expect(ballots.map(({ support, reason }) => [support, reason])).to.deep.equal([
      [FOR, ""],
      [AGAINST, "NoConditions"],
    ]);
    expect(world.simulations).to.equal(1);
  });

  it("leaves what its own agent proposed to the vote that came with it, unless the digest is another's", async () => {
    const { slowInbox, ballots, ports } = fake();
    const own = slowMessage(slowProposal({ agentId: 2n }));
    slowInbox.put(own);
    const memory = emptyRiskMemory();
    await tick(ports, memory, SETTINGS);
    expect(ballots).to.have.length(0);
    slowInbox.put({ ...own, hash: "0xbad" });
    await tick(ports, memory, SETTINGS);
    expect(ballots.map(({ reason }) => reason)).to.deep.equal(["hash-mismatch"]);
  });
});
