import { expect } from "chai";
import { type TallyView, CRITICAL, FOR } from "../../../../keepers/core/ballot.ts";
import type { BallotMessage, SlowProposalMessage, TransactionResult } from "../../../../keepers/core/bus.ts";
import type { Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { type Hex, hex } from "../../../../keepers/core/hex.ts";
import type { Call } from "../../../../keepers/core/proposal.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { JournalEntry, Mined } from "../../../../keepers/sending/ports.ts";
import { emptyStewardMemory, openOf } from "../../../../keepers/agents/steward/memory.ts";
import type { StewardPorts } from "../../../../keepers/agents/steward/ports.ts";
import { type Steward, resume, tick } from "../../../../keepers/agents/steward/tick.ts";
import { SEND_POLICY, fakeInbox } from "../../../support/fakeExecution.ts";
import { CONSENSUS, account, chainSnapshot, hashOf } from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, ballotOf, tallyView, slowMessage, slowProposal } from "../../../support/slowBuilders.ts";

const MESSAGE = slowMessage();

/** A chain that knows one proposal: what is sent is mined by the next block, and a step moves its ballot on. */
const createSlowChain = () => {
  let block = 100n;
  let time = 1_000n;
  let ballot: TallyView = tallyView();
  const waiting: Hex[] = [];
  const mined = new Map<Hex, { readonly block: bigint; readonly did: boolean }>();
  const sent: string[] = [];
  const steps: Readonly<Record<string, () => TallyView>> = {
    propose: () => ({
      ...tallyView(),
      state: "Queued",
      since: time,
      votesUntil: time + SLOW_POLICY.delay - 1n,
      weightFor: 4_000n,
      votersFor: 4n,
      operatorsFor: 4n,
      seats: 30n,
    }),
    cast: () => ({ ...ballot, weightAgainst: 1_000n, seats: 31n }),
    execute: () => ({ ...ballot, state: "Executed" }),
  };
  const mine = (): void => {
    block += 1n;
    for (const raw of waiting.splice(0)) {
      const [step = ""] = Buffer.from(raw.slice(2), "hex").toString().split(" ");
      const does = (step === "execute" ? "Queued" : step === "propose" ? "None" : ballot.state) === ballot.state;
      if (does) ballot = (steps[step] ?? (() => ballot))();
      mined.set(raw, { block, did: does });
    }
  };
  return {
    sent,
    mine,
    wait: (by: bigint) => void (time += by),
    veto: () => void (ballot = { ...ballot, state: "Vetoed" }),
    receive: (raw: Hex) => {
      sent.push(Buffer.from(raw.slice(2), "hex").toString());
      if (!waiting.includes(raw)) waiting.push(raw);
    },
    forget: () => void waiting.splice(0),
    head: () => ({ block: blockNumber(block), baseFee: 100n }),
    view: () => chainSnapshot({ block: blockNumber(block), time: unixSeconds(time) }),
    nonce: () => BigInt(mined.size),
    tally: () => ballot,
    receipt: (raw: Hex): Mined<TransactionResult> | undefined => {
      const found = mined.get(raw);
      if (found === undefined) return undefined;
      const at = blockNumber(found.block);
      if (!found.did) return { block: at, result: { kind: "reverted", error: "ProposalRefused", gasPaid: 5n } };
      return { block: at, result: { kind: "enacted", changes: [], loss: 0n, gasUsed: 1n, gasPaid: 7n } };
    },
  };
};

type SlowChain = ReturnType<typeof createSlowChain>;

