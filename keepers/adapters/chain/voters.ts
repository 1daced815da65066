import type { Interface } from "ethers";
import { RetryableError } from "../../core/errors.ts";
import { ZERO_ADDRESS } from "../../core/proposal.ts";
import { type Address, address } from "../../core/units.ts";
import { AgentRegistry__factory } from "../../../types/index.ts";
import type { ChainNode } from "./node.ts";

const abi: Interface = AgentRegistry__factory.createInterface();

/** One transaction carries at most so many votes; more agents than that cannot matter at once. */
const MAX_AGENTS = 512;

const ask = async (node: ChainNode, registry: Address, [name, ...args]: readonly [string, ...unknown[]]) => {
  const data = abi.encodeFunctionData(name, args);
  const answer = await node.request("eth_call", [{ to: registry, data }, "latest"]);
  if (typeof answer !== "string" || answer === "0x") throw new RetryableError("the registry did not answer");
  return abi.decodeFunctionResult(name, answer);
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const text = (value: unknown): string => (typeof value === "string" ? value : ZERO_ADDRESS);

/** The current and the previous vote signer of every agent: all whose seats can count. */
export const readVoters = async (node: ChainNode, registry: Address): Promise<readonly Address[]> => {
  const [count]: readonly unknown[] = await ask(node, registry, ["agentCount"]);
  const ids = Array.from({ length: Math.min(Number(count), MAX_AGENTS) }, (_, index) => index + 1);
  const agents = await Promise.all(ids.map((id) => ask(node, registry, ["agentOf", id])));
  const signers = agents.flatMap(([agent]: readonly unknown[]) => {
    const [signer, , previous] = listOf(agent);
    return [address(text(signer)), address(text(previous))];
  });
  return [...new Set(signers)].filter((signer) => signer !== ZERO_ADDRESS);
};

/** The agent of a vote signer; zero for none. */
export const readSignerRecord = async (node: ChainNode, registry: Address, signer: Address): Promise<bigint> => {
  const [signerRecord]: readonly unknown[] = await ask(node, registry, ["signerRecordOf", signer]);
  const [agentId] = listOf(signerRecord);
  return typeof agentId === "bigint" ? agentId : 0n;
};

/** How often the list is read again: agents come and rotate keys rarely, and a new one is heard a minute later. */
const REFRESH_BLOCKS = 150n;

/** Keeps the list of vote signers fresh. The list is the same object until it changes. */
export const watchVoters = async (
  node: ChainNode,
  registry: Address,
  onTrouble: (what: string) => void,
): Promise<() => readonly Address[]> => {
  let voters = await readVoters(node, registry);
  let readAt = node.head()?.block;
  node.onHead(({ block }) => {
    readAt ??= block;
    if (block < readAt + REFRESH_BLOCKS) return;
    readAt = block;
    readVoters(node, registry).then(
      (next) => {
        if (next.join() !== voters.join()) voters = next;
      },
      (error: unknown) => onTrouble(`the voters could not be read: ${String(error)}`),
    );
  });
  return () => voters;
};
