import { argv } from "node:process";
import { proveContract, readProofs } from "./checker.ts";

/** Proves one contract in a process of its own, since the solver does not yield: `one.ts PATH CONTRACT`. */
const [, , path = "", contract = ""] = argv;
process.send?.(proveContract(readProofs(path), contract));
