/** How the bench asks the node: the sandbox's own connection. */
type Control = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** The storage that a transaction used, each slot as `address:slot`. */
export type Touched = { readonly read: ReadonlySet<string>; readonly written: ReadonlySet<string> };

type Step = { readonly op: string; readonly depth: number; readonly stack: readonly string[] };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isStep = (value: unknown): value is Step =>
  isRecord(value) &&
  typeof value["op"] === "string" &&
  typeof value["depth"] === "number" &&
  Array.isArray(value["stack"]);

const ADDRESS_DIGITS = 40;

/** An address as it lies on the stack, whatever zeros and prefix it has. */
const addressOf = (word: string): string =>
  word.replace(/^0x/, "").padStart(ADDRESS_DIGITS, "0").slice(-ADDRESS_DIGITS);

/** Whose storage a call's frame uses: the callee's, but the caller's for one that is delegated. */
const frameOf = ({ op, stack }: Step, own: string): string =>
  op === "CALL" || op === "STATICCALL" ? addressOf(stack.at(-2) ?? "") : own;

/** The number on top of a step's stack. */
const topOf = ({ stack }: Step): bigint => BigInt(`0x${(stack.at(-1) ?? "0").replace(/^0x/, "")}`);

/** Whose storage each step uses: frames open with each deeper step, and close with each shallower one. */
const ownersOf = (steps: readonly Step[], target: string): readonly string[] => {
  const frames = [addressOf(target.toLowerCase())];
  return steps.map((step, index) => {
    const last = steps[index - 1];
    const own = frames.at(-1) ?? "";
    if (last !== undefined && step.depth > last.depth) frames.push(frameOf(last, own));
    frames.length = step.depth;
    return frames.at(-1) ?? "";
  });
};

/**
 * The storage slots that a transaction to `target` read and wrote, from its opcode trace.
 * @throws Error when the node's trace has no steps
 */
export const touchedSlots = async (control: Control, hash: string, target: string): Promise<Touched> => {
  const trace = await control("debug_traceTransaction", [hash, { disableStorage: true, disableMemory: true }]);
  const steps = isRecord(trace) && Array.isArray(trace["structLogs"]) ? trace["structLogs"].filter(isStep) : [];
  if (steps.length === 0) throw new Error(`the node traced no step of ${hash}`);
  const owners = ownersOf(steps, target);
  const slotsOf = (op: string): ReadonlySet<string> =>
    new Set(steps.flatMap((step, index) => (step.op === op ? [`${owners[index] ?? ""}:${topOf(step)}`] : [])));
  return { read: slotsOf("SLOAD"), written: slotsOf("SSTORE") };
};

/** The slots over which two transactions would have to wait for each other: both use them, and one of them writes. */
export const sharedSlots = (a: Touched, b: Touched): readonly string[] => {
  const shared = [...a.written].filter((slot) => b.written.has(slot) || b.read.has(slot));
  return [...new Set([...shared, ...[...b.written].filter((slot) => a.read.has(slot))])];
};
