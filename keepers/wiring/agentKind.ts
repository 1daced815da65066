import { join } from "node:path";
import type { z } from "zod";
import type { AddressBook } from "../../deployments/schema.ts";
import type { Addresses } from "../adapters/chain/addresses.ts";
import type { Key } from "../adapters/chain/keys.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import { readSignerRecord } from "../adapters/chain/voters.ts";
import { type DecisionLog, openDecisionLog } from "../adapters/decisions/decisionLog.ts";
import type { SharedConfig } from "../config/schema.ts";
import type { SlowClass, Support } from "../core/ballot.ts";
import type { Bus } from "../core/bus.ts";
import { FatalError } from "../core/errors.ts";
import type { EmitEvent } from "../core/events.ts";
import type { Hex } from "../core/hex.ts";
import type { Proposal } from "../core/proposal.ts";
import type { Store, TransactionStore } from "../core/store.ts";
import type { Address } from "../core/units.ts";
import type { Pipeline } from "../sending/pipeline.ts";
import type { KeyRing } from "../adapters/bus/keyRing.ts";

/** An agent of this process as the others know it: whether it answers proposals, whether it pays gas, and its account. */
export type FleetMember = {
  readonly name: string;
  readonly reviews: boolean;
  readonly paysGas: boolean;
  readonly account: Address;
};

/** What the agents of one process share. `Config` has the groups of settings that a kind reads. */
export type Common<Config = SharedConfig> = {
  readonly config: Config;
  readonly book: AddressBook;
  readonly addresses: Addresses;
  readonly bus: Bus;
  readonly emit: EmitEvent;
  /** Every agent of this process. */
  readonly members: readonly FleetMember[];
  /** Calls `listener` with every event of this process, from now on; returns what ends it. */
  readonly hear: (listener: EmitEvent) => () => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** The fleet's store, if it has one. */
  readonly store?: Pick<Store, "transactions"> | undefined;
  /** Where its history goes, if it has one. */
  readonly history?: Pick<Store["history"], "raise" | "clear"> | undefined;
  /** Where all agents' transactions are stored; undefined where each has a journal on its own disk. */
  readonly transactions?: TransactionStore | undefined;
  /** Message and box keys of those agents that have some, by name. */
  readonly rings?: ReadonlyMap<string, KeyRing>;
};

/** What every agent's ports are made of: its key, its own connection, and what it shares with the others. */
export type AgentTools = {
  readonly name: string;
  readonly key: Key;
  readonly node: ChainNode;
  readonly addresses: Addresses;
  readonly bus: Bus;
  readonly hashProposal: (proposal: Proposal) => Hex;
  readonly hashBallot: (hash: Hex, riskClass: SlowClass, support: Support) => Hex;
  /** Vote signers whose seats count; the list grows and shrinks with the registry. */
  readonly voters: () => readonly Address[];
  readonly nowMs: () => number;
  readonly emit: EmitEvent;
  /** Asks for a tick. */
  readonly wake: () => void;
};

/** An agent that is ready: its tick, and what must be closed behind it. */
export type Prepared = {
  readonly tick: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** What it sends by, if it sends. */
  readonly pipeline: Pipeline | undefined;
};

/**
 * What agents do for the proposals on the bus of their process. "other" neither makes nor answers nor sends them; "watches" does
 * not send anything at all.
 */
export type AgentPart = "proposes" | "reviews" | "sends" | "other" | "watches";

/** One kind of agent, as the configuration, the fleet and the commands know it. */
export type AgentKind<Settings extends z.ZodObject, Config> = {
  /** Its group of the configuration, which bears the kind's name. */
  readonly settings: Settings;
  /** Whether its key needs a seat in the registry. */
  readonly votes: boolean;
  readonly part: AgentPart;
  /** @throws FatalError when it cannot run: no seat, an unknown token, a foreign journal */
  readonly prepare: (common: Common<Config>, tools: AgentTools) => Promise<Prepared>;
};

/** The parts that a kind of agent is made of. */
type KindParts<Settings extends z.ZodObject, Config, A> = Omit<AgentKind<Settings, Config>, "prepare"> & {
  /** Puts one agent together. What it opened is closed by `close`, and by itself when it fails. */
  readonly build: (
    common: Common<Config>,
    tools: AgentTools,
  ) => Promise<{
    readonly agent: A;
    readonly close: () => Promise<void>;
    readonly pipeline?: Pipeline | undefined;
  }>;
  readonly tick: (agent: A) => Promise<void>;
  /** Only of an agent that sends: takes up what an earlier life left unresolved. */
  readonly resume?: (agent: A) => Promise<void>;
};

/** Closes what was opened when what comes after it fails: nothing stays open, and no lock is kept. */
export const closeOnFailure = async <T>(
  { close }: { readonly close: () => Promise<void> },
  rest: () => Promise<T>,
): Promise<T> => {
  try {
    return await rest();
  } catch (error) {
    await close();
    throw error;
  }
};

/** A kind of agent: built, resumed and only then ready for its first tick. */
export const agentKind = <Settings extends z.ZodObject, Config, A>({
  settings,
  votes,
  part,
  build,
  tick,
  resume,
}: KindParts<Settings, Config, A>): AgentKind<Settings, Config> => ({
  settings,
  votes,
  part,
  prepare: async (common, tools) => {
    const { agent, close, pipeline } = await build(common, tools);
    if (resume !== undefined) await closeOnFailure({ close }, () => resume(agent));
    return { tick: () => tick(agent), close, pipeline };
  },
});

/** Opens the file of what an agent's proposals were decided on. */
export const openDecisions = ({ config, emit }: Common, { name }: AgentTools): Promise<DecisionLog> =>
  openDecisionLog(join(config.dataDir, `${name}.decisions.jsonl`), (what) =>
    emit({ kind: "trouble", agent: name, what }),
  );

/** A traded token by its symbol. @throws FatalError when the book has none of that name */
export const tokenNamed = ({ addresses }: Common, name: string): Address => {
  const found = addresses.tokens.find(({ symbol }) => symbol === name);
  if (found === undefined) throw new FatalError(`the address book has no traded token ${name}`);
  return found.address;
};

/** The agent that votes with our key. @throws FatalError when the key has no seat */
export const seatedId = async (tools: AgentTools): Promise<bigint> => {
  const agentId = await readSignerRecord(tools.node, tools.addresses.registry, tools.key.address);
  if (agentId === 0n)
    throw new FatalError(`${tools.name}: the key ${tools.key.address} has no signer record in the registry`);
  return agentId;
};
