import type { MindAnswer } from "../../agents/outside/answer.ts";
import type { Arrived } from "../../agents/outside/ports.ts";

/** A mind as whoever asks it knows it: it always answers, silence included, and ends when it is told to. */
export type Mind = (question: string, signal: AbortSignal) => Promise<MindAnswer>;

/** Asks one question at a time behind the back of whoever asks. */
export type Asker = {
  readonly ask: (question: string) => void;
  readonly takeAnswer: () => Arrived | undefined;
  /** Lets go of an open question, and waits until whoever was asked has ended. */
  readonly close: () => Promise<void>;
};

/** @param wake called when an answer is there to be taken */
export const createAsker = (mind: Mind, nowMs: () => number, wake: () => void): Asker => {
  const ending = new AbortController();
  let open: Promise<void> | undefined;
  let arrived: Arrived | undefined;
  const question = async (text: string): Promise<void> => {
    const startedMs = nowMs();
    const answer = await mind(text, ending.signal);
    arrived = { answer, tookMs: nowMs() - startedMs };
    open = undefined;
    wake();
  };
  return {
    ask: (text) => {
      if (open === undefined && !ending.signal.aborted) open = question(text);
    },
    takeAnswer: () => {
      const taken = arrived;
      arrived = undefined;
      return taken;
    },
    close: async () => {
      ending.abort();
      await open;
    },
  };
};
