import { expect } from "chai";
import { type TallyView, CRITICAL, FOR } from "../../../../keepers/core/ballot.ts";
import type { BallotMessage, SlowProposalMessage } from "../../../../keepers/core/bus.ts";
import type { Simulation } from "../../../../keepers/core/chainSnapshot.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { type Hex, hex } from "../../../../keepers/core/hex.ts";
import type { Call } from "../../../../keepers/core/proposal.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { MinedTransaction, SlowNote } from "../../../../keepers/sending/ports.ts";
import { openOf } from "../../../../keepers/agents/steward/memory.ts";
import type { StewardPorts } from "../../../../keepers/agents/steward/ports.ts";
import { createSteward, resume, tick } from "../../../../keepers/agents/steward/tick.ts";
import { SEND_POLICY, fakeInbox } from "../../../support/fakeExecution.ts";
import { type MemoryDisk, isOnDisk, journalOf, signedOn } from "../../../support/memoryLog.ts";
import { hashText } from "../../../support/fakeMempool.ts";
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
    receipt: (raw: Hex): MinedTransaction | undefined => {
      const found = mined.get(raw);
      if (found === undefined) return undefined;
      const at = blockNumber(found.block);
      if (!found.did) return { block: at, gasPaid: 5n, error: "ProposalRefused" };
      return { block: at, gasPaid: 7n, error: undefined, effect: { changes: [], loss: 0n, gasUsed: 1n } };
    },
  };
};

type SlowChain = ReturnType<typeof createSlowChain>;

/** What outlives a steward: its journal of proposals, and the disk with its transactions. */
type Kept = { readonly notes: SlowNote[]; readonly disk: MemoryDisk; readonly order: string[] };
const nothingKept = (): Kept => ({ notes: [], disk: { lines: [] }, order: [] });

/** One life of a steward. Nothing may be sent that the disk does not have. */
const live = (chain: SlowChain, { notes, disk, order }: Kept = nothingKept(), dryRun = false) => {
  const proposals = fakeInbox<SlowProposalMessage>();
  const ballots = fakeInbox<BallotMessage>();
  const events: KeeperEvent[] = [];
  const world: {
    simulation: Simulation | undefined;
    /** Which targets `simulation` speaks of. */
    refuses: (target: string) => boolean;
    looks: number;
    dies: boolean;
  } = {
    simulation: undefined,
    refuses: () => true,
    looks: 0,
    dies: false,
  };
  const call = (words: string): Call => ({
    target: CONSENSUS,
    data: hex(`0x${Buffer.from(words).toString("hex")}`),
  });
  const store = journalOf(disk);
  const sending: StewardPorts["sending"] = {
    readNonce: () => Promise.resolve(chain.nonce()),
    readReceipt: (transaction) => Promise.resolve(chain.receipt(transaction)),
    whoUsed: ({ transaction }) => Promise.resolve(chain.receipt(transaction) === undefined ? "another" : "ours"),
    simulate: ({ call: { target } }) => {
      const { simulation } = world;
      if (simulation?.kind !== "reverted" || !world.refuses(target))
        return Promise.resolve({ kind: "ok", gas: 100_000n });
      const { refusal, name, text } = simulation.error;
      return Promise.resolve({ kind: "reverted", why: text, reason: refusal ?? name });
    },
    check: () => Promise.resolve(true),
    sign: (_account, { data }) => Promise.resolve({ raw: data, transaction: data }),
    broadcast: (raw) => {
      if (!isOnDisk(disk, raw)) throw new Error("bytes were sent that no disk has");
      if (world.dies) return Promise.reject(new Error("the process died"));
      chain.receive(raw);
      return Promise.resolve({ kind: "accepted" });
    },
    store: {
      ...store,
      add: (tx) => {
        order.push("signed");
        return store.add(tx);
      },
      resolve: (...args) => {
        order.push("resolved");
        return store.resolve(...args);
      },
    },
    nowMs: () => 0,
  };
  const ports: StewardPorts = {
    head: chain.head,
    readSnapshot: () => {
      world.looks += 1;
      return Promise.resolve(chain.view());
    },
    readTally: () => Promise.resolve({ tally: chain.tally(), policy: SLOW_POLICY }),
    encode: {
      propose: (_proposal, riskClass, votes) => call(`propose ${riskClass} ${(votes.length - 2) / 128}`),
      castVotes: (_hash, support) => call(`cast ${support}`),
      queue: () => call("queue"),
      execute: () => call("execute"),
    },
    append: (note) => {
      notes.push(note);
      order.push(note.kind);
      return Promise.resolve();
    },
    loadNotes: () => Promise.resolve([...notes]),
    hash: hashText,
    sending,
    proposals: proposals.inbox,
    ballots: ballots.inbox,
    hashProposal: hashOf,
    isSigned: (_message, { signer, signature }) => signature.endsWith(signer.slice(2)),
    emit: (event) => void events.push(event),
  };
  const steward = createSteward(ports, { ...SEND_POLICY, name: "steward", dryRun, collectionBlocks: 10n });
  const of = <K extends KeeperEvent["kind"]>(kind: K) =>
    events.filter((event): event is Extract<KeeperEvent, { readonly kind: K }> => event.kind === kind);
  return { steward, proposals, ballots, world, of };
};

