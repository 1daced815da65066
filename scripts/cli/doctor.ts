import process from "node:process";
import { type JsonRpcApiProvider, type Provider, Wallet } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { NETWORKS } from "../../deployments/networks/all.ts";
import { loadConfig, paysGas, votes } from "../../keepers/wiring/config.ts";
import { type KeyInUse, gasFinding, voterFindings } from "../doctor/agents.ts";
import { chainIdFinding, clockFinding, headFinding, nodeFinding, reachFinding } from "../doctor/chain.ts";
import {
  bookFinding,
  breakerFinding,
  codeFinding,
  mandateFinding,
  oracleFinding,
  policyFinding,
} from "../doctor/deployment.ts";
import type { Finding } from "../doctor/finding.ts";
import { checkNetwork, networkChain, writeVerified } from "../doctor/network.ts";
import { priceFindings } from "../doctor/prices.ts";
import { SIGNER_KEY, keyIn } from "./agentContext.ts";
import { type Command, type Values, UsageError } from "../lib/command.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";
import { NOT_KEEPERS, readJson } from "./keeperConfig.ts";
import { say, sayJson } from "../lib/output.ts";

/** How long a first answer, and then the next block, may take. */
const PATIENCE_MS = 3_000;
/** As wide as the longest subject. */
const WIDTH = 24;

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys of a keepers' configuration, and the one in the environment. @throws UsageError for a faulty one */
const keysInUse = async (values: Values, book: AddressBook): Promise<readonly KeyInUse[]> => {
  const own = process.env[SIGNER_KEY] === undefined ? [] : [keyIn(SIGNER_KEY)];
  const single = own.map(({ address }) => ({ name: "signer", address, isVoter: true }));
  const path = values.get("config");
  if (path === undefined) return single;
  const file = await readJson(path);
  // What the keepers are told on their command line is told to us on ours.
  const told = { rpcUrl: "ws://unused", chainId: book.chainId, addressBook: "unused" };
  const { agents } = loadConfig(isObject(file) ? { ...told, ...file } : file, process.env, NOT_KEEPERS);
  const configured = agents.flatMap(({ name, kind, key }) => {
    // An agent that only watches needs neither a seat nor gas.
    if (!votes(kind) && !paysGas(kind)) return [];
    return [{ name, address: new Wallet(key.reveal()).address, isVoter: votes(kind) }];
  });
  return [...single, ...configured];
};

const keyFindings = async (
  keys: readonly KeyInUse[],
  book: AddressBook,
  provider: Provider,
): Promise<readonly Finding[]> => {
  if (keys.length === 0) {
    const found = `no key: put one in ${SIGNER_KEY}, or name the keepers' configuration by --config`;
    return [{ what: "agents", found }];
  }
  const groups = await Promise.all(
    keys.map(async (key): Promise<readonly Finding[]> =>
      key.isVoter ? voterFindings(book, provider, key) : [await gasFinding(key, provider)],
    ),
  );
  return groups.flat();
};

/** What can be said while nothing answers, and then, one after the other, what rests on what was right before. */
const examine = async (
  values: Values,
  book: AddressBook,
  provider: JsonRpcApiProvider,
): Promise<readonly Finding[]> => {
  const keys = await keysInUse(values, book);
  const first = [nodeFinding(), bookFinding(book), await reachFinding(rpcIn(values), provider)];
  if (first.at(-1)?.isRight === false) return first;
  const chain = await chainIdFinding(book, provider);
  if (chain.isRight === false) return [...first, chain];
  const moving = await headFinding(provider, PATIENCE_MS);
  const clock = await clockFinding(provider, { nowMs: Date.now(), isSandbox: book.name === "sandbox" });
  const code = await codeFinding(book, provider);
  const soFar = [...first, chain, moving, clock, code];
  // Without its contracts every other answer would be about nothing.
  if (first.some(({ isRight }) => isRight === false) || code.isRight === false) return soFar;
  const checks = [mandateFinding, oracleFinding, breakerFinding, policyFinding];
  const state = await Promise.all(checks.map((check) => check(book, provider)));
  const prices = await priceFindings(book, provider);
  return [...soFar, ...state, ...prices, ...(await keyFindings(keys, book, provider))];
};

const lineOf = ({ what, found, isRight, advice }: Finding): string => {
  const mark = isRight === undefined ? " " : isRight ? "✓" : "✗";
  return `${mark} ${what.padEnd(WIDTH)} ${found}${advice === undefined ? "" : `: ${advice}`}`;
};

const tell = (values: Values, findings: readonly Finding[]): number => {
  const isWell = findings.every(({ isRight }) => isRight !== false);
  if (values.has("json")) sayJson({ isWell, findings });
  else findings.map(lineOf).forEach(say);
  return isWell ? 0 : 1;
};

/** Looks at the contracts of others that a network is known to have. @throws UsageError for a network that nobody knows */
const examineNetwork = async (values: Values, name: string): Promise<number> => {
  const network = NETWORKS.get(name);
  if (network === undefined) {
    throw new UsageError(`no network ${name} is known: known are ${[...NETWORKS.keys()].join(", ")}`);
  }
  const provider = await openProvider(rpcIn(values), { chainId: network.chainId, timeoutMs: PATIENCE_MS });
  try {
    const chain = await networkChain(network, provider);
    if (chain.isRight === false) return tell(values, [chain]);
    const looked = await checkNetwork(network, provider);
    const path = values.get("write");
    if (path !== undefined) await writeVerified(path, network, looked);
    return tell(values, [chain, ...looked.checked.map(({ finding }) => finding)]);
  } finally {
    provider.destroy();
  }
};

const run = async (values: Values): Promise<number> => {
  const network = values.get("network");
  if (network !== undefined) return examineNetwork(values, network);
  if (values.has("write")) throw new UsageError("--write goes with --network");
  const book = await bookIn(values);
  const provider = await openProvider(rpcIn(values), { chainId: book.chainId, timeoutMs: PATIENCE_MS });
  try {
    return tell(values, await examine(values, book, provider));
  } finally {
    provider.destroy();
  }
};

/** Looks for what an operator can get wrong. */
export const doctor: Command = {
  about: "what is wrong with machine, endpoint, address book, deployment or keys, and what to do; reads only",
  example: "--config keepers.json",
  options: {
    ...READING_OPTIONS,
    network: {
      value: "NAME",
      about: `contracts of others on a network (${[...NETWORKS.keys()].join(", ")}) instead of a deployment`,
    },
    write: { value: "FILE", about: "with --network: its entries, with the block at which each was found right" },
    config: { value: "FILE", about: `the keepers' configuration, whose keys are looked at; also ${SIGNER_KEY}` },
  },
  run,
};
