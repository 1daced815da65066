import { open, readFile } from "node:fs/promises";
import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import { address } from "../../core/units.ts";
import { type LifecycleCommand, VERBS } from "../../orchestrator/command.ts";
import { type StandingOrders, ordersAfter } from "../../orchestrator/orders.ts";

const line = z.strictObject({
  verb: z.enum(VERBS),
  account: z.string().transform(address),
  sequence: z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt),
  sentAtMs: z.int(),
});

/** Commands that were accepted, on the disk of the orchestrator. */
export type OrderFile = {
  readonly orders: () => StandingOrders;
  /** Durable when it resolves. @throws FatalError when the disk fails */
  readonly append: (command: LifecycleCommand) => Promise<void>;
  readonly close: () => Promise<void>;
};

const textOf = async (path: string): Promise<string> =>
  readFile(path, "utf8").catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new FatalError(`the commands in ${path} cannot be read`, { cause });
  });

/** @throws FatalError for a line that is none; a last one without its end was never accepted */
const commandsIn = (text: string, path: string): readonly LifecycleCommand[] =>
  text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((one) => one !== "")
    .map((one, index) => {
      try {
        return line.parse(JSON.parse(one));
      } catch (cause) {
        throw new FatalError(
          `line ${index + 1} of ${path} is no command: mend it, or move the file away to begin anew`,
          {
            cause,
          },
        );
      }
    });

/**
 * Opens the file of accepted commands. Whoever has the fleet's lock opens it alone.
 * @throws FatalError when it cannot be read or written
 */
export const openOrderFile = async (path: string): Promise<OrderFile> => {
  const text = await textOf(path);
  let orders = commandsIn(text, path).reduce<StandingOrders>(ordersAfter, new Map());
  const failed = (cause: unknown): never => {
    throw new FatalError(`the commands in ${path} cannot be written`, { cause });
  };
  const file = await open(path, "a", 0o600).catch(failed);
  const whole = text.lastIndexOf("\n") + 1;
  // What a torn last line left behind must not run into the next one.
  if (whole < text.length) await file.truncate(Buffer.byteLength(text.slice(0, whole))).catch(failed);
  return {
    orders: () => orders,
    append: async (command) => {
      const written = { ...command, sequence: command.sequence.toString() };
      await file.appendFile(`${JSON.stringify(written)}\n`).catch(failed);
      await file.datasync().catch(failed);
      orders = ordersAfter(orders, command);
    },
    close: () => file.close(),
  };
};
