import { z } from "zod";
import type { TraceControl } from "./trace.ts";

/** What one transaction did with one storage slot. A slot that ends with what it held was written, but not changed. */
export type SlotAccess = {
  /** Lower case. */
  readonly contract: string;
  readonly slot: bigint;
  readonly isWritten: boolean;
  readonly isChanged: boolean;
};

const step = z.object({ op: z.string(), depth: z.number(), stack: z.array(z.string()).nullish() });
const trace = z.object({ structLogs: z.array(step).min(1) });
type Step = z.infer<typeof step>;

const ADDRESS_DIGITS = 40;

const numberOf = (word: string): bigint => BigInt(word.startsWith("0x") ? word : `0x${word}`);

/** The word at `position` from the top of the stack. @throws Error when the trace has no such word */
const stackAt = ({ op, stack }: Step, position: number): bigint => {
  const word = stack?.at(-1 - position);
  if (word === undefined) throw new Error(`the trace of ${op} has no stack`);
  return numberOf(word);
};

const addressOfWord = (word: bigint): string =>
  `0x${word.toString(16).padStart(ADDRESS_DIGITS, "0").slice(-ADDRESS_DIGITS)}`;

/** Whose storage a call opens: the callee's, or the caller's own for delegated code. Undefined for what is no call. */
const openedBy = (current: Step, caller: string): string | undefined => {
  switch (current.op) {
    case "CALL":
    case "STATICCALL":
      return addressOfWord(stackAt(current, 1));
    case "DELEGATECALL":
      return caller;
    case "CALLCODE":
    case "CREATE":
    case "CREATE2":
      throw new Error(`${current.op}: a transaction that creates a contract or borrows code so is not compared`);
    default:
      return undefined;
  }
};

/** A slot with the value that it was first read with and the one that was last written, as far as they are known. */
type Slot = { readonly contract: string; readonly slot: bigint; readonly first?: bigint; readonly last?: bigint };

/** What is known of a slot after one more step; what an SLOAD answers lies on the stack of the step after it. */
const afterStep = (known: Slot, current: Step, next: Step | undefined): Slot => {
  if (current.op === "SSTORE") return { ...known, last: stackAt(current, 1) };
  if (known.first !== undefined || known.last !== undefined || next === undefined) return known;
  return { ...known, first: stackAt(next, 0) };
};

/**
 * Every slot that an opcode trace reads or writes, in the storage of whoever runs. What a reverted call wrote counts too.
 * @param to address that the transaction called
 * @throws Error for a trace without stacks, or one that creates a contract
 */
export const accessesIn = (steps: readonly Step[], to: string): readonly SlotAccess[] => {
  // By depth, which counts from one.
  const running = ["", to.toLowerCase()];
  const slots = new Map<string, Slot>();
  for (const [index, current] of steps.entries()) {
    const contract = running[current.depth] ?? "";
    const opened = openedBy(current, contract);
    if (opened !== undefined) running[current.depth + 1] = opened;
    if (current.op !== "SLOAD" && current.op !== "SSTORE") continue;
    const slot = stackAt(current, 0);
    const key = `${contract} ${slot}`;
    slots.set(key, afterStep(slots.get(key) ?? { contract, slot }, current, steps[index + 1]));
  }
  return [...slots.values()].map(({ contract, slot, first, last }) => ({
    contract,
    slot,
    isWritten: last !== undefined,
    isChanged: last !== undefined && last !== first,
  }));
};

/** The same for a transaction that was mined. @throws Error when the node's trace has no steps */
export const accessesOf = async (control: TraceControl, hash: string, to: string): Promise<readonly SlotAccess[]> => {
  const options = { disableStorage: true, disableMemory: true };
  const { structLogs } = trace.parse(await control("debug_traceTransaction", [hash, options]));
  return accessesIn(structLogs, to);
};
