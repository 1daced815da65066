import { setTimeout as sleep } from "node:timers/promises";
import { FatalError, RetryableError } from "../../core/errors.ts";
import type { ChainNode } from "./node.ts";

/** A node that is asked again while an agent gets ready; afterwards a failure is its caller's, as before. */
export type PatientNode = { readonly node: ChainNode; readonly done: () => void };

/** The first pause, which doubles up to the longest one. */
const PAUSE_MS = { first: 50, longest: 1_000 };

/**
 * Asks again what could not be answered, until `waitMs` from now have passed: an agent's start is no place to fail by one
 * answer that was late.
 */
export const patiently = (node: ChainNode, waitMs: number): PatientNode => {
  const deadline = performance.now() + waitMs;
  let isDone = false;
  const request: ChainNode["request"] = async (method, params) => {
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      try {
        return await node.request(method, params);
      } catch (error) {
        if (isDone || !(error instanceof RetryableError)) throw error;
        if (performance.now() + pauseMs > deadline) {
          throw new FatalError(`the node did not serve ${method} within ${waitMs} ms: ${error.message}`, {
            cause: error,
          });
        }
        await sleep(pauseMs);
      }
    }
  };
  return { node: { ...node, request }, done: () => (isDone = true) };
};
