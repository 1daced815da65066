import type { ChainView } from "../core/chainView.ts";
import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import { type Hex, sizeOf } from "../core/hex.ts";
import { collect, finish } from "./collect.ts";
import { type Candidate, decide } from "./decide.ts";
import type { Intent } from "./intent.ts";
import type { ExecutionMemory, ExecutionPorts, HeadFacts, SendPolicy } from "./ports.ts";
import { broadcast, settle } from "./settle.ts";

const TRANSACTION_GAS = 21_000n;
const NONZERO_BYTE_GAS = 16n;
/** The most that the bytes of a call can cost before it runs (EIP-2028). */
const intrinsicGas = (data: Hex): bigint => TRANSACTION_GAS + BigInt(sizeOf(data)) * NONZERO_BYTE_GAS;

type Attempt = {
  readonly candidate: Candidate;
  readonly votes: Hex;
  readonly view: ChainView;
  readonly head: HeadFacts;
};

const giveUp = (
  ports: ExecutionPorts,
  memory: ExecutionMemory,
  policy: SendPolicy,
  refusal: { readonly hash: Hex; readonly reason: string; readonly detail: string },
): undefined => {
  finish(memory, refusal.hash);
  ports.emit({ kind: "refusal", agent: policy.name, message: { ...refusal, signer: policy.sender }, tookMs: 0 });
  return undefined;
};

/** Simulates, prices and signs; undefined when it must not be sent. */
const prepare = async (
  ports: ExecutionPorts,
  memory: ExecutionMemory,
  policy: SendPolicy,
  { candidate, votes, view, head }: Attempt,
): Promise<Intent | undefined> => {
  const { hash, proposal, grants } = candidate.message;
  const data = ports.encode(proposal, grants, votes);
  const simulation = await ports.simulate(data, view.block);
  if (simulation.kind === "reverted") {
    const { refusal, name, text } = simulation.error;
    return giveUp(ports, memory, policy, { hash, reason: refusal ?? name, detail: text });
  }
  const sameNonce = memory.lastExpired?.accountNonce === memory.accountNonce;
  const gasPrice = gasPriceFor(head.baseFee, policy, sameNonce ? memory.lastExpired?.gasPrice : undefined);
  if (gasPrice === undefined) {
    return giveUp(ports, memory, policy, { hash, reason: "gas-too-dear", detail: `base fee ${head.baseFee} wei` });
  }
  if (policy.dryRun)
    return giveUp(ports, memory, policy, { hash, reason: "dry-run", detail: "it would have been sent" });
  const gasLimit = percentMore(simulation.gasUsed + intrinsicGas(data), policy.gasMarginPercent);
  const signed = ports.sign({ data, nonce: memory.accountNonce, gasLimit, gasPrice });
  return {
    ...{ hash, agentId: proposal.agentId, proposalNonce: proposal.nonce, deadline: proposal.deadline },
    ...{ account: policy.sender, accountNonce: memory.accountNonce, gasPrice, block: view.block },
    ...signed,
    proposedBlock: candidate.message.block,
    proposedAtMs: candidate.message.seenAtMs,
  };
};

/** Reads the chain anew when there is a new head; undefined before the first. */
const look = async (ports: ExecutionPorts, memory: ExecutionMemory, head: HeadFacts): Promise<ChainView> => {
  if (memory.view !== undefined && memory.view.block >= head.block) return memory.view;
  const [view, accountNonce] = await Promise.all([ports.readView(head.block), ports.readAccountNonce(head.block)]);
  memory.view = view;
  memory.accountNonce = accountNonce;
  return view;
};

/**
 * One round of the execution engine: take in proposals and votes, look after what is in flight, and, if nothing is, send
 * the best proposal that the votes carry. The bytes are durable before they are sent. [NX-KEE-01] [NX-KEE-05]
 */
export const tick = async (ports: ExecutionPorts, memory: ExecutionMemory, policy: SendPolicy): Promise<void> => {
  collect(ports, memory);
  const head = ports.head();
  if (head === undefined) return;
  const view = await look(ports, memory, head);
  await settle(ports, memory, policy, view);
  if (memory.inFlight !== undefined) return;

  for (const decision of decide([...memory.candidates.values()], view, policy)) {
    const { candidate } = decision;
    if (decision.kind === "drop") finish(memory, candidate.message.hash);
    if (decision.kind !== "enact" || memory.inFlight !== undefined) continue;
    const intent = await prepare(ports, memory, policy, { candidate, votes: decision.votes, view, head });
    if (intent === undefined) continue;
    await ports.append({ kind: "signed", intent });
    memory.inFlight = { intent, sentAt: undefined, usedSince: undefined };
    memory.settledAt = view.block;
    await broadcast(ports, memory, policy, view.block);
  }
};
