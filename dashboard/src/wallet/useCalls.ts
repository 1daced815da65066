import { useEffect, useRef, useState } from "preact/hooks";
import { type Call, type Session, callThrough, Refused, sendThrough } from "./session.ts";

/** What calls answer; undefined while they are on their way, and why where one is refused. */
export type Answers = { readonly answers: readonly string[] | undefined; readonly refusal: string | undefined };

const NOTHING: Answers = { answers: undefined, refusal: undefined };

/** Reads calls through the wallet, again whenever they change or `round` does. */
export const useCalls = (wallet: Session | undefined, calls: readonly Call[], round: number): Answers => {
  const [told, setTold] = useState<Answers>(NOTHING);
  const asked = useRef("");
  const key = calls.map(({ to, data }) => `${to}${data}`).join();
  useEffect(() => {
    let isOver = false;
    // What is read again stays until it is read: a form that vanished meanwhile would lose what was typed.
    if (asked.current !== key) setTold(NOTHING);
    asked.current = key;
    if (wallet === undefined || calls.length === 0) return undefined;
    Promise.all(calls.map((call) => callThrough(wallet, call))).then(
      (answers) => (isOver ? undefined : setTold({ answers, refusal: undefined })),
      (error: unknown) =>
        isOver
          ? undefined
          : setTold({ answers: undefined, refusal: error instanceof Refused ? error.message : String(error) }),
    );
    return () => {
      isOver = true;
    };
  }, [wallet, key, round]);
  return told;
};

/** How far something is that was sent. */
export type Progress =
  | { readonly kind: "idle" }
  | { readonly kind: "wallet"; readonly what: string }
  | { readonly kind: "sent"; readonly what: string }
  | { readonly kind: "done"; readonly what: string }
  | { readonly kind: "refused"; readonly why: string };

/** Sends one call at a time, and tells how far it is. */
export const useSending = () => {
  const [progress, setProgress] = useState<Progress>({ kind: "idle" });
  const [round, setRound] = useState(0);
  const send = async (wallet: Session, what: string, call: Call): Promise<void> => {
    setProgress({ kind: "wallet", what });
    try {
      await sendThrough(wallet, call, () => setProgress({ kind: "sent", what }));
      setProgress({ kind: "done", what });
      setRound((count) => count + 1);
    } catch (error) {
      setProgress({ kind: "refused", why: error instanceof Refused ? error.message : String(error) });
    }
  };
  const isBusy = progress.kind === "wallet" || progress.kind === "sent";
  return { progress, isBusy, round, send };
};
