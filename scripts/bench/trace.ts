/** How the bench asks the node: the sandbox's own connection. */
export type Control = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** What one transaction cost: gas as a local EVM charges it, and how many storage slots it created. */
export type Cost = { readonly gas: bigint; readonly newSlots: number };

/** What Sei charges for a new slot above what Ethereum does: 72,000 instead of 20,000. */
export const SEI_SLOT_SURCHARGE = 52_000n;

/** EIP-2200's SSTORE_SET: what going from zero to non-zero costs, with EIP-2929's 2,100 on top where the slot is cold. */
const SSTORE_SET = 20_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Whether an entry of the opcode trace is an SSTORE that is charged as the creation of a slot. */
const createsSlot = (step: unknown): boolean =>
  isRecord(step) && step["op"] === "SSTORE" && typeof step["gasCost"] === "number" && step["gasCost"] >= SSTORE_SET;

/**
 * The slots that a transaction created, from its opcode trace: each SSTORE that is charged as going from zero to
 * non-zero, whether it is cleared later in the transaction or not.
 * @throws Error when the node's trace has no steps
 */
export const countNewSlots = async (control: Control, hash: string): Promise<number> => {
  const options = { disableStorage: true, disableMemory: true, disableStack: true };
  const trace = await control("debug_traceTransaction", [hash, options]);
  const steps = isRecord(trace) ? trace["structLogs"] : undefined;
  if (!Array.isArray(steps) || steps.length === 0) throw new Error(`the node traced no step of ${hash}`);
  return steps.filter(createsSlot).length;
};

/**
 * What the first call to `target` in a transaction used in its own frame, without what its caller pays to reach it.
 * @throws Error when the node's trace has no such call
 */
export const frameGas = async (control: Control, hash: string, target: string): Promise<bigint> => {
  const trace = await control("debug_traceTransaction", [hash, { tracer: "callTracer" }]);
  const calls = isRecord(trace) && Array.isArray(trace["calls"]) ? trace["calls"] : [];
  const call: unknown = calls.find(
    (entry) => isRecord(entry) && String(entry["to"]).toLowerCase() === target.toLowerCase(),
  );
  if (!isRecord(call) || typeof call["gasUsed"] !== "string") throw new Error(`no call to ${target} in ${hash}`);
  return BigInt(call["gasUsed"]);
};

/** Gas as Sei charges it. */
export const seiGasOf = ({ gas, newSlots }: Cost): bigint => gas + BigInt(newSlots) * SEI_SLOT_SURCHARGE;

export const sumOf = (costs: readonly Cost[]): Cost => ({
  gas: costs.reduce((sum, { gas }) => sum + gas, 0n),
  newSlots: costs.reduce((sum, { newSlots }) => sum + newSlots, 0),
});
