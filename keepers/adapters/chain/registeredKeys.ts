import { type Interface, id, zeroPadValue, toBeHex } from "ethers";
import { AgentRegistry__factory, MessageKeyRenewal__factory } from "../../../types/index.ts";
import type { ProfileKeys } from "../../core/envelope/members.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { RegisteredKeys } from "../../core/keyAge.ts";
import { AGENT_STATUSES } from "../../core/signerRecord.ts";
import { type Address, type UnixSeconds, address, unixSeconds } from "../../core/units.ts";
import { keccak } from "./keys.ts";
import { type RawLog, nodeLogReader } from "./logs.ts";
import type { ChainNode } from "./node.ts";
import { isRecord, quantityOf } from "./rpc.ts";

const abi: Interface = AgentRegistry__factory.createInterface();
const renewalAbi: Interface = MessageKeyRenewal__factory.createInterface();

type Node = Pick<ChainNode, "request">;

const topicOf = (name: string): string => {
  const event = abi.getEvent(name);
  if (event === null) throw new Error(`the registry has no event ${name}`);
  return id(event.format("sighash"));
};

const TOPICS = ["AgentJoined", "ProfileChanged", "SignerChanged"].map(topicOf);

/** A node may show a block before it shows the block's logs. */
const OVERLAP = 25n;

const NO_HASH: Hex = `0x${"0".repeat(64)}`;

export type RegisteredKeysOptions = {
  readonly registry: Address;
  /** The block in which the registry was deployed. */
  readonly fromBlock: bigint;
  readonly agentId: bigint;
  readonly onTrouble: (what: string) => void;
};

type Profile = NonNullable<RegisteredKeys["profile"]>;
/** What the events tell, each with the block of the newest one. */
type History = {
  readonly profile: { readonly profile: Profile; readonly block: bigint } | undefined;
  readonly signer: { readonly signer: Address; readonly block: bigint } | undefined;
};

const profileIn = ([uriDigest, messageKey, boxKey]: readonly unknown[]): Profile => ({
  uriDigest: hex(String(uriDigest)),
  messageKey: hex(String(messageKey)),
  boxKey: hex(String(boxKey)),
});

const withLog = (history: History, { topics, data, block }: RawLog): History => {
  const parsed = abi.parseLog({ topics: [...topics], data });
  if (parsed === null) return history;
  const args = parsed.args as unknown as Readonly<Record<string, unknown>>;
  const signer = (): History["signer"] => ({ signer: address(String(args["signer"])), block });
  if (parsed.name === "SignerChanged") return { ...history, signer: signer() };
  const words =
    parsed.name === "AgentJoined" ? args["profile"] : [args["uriDigest"], args["messageKey"], args["boxKey"]];
  const profile = { profile: profileIn(Array.from(words as Iterable<unknown>)), block };
  return parsed.name === "AgentJoined" ? { profile, signer: signer() } : { ...history, profile };
};

/** The registry's hash of a profile. */
export const profileHash = ({ uriDigest, messageKey, boxKey }: ProfileKeys & { readonly uriDigest: Hex }): Hex =>
  keccak(hex(`${uriDigest}${messageKey.slice(2)}${boxKey.slice(2)}`));

const callView = async (node: Node, to: Address, data: string): Promise<string> => {
  const answer = await node.request("eth_call", [{ to, data }, "latest"]);
  if (typeof answer !== "string" || answer === "0x") throw new RetryableError("the registry did not answer");
  return answer;
};

const timeOf = async (node: Node, block: bigint): Promise<UnixSeconds> => {
  const found = await node.request("eth_getBlockByNumber", [toBeHex(block).replace(/^0x0+(?=.)/, "0x"), false]);
  if (!isRecord(found)) throw new RetryableError(`the node has no block ${block}`);
  return unixSeconds(quantityOf(found["timestamp"], "time of a block"));
};

const readAgent = async (node: Node, { registry, agentId }: RegisteredKeysOptions) => {
  const answer = await callView(node, registry, abi.encodeFunctionData("agentOf", [agentId]));
  const [agent]: readonly unknown[] = abi.decodeFunctionResult("agentOf", answer);
  const { signer, status, profile, previousProfileEnd } = agent as Readonly<Record<string, unknown>>;
  return {
    signer: address(String(signer)),
    status: AGENT_STATUSES[Number(status)] ?? ("None" as const),
    profile: hex(String(profile)),
    previousEnd: unixSeconds(BigInt(String(previousProfileEnd))),
  };
};

/**
 * Makes the reader of one agent's keys: what the registry has now, and since when, by its events. Events are read from the
 * registry's beginning once, and again when it has something else.
 */
export const createRegisteredKeysReader = (node: Node, options: RegisteredKeysOptions) => {
  const { registry, fromBlock, agentId, onTrouble } = options;
  const ofAgent = zeroPadValue(toBeHex(agentId), 32);
  const logs = nodeLogReader(node, { address: registry, topics: [TOPICS, ofAgent] }, onTrouble);
  const times = new Map<bigint, UnixSeconds>();
  let from = fromBlock;
  let history: History = { profile: undefined, signer: undefined };
  const follow = async (): Promise<void> => {
    const to = quantityOf(await node.request("eth_blockNumber", []), "block number");
    for await (const { logs: found, span } of logs.forward({ from, to })) {
      history = found.reduce(withLog, history);
      from = span.to - OVERLAP > from ? span.to - OVERLAP : from;
    }
  };
  const timeAt = async (block: bigint): Promise<UnixSeconds> => {
    const time = times.get(block) ?? (await timeOf(node, block));
    times.set(block, time);
    return time;
  };
  /** @throws RetryableError while the node does not show the events of what it says the registry has */
  return async (): Promise<RegisteredKeys> => {
    const { profile: hash, ...agent } = await readAgent(node, options);
    const hasAll = (): boolean =>
      history.signer?.signer === agent.signer &&
      (hash === NO_HASH || (history.profile !== undefined && profileHash(history.profile.profile) === hash));
    if (!hasAll()) await follow();
    const { profile, signer } = history;
    if (!hasAll() || signer === undefined || profile === undefined)
      throw new RetryableError("the node does not show the events of the agent's keys");
    const [signerSince, profileSince] = [await timeAt(signer.block), await timeAt(profile.block)];
    return { ...agent, signerSince, profileSince, profile: hash === NO_HASH ? undefined : profile.profile };
  };
};

/** Whether an agent's owner lets a contract act for it. @throws RetryableError without an answer */
export const readMayAct = async (
  node: Node,
  { registry, agentId }: Pick<RegisteredKeysOptions, "registry" | "agentId">,
  contract: Address,
): Promise<boolean> => {
  const data = abi.encodeFunctionData("isAuthorizedOrOwner", [contract, agentId]);
  const [may]: readonly unknown[] = abi.decodeFunctionResult(
    "isAuthorizedOrOwner",
    await callView(node, registry, data),
  );
  return may === true;
};

/** The call that renews an agent's keys. */
export const renewCall = (agentId: bigint, current: Profile, { messageKey, boxKey }: ProfileKeys): Hex =>
  hex(renewalAbi.encodeFunctionData("renew", [agentId, { ...current }, messageKey, boxKey]));

/** The question whether keys are an agent's current ones, and the answer that says so. */
export const renewedCheck = (agentId: bigint, current: Profile, { messageKey, boxKey }: ProfileKeys) => ({
  data: hex(abi.encodeFunctionData("profileValidUntil", [agentId, { ...current, messageKey, boxKey }])),
  answer: hex(`0x${"f".repeat(64)}`),
});
