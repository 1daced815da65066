import process from "node:process";
import { createChildren } from "../../keepers/adapters/orchestrator/children.ts";
import { TOY_BOOK } from "./toyBook.ts";

/* An orchestrator's process that a test kills: it starts two toys, and lives on. Arguments: the toy, its log. */

const [module = "", log = ""] = process.argv.slice(2);
const children = createChildren({
  program: { module, args: [], execArgv: [] },
  book: TOY_BOOK,
  configOf: (name) => JSON.stringify({ log, does: name }),
  environment: process.env,
  graceMs: 500,
  nowMs: () => performance.now(),
  onSign: () => undefined,
  wake: () => undefined,
});
for (const name of ["well", "deaf"]) {
  await children.carryOut(
    { kind: "start", process: { name, revision: "r", state: "running", restarts: 0 }, why: "" },
    1,
  );
}
setInterval(() => undefined, 1_000);
