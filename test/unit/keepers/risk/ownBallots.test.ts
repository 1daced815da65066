import { expect } from "chai";
import { type Support, type TallyView, AGAINST, ELEVATED, FOR } from "../../../../keepers/core/ballot.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { type Hex, hex } from "../../../../keepers/core/hex.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import {
  type OwnBallots,
  type OwnVotePorts,
  createOwnBallots,
  keepBallot,
  lookAfterOwn,
} from "../../../../keepers/agents/risk/ownBallots.ts";
import { resumePipeline } from "../../../../keepers/sending/advance.ts";
import { inFlight } from "../../../../keepers/sending/send.ts";
import { SEND_POLICY } from "../../../support/fakeExecution.ts";
import { hashText } from "../../../support/fakeMempool.ts";
import { CONSENSUS, account, chainSnapshot, hashOf } from "../../../support/keeperBuilders.ts";
import { type MemoryDisk, isOnDisk, journalOf } from "../../../support/memoryLog.ts";
import { SLOW_POLICY, slowProposal, tallyView } from "../../../support/slowBuilders.ts";

/** Agent 5's key. */
const SIGNER = account(0x5005);
const DEADLINE = unixSeconds(1_500n);

const ballotOn = (nonce: bigint, support: Support = FOR) => ({
  hash: hashOf(slowProposal({ nonce })),
  riskClass: ELEVATED,
  support,
  deadline: DEADLINE,
});

/** A chain where proposals stand with two votes of four. A vote that is sent is mined by the next block. */
const createChain = () => {
  let block = 100n;
  const tallies = new Map<Hex, TallyView>();
  const waiting: Hex[] = [];
  const mined = new Map<Hex, bigint>();
  const behaviour = { reverts: false };
  const voting = tallyView({
    state: "Voting",
    since: 900n,
    votesUntil: 1_500n,
    weightFor: 2_000n,
    votersFor: 2n,
    operatorsFor: 2n,
    seats: 0b11n,
  });
  return {
    behaviour,
    execute: (hash: Hex) => void tallies.delete(hash),
    put: (hash: Hex, changes: Partial<TallyView> = {}) => void tallies.set(hash, { ...voting, ...changes }),
    tally: (hash: Hex) => tallies.get(hash) ?? tallyView(),
    send: (raw: Hex) => void (waiting.includes(raw) || waiting.push(raw)),
    sent: () => waiting.length,
    nonce: () => BigInt(mined.size),
    receipt: (raw: Hex) => {
      const at = mined.get(raw);
      return at === undefined
        ? undefined
        : { block: blockNumber(at), gasPaid: 7n, error: behaviour.reverts ? "ProposalRefused" : undefined };
    },
    mine: (blocks = 1n): void => {
      block += blocks;
      for (const raw of waiting.splice(0)) {
        mined.set(raw, block);
        const [, hash = ""] = Buffer.from(raw.slice(2), "hex").toString().split(" ");
        const before = tallies.get(hex(hash));
        if (before !== undefined && !behaviour.reverts)
          tallies.set(hex(hash), { ...before, seats: before.seats | 0b10000n });
      }
    },
    look: () => ({
      head: { block: blockNumber(block), baseFee: 100n },
      view: chainSnapshot({ block: blockNumber(block), time: unixSeconds(1_000n) }),
    }),
    mined: () => [...mined.keys()].map((raw) => Buffer.from(raw.slice(2), "hex").toString()),
  };
};

type Chain = ReturnType<typeof createChain>;

