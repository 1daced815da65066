import { parseBody } from "../../keepers/adapters/bus/bodies.ts";
import { nativePrimitives } from "../../keepers/adapters/bus/nacl.ts";
import type { BusMessages, Topic, VoteMessage } from "../../keepers/core/bus.ts";
import type { Member } from "../../keepers/core/envelope/members.ts";
import type { Primitives } from "../../keepers/core/envelope/primitives.ts";
import type { Found, ReaderWorld } from "../../keepers/core/envelope/read.ts";
import type { Identity, Letter, Realm } from "../../keepers/core/envelope/write.ts";
import { word } from "../../keepers/core/hex.ts";
import { blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import { account, messageOf } from "./keeperBuilders.ts";
import { ballotOf, slowMessage } from "./slowBuilders.ts";

export const REALM: Realm = { chainId: 1329n, registry: account(0x9001) };
export const NOW_MS = 1_800_000_000_000;
export const CHAIN_TIME = unixSeconds(1_800_000_000n);

/** Bytes that are all the same: recognisable, and no secret. */
export const bytesOfOne = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);

const made = new Map<number, Identity>();

/** An agent whose keys follow from its number. */
export const identityOf = (n: number, primitives: Primitives = nativePrimitives): Identity => {
  const known = primitives === nativePrimitives ? made.get(n) : undefined;
  const identity = known ?? {
    agentId: BigInt(n),
    signer: primitives.signer(bytesOfOne(n)),
    boxKeys: primitives.boxKeys(bytesOfOne(n + 100)),
  };
  if (primitives === nativePrimitives) made.set(n, identity);
  return identity;
};

export const memberOf = ({ agentId, signer, boxKeys }: Identity): Member => ({
  agentId,
  status: "Active",
  keys: [{ messageKey: signer.messageKey, boxKey: boxKeys.boxKey, validUntil: undefined }],
});

/** A vote for the proposal with this number; its body has some 190 bytes. */
export const voteOf = (n: number): VoteMessage => ({
  hash: word(BigInt(n)),
  signer: account(n),
  signature: `0x${"ab".repeat(64)}`,
});

/** One message of each topic, as agents send them. */
export const MESSAGES: { readonly [T in Topic]: BusMessages[T] } = {
  proposals: messageOf(),
  votes: voteOf(1),
  refusals: { hash: word(1n), signer: account(2), reason: "too-old", detail: "ein Block zu spät" },
  results: {
    hash: word(1n),
    result: {
      kind: "enacted",
      changes: [{ token: account(5), change: -7n }],
      loss: 0n,
      gasUsed: 400_000n,
      gasPaid: 10n ** 16n,
    },
    block: blockNumber(12n),
    latencyMs: 401.5,
    latencyBlocks: 1,
  },
  slowProposals: slowMessage(),
  ballots: ballotOf(slowMessage(), 3),
};

/** A letter of the vote of one agent, changed as told. */
export const letterOf = (body: Uint8Array, changes: Partial<Letter> = {}): Letter => ({
  topic: "votes",
  body,
  sequence: 1n,
  sentAtMs: NOW_MS,
  recipients: undefined,
  ...changes,
});

/** The world of a reader to whom these agents are known, and who has the keys of `ours`. */
export const worldOf = (known: readonly Identity[], ours: Identity, primitives = nativePrimitives): ReaderWorld => ({
  primitives,
  parseBody,
  ...REALM,
  boxKeys: () => [ours.boxKeys],
  member: (agentId) => known.filter((one) => one.agentId === agentId).map(memberOf)[0],
});

/** An envelope found in the votes of agent 1, changed as told. */
export const foundIn = (changes: Partial<Found> = {}): Found => ({
  topic: "votes",
  owner: 1n,
  last: 0n,
  nowMs: NOW_MS,
  chainTime: CHAIN_TIME,
  spend: () => true,
  ...changes,
});
