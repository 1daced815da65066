import { type ClassPolicy, type SlowClass, type Support, type TallyView, FOR } from "../../core/ballot.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { EmitEvent } from "../../core/events.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { Call } from "../../core/proposal.ts";
import { type BlockNumber, blockNumber } from "../../core/units.ts";
import { advance } from "../../sending/advance.ts";
import { noteOf } from "../../sending/flight.ts";
import type { ChainTime, OperationResult } from "../../sending/operation.ts";
import type { Pipeline } from "../../sending/pipeline.ts";
import {
  type Obstacle,
  type SendPolicy,
  type SenderPorts,
  createSender,
  inFlight,
  sendNow,
} from "../../sending/send.ts";
import { type OwnBallot, type OwnVotePolicy, type OwnVoteStep, decideOwnVote } from "./ownVote.ts";

/** Asks for the tally of a proposal at a block, and for what its class demands. One that was executed has none. */
export type ReadOpenTally = (
  hash: Hex,
  riskClass: SlowClass,
  block: BlockNumber,
) => Promise<{ readonly tally: TallyView; readonly policy: ClassPolicy }>;

/** What casting a vote on the chain needs of the world. */
export type OwnVotePorts = {
  readonly sending: SenderPorts;
  readonly readTally: ReadOpenTally;
  readonly castVote: (hash: Hex, support: Support) => Call;
  readonly hash: (text: string) => Hex;
  readonly emit: EmitEvent;
};

export type OwnVoteConfig = SendPolicy & OwnVotePolicy;

/** A ballot of ours that the chain has not counted, as far as we know. */
type Kept = {
  readonly ballot: OwnBallot;
  isThere: boolean;
  missingSince: BlockNumber | undefined;
  /** Before this block it is not tried again: the last try came to nothing. */
  retryAt: BlockNumber | undefined;
  lastReported: string;
  /** How often a vote of ours was mined and reverted. */
  reverts: number;
};

/** Ballots of one voter that the chain may still have to count, and what it casts them by. */
export type OwnBallots = {
  readonly ports: OwnVotePorts;
  readonly config: OwnVoteConfig;
  readonly pipeline: Pipeline;
  /** By digest; oldest first. Losing it loses nothing: what is on the chain is found and judged again. */
  readonly kept: Map<Hex, Kept>;
  lookAt: bigint;
  /** How often it was looked: where there are too many ballots for one look, the next one goes on. */
  looks: number;
};

/** Messages that fill this cost whoever sends them more than six minutes of a voter's answers, one at each head. */
const MAX_KEPT = 1_024;
/** So many tallies are read at one look. */
const MAX_LOOKS = 64;
/** So many of them at least are for proposals that are not on the chain yet, where there are any. */
const MIN_NEW_LOOKS = 16;
/** A vote that was simulated well and reverted so often is cast no more: somebody makes us pay for nothing. */
const MAX_REVERTS = 3;
/** How many blocks lie between two looks. */
const LOOK_EVERY = 5n;
/** How long a vote that could not be cast is left alone, in blocks. */
const RETRY_AFTER = 25n;

const onResult = (
  { ports, config, kept }: Omit<OwnBallots, "pipeline" | "lookAt" | "looks">,
  hash: Hex,
  result: OperationResult,
) => {
  if (result.kind !== "mined" && result.kind !== "reverted") return;
  ports.emit({ kind: "slowPaid", agent: config.name, hash, gasPaid: result.gasPaid });
  if (result.kind === "mined") return;
  const found = kept.get(hash);
  if (found !== undefined) {
    found.retryAt = blockNumber(result.block + RETRY_AFTER);
    found.reverts += 1;
  }
  ports.emit({ kind: "trouble", agent: config.name, what: `its vote on ${hash} was sent and reverted: ${result.why}` });
};

/** A voter's own ballots, none yet. */
export const createOwnBallots = (ports: OwnVotePorts, config: OwnVoteConfig): OwnBallots => {
  const kept: OwnBallots["kept"] = new Map();
  const { name: agent } = config;
  const pipeline = createSender(ports.sending, config, {
    // A vote's note is the digest of its proposal.
    onResult: (_, result, note) => onResult({ ports, config, kept }, hex(note), result),
    onSent: ({ transaction, ...tx }, block) =>
      ports.emit({ kind: "sent", agent, hash: noteOf(tx), transaction, block }),
    onTrouble: (what) => ports.emit({ kind: "trouble", agent, what }),
  });
  return { ports, config, pipeline, kept, lookAt: 0n, looks: 0 };
};

/** The ballot that gives way: the oldest whose proposal is not on the chain, where a message that is free put it; else the oldest. */
const leastOf = (kept: OwnBallots["kept"]): Hex | undefined => {
  const [oldest] = kept.keys();
  for (const [hash, { isThere }] of kept) if (!isThere) return hash;
  return oldest;
};

/** Remembers what was said about a proposal, until the chain has counted it or never will. The first word stays. */
export const keepBallot = ({ kept }: OwnBallots, ballot: OwnBallot): void => {
  if (kept.has(ballot.hash)) return;
  const given = kept.size < MAX_KEPT ? undefined : leastOf(kept);
  if (given !== undefined) kept.delete(given);
  kept.set(ballot.hash, {
    ballot,
    isThere: false,
    missingSince: undefined,
    retryAt: undefined,
    lastReported: "",
    reverts: 0,
  });
};

