import { BrowserProvider, type Provider } from "ethers";
import { z } from "zod";
import type { VerifiedBlock } from "../../views/verification.ts";

/** Asks one endpoint one question of Ethereum's JSON-RPC. @throws Error with the endpoint's own code and data where it refuses */
export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** What is asked of an endpoint at all: nothing that signs, sends, traces or changes anything. */
const METHODS: ReadonlySet<string> = new Set([
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_getBlockByNumber",
  "eth_getLogs",
  "eth_getTransactionByHash",
]);

const toHex = (value: number): string => `0x${value.toString(16)}`;

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,13}$/)
  .transform(Number);
const blockShape = z.object({ number: quantity, hash: z.string().regex(/^0x[0-9a-f]{64}$/), timestamp: quantity });

/** A whole number that an endpoint answers. @throws Error for anything else */
export const askNumber = async (ask: Ask, method: "eth_blockNumber" | "eth_chainId"): Promise<number> =>
  quantity.parse(await ask(method, []));

/** The block of a number as an endpoint has it. @throws Error where it has none */
export const askBlock = async (ask: Ask, number: number): Promise<VerifiedBlock> => {
  const found = blockShape.parse(await ask("eth_getBlockByNumber", [toHex(number), false]));
  return { number: found.number, hash: found.hash, time: BigInt(found.timestamp) };
};

/** The block that calls are made at is the second parameter, and the newest is the one that was chosen. */
const pinned = (method: string, params: readonly unknown[], block: number): readonly unknown[] =>
  method === "eth_call" ? [params[0], toHex(block)] : params;

/**
 * A provider that sees one chain at one block, whatever happens there meanwhile, and can change nothing.
 * @returns a provider that throws Error for every method but those that read
 */
export const pinnedProvider = (
  ask: Ask,
  { chainId, block }: { readonly chainId: number; readonly block: number },
): Provider => {
  const request = async ({
    method,
    params,
  }: {
    readonly method: string;
    readonly params?: unknown;
  }): Promise<unknown> => {
    if (!METHODS.has(method)) throw new Error(`${method} is not asked of an endpoint here`);
    if (method === "eth_chainId") return toHex(chainId);
    if (method === "eth_blockNumber") return toHex(block);
    return ask(method, pinned(method, Array.isArray(params) ? params : [], block));
  };
  return new BrowserProvider({ request }, chainId, { staticNetwork: true, cacheTimeout: -1 });
};