/** One life of a steward. Nothing may be sent that the journal does not have. */
const live = (chain: SlowChain, journal: JournalEntry[], dryRun = false) => {
  const proposals = fakeInbox<SlowProposalMessage>();
  const ballots = fakeInbox<BallotMessage>();
  const events: KeeperEvent[] = [];
  const world: { simulation: Simulation | undefined; looks: number; dies: boolean } = {
    simulation: undefined,
    looks: 0,
    dies: false,
  };
  const call = (words: string): Call => ({
    target: CONSENSUS,
    data: hex(`0x${Buffer.from(words).toString("hex")}`),
  });
  const ports: StewardPorts = {
    head: chain.head,
    readSnapshot: () => {
      world.looks += 1;
      return Promise.resolve(chain.view());
    },
    readTally: () => Promise.resolve({ tally: chain.tally(), policy: SLOW_POLICY }),
    readAccountNonce: () => Promise.resolve(chain.nonce()),
    readReceipt: (transaction) => Promise.resolve(chain.receipt(transaction)),
    encode: {
      propose: (_proposal, riskClass, votes) => call(`propose ${riskClass} ${(votes.length - 2) / 128}`),
      castVotes: (_hash, support) => call(`cast ${support}`),
      queue: () => call("queue"),
      execute: () => call("execute"),
    },
    simulate: (_call, block) =>
      Promise.resolve(world.simulation ?? { kind: "ok", block, gasUsed: 100_000n, changes: new Map() }),
    sign: (_to, { data }) => ({ raw: data, transaction: data }),
    send: (raw) => {
      const isKept = journal.some((entry) => entry.kind === "signed" && entry.pending.raw === raw);
      if (!isKept) throw new Error("bytes were sent that no journal has");
      if (world.dies) return Promise.reject(new Error("the process died"));
      chain.receive(raw);
      return Promise.resolve({ kind: "accepted" });
    },
    append: (entry) => Promise.resolve(void journal.push(entry)),
    loadJournal: () => Promise.resolve([...journal]),
    proposals: proposals.inbox,
    ballots: ballots.inbox,
    hashProposal: hashOf,
    isSigned: (_message, { signer, signature }) => signature.endsWith(signer.slice(2)),
    emit: (event) => void events.push(event),
  };
  const steward: Steward = {
    ports,
    memory: emptyStewardMemory(),
    config: { ...SEND_POLICY, name: "steward", dryRun, collectionBlocks: 10n },
  };
  const of = <K extends KeeperEvent["kind"]>(kind: K) =>
    events.filter((event): event is Extract<KeeperEvent, { readonly kind: K }> => event.kind === kind);
  return { steward, proposals, ballots, world, of };
};

const carried = (n = [2, 3, 4, 5]) => n.map((agent) => ballotOf(MESSAGE, agent));