/** Says why a vote cannot be cast, once for each reason; that somebody else has brought it is no news. */
const tellOnce = ({ ports, config }: OwnBallots, one: Kept, { reason, detail }: Obstacle): void => {
  if (reason === "AlreadyVoted" || one.lastReported === reason) return;
  one.lastReported = reason;
  const what = `its vote on ${one.ballot.hash} cannot be cast: ${reason} (${detail})`;
  ports.emit({ kind: "trouble", agent: config.name, what });
};

/** Casts one vote by a transaction of our own. The contract takes none after the second until which votes count. */
const cast = async (
  own: OwnBallots,
  one: Kept,
  { until, now }: { readonly until: Extract<OwnVoteStep, { readonly kind: "cast" }>["until"]; readonly now: ChainTime },
): Promise<void> => {
  const { ports, config, pipeline } = own;
  const { hash, support } = one.ballot;
  const operation = {
    id: ports.hash(`castVote ${hash} ${support} ${config.sender}`),
    call: ports.castVote(hash, support),
    value: 0n,
    priority: 0,
    urgency: "normal",
    deadline: until,
    endsOnChain: true,
    guards: [],
    note: hash,
  } as const;
  const answer = await sendNow(pipeline, operation, { now });
  // Another vote of ours is under way.
  if (answer.kind === "busy") own.lookAt = now.block + 1n;
  if (answer.kind === "sent") {
    const what = `nobody brings its vote ${support === FOR ? "for" : "against"} ${hash} to the chain: it casts it there itself`;
    ports.emit({ kind: "trouble", agent: config.name, what });
  }
  if (answer.kind === "busy" || answer.kind === "sent") return;
  one.retryAt = blockNumber(now.block + RETRY_AFTER);
  if (answer.kind === "refused") tellOnce(own, one, answer.obstacle);
};

/** Looks at one ballot, and casts it if nobody else does. */
const lookAfterOne = async (
  own: OwnBallots,
  one: Kept,
  { view, now }: { readonly view: ChainSnapshot; readonly now: ChainTime },
): Promise<void> => {
  const { ports, config, kept } = own;
  const { hash, riskClass } = one.ballot;
  const { tally, policy } = await ports.readTally(hash, riskClass, view.block);
  const signerRecord = view.signerRecords.find(({ signer }) => signer === config.sender);
  const { isThere: wasThere, missingSince } = one;
  const step = decideOwnVote(one.ballot, { view, tally, policy, signerRecord, wasThere, missingSince }, config);
  one.isThere ||= tally.state !== "None";
  if (step.kind === "done") kept.delete(hash);
  if (step.kind === "wait") one.missingSince = undefined;
  if (step.kind === "missing") one.missingSince ??= view.block;
  const isResting = one.retryAt !== undefined && now.block < one.retryAt;
  if (step.kind === "cast" && !isResting && one.reverts < MAX_REVERTS) await cast(own, one, { until: step.until, now });
};

/** Whether there is anything to do at a block: what is in flight, or a look that is due. */
const isDue = ({ kept, pipeline, lookAt }: OwnBallots, block: BlockNumber): boolean =>
  inFlight(pipeline).length > 0 || (kept.size > 0 && block >= lookAt);

/** So many of a list, going on from the last turn, so that each comes in its turn. */
const turnOf = (all: readonly Kept[], turn: number, count: number): readonly Kept[] => {
  const from = all.length <= count ? 0 : (turn * count) % all.length;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, count);
};

/** The ballots that are looked at next: those on the chain first, and some that are not there yet. */
const nextLooks = (own: OwnBallots): readonly Kept[] => {
  const all = [...own.kept.values()];
  const [there, others] = [all.filter(({ isThere }) => isThere), all.filter(({ isThere }) => !isThere)];
  const turn = own.looks;
  own.looks += 1;
  const first = turnOf(there, turn, Math.max(MAX_LOOKS - MIN_NEW_LOOKS, MAX_LOOKS - others.length));
  return [...first, ...turnOf(others, turn, MAX_LOOKS - first.length)];
};

/** A head as it came, and what the chain shows at its block. Fee in wei per gas. */
export type Look = {
  readonly head: { readonly block: BlockNumber; readonly baseFee: bigint };
  readonly view: ChainSnapshot;
};

/**
 * Looks after what is in flight, and every few blocks whether the chain has counted what we voted. One ballot that cannot be
 * looked at keeps no other from it. @throws RetryableError when the chain could not be asked
 */
export const lookAfterOwn = async (own: OwnBallots, { head, view }: Look): Promise<void> => {
  if (!isDue(own, head.block)) return;
  const now: ChainTime = { ...head, time: view.time };
  await advance(own.pipeline, now);
  if (head.block < own.lookAt) return;
  own.lookAt = head.block + LOOK_EVERY;
  const looks = await Promise.allSettled(nextLooks(own).map((one) => lookAfterOne(own, one, { view, now })));
  const failed = looks.find((look) => look.status === "rejected");
  if (failed !== undefined) throw failed.reason;
};
