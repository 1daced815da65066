import type { Interface } from "ethers";
import { type Hex, hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import { OracleHub__factory } from "../../../types/index.ts";
import type { Addresses } from "./addresses.ts";
import type { ChainNode } from "./node.ts";

const hubAbi: Interface = OracleHub__factory.createInterface();

/** The gas that `OracleHub` lets one source use, with the sixty-fourth that a caller keeps. */
export const SOURCE_GAS = 61_000n;
/** The most sources that an asset can have. */
const MAX_SOURCES = 4n;

const ask = async (node: Pick<ChainNode, "request">, to: Address, data: string): Promise<Hex> => {
  const answer = await node.request("eth_call", [{ to, data }, "latest"]);
  return typeof answer === "string" ? hex(answer) : "0x";
};

/** How many sources the hub reads for a token. */
const sourcesOf = async (node: Pick<ChainNode, "request">, hub: Address, token: Address): Promise<bigint> => {
  const [, sources] = hubAbi.decodeFunctionResult(
    "feedOf",
    await ask(node, hub, hubAbi.encodeFunctionData("feedOf", [token])),
  );
  return Array.isArray(sources) ? BigInt(sources.length) : MAX_SOURCES;
};

/**
 * The gas that a transaction must have beyond what its dry run used, so that prices can be read when it is mined: the hub wants
 * the whole allowance at hand for each source, whatever it uses, and a source that answered cheaply in the dry run may use all
 * of it by then. So it is the allowance of every source of the deployment, and one more. Where the hub cannot be read now, every
 * token is taken to have the most sources.
 */
export const readOracleReserve = async (
  node: Pick<ChainNode, "request">,
  { oracleHub, tokens }: Pick<Addresses, "oracleHub" | "tokens">,
): Promise<bigint> => {
  const most = MAX_SOURCES * BigInt(tokens.length);
  const count = async (): Promise<bigint> => {
    const counts = await Promise.all(tokens.map((token) => sourcesOf(node, oracleHub, token.address)));
    return counts.reduce((sum, each) => sum + each, 0n);
  };
  return SOURCE_GAS * ((await count().catch(() => most)) + 1n);
};
