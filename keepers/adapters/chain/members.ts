import { type Interface, id } from "ethers";
import { AgentRegistry__factory } from "../../../types/index.ts";
import { type Directory, type Member, type MemberEvent, withEvent } from "../../core/envelope/members.ts";
import { hex } from "../../core/hex.ts";
import { AGENT_STATUSES } from "../../core/signerRecord.ts";
import { type Address, type UnixSeconds, unixSeconds } from "../../core/units.ts";
import { type RawLog, nodeLogReader } from "./logs.ts";
import type { ChainNode } from "./node.ts";
import { quantityOf } from "./rpc.ts";

const abi: Interface = AgentRegistry__factory.createInterface();

const TOPICS = ["AgentJoined", "ProfileChanged", "StatusChanged"].map((name) => {
  const event = abi.getEvent(name);
  if (event === null) throw new Error(`the registry has no event ${name}`);
  return id(event.format("sighash"));
});

/** The last blocks are read again each time: a node may show a block before it shows the block's logs. */
const OVERLAP = 25n;

export type MembersOptions = {
  readonly registry: Address;
  /** The block in which the registry was deployed. */
  readonly fromBlock: bigint;
  readonly onTrouble: (what: string) => void;
};

type Placed = { readonly block: bigint; readonly index: bigint; readonly event: MemberEvent };

const profileIn = (messageKey: unknown, boxKey: unknown) => ({
  messageKey: hex(String(messageKey)),
  boxKey: hex(String(boxKey)),
});

const eventOf = (log: RawLog): MemberEvent | undefined => {
  const parsed = abi.parseLog({ topics: [...log.topics], data: log.data });
  const args = (parsed?.args ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const agentId = args["agentId"];
  if (parsed === null || typeof agentId !== "bigint") return undefined;
  if (parsed.name === "AgentJoined") {
    const [, messageKey, boxKey]: readonly unknown[] = Array.from(args["profile"] as Iterable<unknown>);
    return { kind: "joined", agentId, profile: profileIn(messageKey, boxKey) };
  }
  if (parsed.name === "StatusChanged") {
    return { kind: "status", agentId, status: AGENT_STATUSES[Number(args["status"])] ?? "None" };
  }
  const previousEnd = unixSeconds(BigInt(String(args["previousProfileEnd"])));
  return { kind: "profile", agentId, profile: profileIn(args["messageKey"], args["boxKey"]), previousEnd };
};

/** Folds the registry's events, whichever order and how often they come in. */
const createFold = () => {
  const events = new Map<bigint, Map<string, Placed>>();
  const members = new Map<bigint, Member>();
  const order = (a: Placed, b: Placed): number => Number(a.block - b.block) || Number(a.index - b.index);
  return {
    members,
    take: (log: RawLog): void => {
      const event = eventOf(log);
      if (event === undefined) return;
      const known = events.get(event.agentId) ?? new Map<string, Placed>();
      events.set(event.agentId, known);
      if (known.has(log.place)) return;
      known.set(log.place, { block: log.block, index: BigInt(log.place.split(" ")[1] ?? "0"), event });
      const sorted = [...known.values()].sort(order);
      const member = sorted.reduce<Member | undefined>((before, placed) => withEvent(before, placed.event), undefined);
      if (member !== undefined) members.set(event.agentId, member);
    },
  };
};

/**
 * Follows who may talk: all members from the registry's events so far, then what changed, asked for at each new head. A key
 * that is revoked in a block counts no more once that block's logs are answered.
 * @throws RetryableError when the node does not answer
 */
export const watchMembers = async (node: ChainNode, options: MembersOptions): Promise<Directory> => {
  const { registry, fromBlock, onTrouble } = options;
  const logs = nodeLogReader(node, { address: registry, topics: [TOPICS] }, onTrouble);
  const fold = createFold();
  let [next, isReading] = [fromBlock, false];
  let time: UnixSeconds = node.head()?.time ?? unixSeconds(0n);
  const follow = async (to: bigint): Promise<void> => {
    const from = next - OVERLAP;
    for await (const { logs: found } of logs.forward({ from: from > fromBlock ? from : fromBlock, to })) {
      found.forEach(fold.take);
    }
    next = to + 1n;
  };
  await follow(quantityOf(await node.request("eth_blockNumber", []), "block number"));
  let wanted = 0n;
  const catchUp = async (): Promise<void> => {
    isReading = true;
    try {
      // A head may come while another is asked about.
      for (;;) {
        if (wanted < next) return;
        await follow(wanted);
      }
    } finally {
      isReading = false;
    }
  };
  node.onHead((head) => {
    time = head.time;
    wanted = head.block;
    if (isReading) return;
    catchUp().catch((error: unknown) => onTrouble(`the members could not be read: ${String(error)}`));
  });
  return {
    member: (agentId) => fold.members.get(agentId),
    members: () => [...fold.members.values()].filter(({ status }) => status === "Active"),
    chainTime: () => time,
  };
};