const carried = (n = [2, 3, 4, 5]) => n.map((agent) => ballotOf(MESSAGE, agent));

describe("A steward's round", () => {
  it("asks nothing of the chain while there is nothing to look after", async () => {
    const { steward, world } = live(createSlowChain());
    await tick(steward);
    expect(world.looks).to.equal(0);
  });

  it("carries a proposal from its votes to its execution, ballots before their proposal included", async () => {
    const chain = createSlowChain();
    const kept = nothingKept();
    const { steward, proposals, ballots, of } = live(chain, kept);
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
    expect(kept.order).to.deep.equal(["opened", "signed", "resolved", "signed", "resolved", "closed"]);
    // What is done with stays done with.
    proposals.put(MESSAGE);
    ballots.put(...carried());
    chain.mine();
    await tick(steward);
    expect(steward.memory.open.size).to.equal(0);
  });

  it("brings a vote against to the chain while the delay runs, and sees a veto", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, of } = live(chain);
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
    const { steward, proposals, ballots, world } = live(chain);
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
    const kept = nothingKept();
    const first = live(chain, kept);
    first.proposals.put(MESSAGE);
    first.ballots.put(...carried());
    first.world.dies = true;
    const error: unknown = await tick(first.steward).catch((reason: unknown) => reason);
    expect(String(error)).to.include("died");
    expect([chain.sent.length, kept.order]).to.deep.equal([0, ["opened", "signed"]]);
    expect(signedOn(kept.disk)).to.have.length(1);

    // The second life sends the very bytes again, and dies before the delay is over; the third executes.
    const second = live(chain, kept);
    await resume(second.steward);
    await tick(second.steward);
    chain.mine();
    await tick(second.steward);
    expect([chain.sent, chain.tally().state]).to.deep.equal([["propose 1 4"], "Queued"]);
    const third = live(chain, kept);
    await resume(third.steward);
    chain.wait(30n);
    for (let round = 0; round < 3; round += 1) {
      chain.mine();
      await tick(third.steward);
    }
    expect(chain.sent).to.deep.equal(["propose 1 4", "execute"]);
    expect(third.of("slowEnd").map(({ end }) => end.how)).to.deep.equal(["executed"]);
    const fourth = live(chain, kept);
    await resume(fourth.steward);
    expect(fourth.steward.memory.open.size).to.equal(0);
  });

  it("waits when a step would revert, says so once, and tries again", async () => {
    const chain = createSlowChain();
    const { steward, proposals, ballots, world, of } = live(chain);
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
    const { steward, proposals, ballots, of } = live(chain);
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
    const { steward, proposals, ballots, of } = live(chain, nothingKept(), true);
    proposals.put(MESSAGE);
    ballots.put(...carried());
    await tick(steward);
    expect(of("slowBlocked").map(({ reason }) => reason)).to.deep.equal(["dry-run"]);
    expect(chain.sent).to.have.length(0);
  });

  it("executes by an honest copy when one with other call proofs or another class came first [NX-KEE-08]", async () => {
    const copies: readonly Partial<SlowProposalMessage>[] = [
      { callProofs: [] },
      { riskClass: CRITICAL },
      { proposal: slowProposal({ maxLoss: 1n << 300n }) },
    ];
    for (const copy of copies) {
      const chain = createSlowChain();
      const { steward, proposals, ballots, world } = live(chain);
      const bad = { ...MESSAGE, ...copy };
      const tried: unknown[] = [];
      const error = { name: "ActionRefused", text: "", refusal: "ProofCountMismatch" } as const;
      const { encode } = steward.ports;
      world.simulation = { kind: "reverted", block: blockNumber(100n), error };
      world.refuses = (target) => target !== CONSENSUS;
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
      };
      const judging = createSteward(ports, steward.config);
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
    const { steward, proposals, ballots } = live(chain);
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