/** One life of a voter. Nothing may be sent that its disk does not have. */
const live = (chain: Chain, disk: MemoryDisk = { lines: [] }, dryRun = false) => {
  const events: KeeperEvent[] = [];
  const world: { refuses?: string; readonly unreadable: Set<Hex>; looks: number; simulations: number } = {
    unreadable: new Set(),
    looks: 0,
    simulations: 0,
  };
  const store = journalOf(disk);
  const ports: OwnVotePorts = {
    sending: {
      readNonce: () => Promise.resolve(chain.nonce()),
      readReceipt: (transaction) => Promise.resolve(chain.receipt(transaction)),
      whoUsed: ({ transaction }) => Promise.resolve(chain.receipt(transaction) === undefined ? "another" : "ours"),
      simulate: () => {
        world.simulations += 1;
        const { refuses: reason } = world;
        return Promise.resolve(
          reason === undefined ? { kind: "ok", gas: 60_000n } : { kind: "reverted", why: "no", reason },
        );
      },
      check: () => Promise.resolve(true),
      sign: (_account, { data, nonce }) => {
        const raw = hex(`${data}${Buffer.from(` ${nonce}`).toString("hex")}`);
        return Promise.resolve({ raw, transaction: raw });
      },
      broadcast: (raw) => {
        if (!isOnDisk(disk, raw)) throw new Error("bytes were sent that no disk has");
        chain.send(raw);
        return Promise.resolve({ kind: "accepted" });
      },
      store,
      nowMs: () => 0,
    },
    readTally: (hash) => {
      world.looks += 1;
      if (world.unreadable.has(hash)) return Promise.reject(new RetryableError("no answer"));
      return Promise.resolve({ tally: chain.tally(hash), policy: SLOW_POLICY });
    },
    castVote: (hash, support) => ({
      target: CONSENSUS,
      data: hex(`0x${Buffer.from(`castVote ${hash} ${support}`).toString("hex")}`),
    }),
    hash: hashText,
    emit: (event) => void events.push(event),
  };
  const own = createOwnBallots(ports, {
    ...SEND_POLICY,
    name: "risk-5",
    sender: SIGNER,
    dryRun,
    afterBlocks: 25n,
    beforeSeconds: 10n,
  });
  const troubles = () => events.flatMap((event) => (event.kind === "trouble" ? [event.what] : []));
  return { own, ports, events, world, troubles, disk };
};

/** Looks at each of so many blocks. */
const through = async (chain: Chain, own: OwnBallots, blocks: number): Promise<void> => {
  for (let block = 0; block < blocks; block += 1) {
    await lookAfterOwn(own, chain.look());
    chain.mine();
  }
};

