import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A mutant that does what the code does, so that no test can kill it, and why: nothing else may leave the count. */
const equivalent = z.object({
  file: z.string(),
  key: z.string(),
  before: z.string(),
  after: z.string(),
  reason: z.string().min(20),
});
export type Equivalent = z.infer<typeof equivalent>;

/** At most so many of a hundred mutants may be said to be equivalent. */
export const MAX_PERCENT = 3;

export const readEquivalents = (): readonly Equivalent[] =>
  z.array(equivalent).parse(JSON.parse(readFileSync(join(import.meta.dirname, "equivalents.json"), "utf8")));
