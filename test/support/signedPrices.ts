import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type PythMessage, pythUpdate } from "../../scripts/sandbox/feeds/pythWire.ts";
import { portOf } from "./portOf.ts";
import { voteKey } from "./chain.ts";

/** Keys that sign what the tests' Pyth takes, of which three are enough. */
export const PYTH_SIGNERS = [0, 1, 2, 3, 4].map((index) => voteKey(800 + index));
const INDEXED = PYTH_SIGNERS.map((wallet, index) => ({ index, wallet }));

/** An update that three of them signed. */
export const signedUpdate = (messages: readonly PythMessage[]): string => pythUpdate(messages, INDEXED.slice(0, 3));

/** A server on this machine that answers as it is told. */
export type PriceServer = {
  readonly url: string;
  /** Requests in the order in which they came. */
  readonly asked: readonly { readonly url: string; readonly authorization: string | undefined }[];
  readonly stop: () => Promise<void>;
};

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const startPriceServer = async (answer: Answer): Promise<PriceServer> => {
  const asked: { url: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/** Answers as Pyth's Hermes does with an update. */
export const hermesAnswer = (update: string): string =>
  JSON.stringify({ binary: { encoding: "hex", data: [update.slice(2)] } });

/** The feeds that a request asks for, with 0x. */
export const idsIn = ({ url = "" }: Pick<IncomingMessage, "url">): readonly string[] =>
  new URL(url, "http://any").searchParams.getAll("ids[]");
