import { createTransport } from "nodemailer";
import type { MessageChannel } from "../../core/alerts.ts";
import { messageLines } from "../../core/alertWords.ts";
import { foreignWords } from "./post.ts";

export type MailOptions = {
  /** `smtps://user:password@host:port`. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
};

const STEP_MS = 8_000;
const MAX_SUBJECT = 150;
const PORTS = { smtp: 587, smtps: 465 } as const;

const decoded = (text: string): string => decodeURIComponent(text);

/** A channel that sends mails. A connection is opened for each: messages are rare, and servers close what is idle. */
export const mailChannel = ({ url, from, to }: MailOptions): MessageChannel => {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const transport = createTransport({
    host: hostname.replaceAll(/^\[|\]$/g, ""),
    port: port === "" ? PORTS[secure ? "smtps" : "smtp"] : Number(port),
    secure,
    ...(username === "" ? {} : { auth: { user: decoded(username), pass: decoded(password) } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: "mail",
    send: async (message) => {
      const [subject = ""] = messageLines({ ...message, alerts: [] });
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: `NEXUS ${subject.replaceAll(/\s+/g, " ").slice(0, MAX_SUBJECT)}`,
          text: messageLines(message).join("\n"),
          messageId: `<${message.id}@nexus-alerts>`,
        });
        return { kind: "delivered" };
      } catch (error) {
        return { kind: "failed", why: foreignWords(error instanceof Error ? error.message : "it failed") };
      }
    },
  };
};
