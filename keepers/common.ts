import { join } from "node:path";
import type { AddressBook } from "../deployments/schema.ts";
import type { Addresses } from "./adapters/chain/addresses.ts";
import { readSeat } from "./adapters/chain/voters.ts";
import { type FileJournal, type ToIntent, openFileJournal } from "./adapters/journal/file.ts";
import { underLock } from "./adapters/lock/lockFile.ts";
import type { AgentTools } from "./adapters/ports/shared.ts";
import type { KeeperConfig } from "./config/schema.ts";
import type { Bus } from "./core/bus.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import type { Address } from "./core/units.ts";
import type { SignedIntent } from "./sending/ports.ts";

/** What the agents of one process share. */
export type Common = {
  readonly config: KeeperConfig;
  readonly book: AddressBook;
  readonly addresses: Addresses;
  readonly bus: Bus;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

/** An agent that is ready: its tick, and what must be closed behind it. */
export type Prepared = { readonly tick: () => Promise<void>; readonly close: () => Promise<void> };

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

/**
 * Opens the journal of an agent that sends. Its key is locked with it: two senders with one account would use each nonce
 * twice. [NX-KEE-07]
 * @throws FatalError when another process has one of the two
 */
export const openJournal = async <I extends SignedIntent>(
  { config: { dataDir } }: Common,
  { name, key }: Pick<AgentTools, "name" | "key">,
  toIntent: ToIntent<I>,
): Promise<FileJournal<I>> => {
  const path = join(dataDir, `${name}.journal.jsonl`);
  return underLock(join(dataDir, key.address), () => openFileJournal(path, toIntent));
};

/** A traded token by its symbol. @throws FatalError when the book has none of that name */
export const tokenNamed = ({ addresses }: Common, name: string): Address => {
  const found = addresses.tokens.find(({ symbol }) => symbol === name);
  if (found === undefined) throw new FatalError(`the address book has no traded token ${name}`);
  return found.address;
};

/** The agent that votes with our key. @throws FatalError when the key has no seat */
export const seatedId = async (tools: AgentTools): Promise<bigint> => {
  const agentId = await readSeat(tools.node, tools.addresses.registry, tools.key.address);
  if (agentId === 0n) throw new FatalError(`${tools.name}: the key ${tools.key.address} has no seat in the registry`);
  return agentId;
};