describe("A steward's round", () => {
  it("asks nothing of the chain while there is nothing to look after", async () => {
    const { steward, world } = live(createSlowChain(), []);
    await tick(steward);
    expect(world.looks).to.equal(0);
  });

  it("carries a proposal from its votes to its execution, ballots before their proposal included", async () => {
    const chain = createSlowChain();
    const journal: JournalEntry[] = [];
    const { steward, proposals, ballots, of } = live(chain, journal);
    ballots.put(...carried(), { ...ballotOf(MESSAGE, 1), signer: account(0x9999) });
    await tick(steward);
    proposals.put(MESSAGE, MESSAGE, { ...MESSAGE, hash: "0xbad" });
    for (let round = 0; round < 4; round += 1) {
      chain.mine();
      await tick(steward);
    }
    expect(chain.sent).to.deep.equal(["propose 1 4"]);
    chain.wait(30n);
    for (let round = 0; round < 3; round += 1) {
      chain.mine();
      await tick(steward);
    }
    expect(chain.sent).to.deep.equal(["propose 1 4", "execute"]);
    expect(of("slowStatus").map(({ status }) => [status.state, status.executableFrom])).to.deep.equal([
      ["Queued", 1_030n],
      ["Executed", undefined],
    ]);
    expect(of("slowEnd").map(({ end }) => [end.how, end.changes])).to.deep.equal([["executed", []]]);
    expect(of("slowPaid").map(({ gasPaid }) => gasPaid)).to.deep.equal([7n, 7n]);
    expect(journal.map(({ kind }) => kind)).to.deep.equal([
      "opened",
      "signed",
      "resolved",
      "signed",
      "resolved",
      "closed",
    ]);
    // What is done with stays done with.
    proposals.put(MESSAGE);
    ballots.put(...carried());
    chain.mine();
    await tick(steward);
    expect(steward.memory.open.size).to.equal(0);
  });

  it("brings a vote against to the chain while the delay runs, and sees a veto", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, of } = live(chain, []);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    for (let round = 0; round < 2; round += 1) {
      await tick(steward);
      chain.mine();
    }
    ballots.put({ ...ballotOf(MESSAGE, 1, 0), reason: "price-off-oracle" });
    await tick(steward);
    chain.mine();
    await tick(steward);
    expect(chain.sent).to.deep.equal(["propose 1 4", "cast 0"]);
    expect(of("slowStatus").at(-1)?.status.weightAgainst).to.equal(1_000n);
    chain.veto();
    for (let round = 0; round < 4; round += 1) {
      chain.mine();
      await tick(steward);
    }
    expect(of("slowEnd").map(({ end }) => end.how)).to.deep.equal(["vetoed"]);
  });

  it("looks seldom while it only waits for a delay, and at once when a message comes", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, world } = live(chain, []);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    for (let round = 0; round < 3; round += 1) {
      await tick(steward);
      chain.mine();
    }
    const looks = world.looks;
    for (let round = 0; round < 8; round += 1) {
      await tick(steward);
      chain.mine();
    }
    expect(world.looks - looks).to.equal(2);
    ballots.put({ ...ballotOf(MESSAGE, 1, 0), reason: "late" });
    await tick(steward);
    expect(chain.sent.at(-1)).to.equal("cast 0");
  });

  it("has a proposal on the disk before it is sent, and takes it up after a crash [NX-KEE-01] [NX-KEE-02]", async () => {
    const chain = createSlowChain();
    const journal: JournalEntry[] = [];
    const first = live(chain, journal);
    first.proposals.put(MESSAGE);
    first.ballots.put(...carried());
    first.world.dies = true;
    const error: unknown = await tick(first.steward).catch((reason: unknown) => reason);
    expect(String(error)).to.include("died");
    expect([chain.sent.length, journal.map(({ kind }) => kind)]).to.deep.equal([0, ["opened", "signed"]]);

    // The second life sends the very bytes again, and dies before the delay is over; the third executes.
    const second = live(chain, journal);
    await resume(second.steward);
    await tick(second.steward);
    chain.mine();
    await tick(second.steward);
    expect([chain.sent, chain.tally().state]).to.deep.equal([["propose 1 4"], "Queued"]);
    const third = live(chain, journal);
    await resume(third.steward);
    chain.wait(30n);
    for (let round = 0; round < 3; round += 1) {
      chain.mine();
      await tick(third.steward);
    }
    expect(chain.sent).to.deep.equal(["propose 1 4", "execute"]);
    expect(third.of("slowEnd").map(({ end }) => end.how)).to.deep.equal(["executed"]);
    const fourth = live(chain, journal);
    await resume(fourth.steward);
    expect(fourth.steward.memory.open.size).to.equal(0);
  });

  it("waits when a step would revert, says so once, and tries again", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, world, of } = live(chain, []);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    world.simulation = {
      kind: "reverted",
      block: blockNumber(100n),
      error: { name: "ProposalRefused", text: "ProposalRefused: BreakerHalted", refusal: "BreakerHalted" },
    };
    for (let round = 0; round < 7; round += 1) {
      await tick(steward);
      chain.mine();
    }
    expect(of("slowBlocked").map(({ reason }) => reason)).to.deep.equal(["BreakerHalted"]);
    expect(chain.sent).to.have.length(0);
    world.simulation = undefined;
    for (let round = 0; round < 5; round += 1) {
      await tick(steward);
      chain.mine();
    }
    expect(chain.sent).to.deep.equal(["propose 1 4"]);
  });

  it("lets more time pass after each transaction that was mined and reverted", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, of } = live(chain, []);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    await tick(steward);
    // Somebody else's proposal of it comes first; ours reverts, and then the ballot is there.
    chain.mine();
    expect(chain.tally().state).to.equal("Queued");
    chain.wait(30n);
    await tick(steward);
    chain.veto();
    chain.mine();
    await tick(steward);
    expect(of("slowBlocked").map(({ reason }) => reason)).to.deep.equal(["reverted"]);
    expect(of("slowEnd").map(({ end }) => end.how)).to.deep.equal(["vetoed"]);
    expect(of("slowPaid").map(({ gasPaid }) => gasPaid)).to.deep.equal([7n, 5n]);
  });

  it("sends nothing in a dry run, and says what it would have done [NX-KEE-05]", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, of } = live(chain, [], true);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    await tick(steward);
    expect(of("slowBlocked").map(({ reason }) => reason)).to.deep.equal(["dry-run"]);
    expect(chain.sent).to.have.length(0);
  });

  it("refuses a journal of another sender", async () => {
    const chain = createSlowChain();
    const journal: JournalEntry[] = [];
    const first = live(chain, journal);
    first.proposals.put(MESSAGE);
    first.ballots.put(...carried());
    await tick(first.steward);
    const { steward } = live(chain, journal);
    const other: Steward = { ...steward, config: { ...steward.config, sender: account(0x9999) } };
    const error: unknown = await resume(other).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FatalError);
  });

  it("executes by an honest copy when one with other call proofs or another class came first [NX-KEE-08]", async () => {
    const copies: readonly Partial<SlowProposalMessage>[] = [
      { callProofs: [] },
      { riskClass: CRITICAL },
      { proposal: slowProposal({ maxLoss: 1n << 300n }) },
    ];
    for (const copy of copies) {
      const chain = createSlowChain();
      const { steward, proposals, ballots } = live(chain, []);
      const bad = { ...MESSAGE, ...copy };
      const tried: unknown[] = [];
      const error = { name: "ActionRefused", text: "", refusal: "ProofCountMismatch" } as const;
      const { encode, simulate } = steward.ports;
      const ports: StewardPorts = {
        ...steward.ports,
        // A ballot names the class that its voter saw: the honest one's.
        isSigned: ({ riskClass }) => riskClass === MESSAGE.riskClass,
        encode: {
          ...encode,
          execute: (proposal, callProofs) => {
            tried.push(callProofs);
            return {
              ...encode.execute(proposal, callProofs),
              target: callProofs.length === 0 ? account(0) : CONSENSUS,
            };
          },
        },
        simulate: (call, block) =>
          call.target === CONSENSUS ? simulate(call, block) : Promise.resolve({ kind: "reverted", block, error }),
      };
      const judging = { ...steward, ports };
      proposals.put(bad);
      await tick(judging);
      proposals.put(MESSAGE);
      ballots.put(...carried());
      for (let round = 0; round < 20; round += 1) {
        chain.mine();
        chain.wait(3n);
        await tick(judging);
      }
      expect(chain.sent, Object.keys(copy).join()).to.deep.equal(["propose 1 4", "execute"]);
      expect(tried.at(-1)).to.deep.equal(MESSAGE.callProofs);
    }
  });

  it("remembers a bounded number of strangers' messages, and never forgets for them what is on the chain", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots } = live(chain, []);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    await tick(steward);
    chain.mine();
    const strange = Array.from({ length: 100 }, (_, n) => slowMessage(slowProposal({ nonce: BigInt(100 + n) })));
    proposals.put(...strange);
    ballots.put(
      ...Array.from({ length: 500 }, (_, n) => ({
        ...ballotOf(MESSAGE, 1),
        hash: hex(`0x${String(n).padStart(4, "0")}`),
        support: FOR,
      })),
    );
    await tick(steward);
    expect([steward.memory.open.size, openOf(steward.memory, MESSAGE.hash).length]).to.deep.equal([32, 1]);
    expect(steward.memory.early.size).to.equal(64);
  });
});
