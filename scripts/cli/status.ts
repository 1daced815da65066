import { type Provider, keccak256 } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Mandate__factory,
  type Treasury,
  Treasury__factory,
} from "../../types/index.ts";
import { readWeight } from "../../keepers/adapters/readers/weight.ts";
import { readPowers } from "../../keepers/adapters/readers/trust.ts";
import { ROUTINE } from "../deploy/parameters.ts";
import { readWorstCases } from "../../keepers/adapters/readers/worstCase.ts";
import type { Command, Values } from "../lib/command.ts";
import { READING_OPTIONS, bookIn, openProvider, rpcIn } from "./endpoint.ts";
import { exactText } from "../../keepers/views/amounts.ts";
import { say, sayJson, warn } from "../lib/output.ts";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { worstCaseText } from "../../keepers/views/worstCase.ts";
import { weightWords } from "../../keepers/views/weight.ts";

/** One statement about a deployment. `isRight` is undefined for what is only told. */
export type Fact = { readonly what: string; readonly value: string; readonly isRight?: boolean };

/** Statements that belong together, under what they are about. */
export type Chapter = { readonly title: string; readonly facts: readonly Fact[] };

/** As wide as the longest subject. */
const WIDTH = 34;
const LEVELS = ["Normal", "ReduceOnly", "Halted"];

/** Whether each contract of the book has the code that the book says. */
const codeFacts = (book: AddressBook, provider: Provider): Promise<readonly Fact[]> =>
  Promise.all(
    Object.entries(book.contracts).map(async ([name, { address, bytecodeHash }]) => ({
      what: name,
      value: address,
      isRight: keccak256(await provider.getCode(address)) === bytecodeHash,
    })),
  );

/** What the treasury is worth, in whole tokens of its base asset. */
const treasuryWords = async (book: AddressBook, treasury: Treasury): Promise<string> => {
  const asset = (await treasury.asset()).toLowerCase();
  const token = Object.values(book.environment.tokens).find(({ address }) => address.toLowerCase() === asset);
  const { symbol, decimals } = token ?? { symbol: `units of ${asset}`, decimals: 0 };
  const words = (range: readonly bigint[]): string =>
    `${range.map((units) => exactText(units, decimals)).join(" to ")} ${symbol}`;
  return treasury.assetsRange().then(words, (error: unknown) => `no value now: ${reasonOf(error)}`);
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
    { what: "treasury", value: await treasuryWords(book, treasury) },
  ];
};

/** More agents than this are not listed one by one. */
const MAX_LISTED = 128;

/** The caps on weight, and for each agent what of its weight counts. */
const weightFacts = async (book: AddressBook, provider: Provider): Promise<readonly Fact[]> => {
  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
  const [count, weightCap, operatorCap, policy] = await Promise.all([
    registry.agentCount(),
    registry.weightCap(),
    registry.operatorCap(),
    Consensus__factory.connect(addressOf(book, "Consensus"), provider).policyOf(ROUTINE),
  ]);
  const ids = Array.from({ length: Math.min(Number(count), MAX_LISTED) }, (_, index) => BigInt(index + 1));
  const weights = await Promise.all(ids.map((id) => readWeight(registry, provider, id)));
  // No operator decides alone while its cap is below what the least demanding class wants.
  const caps = `${weightCap} for an agent, ${operatorCap} for an operator, below the ${policy.threshold} that decide`;
  return [
    { what: "weight is capped at", value: caps, isRight: operatorCap < policy.threshold },
    ...weights.map((weight) => ({
      what: `agent ${weight.agentId}`,
      value: `${weightWords(weight)} (${weight.operator})`,
    })),
  ];
};

/** What a corrupt quorum could take, for each class. */
const worstCaseFacts = async (book: AddressBook, provider: Provider): Promise<readonly Fact[]> =>
  (await readWorstCases(book, provider)).map((worst) => ({
    what: worst.className,
    value: worstCaseText(worst, book),
  }));

/**
 * What can be said of a deployment by reading the chain alone.
 * @throws Error when the chain does not answer or the book lacks a core contract
 */
export const statusChapters = async (book: AddressBook, provider: Provider): Promise<readonly Chapter[]> => {
  const { chainId } = await provider.getNetwork();
  const chain = { what: "chain id", value: chainId.toString(), isRight: chainId === BigInt(book.chainId) };
  // On another chain every other answer would be about somebody else's contracts.
  if (!chain.isRight) {
    return [
      { title: "chain", facts: [{ ...chain, value: `${chain.value}, the address book is for ${book.chainId}` }] },
    ];
  }
  return [
    { title: "chain", facts: [chain] },
    { title: "code as the address book says", facts: await codeFacts(book, provider) },
    { title: "who can do what", facts: await readPowers({ book, provider, warn }) },
    { title: "who weighs what", facts: await weightFacts(book, provider) },
    { title: "state", facts: await stateFacts(book, provider) },
    { title: "what a corrupt quorum could take in 24 hours", facts: await worstCaseFacts(book, provider) },
  ];
};

/** All that {@link statusChapters} says, without its headings. */
export const statusFacts = async (book: AddressBook, provider: Provider): Promise<readonly Fact[]> =>
  (await statusChapters(book, provider)).flatMap(({ facts }) => facts);

const mark = (isRight: boolean | undefined): string => (isRight === undefined ? " " : isRight ? "✓" : "✗");

const chapterLines = ({ title, facts }: Chapter): readonly string[] => [
  "",
  title,
  ...facts.map(({ what, value, isRight }) => `${mark(isRight)} ${what.padEnd(WIDTH)} ${value}`),
];

const run = async (values: Values): Promise<number> => {
  const url = rpcIn(values);
  const book = await bookIn(values);
  // The network is asked for: whether it is the book's is the first thing that is told.
  const provider = await openProvider(url);
  try {
    const chapters = await statusChapters(book, provider);
    const isWrong = chapters.some(({ facts }) => facts.some(({ isRight }) => isRight === false));
    if (values.has("json")) sayJson({ isRight: !isWrong, chapters });
    else chapters.flatMap(chapterLines).slice(1).forEach(say);
    return isWrong ? 1 : 0;
  } finally {
    provider.destroy();
  }
};

/** Reads a deployment and compares it with its address book; writes nothing. */
export const status: Command = {
  about: "who can do what in a deployment, and whether it is what its address book says; reads only",
  example: "--rpc https://evm-rpc.sei-apis.com --book deployments/1329.json",
  options: READING_OPTIONS,
  run,
};
