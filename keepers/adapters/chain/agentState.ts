import type { Interface } from "ethers";
import { AgentRegistry__factory } from "../../../types/index.ts";
import { RetryableError } from "../../core/errors.ts";
import { AGENT_STATUSES } from "../../core/signerRecord.ts";
import type { AgentState } from "../../core/events.ts";
import { type Address, unixSeconds } from "../../core/units.ts";
import type { ChainNode } from "./node.ts";

const abi: Interface = AgentRegistry__factory.createInterface();

/** How often an agent's own seat is read: a pause or a rotation is told some ten seconds later. */
const EVERY_BLOCKS = 25n;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** How a vote signer stands in the registry; undefined where it has no seat. @throws RetryableError without an answer */
export const readAgentState = async (
  node: Pick<ChainNode, "request">,
  registry: Address,
  signer: Address,
): Promise<AgentState | undefined> => {
  const data = abi.encodeFunctionData("signerRecordOf", [signer]);
  const answer = await node.request("eth_call", [{ to: registry, data }, "latest"]);
  if (typeof answer !== "string" || answer === "0x") throw new RetryableError("the registry did not answer");
  const [signerRecord]: readonly unknown[] = abi.decodeFunctionResult("signerRecordOf", answer);
  const [agentId, , weight, status, validUntil] = listOf(signerRecord);
  if (typeof agentId !== "bigint" || typeof weight !== "bigint" || agentId === 0n) return undefined;
  return {
    agentId,
    weight,
    status: AGENT_STATUSES[Number(status)] ?? "None",
    validUntil: unixSeconds(typeof validUntil === "bigint" ? validUntil : 0n),
  };
};

/** Whom to watch, and whom to tell. */
export type AgentStateWatch = {
  readonly registry: Address;
  readonly signer: Address;
  readonly onChange: (now: AgentState, before: AgentState | undefined) => void;
  readonly onTrouble: (what: string) => void;
};

const isSame = (a: AgentState, b: AgentState | undefined): boolean =>
  a.agentId === b?.agentId && a.weight === b.weight && a.status === b.status && a.validUntil === b.validUntil;

/** Tells how an agent stands at first, and each time that this changes; an agent without a seat is silent. */
export const watchAgentState = (node: ChainNode, { registry, signer, onChange, onTrouble }: AgentStateWatch): void => {
  let before: AgentState | undefined;
  let readAt: bigint | undefined;
  const look = (): void => {
    readAgentState(node, registry, signer).then(
      (now) => {
        if (now === undefined || isSame(now, before)) return;
        onChange(now, before);
        before = now;
      },
      (error: unknown) => onTrouble(`its own signer record could not be read: ${String(error)}`),
    );
  };
  node.onHead(({ block }) => {
    if (readAt !== undefined && block < readAt + EVERY_BLOCKS) return;
    readAt = block;
    look();
  });
};
