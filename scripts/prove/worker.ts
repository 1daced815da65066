import { parentPort, workerData } from "node:worker_threads";
import { proveContract } from "./checker.ts";
import { task } from "./pool.ts";

/** Proves one contract in a thread of its own: the solver does not yield. */
const { root, path, text, contract } = task.parse(workerData);
parentPort?.postMessage(proveContract({ root, path, text }, contract));
