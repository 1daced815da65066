import { type Provider, Wallet, isCallException } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { type AgentRegistry, AgentRegistry__factory } from "../../types/index.ts";
import { type Options, type Values, UsageError, needed, required, wholeNumber } from "../lib/command.ts";
import { READING_OPTIONS, bookIn, checkChain, isLocal, openProvider, rpcIn } from "./endpoint.ts";
import { untilMined } from "../lib/mined.ts";
import { say, sayJson } from "../lib/output.ts";
import { EXIT } from "../lib/program.ts";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** Holds the key that owns the agent; on the command line it would stay in the shell's history. */
export const OPERATOR_KEY = "NEXUS_OPERATOR_KEY";
/** Holds the key that signs the agent's votes. */
export const SIGNER_KEY = "NEXUS_SIGNER_KEY";

/** Options of every `nexus agent` command. */
export const COMMON: Options = READING_OPTIONS;
/** Options of those that change something. */
export const SENDING: Options = {
  ...COMMON,
  send: { about: `really send, with the key in ${OPERATOR_KEY}; the sandbox needs no --send` },
};
export const ID = needed({ value: "N", about: "the agent's id" });

/** What a command works with. */
export type AgentContext = {
  readonly values: Values;
  readonly provider: Provider;
  readonly book: AddressBook;
  readonly registry: AgentRegistry;
  readonly isSending: boolean;
};

/**
 * One transaction that a command would make. `follows`: it needs the one before it, and its data may only be known then.
 */
export type AgentStep = {
  readonly what: string;
  readonly to: string;
  readonly data: string | (() => Promise<string>);
  readonly follows?: boolean;
};

const POLLING_MS = 50;

/** Nothing of value can be lost there: the sandbox, by its name in the book, on this machine. */
const isSandbox = (book: AddressBook, rpc: string): boolean => book.name === "sandbox" && isLocal(rpc);

/** The key in a variable of the environment. @throws UsageError when it is missing or no key; the key is not repeated */
export const keyIn = (name: string): Wallet => {
  const key = process.env[name];
  if (key === undefined) throw new UsageError(`the key must be in ${name}`);
  try {
    return new Wallet(key);
  } catch {
    throw new UsageError(`what is in ${name} is no private key`);
  }
};

/** The agent's id. @throws UsageError when it is missing or no whole number */
export const agentIdIn = (values: Values): number => {
  required(values, "id");
  return wholeNumber(values, "id", 1) ?? 0;
};

/** Opens the chain for one command and closes it after. @throws UsageError when book and chain do not fit */
export const withAgents = async (values: Values, act: (context: AgentContext) => Promise<number>): Promise<number> => {
  const rpc = rpcIn(values);
  const book = await bookIn(values);
  const provider = await openProvider(rpc, { chainId: book.chainId, pollingMs: POLLING_MS });
  try {
    await checkChain(provider, book, rpc);
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
    return await act({ values, provider, book, registry, isSending: values.has("send") || isSandbox(book, rpc) });
  } finally {
    provider.destroy();
  }
};

/** A revert in words. Anything else is thrown on. */
const refusalOf = (error: unknown): string => {
  if (!isCallException(error)) throw error;
  return reasonOf(error);
};

type Done = { readonly what: string; readonly to: string; readonly data: string; readonly outcome: string };

/** What would become of a step, asked of the chain: "ok", or why not. */
const simulate = async ({ provider }: AgentContext, from: string, step: AgentStep): Promise<Done> => {
  const { what, to, data } = step;
  if (step.follows === true || typeof data !== "string") {
    const known = typeof data === "string" ? data : "0x";
    return { what, to, data: known, outcome: "needs the transaction before it" };
  }
  return { what, to, data, outcome: await provider.call({ from, to, data }).then(() => "ok", refusalOf) };
};

const send = async ({ provider }: AgentContext, { what, to, data }: AgentStep): Promise<Done> => {
  const signer = keyIn(OPERATOR_KEY).connect(provider);
  const bytes = typeof data === "string" ? data : await data();
  try {
    const response = await signer.sendTransaction({ to, data: bytes });
    await untilMined(response);
    return { what, to, data: bytes, outcome: response.hash };
  } catch (error) {
    throw new UsageError(`${what}: ${refusalOf(error)}`, { cause: error });
  }
};

/** What can be said of something by one word. */
export type Facts = Readonly<Record<string, string | number | bigint>>;

/** Prints facts, as lines or as one JSON object. */
export const tell = (values: Values, facts: Facts): void => {
  if (values.has("json")) sayJson(facts);
  else for (const [name, value] of Object.entries(facts)) say(`${name.padEnd(18)} ${value.toString()}`);
};

const print = ({ values, isSending }: AgentContext, from: string, done: readonly Done[], facts: Facts): void => {
  if (values.has("json")) {
    sayJson({ sent: isSending, from, steps: done, ...facts });
    return;
  }
  for (const { what, to, data, outcome } of done) {
    say(`${what}: ${outcome}`);
    if (!isSending) say(`  to ${to}\n  data ${data}`);
  }
  tell(values, facts);
  if (!isSending) say("nothing was sent; --send does it");
};

/**
 * Sends the steps, or says what they would be and what the chain would answer.
 * @param after reads the facts that are printed once they are sent
 * @returns the exit code: that of a refusal when a step that was only simulated would be refused
 * @throws UsageError when the chain refuses one that is sent; those before it stand
 */
export const carryOut = async (
  context: AgentContext,
  from: string,
  steps: readonly AgentStep[],
  after: () => Promise<Facts> = () => Promise.resolve({}),
): Promise<number> => {
  const done: Done[] = [];
  for (const step of steps) done.push(await (context.isSending ? send(context, step) : simulate(context, from, step)));
  print(context, from, done, context.isSending ? await after() : {});
  const isRefused = done.some(({ outcome }, i) => outcome !== "ok" && steps[i]?.follows !== true);
  return !context.isSending && isRefused ? EXIT.refused : EXIT.done;
};

/** One transaction to the registry. */
export const step = ({ registry }: AgentContext, what: string, data: string): Promise<AgentStep> =>
  registry.getAddress().then((to) => ({ what, to, data }));

/** The owner: whom a dry run speaks for, and who must hold the key. */
export const ownerOf = async ({ registry, isSending }: AgentContext, agentId: number): Promise<string> =>
  isSending ? keyIn(OPERATOR_KEY).address : registry.ownerOf(agentId);
