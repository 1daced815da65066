import { existsSync } from "node:fs";
import type { KeyRing } from "../adapters/bus/keyRing.ts";
import { keccak } from "../adapters/chain/keys.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import {
  createRegisteredKeysReader,
  profileHash,
  readMayAct,
  renewCall,
  renewedCheck,
} from "../adapters/chain/registeredKeys.ts";
import { readSignerRecord } from "../adapters/chain/voters.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import type { SharedConfig } from "../config/schema.ts";
import { RetryableError } from "../core/errors.ts";
import { concat } from "../core/hex.ts";
import type { RegisteredKeys } from "../core/keyAge.ts";
import { type Address, address, unixSeconds } from "../core/units.ts";
import { advance, resumePipeline } from "../sending/advance.ts";
import {
  type KeyKeeping,
  type KeyPorts,
  type RenewalPorts,
  createKeyCare,
  renewalDeadline,
} from "../sending/keyRenewal.ts";
import { type Pipeline, submit } from "../sending/pipeline.ts";
import { ASIDE, createSender, inFlight } from "../sending/send.ts";
import { type Loop, startLoop } from "../runtime/loop.ts";
import type { AgentTools, Common, Prepared } from "./agentKind.ts";
import { senderPorts } from "./sending.ts";
import { openTransactions, sendingFiles } from "./transactions.ts";

type Config = SharedConfig & { readonly execution: ExecutionSettings };
type CareCommon = Common<Config>;
type Tools = Pick<AgentTools, "name" | "key" | "node" | "addresses" | "nowMs" | "emit">;

/** What looks after an agent's keys: what it does at a head, and what must be closed behind it. */
type KeyCare = { readonly tick: () => Promise<void>; readonly close: () => Promise<void> };

/** A way to send for an agent that has none: opened when there is something to send, or something was left. */
const openLater = (common: CareCommon, tools: Tools) => {
  const { config, addresses } = common;
  const { name, key } = tools;
  let opened: Promise<{ readonly pipeline: Pipeline; readonly close: () => Promise<void> }> | undefined;
  const open = async () => {
    const { store, close } = await openTransactions(common, tools);
    const { gasMarginPercent, tipWei: tip, maxGasPriceWei: maxGasPrice } = config.execution;
    const policy = { name, sender: key.address, dryRun: config.dryRun, gasMarginPercent, gasReserve: 0n };
    const none = (): void => undefined;
    const pipeline = createSender(
      senderPorts({ node: tools.node, addresses, key, nowMs: tools.nowMs }, store),
      { ...policy, tip, maxGasPrice },
      { onResult: none, onSent: none, onTrouble: (what) => tools.emit({ kind: "trouble", agent: name, what }) },
    );
    await resumePipeline(pipeline);
    return { pipeline, close };
  };
  const get = async (): Promise<Pipeline> => (await (opened ??= open())).pipeline;
  const isThere = (): boolean => opened !== undefined || existsSync(sendingFiles(config.dataDir, name).transactions);
  return {
    get,
    /** Looks after what is in flight. */
    tick: async (): Promise<void> => {
      const now = tools.node.head();
      if (now === undefined || !isThere()) return;
      const pipeline = await get();
      if (inFlight(pipeline).length > 0 || pipeline.queue.length > 0) await advance(pipeline, now);
    },
    close: async (): Promise<void> => (opened === undefined ? undefined : (await opened).close()),
  };
};

/** Whether keys that an agent makes could be kept. */
const canKeep = async (ring: KeyRing, say: (what: string) => void): Promise<boolean> => {
  try {
    await ring.probe();
    return true;
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    say(`its message keys are not renewed by itself: ${error.message}`);
    return false;
  }
};

/** Whose keys, by which contract and which way of sending, and where they are kept. */
type Ways = {
  readonly agentId: bigint;
  readonly contract: Address;
  readonly pipeline: () => Promise<Pipeline>;
  readonly ring: KeyKeeping;
};

/** How an agent's keys are replaced. */
export const renewalPorts = (
  { node, registry }: { readonly node: Pick<ChainNode, "request" | "head">; readonly registry: Address },
  { agentId, contract, pipeline, ring }: Ways,
): RenewalPorts => ({
  ring,
  mayRenew: () => readMayAct(node, { registry, agentId }, contract),
  operationOf: (current, next) => {
    const { data, answer } = renewedCheck(agentId, current, next);
    return {
      // The registry has each profile once: the contract takes no other one for the current profile.
      id: keccak(concat([contract, profileHash(current), next.messageKey, next.boxKey])),
      call: { target: contract, value: 0n, data: renewCall(agentId, current, next) },
      value: 0n,
      priority: 0,
      urgency: "patient",
      deadline: unixSeconds(renewalDeadline(node.head()?.time ?? unixSeconds(0n))),
      endsOnChain: false,
      doneWhen: { kind: "equals", call: { target: registry, value: 0n, data }, answer },
      guards: [],
      note: ASIDE,
    };
  },
  submit: async (operation, now) => submit(await pipeline(), operation, now),
});

