import { once } from "node:events";
import { type IncomingHttpHeaders, createServer } from "node:http";

/** A request as a server got it. */
export type Received = { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** How to answer a request. `hangs`: never. */
export type Answer = {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly hangs?: true;
};

/** An HTTP server on the loopback address that keeps what it gets and answers as it is told. */
export type Receiver = {
  readonly url: string;
  readonly received: readonly Received[];
  readonly close: () => Promise<void>;
};

export const openReceiver = async (answer: (request: Received) => Answer): Promise<Receiver> => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const one = { url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      received.push(one);
      const { status, text = "", headers = {}, hangs } = answer(one);
      if (hangs === true) return;
      response.writeHead(status, headers);
      response.end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
