import type { Directory, Member } from "../../../keepers/core/envelope/members.ts";
import { nativePrimitives } from "../../../keepers/adapters/bus/nacl.ts";
import type { ResultMessage, VoteMessage } from "../../../keepers/core/bus.ts";
import type { Identity } from "../../../keepers/core/envelope/write.ts";
import { word } from "../../../keepers/core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../../keepers/core/units.ts";

/** How messages of the bench travel: as raw entries, signed, or signed and sealed for one recipient. */
export type Mode = "raw" | "signed" | "sealed";

/** Bodies have about so many bytes. */
export const BODY_BYTES = 500;

export const REALM = { chainId: 1329n, registry: address(`0x${"9".repeat(40)}`) };

/** The bench's two agents: 1 sends, 2 reads. */
export const identityOf = (n: number): Identity => ({
  agentId: BigInt(n),
  signer: nativePrimitives.signer(new Uint8Array(32).fill(n)),
  boxKeys: nativePrimitives.boxKeys(new Uint8Array(32).fill(n + 100)),
});

const memberOf = ({ agentId, signer, boxKeys }: Identity): Member => ({
  agentId,
  status: "Active",
  keys: [{ messageKey: signer.messageKey, boxKey: boxKeys.boxKey, validUntil: undefined }],
});

const MEMBERS = [1, 2].map((n) => memberOf(identityOf(n)));
export const DIRECTORY: Directory = {
  member: (agentId) => MEMBERS.find((member) => member.agentId === agentId),
  members: () => MEMBERS,
  chainTime: () => unixSeconds(1n),
};

/** Microseconds since the Unix epoch: the clock that both processes share. */
export const microseconds = (): number => Math.round((performance.timeOrigin + performance.now()) * 1_000);

/** A signed message of the bench, whose hash is when it was sent. */
export const resultAt = (us: number): ResultMessage => ({
  hash: word(BigInt(us)),
  result: { kind: "reverted", error: "x".repeat(BODY_BYTES - 179), gasPaid: 1n },
  block: blockNumber(1n),
  latencyMs: 1,
  latencyBlocks: 1,
});

/** A sealed one. */
export const voteAt = (us: number): VoteMessage => ({
  hash: word(BigInt(us)),
  signer: address(`0x${"1".repeat(40)}`),
  signature: `0x${"ab".repeat((BODY_BYTES - 160) / 2)}`,
});