const NOTHING: KeyCare = { tick: () => Promise.resolve(), close: () => Promise.resolve() };

/**
 * How an agent's keys are replaced; undefined where they are not: in a dry run, without keys of its own, without the contract, or
 * where no other keys could be kept.
 */
const openRenewal = async (
  { config, book, addresses: { registry }, rings }: CareCommon,
  { node, name, emit }: Tools,
  { agentId, pipeline }: Pick<Ways, "agentId" | "pipeline">,
): Promise<RenewalPorts | undefined> => {
  const contract = book.contracts["MessageKeyRenewal"]?.address;
  const ring = rings?.get(name);
  if (config.keys.messageDays === 0 || config.dryRun || ring === undefined || contract === undefined) return undefined;
  if (!(await canKeep(ring, (what) => emit({ kind: "trouble", agent: name, what })))) return undefined;
  return renewalPorts({ node, registry }, { agentId, contract: address(contract), pipeline, ring });
};

/** Tells since when the registry has an agent's keys, whenever that changes. */
const tellingKeys = ({ name, emit }: Tools, agentId: bigint): KeyPorts["onKeys"] => {
  let before: RegisteredKeys | undefined;
  return (registered, askFrom) => {
    const { signerSince, profileSince } = registered;
    if (before?.signerSince === signerSince && before.profileSince === profileSince) return;
    before = registered;
    emit({ kind: "keys", agent: name, agentId, signerSince, profileSince, askFrom });
  };
};

/** Opens what looks after an agent's keys, over its own connection. There is nothing to do for one without a seat. */
const openKeyCare = async (
  common: CareCommon,
  tools: Tools,
  prepared: Pick<Prepared, "pipeline">,
): Promise<KeyCare> => {
  const {
    config: { keys: ages },
    book,
    addresses: { registry },
  } = common;
  const { name, node, key, emit } = tools;
  const agentId = await readSignerRecord(node, registry, key.address);
  if (agentId === 0n || (ages.messageDays === 0 && ages.voteDays === 0)) return NOTHING;
  const own = openLater(common, tools);
  const pipeline = async (): Promise<Pipeline> => prepared.pipeline ?? own.get();
  const renewal = await openRenewal(common, tools, { agentId, pipeline });
  const onTrouble = (what: string): void => emit({ kind: "trouble", agent: name, what });
  const fromBlock = BigInt(book.contracts["AgentRegistry"]?.block ?? 0);
  const readKeys = createRegisteredKeysReader(node, { registry, fromBlock, agentId, onTrouble });
  const look = createKeyCare(
    { head: node.head, readKeys, renewal, onKeys: tellingKeys(tools, agentId), onTrouble },
    { agentId, signer: key.address, ages, everyBlocks: ages.everyBlocks },
  );
  const tick = async (): Promise<void> => {
    await look();
    if (prepared.pipeline === undefined && renewal !== undefined) await own.tick();
  };
  return { tick, close: own.close };
};

/**
 * Looks after an agent's keys at each head, beside the agent's own rounds. It takes its time to get ready, which the agent does not
 * wait for.
 */
export const startKeyCare = (common: CareCommon, tools: Tools, prepared: Pick<Prepared, "pipeline">): Loop => {
  const { config, signal, nowMs, emit } = common;
  let care: KeyCare | undefined;
  const tick = async (): Promise<void> => {
    care ??= await openKeyCare(common, tools, prepared);
    await care.tick();
  };
  const onTrouble = (what: string): void => {
    // Its connection ends with its agent.
    if (!signal.aborted) emit({ kind: "trouble", agent: tools.name, what });
  };
  const loop = startLoop({ tick, signal, deadlineMs: config.node.readyTimeoutMs, nowMs, onTrouble });
  const closeAfterwards = async (): Promise<void> => {
    try {
      await loop.done;
    } finally {
      await care?.close();
    }
  };
  tools.node.onHead(() => loop.wake());
  loop.wake();
  return { ...loop, done: closeAfterwards() };
};
