import { type JsonRpcApiProvider, WebSocketProvider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { shownEndpoint, withoutSecrets } from "../../keepers/core/endpoint.ts";
import { readAddressBook } from "../../deployments/file.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";
import { type ProviderOptions, openHttpProvider, readingNoLogs } from "../lib/provider.ts";
import { type Options, type Values, UsageError } from "../lib/command.ts";
import { DEFAULT_BOOK, DEFAULT_PORT } from "./sandboxDefaults.ts";
import { NoChainError } from "../lib/exitCode.ts";

/** Where every command looks that is not told otherwise: the sandbox on this machine. */
export const DEFAULT_RPC = `http://127.0.0.1:${DEFAULT_PORT}`;
const RPC_VARIABLE = "NEXUS_RPC_URL";
const BOOK_VARIABLE = "NEXUS_ADDRESS_BOOK";

/** How an answer is wanted. Without a file it is printed. */
export const JSON_OPTION = { value: "FILE", isOptional: true, about: "answer in JSON, printed or into FILE" } as const;

/** What every command that reads a chain is told. */
export const CHAIN_OPTIONS: Options = {
  rpc: { value: "URL", about: `the node, http, https, ws or wss (${RPC_VARIABLE}; else ${DEFAULT_RPC})` },
  book: { value: "FILE", about: `the address book (${BOOK_VARIABLE}; else the sandbox's, ${DEFAULT_BOOK})` },
};
export const READING_OPTIONS: Options = { ...CHAIN_OPTIONS, json: JSON_OPTION };

/** The node's URL. @throws UsageError when it is none */
export const rpcIn = (values: Values): string => {
  const url = values.get("rpc") ?? process.env[RPC_VARIABLE] ?? DEFAULT_RPC;
  if (/^(?:https?|wss?):\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`--rpc must be an http, https, ws or wss address, got “${withoutSecrets(url)}”`);
};

/** Where the address book lies. */
export const bookPathIn = (values: Values): string => values.get("book") ?? process.env[BOOK_VARIABLE] ?? DEFAULT_BOOK;

/** The address book. @throws UsageError when there is none */
export const bookIn = async (values: Values): Promise<AddressBook> => {
  const path = bookPathIn(values);
  const book = await readAddressBook(path);
  if (book !== undefined) return book;
  throw new UsageError(`there is no address book ${path}; name one by --book, or start nexus sandbox, which writes it`);
};

const LOCAL: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a node is on this machine. */
export const isLocal = (url: string): boolean => LOCAL.has(new URL(url).hostname);

/** What went wrong, where it has no better name. */
const unreachable = (url: string, cause?: unknown): NoChainError =>
  new NoChainError(`no node answers at ${shownEndpoint(url)}: start one with nexus sandbox, or name yours by --rpc`, {
    cause,
  });

const OPENING_MS = 10_000;

const opened = (socket: WebSocket, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unreachable(url)), OPENING_MS);
    const end = (settle: () => void) => (): void => {
      clearTimeout(timer);
      settle();
    };
    socket.addEventListener("open", end(resolve), { once: true });
    socket.addEventListener(
      "error",
      end(() => reject(unreachable(url))),
      { once: true },
    );
  });

/** Opens a connection to a node, by HTTP or WebSocket. @throws NoChainError when a WebSocket does not open */
export const openProvider = async (url: string, options: ProviderOptions = {}): Promise<JsonRpcApiProvider> => {
  if (!url.startsWith("ws")) return openHttpProvider(url, options);
  const socket = new WebSocket(url);
  const { chainId } = options;
  const provider = new WebSocketProvider(socket, chainId, { ...NODE_OPTIONS, staticNetwork: chainId !== undefined });
  await opened(socket, url).catch(async (error: unknown) => {
    await provider.destroy().catch(() => undefined);
    throw error;
  });
  return readingNoLogs(provider);
};

/** Refuses a chain that the address book is not for. @throws UsageError naming both; NoChainError when none answers */
export const checkChain = async (provider: JsonRpcApiProvider, book: AddressBook, url: string): Promise<void> => {
  const answer: unknown = await provider.send("eth_chainId", []).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (!/^0x[0-9a-fA-F]+$/.test(String(answer))) throw unreachable(url);
  const chainId = BigInt(String(answer));
  if (chainId !== BigInt(book.chainId)) {
    throw new UsageError(`the chain's id is ${chainId}, the address book is for ${book.chainId}`);
  }
};
