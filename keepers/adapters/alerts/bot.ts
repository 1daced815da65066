import type { MessageChannel } from "../../core/alerts.ts";
import { messageLines } from "../../core/alertWords.ts";
import { type Posted, failureOf, post } from "./post.ts";

export type BotOptions = {
  /** The server of the bot API, without the token. */
  readonly url: string;
  readonly token: string;
  readonly chat: string;
};

/** The longest text that such an API takes. */
const MAX_TEXT = 4_096;

/** Servers of this shape answer `ok` in a document, whatever the status. */
const isOk = ({ text }: Extract<Posted, { readonly kind: "answered" }>): boolean => /"ok"\s*:\s*true/.test(text);

/** A channel that writes to a chat by a bot API in Telegram's shape. Its texts are plain: nothing in them is markup. */
export const botChannel = ({ url, token, chat }: BotOptions): MessageChannel => ({
  name: "bot",
  send: async (message) => {
    const text = messageLines(message).join("\n").slice(0, MAX_TEXT);
    const body = JSON.stringify({ chat_id: chat, text, disable_notification: message.severity !== "page" });
    const target = `${url.replace(/\/$/, "")}/bot${token}/sendMessage`;
    const posted = await post({ url: target, headers: { "content-type": "application/json" }, body });
    const why = failureOf(posted);
    if (why !== undefined) return { kind: "failed", why: why.replaceAll(token, "[secret]") };
    const isDone = posted.kind === "answered" && isOk(posted);
    return isDone ? { kind: "delivered" } : { kind: "failed", why: "the bot's server did not say ok" };
  },
});