describe("A voter that looks after its own ballots", () => {
  it("casts what nobody brings to the chain, once, and says so [NX-CON-07] [NX-KEE-11]", async () => {
    const chain = createChain();
    const { own, events, troubles } = live(chain);
    const ballot = ballotOn(11n);
    chain.put(ballot.hash);
    keepBallot(own, ballot);
    await through(chain, own, 25);
    expect(chain.mined()).to.deep.equal([]);
    await through(chain, own, 40);
    expect(chain.mined()).to.deep.equal([`castVote ${ballot.hash} 1 0`]);
    expect(own.kept.size).to.equal(0);
    expect(inFlight(own.pipeline)).to.deep.equal([]);
    expect(troubles()).to.deep.equal([
      `nobody brings its vote for ${ballot.hash} to the chain: it casts it there itself`,
    ]);
    expect(events.filter(({ kind }) => kind === "slowPaid")).to.deep.equal([
      { kind: "slowPaid", agent: "risk-5", hash: ballot.hash, gasPaid: 7n },
    ]);
  });

  it("casts nothing that another brings", async () => {
    const chain = createChain();
    const { own, troubles } = live(chain);
    const ballot = ballotOn(11n, AGAINST);
    chain.put(ballot.hash);
    keepBallot(own, ballot);
    await through(chain, own, 20);
    chain.put(ballot.hash, { seats: 0b10011n });
    await through(chain, own, 20);
    expect([chain.mined(), own.kept.size, troubles()]).to.deep.equal([[], 0, []]);
  });

  it("counts the blocks anew when a yes is not needed any more, and then is", async () => {
    const chain = createChain();
    const { own } = live(chain);
    const ballot = ballotOn(11n);
    chain.put(ballot.hash);
    keepBallot(own, ballot);
    await through(chain, own, 20);
    chain.put(ballot.hash, { weightFor: 4_000n, votersFor: 4n });
    await through(chain, own, 10);
    chain.put(ballot.hash);
    await through(chain, own, 25);
    expect(chain.mined()).to.have.length(0);
    await through(chain, own, 10);
    expect(chain.mined()).to.have.length(1);
  });

  it("casts several, one after the other, though one cannot be read", async () => {
    const chain = createChain();
    const { own, world } = live(chain);
    const ballots = [11n, 12n, 13n].map((nonce) => ballotOn(nonce, AGAINST));
    for (const ballot of ballots) {
      chain.put(ballot.hash);
      keepBallot(own, ballot);
    }
    world.unreadable.add(ballotOn(11n).hash);
    for (let block = 0; block < 45; block += 1) {
      await lookAfterOwn(own, chain.look()).catch((error: unknown) => expect(String(error)).to.contain("no answer"));
      chain.mine();
    }
    expect(chain.mined()).to.deep.equal([12n, 13n].map((nonce, n) => `castVote ${ballotOn(nonce).hash} 0 ${n}`));
    expect(own.kept.size).to.equal(1);
  });

  it("casts a second one as soon as the first is mined, when votes end soon", async () => {
    const chain = createChain();
    const { own } = live(chain);
    for (const ballot of [ballotOn(11n), ballotOn(12n)]) {
      chain.put(ballot.hash, { votesUntil: 1_005n });
      keepBallot(own, ballot);
    }
    await through(chain, own, 3);
    expect(chain.mined()).to.have.length(2);
  });

  it("keeps its first word, and since when it is missing", async () => {
    const chain = createChain();
    const { own } = live(chain);
    const ballot = ballotOn(11n, AGAINST);
    chain.put(ballot.hash);
    keepBallot(own, ballot);
    await through(chain, own, 20);
    keepBallot(own, ballotOn(11n, FOR));
    await through(chain, own, 8);
    expect(chain.mined()).to.deep.equal([`castVote ${ballot.hash} 0 0`]);
  });

  it("forgets what was executed, and what was never made after its deadline alone", async () => {
    const chain = createChain();
    const { own } = live(chain);
    const [executed, unmade] = [ballotOn(11n), ballotOn(12n)];
    chain.put(executed.hash);
    keepBallot(own, executed);
    keepBallot(own, unmade);
    await through(chain, own, 6);
    chain.execute(executed.hash);
    await through(chain, own, 30);
    expect([...own.kept.keys()]).to.deep.equal([unmade.hash]);
  });

  it("forgets no vote on what is on the chain for messages that cost nothing [NX-KEE-11]", async () => {
    const chain = createChain();
    const { own, world } = live(chain);
    const ballot = ballotOn(11n, AGAINST);
    chain.put(ballot.hash);
    keepBallot(own, ballot);
    await through(chain, own, 1);
    // Nobody puts these on the chain.
    for (let nonce = 100n; nonce < 1_200n; nonce += 1n) keepBallot(own, ballotOn(nonce));
    expect(own.kept.size, "there is an end to what is kept").to.equal(1_024);
    const before = world.looks;
    await through(chain, own, 1 + 5);
    expect(world.looks - before, "and to what is looked at in one go").to.equal(64);
    await through(chain, own, 250);
    expect(chain.mined()).to.deep.equal([`castVote ${ballot.hash} 0 0`]);
  });

  it("forgets the oldest where all are on the chain, and looks at each in its turn", async () => {
    const chain = createChain();
    const { own } = live(chain);
    const nonces = Array.from({ length: 1_024 }, (_, i) => BigInt(100 + i));
    for (const nonce of nonces) {
      const { hash } = ballotOn(nonce);
      // Nothing is to be cast: they have what they need.
      chain.put(hash, { weightFor: 4_000n, votersFor: 4n });
      keepBallot(own, ballotOn(nonce));
    }
    // At each look there is room for 48 that are there, and 16 at least that were not.
    await through(chain, own, (1_024 / 16) * 5);
    expect([...own.kept.values()].filter(({ isThere }) => isThere)).to.have.length(1_024);
    keepBallot(own, ballotOn(9n));
    expect([own.kept.has(ballotOn(100n).hash), own.kept.has(ballotOn(101n).hash), own.kept.size]).to.deep.equal([
      false,
      true,
      1_024,
    ]);
  });

  it("pays no more than three times for a vote that is simulated well and reverts", async () => {
    const chain = createChain();
    const { own } = live(chain);
    const ballot = ballotOn(11n, AGAINST);
    chain.put(ballot.hash, { votesUntil: 1_005n });
    keepBallot(own, ballot);
    chain.behaviour.reverts = true;
    await through(chain, own, 250);
    expect(chain.mined()).to.have.length(3);
    expect([...own.kept.keys()], "and judges it no other way later").to.deep.equal([ballot.hash]);
  });

  it("leaves a vote alone for 25 blocks that could not be cast, or was mined and reverted", async () => {
    for (const isMined of [false, true]) {
      const chain = createChain();
      const { own, world, troubles } = live(chain);
      const ballot = ballotOn(11n);
      chain.put(ballot.hash, { votesUntil: 1_005n });
      keepBallot(own, ballot);
      if (isMined) chain.behaviour.reverts = true;
      else world.refuses = "SignerExpired";
      await through(chain, own, 25);
      expect(world.simulations, String(isMined)).to.equal(1);
      await through(chain, own, 10);
      expect(world.simulations, String(isMined)).to.equal(2);
      if (isMined) expect(troubles()).to.include(`its vote on ${ballot.hash} was sent and reverted: ProposalRefused`);
    }
  });

  it("tells once why a vote cannot be cast, and that somebody else did it not at all", async () => {
    for (const [reason, told] of [
      ["SignerExpired", 1],
      ["AlreadyVoted", 0],
    ] as const) {
      const chain = createChain();
      const { own, world, troubles } = live(chain);
      const ballot = ballotOn(11n);
      chain.put(ballot.hash);
      keepBallot(own, ballot);
      world.refuses = reason;
      await through(chain, own, 120);
      expect([chain.mined().length, troubles().length]).to.deep.equal([0, told]);
      if (told === 1) expect(troubles()[0]).to.equal(`its vote on ${ballot.hash} cannot be cast: ${reason} (no)`);
    }
  });

  it("takes up after a restart what it had sent, and sends no second one [NX-KEE-01] [NX-KEE-02]", async () => {
    const chain = createChain();
    const disk: MemoryDisk = { lines: [] };
    const first = live(chain, disk);
    const ballot = ballotOn(11n);
    chain.put(ballot.hash, { votesUntil: 1_005n });
    keepBallot(first.own, ballot);
    await lookAfterOwn(first.own, chain.look());
    expect(chain.sent()).to.equal(1);
    const second = live(chain, disk);
    await resumePipeline(second.own.pipeline);
    keepBallot(second.own, ballot);
    await through(chain, second.own, 12);
    expect([chain.mined().length, inFlight(second.own.pipeline).length]).to.deep.equal([1, 0]);
    expect(second.own.kept.size).to.equal(0);
  });

  it("sends nothing in a dry run, and says what it would [NX-KEE-05]", async () => {
    const chain = createChain();
    const { own, troubles } = live(chain, { lines: [] }, true);
    const ballot = ballotOn(11n);
    chain.put(ballot.hash, { votesUntil: 1_005n });
    keepBallot(own, ballot);
    await through(chain, own, 60);
    expect(chain.mined()).to.deep.equal([]);
    expect(troubles()).to.deep.equal([`its vote on ${ballot.hash} cannot be cast: dry-run (it would have been sent)`]);
  });

  it("remembers 1,024 and lets the oldest go, and asks the chain every fifth block alone", async () => {
    const chain = createChain();
    const { own, world } = live(chain);
    for (let nonce = 1n; nonce <= 1_025n; nonce += 1n) keepBallot(own, ballotOn(nonce));
    expect([own.kept.size, own.kept.has(ballotOn(1n).hash), own.kept.has(ballotOn(1_025n).hash)]).to.deep.equal([
      1_024,
      false,
      true,
    ]);
    await through(chain, own, 11);
    expect(world.looks).to.equal(64 * 3);
  });
});
