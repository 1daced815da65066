/** How the bench asks the node: the sandbox's own connection. */
export type TraceControl = (method: string, params?: readonly unknown[]) => Promise<unknown>;

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
export const countNewSlots = async (control: TraceControl, hash: string): Promise<number> => {
  const options = { disableStorage: true, disableMemory: true, disableStack: true };
  const trace = await control("debug_traceTransaction", [hash, options]);
  const steps = isRecord(trace) ? trace["structLogs"] : undefined;
  if (!Array.isArray(steps) || steps.length === 0) throw new Error(`the node traced no step of ${hash}`);
  return steps.filter(createsSlot).length;
};

/** The gas of each call to `target`, at any depth, in the order of the calls. */
const framesIn = (frame: unknown, target: string): readonly bigint[] => {
  if (!isRecord(frame)) return [];
  const isOurs = String(frame["to"]).toLowerCase() === target.toLowerCase();
  if (isOurs && typeof frame["gasUsed"] === "string") return [BigInt(frame["gasUsed"])];
  return Array.isArray(frame["calls"]) ? frame["calls"].flatMap((call: unknown) => framesIn(call, target)) : [];
};

/**
 * What the calls to `target` in a transaction used in their own frames, without what their callers pay to reach them.
 * @throws Error when the node's trace has no such call
 */
export const framesGas = async (control: TraceControl, hash: string, target: string): Promise<readonly bigint[]> => {
  const frames = framesIn(await control("debug_traceTransaction", [hash, { tracer: "callTracer" }]), target);
  if (frames.length === 0) throw new Error(`no call to ${target} in ${hash}`);
  return frames;
};

/** Gas as Sei charges it. */
export const seiGasOf = ({ gas, newSlots }: Cost): bigint => gas + BigInt(newSlots) * SEI_SLOT_SURCHARGE;

/** What is left of a cost without a part of it. */
export const lessOf = (whole: Cost, part: Cost): Cost => ({
  gas: whole.gas - part.gas,
  newSlots: whole.newSlots - part.newSlots,
});

export const sumOf = (costs: readonly Cost[]): Cost => ({
  gas: costs.reduce((sum, { gas }) => sum + gas, 0n),
  newSlots: costs.reduce((sum, { newSlots }) => sum + newSlots, 0),
});
