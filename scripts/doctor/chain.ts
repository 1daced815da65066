import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonRpcApiProvider, Provider } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { shownEndpoint } from "../../keepers/core/endpoint.ts";
import { type Finding, judged, inspect } from "./finding.ts";

/** The oldest Node that runs us, major and minor; package.json says the same. */
export const MIN_NODE = [22, 13] as const;

/** Whether this Node is new enough. `version` as `process.versions.node` has it. */
export const nodeFinding = (version: string = process.versions.node): Finding => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor, minMinor] = MIN_NODE;
  const isRight = major > minMajor || (major === minMajor && minor >= minMinor);
  return judged("Node", isRight, {
    found: version,
    advice: `install Node ${MIN_NODE.join(".")} or newer, or in a clone use npx nexus, which brings its own`,
  });
};

/** Whether there is a node at all. */
export const reachFinding = (url: string, provider: Provider): Promise<Finding> =>
  inspect(
    "endpoint",
    `nothing answers at ${shownEndpoint(url)}: start the node, or name another by --rpc`,
    async () => {
      const block = await provider.getBlockNumber();
      return { what: "endpoint", found: `${shownEndpoint(url)}, block ${block}`, isRight: true };
    },
  );

/** Whether node and address book are of one chain. */
export const chainIdFinding = (book: AddressBook, provider: JsonRpcApiProvider): Promise<Finding> =>
  inspect("chain id", "the endpoint does not say its chain's id: name another by --rpc", async () => {
    // Asked of the endpoint itself: the provider has been told which network it is.
    const chainId = Number(await provider.send("eth_chainId", []));
    return judged("chain id", chainId === book.chainId, {
      found: `${chainId}, the address book is for ${book.chainId}`,
      advice: "take the address book of that chain, or the chain of that book; never override it",
    });
  });

/** How far clocks may lie apart, in seconds: blocks carry whole seconds, and a proposal lives for four. */
const MAX_SKEW = 3;

/** Whether our clock and the chain's agree. `nowMs` since the epoch. A sandbox keeps its own time, which is only told. */
export const clockFinding = (
  provider: Provider,
  { nowMs, isSandbox }: { readonly nowMs: number; readonly isSandbox: boolean },
): Promise<Finding> =>
  inspect("clock", "the endpoint has no latest block: name another by --rpc", async () => {
    const block = await provider.getBlock("latest");
    if (block === null) throw new Error("there is no latest block");
    const skew = Math.round(nowMs / 1_000 - block.timestamp);
    const told = `${skew} s ahead of the newest block`;
    if (isSandbox) return { what: "clock", found: `${told}; a sandbox keeps its own time` };
    return judged("clock", Math.abs(skew) <= MAX_SKEW, {
      found: `${told}, at most ${MAX_SKEW} either way`,
      advice:
        skew > 0 ? "the node is behind or stands still, or this clock is fast: set it by NTP" : "set this clock by NTP",
    });
  });

const POLL_MS = 100;

/** Whether blocks come. @param patienceMs milliseconds to wait for the next one; on Sei it is there after 400 ms */
export const headFinding = (provider: Provider, patienceMs: number): Promise<Finding> =>
  inspect("head", "the endpoint has no head: name another by --rpc", async () => {
    const first = await provider.getBlockNumber();
    let latest = first;
    for (let waited = 0; latest === first && waited < patienceMs; waited += POLL_MS) {
      await sleep(POLL_MS);
      latest = await provider.getBlockNumber();
    }
    return judged("head", latest > first, {
      found: latest > first ? `moved to ${latest}` : `stood at ${first} for ${patienceMs} ms`,
      advice: "the node does not follow the chain: restart it, or name another by --rpc",
    });
  });
