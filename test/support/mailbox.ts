import { type Socket, createServer } from "node:net";
import { once } from "node:events";

/** A mail as a server got it: whom the sender named, and all that followed DATA. */
export type ReceivedMail = { readonly from: string; readonly to: readonly string[]; readonly data: string };

/** A mail server on the loopback address that takes what it gets: the replies of RFC 5321 to one client, and no more. */
export type Mailbox = {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** What AUTH PLAIN named, user and password. */
  readonly logins: readonly string[];
  /** Refuses recipients from now on. */
  readonly refuse: () => void;
  readonly close: () => Promise<void>;
};

type Draft = { from: string; to: string[]; data: string[]; isData: boolean };

const NEW_DRAFT = (): Draft => ({ from: "", to: [], data: [], isData: false });

export const openMailbox = async (): Promise<Mailbox> => {
  const mails: ReceivedMail[] = [];
  const logins: string[] = [];
  let isRefusing = false;
  const replyTo = (line: string, draft: Draft): string => {
    const [verb = ""] = line.toUpperCase().split(/[ :]/);
    if (verb === "EHLO") return "250-mailbox\r\n250 AUTH PLAIN\r\n";
    if (verb === "AUTH") {
      logins.push(
        Buffer.from(line.split(" ")[2] ?? "", "base64")
          .toString("utf8")
          .replaceAll("\0", " ")
          .trim(),
      );
      return "235 welcome\r\n";
    }
    if (verb === "MAIL") draft.from = /<(.*?)>/.exec(line)?.[1] ?? "";
    if (verb === "RCPT") {
      if (isRefusing) return "550 nobody of that name\r\n";
      draft.to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
    }
    if (verb === "DATA") draft.isData = true;
    return verb === "DATA" ? "354 go on\r\n" : verb === "QUIT" ? "221 bye\r\n" : "250 fine\r\n";
  };
  const serve = (socket: Socket): void => {
    let draft = NEW_DRAFT();
    let rest = "";
    socket.write("220 mailbox\r\n");
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString("utf8")).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!draft.isData) socket.write(replyTo(line, draft));
        else if (line !== ".") draft.data.push(line);
        else {
          mails.push({ from: draft.from, to: draft.to, data: draft.data.join("\n") });
          draft = NEW_DRAFT();
          socket.write("250 taken\r\n");
        }
      }
    });
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    mails,
    logins,
    refuse: () => {
      isRefusing = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};
