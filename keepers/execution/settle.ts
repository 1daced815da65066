import { FatalError } from "../core/errors.ts";
import type { ChainView } from "../core/chainView.ts";
import type { Outcome } from "../core/bus.ts";
import type { BlockNumber } from "../core/units.ts";
import { finish } from "./collect.ts";
import { type Intent, stepOf, unresolved } from "./intent.ts";
import type { ExecutionMemory, ExecutionPorts, SendPolicy } from "./ports.ts";

/** Sends bytes that are in the journal. Whether they arrived is for the chain to say: a lost answer changes nothing. [NX-KEE-05] */
export const broadcast = async (
  ports: ExecutionPorts,
  memory: ExecutionMemory,
  policy: SendPolicy,
  block: BlockNumber,
): Promise<void> => {
  const { inFlight } = memory;
  if (inFlight === undefined || policy.dryRun) return;
  const { intent } = inFlight;
  const answer = await ports.send(intent.raw);
  if (answer.kind === "refused") {
    ports.emit({ kind: "trouble", agent: policy.name, what: `the node refused ${intent.transaction}: ${answer.why}` });
    return;
  }
  memory.inFlight = { ...inFlight, sentAt: block };
  ports.emit({ kind: "sent", agent: policy.name, hash: intent.hash, transaction: intent.transaction, block });
};

const resolve = async (
  ports: ExecutionPorts,
  memory: ExecutionMemory,
  policy: SendPolicy,
  ended: { readonly intent: Intent; readonly outcome: Outcome; readonly block: BlockNumber },
): Promise<void> => {
  const { intent, outcome, block } = ended;
  const message = {
    hash: intent.hash,
    outcome,
    block,
    latencyMs: ports.nowMs() - intent.proposedAtMs,
    latencyBlocks: Number(block - intent.proposedBlock),
  };
  // Told before it is written down: after a crash in between it is told twice, which is better than never.
  ports.publishOutcome(message);
  ports.emit({ kind: "outcome", agent: policy.name, message });
  await ports.append({ kind: "resolved", transaction: intent.transaction, how: outcome.kind });
  finish(memory, intent.hash);
  memory.lastExpired = outcome.kind === "expired" ? intent : undefined;
  memory.inFlight = undefined;
};

/** Looks after the intent in flight at one block, and after those of earlier lives when it is resolved. */
export const settle = async (
  ports: ExecutionPorts,
  memory: ExecutionMemory,
  policy: SendPolicy,
  view: ChainView,
): Promise<void> => {
  if (memory.settledAt === view.block) return;
  for (;;) {
    const intent = memory.inFlight?.intent ?? memory.backlog[0];
    if (intent === undefined) break;
    memory.inFlight ??= { intent, sentAt: undefined, usedSince: undefined };
    if (memory.backlog[0] === intent) memory.backlog.shift();
    if (memory.accountNonce > intent.accountNonce && memory.inFlight.usedSince === undefined) {
      memory.inFlight = { ...memory.inFlight, usedSince: view.block };
    }
    const mined = await ports.readReceipt(intent.transaction);
    const { accountNonce, inFlight } = memory;
    const step = stepOf(intent, { block: view.block, time: view.time, mined, accountNonce, ...inFlight });
    if (step.kind === "broadcast") await broadcast(ports, memory, policy, view.block);
    if (step.kind !== "resolved") break;
    await resolve(ports, memory, policy, { intent, ...step });
  }
  memory.settledAt = view.block;
};

/**
 * Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02]
 * @throws FatalError when the journal belongs to another sender
 */
export const recover = async (ports: ExecutionPorts, memory: ExecutionMemory, policy: SendPolicy): Promise<void> => {
  for (const intent of unresolved(await ports.loadJournal())) {
    if (intent.account !== policy.sender) {
      throw new FatalError(
        `the journal has an open transaction of ${intent.account}; this engine sends as ${policy.sender}`,
      );
    }
    memory.backlog.push(intent);
  }
};
