import { z } from "zod";

/** What a worker is asked: to take up the tests, or to run them with a mutant. */
export const question = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("load"), mocha: z.array(z.string()), solidity: z.array(z.string()) }),
  z.object({ kind: z.literal("test"), id: z.number(), order: z.array(z.string()) }),
]);
export type Question = z.infer<typeof question>;

/** What it answers. `leftOut` are tests that fail in such a build without a mutant; `killer` is the file of the test that failed. */
export const answer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loaded") }),
  z.object({
    kind: z.literal("tested"),
    id: z.number(),
    cpuMs: z.number(),
    killer: z.string().optional(),
    leftOut: z.array(z.string()),
  }),
  z.object({ kind: z.literal("broken"), reason: z.string() }),
]);
export type Answer = z.infer<typeof answer>;

/** A worker ends itself with this code when the mutant does not end. */
export const ENDLESS = 75;
