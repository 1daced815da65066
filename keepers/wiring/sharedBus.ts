import { join } from "node:path";
import { openCursors } from "../adapters/bus/cursors.ts";
import { nativePrimitives } from "../adapters/bus/nacl.ts";
import type { KeyRing } from "../adapters/bus/keyRing.ts";
import { type RedisBus, createRedisBus } from "../adapters/bus/redis.ts";
import { createKey } from "../adapters/chain/keys.ts";
import { watchMembers } from "../adapters/chain/members.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import { readSignerRecord } from "../adapters/chain/voters.ts";
import type { Common } from "./agentKind.ts";
import type { AgentConfig, KeeperConfig } from "./config.ts";
import type { Bus } from "../core/bus.ts";
import { bytesOf } from "../core/envelope/layout.ts";
import { type Directory, keysAt } from "../core/envelope/members.ts";
import { createKeyChoice } from "../core/envelope/ownKeys.ts";
import type { Identity } from "../core/envelope/write.ts";
import { FatalError } from "../core/errors.ts";
import { hex } from "../core/hex.ts";

/**
 * Where the bus is: an address as `busServerIn` reads it, the prefix of its keys, replicas that must hold a message.
 * `process`: what tells this process from others that share its data folder.
 */
export type BusSettings = {
  readonly url: string;
  readonly prefix: string;
  readonly replicas: number;
  readonly process: string | undefined;
};

/** The file of this process's cursors, which no other process may have open. */
const cursorsPath = ({ config, addresses }: Common<KeeperConfig>, { process }: BusSettings): string =>
  join(config.dataDir, `bus-${addresses.chainId}${process === undefined ? "" : `-${process}`}.cursors`);

/** The bus that a fleet shares with those of others. */
export type SharedBus = {
  /** The bus as the agent with this name has it. */
  readonly of: (name: string) => Bus;
  readonly close: () => Promise<void>;
};

const bytesIn = (secret: { readonly reveal: () => string }): Uint8Array => bytesOf(hex(secret.reveal()));

/** Who an agent is on the bus: its keys change with the registry. */
type Speaker = { readonly ring: KeyRing; readonly identity: () => Identity };

/** An agent that speaks; undefined for one without message keys or without a seat, which only reads. */
const speakerOf = async (
  { addresses, rings, nowMs }: Common<KeeperConfig>,
  { node, directory }: { readonly node: ChainNode; readonly directory: Directory },
  { name, key }: AgentConfig,
): Promise<Speaker | undefined> => {
  const ring = rings?.get(name);
  if (ring === undefined) return undefined;
  const agentId = await readSignerRecord(node, addresses.registry, createKey(key.reveal()).address);
  if (agentId === 0n) return undefined;
  const choose = createKeyChoice(nowMs);
  const identity = (): Identity => {
    const [newest] = ring.all();
    const keys = choose(keysAt(directory.member(agentId), directory.chainTime()), ring.all()) ?? newest;
    if (keys === undefined) throw new FatalError(`${name} has no message keys`);
    return { agentId, signer: keys.signer, boxKeys: keys.boxKeys };
  };
  return { ring, identity };
};

/** Why others would refuse what this agent signs; undefined when they would not. */
const keyFault = (directory: Directory, { identity }: Speaker): string | undefined => {
  const { agentId, signer, boxKeys } = identity();
  const valid = keysAt(directory.member(agentId), directory.chainTime());
  const registered = valid.find(({ messageKey }) => messageKey === signer.messageKey);
  if (registered?.boxKey === boxKeys.boxKey) return undefined;
  return `agent ${agentId} has other message keys in the registry: others refuse what it says until nexus agent rotate-keys puts these there`;
};

const openBus = async (common: Common<KeeperConfig>, node: ChainNode, settings: BusSettings) => {
  const { config, book, addresses, emit, nowMs } = common;
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: "bus", what });
  const fromBlock = BigInt(book.contracts["AgentRegistry"]?.block ?? 0);
  const directory = await watchMembers(node, { registry: addresses.registry, fromBlock, onTrouble });
  const speakers = new Map<string, Speaker>();
  for (const agent of config.agents) {
    const speaker = await speakerOf(common, { node, directory }, agent);
    const fault = speaker && keyFault(directory, speaker);
    if (speaker !== undefined) speakers.set(agent.name, speaker);
    if (fault !== undefined) onTrouble(fault);
  }
  // An agent without a seat reads what is sealed for the member whose box key it was given.
  const reading = config.agents.flatMap(({ name, boxKey }) =>
    boxKey === undefined || speakers.has(name) ? [] : [nativePrimitives.boxKeys(bytesIn(boxKey))],
  );
  const rings = [...speakers.values()].map(({ ring }) => ring);
  const { chainId } = addresses;
  const bus: RedisBus = createRedisBus({
    url: settings.url,
    replicas: settings.replicas,
    place: { prefix: settings.prefix, chainId },
    realm: { chainId, registry: addresses.registry },
    directory,
    identities: [...speakers.values()].map(({ identity }) => identity()),
    boxKeys: () => [...rings.flatMap((ring) => ring.all().map(({ boxKeys }) => boxKeys)), ...reading],
    cursors: await openCursors(cursorsPath(common, settings)),
    capacity: config.busCapacity,
    nowMs,
    onTrouble,
  });
  return { bus, speakers };
};

/**
 * Opens the shared bus over a connection to the chain of its own. A server that cannot be used is no reason not to start.
 * @throws FatalError when the chain cannot be asked, or another process has this one's cursors
 */
export const openSharedBus = async (
  common: Common<KeeperConfig>,
  node: ChainNode,
  settings: BusSettings,
): Promise<SharedBus> => {
  try {
    await node.ready;
    const { bus, speakers } = await openBus(common, node, settings);
    return {
      of: (name) => ({
        ...bus.as(),
        // By the keys of the time.
        publish: (topic, message) => bus.as(speakers.get(name)?.identity()).publish(topic, message),
      }),
      close: async () => {
        node.close();
        await bus.close();
      },
    };
  } catch (error) {
    node.close();
    throw error;
  }
};
