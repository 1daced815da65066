import { JsonRpcProvider, type Provider, keccak256 } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Mandate__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { addressOf } from "../deploy/context.ts";
import { ROUTINE } from "../deploy/parameters.ts";
import { readAddressBook } from "../lib/addressBook.ts";
import { type Command, type Values, UsageError, required } from "./command.ts";
import { say } from "./output.ts";

/** One statement about a deployment. `isRight` is undefined for what is only told. */
export type Fact = { readonly what: string; readonly value: string; readonly isRight?: boolean };

const LEVELS = ["Normal", "ReduceOnly", "Halted"];

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Whether each contract of the book has the code that the book says. */
const codeFacts = (book: AddressBook, provider: Provider): Promise<readonly Fact[]> =>
  Promise.all(
    Object.entries(book.contracts).map(async ([name, { address, bytecodeHash }]) => ({
      what: name,
      value: address,
      isRight: keccak256(await provider.getCode(address)) === bytecodeHash,
    })),
  );

/** Whether the timelock administers every core contract. */
const adminFacts = (book: AddressBook, provider: Provider): Promise<readonly Fact[]> => {
  const timelock = addressOf(book, "Timelock");
  const administered = [
    "AgentRegistry",
    "Consensus",
    "Mandate",
    "Treasury",
    "OracleHub",
    "CircuitBreaker",
    "Reputation",
  ];
  return Promise.all(
    administered.map(async (name) => {
      // All of them answer ADMIN() alike.
      const admin = await CircuitBreaker__factory.connect(addressOf(book, name), provider).ADMIN();
      return { what: `${name} obeys`, value: admin, isRight: isSame(admin, timelock) };
    }),
  );
};

/** Settings and state, as they are. */
const stateFacts = async (book: AddressBook, provider: Provider): Promise<readonly Fact[]> => {
  const at = (name: string): string => addressOf(book, name);
  const registry = AgentRegistry__factory.connect(at("AgentRegistry"), provider);
  const treasury = Treasury__factory.connect(at("Treasury"), provider);
  const policy = await Consensus__factory.connect(at("Consensus"), provider).policyOf(ROUTINE);
  const root = await Mandate__factory.connect(at("Mandate"), provider).root();
  const breaker = CircuitBreaker__factory.connect(at("CircuitBreaker"), provider);
  const level = await breaker.levelOf(await breaker.EVERYTHING());
  const [lower, upper] = await treasury.assetsRange().then(
    (range) => range.map(String),
    () => ["no price", "no price"],
  );
  return [
    {
      what: "mandate root",
      value: root,
      ...(book.mandate === undefined ? {} : { isRight: root === book.mandate.root }),
    },
    { what: "breaker", value: LEVELS[Number(level)] ?? String(level) },
    { what: "agents", value: `${await registry.agentCount()}, weight ${await registry.totalWeight()}` },
    {
      what: "to pass",
      value: `weight ${policy.threshold}, ${policy.minVoters} agents, ${policy.minOperators} operators`,
    },
    { what: "treasury", value: `${lower ?? ""} to ${upper ?? ""} units of ${await treasury.asset()}` },
  ];
};

/**
 * What can be said of a deployment by reading the chain alone.
 * @throws Error when the chain does not answer or the book lacks a core contract
 */
export const statusFacts = async (book: AddressBook, provider: Provider): Promise<readonly Fact[]> => {
  const { chainId } = await provider.getNetwork();
  const chain = { what: "chain id", value: chainId.toString(), isRight: chainId === BigInt(book.chainId) };
  // On another chain every other answer would be about somebody else's contracts.
  if (!chain.isRight) return [{ ...chain, value: `${chain.value}, the address book is for ${book.chainId}` }];
  const facts = await Promise.all([codeFacts, adminFacts, stateFacts].map((read) => read(book, provider)));
  return [chain, ...facts.flat()];
};

const mark = (isRight: boolean | undefined): string => (isRight === undefined ? " " : isRight ? "✓" : "✗");

const run = async (values: Values): Promise<number> => {
  const path = required(values, "book");
  const url = required(values, "rpc");
  const book = await readAddressBook(path);
  if (book === undefined) throw new UsageError(`there is no address book ${path}`);
  const provider = new JsonRpcProvider(url);
  try {
    const facts = await statusFacts(book, provider);
    for (const { what, value, isRight } of facts) say(`${mark(isRight)} ${what.padEnd(24)} ${value}`);
    return facts.some(({ isRight }) => isRight === false) ? 1 : 0;
  } finally {
    provider.destroy();
  }
};

/** Reads a deployment and compares it with its address book; writes nothing. */
export const status: Command = {
  about: "compare a deployment with its address book; reads only",
  options: {
    rpc: { value: "URL", about: "the chain's JSON-RPC endpoint" },
    book: { value: "FILE", about: "the address book, deployments/<chainId>.json" },
  },
  run,
};
