import type { SignedBallot } from "../agents/steward/decide.ts";
import { type TallyView, ballotHasher } from "../core/ballot.ts";
import type { BallotMessage, ProposalMessage, SlowProposalMessage, VoteMessage } from "../core/bus.ts";
import type { ChainSnapshot } from "../core/chainSnapshot.ts";
import type { KeeperEvent } from "../core/events.ts";
import { type Hex, type Keccak, addressWord, concat } from "../core/hex.ts";
import { copyOf } from "../core/messages.ts";
import type { Proposal } from "../core/proposal.ts";
import { proposalHasher } from "../core/proposalHash.ts";
import type { RecordValue } from "../core/record.ts";
import type { Address } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";
import { type SimulatedWorld, viewOf } from "./world.ts";

/** What a decision was, whose, and on what. `kind` names the rule that made it. */
export type Decided = {
  readonly kind: "hunt" | "rebalance" | "review" | "slowReview";
  readonly agent: string;
  readonly input: RecordValue;
  readonly decision: RecordValue;
};

/** How a backtest hashes: the chain's own function over bytes, and over text in UTF-8. */
export type Hashing = { readonly keccak: Keccak; readonly hashText: (text: string) => Hex };

/** A member of the fleet: its live round, with ports that end here. */
export type SimulatedAgent = { readonly name: string; readonly round: () => Promise<void> };

type Inbox = { readonly proposals: ProposalMessage[]; readonly slowProposals: SlowProposalMessage[] };

/** A proposal on the slow path, who proposed it, where it stands, and the ballots that came in for it. */
export type CollectedBallots = {
  readonly message: SlowProposalMessage;
  readonly agent: string;
  readonly ballots: Map<Address, SignedBallot>;
  tally: TallyView;
  /** Whether the steward is done with it. */
  isClosed: boolean;
};
/** A proposal of the fast path, who proposed it, and the votes that came in for it. */
export type CollectedVotes = {
  readonly message: ProposalMessage;
  readonly agent: string;
  readonly votes: Map<Address, Hex>;
};

/** Where the agents of a backtest meet: what they may see, and where what they say arrives. */
export type Stage = Hashing & {
  readonly world: SimulatedWorld;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly hashBallot: ReturnType<typeof ballotHasher>;
  /** The chain as an agent's lens answers it at this block; the same object each time. */
  readonly viewFor: (agentId: bigint) => ChainSnapshot;
  readonly pools: () => readonly Pool[];
  /** Every ballot from now on, for one who reads them. */
  readonly openBallots: () => { readonly take: () => readonly BallotMessage[] };
  readonly openInbox: () => {
    readonly take: () => readonly ProposalMessage[];
    readonly takeSlow: () => readonly SlowProposalMessage[];
  };
  readonly publish: (agent: string, message: ProposalMessage) => void;
  readonly publishSlow: (agent: string, message: SlowProposalMessage) => void;
  readonly tallyOf: (hash: Hex) => TallyView;
  readonly vote: (vote: VoteMessage) => void;
  readonly ballot: (ballot: BallotMessage) => void;
  readonly candidates: Map<string, CollectedVotes>;
  readonly slow: Map<Hex, CollectedBallots>;
  readonly record: (decided: Decided) => void;
  readonly emit: (event: KeeperEvent) => void;
};

/** Stands where a signature would: nobody checks one in a backtest, so none is made. Its end is the signer's address. */
export const unsigned = (signer: Address): Hex => concat([`0x${"00".repeat(32)}`, addressWord(signer)]);

/** A proposal that is not on the chain. */
const NO_TALLY: TallyView = {
  state: "None",
  since: 0n,
  votesUntil: 0n,
  weightFor: 0n,
  weightAgainst: 0n,
  votersFor: 0n,
  operatorsFor: 0n,
  seats: 0n,
};

const taken = <T>(from: T[]): readonly T[] => from.splice(0);

/** One answer for each block and question. */
const eachBlock = <K, V>(world: SimulatedWorld, answer: (question: K) => V): ((question: K) => V) => {
  let block = -1n;
  const known = new Map<K, V>();
  return (question) => {
    if (world.block !== block) known.clear();
    block = world.block;
    const before = known.get(question);
    if (before !== undefined) return before;
    const value = answer(question);
    known.set(question, value);
    return value;
  };
};

/** Where messages wait for those who read them. */
const openReaders = () => {
  const inboxes: Inbox[] = [];
  const readers: BallotMessage[][] = [];
  return {
    tell: (message: ProposalMessage): void => {
      for (const { proposals } of inboxes) proposals.push(message);
    },
    tellSlow: (message: SlowProposalMessage): void => {
      for (const { slowProposals } of inboxes) slowProposals.push(message);
    },
    tellBallot: (ballot: BallotMessage): void => {
      for (const reader of readers) reader.push(ballot);
    },
    openBallots: () => {
      const ballots: BallotMessage[] = [];
      readers.push(ballots);
      return { take: () => taken(ballots) };
    },
    openInbox: () => {
      const inbox: Inbox = { proposals: [], slowProposals: [] };
      inboxes.push(inbox);
      return { take: () => taken(inbox.proposals), takeSlow: () => taken(inbox.slowProposals) };
    },
  };
};

/** Opens a stage over a world. */
export const openStage = (world: SimulatedWorld, hashing: Hashing, tell: Pick<Stage, "record" | "emit">): Stage => {
  const domain = { chainId: world.plan.chainId, consensus: world.plan.consensus };
  const { openBallots, openInbox, ...readers } = openReaders();
  const candidates: Stage["candidates"] = new Map();
  const slow: Stage["slow"] = new Map();
  const poolsNow = eachBlock(world, ({ pools }: SimulatedWorld) => [...pools.values()]);
  return {
    ...hashing,
    ...tell,
    world,
    candidates,
    slow,
    hashProposal: proposalHasher(hashing.keccak, domain),
    hashBallot: ballotHasher(hashing.keccak, domain),
    viewFor: eachBlock(world, (agentId: bigint) => viewOf(world, agentId)),
    pools: () => poolsNow(world),
    openBallots,
    openInbox,
    publish: (agent, message) => {
      candidates.set(copyOf(message), { message, agent, votes: new Map() });
      readers.tell(message);
    },
    tallyOf: (hash) => slow.get(hash)?.tally ?? NO_TALLY,
    publishSlow: (agent, message) => {
      slow.set(message.hash, { message, agent, ballots: new Map(), tally: NO_TALLY, isClosed: false });
      readers.tellSlow(message);
    },
    vote: ({ hash, signer, signature }) => {
      for (const { message, votes } of candidates.values()) if (message.hash === hash) votes.set(signer, signature);
    },
    ballot: (ballot) => {
      const { hash, signer, support, signature } = ballot;
      slow.get(hash)?.ballots.set(signer, { support, signature });
      readers.tellBallot(ballot);
    },
  };
};
