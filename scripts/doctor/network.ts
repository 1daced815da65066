import { writeFile } from "node:fs/promises";
import { Interface, type JsonRpcApiProvider, type Provider } from "ethers";
import type { Network, NetworkEntry } from "../../deployments/network.ts";
import { type Finding, inspect, judged } from "./finding.ts";

/** An entry as the chain shows it now. */
export type CheckedEntry = { readonly entry: NetworkEntry; readonly finding: Finding };

const ADVICE = "do not use this address: look the contract up at its makers', and correct the entry";
const EMPTY: ReadonlySet<string> = new Set(["0", "0x", ""]);

/** What a view answers first, as text. */
const askView = async (provider: Provider, { address, view, arguments: args = [] }: NetworkEntry, block: number) => {
  const abi = new Interface([view]);
  const [fragment] = abi.fragments;
  const name = fragment?.type === "function" ? fragment.format("sighash") : "";
  const data = abi.encodeFunctionData(name, args);
  const [first]: readonly unknown[] = abi.decodeFunctionResult(
    name,
    await provider.call({ to: address, data, blockTag: block }),
  );
  return { name, answer: String(first) };
};

const isWanted = ({ answer: wanted }: NetworkEntry, got: string): boolean =>
  wanted === undefined ? !EMPTY.has(got) : got.toLowerCase() === wanted.toLowerCase();

/** Whether an entry has code and its view answers as it must. */
const checkEntry = (provider: Provider, entry: NetworkEntry, block: number): Promise<Finding> =>
  inspect(entry.name, ADVICE, async () => {
    const { name: what, address, answer: wanted } = entry;
    const code = await provider.getCode(address, block);
    if (code === "0x") return judged(what, false, { found: `${address} has no code`, advice: ADVICE });
    const { name, answer } = await askView(provider, entry, block);
    const found = `${address}, ${name} answers ${answer}${isWanted(entry, answer) ? "" : `, not ${wanted ?? "anything"}`}`;
    return judged(what, isWanted(entry, answer), { found, advice: ADVICE });
  });

/** Whether the endpoint is of the network. */
export const networkChain = (network: Network, provider: JsonRpcApiProvider): Promise<Finding> =>
  inspect("chain id", "the endpoint does not say its chain's id: name another by --rpc", async () => {
    const chainId = Number(await provider.send("eth_chainId", []));
    return judged("chain id", chainId === network.chainId, {
      found: `${chainId}, ${network.name} is ${network.chainId}`,
      advice: "name an endpoint of that network by --rpc",
    });
  });

/** Looks at every entry of a network, all at one block. @throws Error when the chain tells no block */
export const checkNetwork = async (
  network: Network,
  provider: Provider,
): Promise<{ readonly block: number; readonly checked: readonly CheckedEntry[] }> => {
  const block = await provider.getBlockNumber();
  const checked = await Promise.all(
    network.entries.map(async (entry) => ({ entry, finding: await checkEntry(provider, entry, block) })),
  );
  return { block, checked };
};

/** Writes the network with the block at which each entry was found right; what was not is as unverified as ever. */
export const writeVerified = async (
  path: string,
  network: Network,
  { block, checked }: { readonly block: number; readonly checked: readonly CheckedEntry[] },
): Promise<void> => {
  const entries = checked.map(({ entry, finding }) => ({
    ...entry,
    verified: finding.isRight === true && block > 0 ? { block } : false,
  }));
  await writeFile(path, `${JSON.stringify({ ...network, entries }, undefined, 2)}\n`);
};
