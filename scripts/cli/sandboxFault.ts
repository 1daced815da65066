import { type Command, type Values, UsageError, needed } from "../lib/command.ts";
import { say, sayJson } from "../lib/output.ts";
import { DEFAULT_FAULTS } from "../lib/sandboxFiles.ts";
import { JSON_OPTION } from "./endpoint.ts";

const NONE = "none";

/** One of a list by its name, in any case. @throws UsageError naming all */
const oneOf = <T extends string>(what: string, given: string, known: readonly T[]): T => {
  const found = known.find((name) => name.toLowerCase() === given.toLowerCase());
  if (found === undefined) throw new UsageError(`${what} is one of ${known.join(", ")}, not ${given}`);
  return found;
};

const run = async (values: Values): Promise<number> => {
  const { FEED_FAULTS } = await import("../sandbox/feeds/faults.ts");
  const { MAKERS } = await import("../sandbox/feeds/world.ts");
  const { readFaults, writeFaults } = await import("../sandbox/feeds/faultsFile.ts");
  const maker = oneOf("SOURCE", values.get("SOURCE") ?? "", MAKERS);
  const kind = oneOf("--kind", values.get("kind") ?? "", [...FEED_FAULTS, NONE]);
  const path = values.get("faults") ?? DEFAULT_FAULTS;
  const { [maker]: _, ...others } = await readFaults(path);
  const faults = kind === NONE ? others : { ...others, [maker]: kind };
  await writeFaults(path, faults);
  if (values.has("json")) sayJson({ faults });
  else say(kind === NONE ? `${maker}'s feeds are well again` : `${maker}'s feeds: ${kind}`);
  return 0;
};

/** Makes the feeds of one maker faulty while a sandbox runs. */
export const sandboxFault: Command = {
  about: "in a running sandbox: make a maker's feeds stale, dead, lie, jump, future or slow; none ends it",
  takes: "SOURCE",
  example: "Pyth --kind lie",
  options: {
    kind: needed({ value: "KIND", about: "stale, dead, lie, jump, future, slow, or none" }),
    faults: { value: "FILE", about: `the file that the sandbox looks at (${DEFAULT_FAULTS})` },
    json: JSON_OPTION,
  },
  run,
};
