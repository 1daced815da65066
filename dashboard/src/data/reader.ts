import { signal } from "@preact/signals";
import type { ReaderDocument } from "../../../keepers/gateway/schema/session.ts";
import { type Failure, ask, send } from "./ask.ts";
import { forgetKept } from "./kept.ts";

/** Who reads here, once the gateway has said so. */
export const reader = signal<ReaderDocument | undefined>(undefined);

const isReader = (body: unknown): body is ReaderDocument =>
  typeof body === "object" && body !== null && "kind" in body && "until" in body;

/** Asks the gateway who one is. Where it does not say, pages say themselves what they are refused. */
export const loadReader = async (): Promise<void> => {
  const answer = await ask("/v1/session");
  if (!("body" in answer && isReader(answer.body))) return;
  reader.value = answer.body;
  // Whoever may not read here any more does not read what was kept either.
  if (answer.body.kind === "nobody") await forgetKept();
};

const hasMessage = (body: unknown): body is { readonly message: string } =>
  typeof body === "object" && body !== null && "message" in body && typeof body.message === "string";

/** The message that an account signs to come in, or why there is none. */
export const challengeFor = async (account: string): Promise<{ readonly message: string } | Failure> => {
  const answer = await send("POST", "/v1/session/challenge", { account });
  if (!("body" in answer)) return answer;
  return hasMessage(answer.body) ? answer.body : { what: "The gateway gives no message to sign.", next: "Try again." };
};

/** Comes in with a signed message. @returns why not, or undefined */
export const enter = async (message: string, signature: string): Promise<Failure | undefined> => {
  const answer = await send("POST", "/v1/session", { message, signature });
  return "body" in answer ? undefined : answer;
};

/** Signs out, and shows the way in again. */
export const leave = async (): Promise<void> => {
  await send("DELETE", "/v1/session");
  await forgetKept();
  location.reload();
};
