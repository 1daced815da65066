import type { Network } from "../network.ts";
import { SEI } from "./sei.ts";
import { SEI_TESTNET } from "./seiTestnet.ts";

/** Networks that NEXUS knows contracts of others on, by name. */
export const NETWORKS: ReadonlyMap<string, Network> = new Map([SEI, SEI_TESTNET].map((one) => [one.name, one]));
