/** The process is gone: nothing catches it. */
export class Crash extends Error {}

export type Fault = { readonly atCall: number; readonly when: "before" | "after" };
export const NEVER: Fault = { atCall: -1, when: "before" };

/** Whether `made` has every member of `like`. */
const isLike = <T extends object>(like: T, made: object): made is T => Object.keys(like).every((key) => key in made);

/** Counts all calls of all ports and kills the process at one of them, before or after it took effect. */
export const withFault = <P extends object>(
  ports: P,
  fault: Fault,
): { readonly ports: P; readonly calls: () => number } => {
  let calls = 0;
  const guard = (call: (...args: readonly unknown[]) => unknown) => {
    return (...args: readonly unknown[]): unknown => {
      calls += 1;
      const dies = calls === fault.atCall;
      if (dies && fault.when === "before") throw new Crash();
      const result = call(...args);
      if (!dies) return result;
      if (!(result instanceof Promise)) throw new Crash();
      return result.then(() => {
        throw new Crash();
      });
    };
  };
  const wrap = (target: object): object =>
    Object.fromEntries(
      Object.entries(target).map(([name, value]: readonly [string, unknown]) => {
        if (typeof value === "function") return [name, guard((...args) => Reflect.apply(value, target, args))];
        return [name, typeof value === "object" && value !== null ? wrap(value) : value];
      }),
    );
  const wrapped = wrap(ports);
  if (!isLike(ports, wrapped)) throw new TypeError("a port was lost");
  return { ports: wrapped, calls: () => calls };
};
