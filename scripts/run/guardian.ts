import { JsonRpcProvider, Signature } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import type { EmitEvent, KeeperEvent } from "../../keepers/core/events.ts";
import { Consensus__factory } from "../../types/index.ts";
import {
  type SafeCall,
  callRequest,
  executionData,
  joinSignatures,
  readSigners,
  safeAt,
  safeDigest,
} from "../safe/sign.ts";
import { testKeys } from "../sandbox/account.ts";
import { GUARDIAN_OWNERS, GUARDIAN_SAFE, PEOPLE, SAFE_THRESHOLD } from "../sandbox/fleet.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** Someone who vetoes once, so that one can see what a veto does. */
export type SimulatedGuardian = {
  /** Told everything that the agents tell. */
  readonly hear: (event: KeeperEvent) => void;
  /** Waits for what is under way. */
  readonly stop: () => Promise<void>;
};

export type GuardianOptions = {
  readonly rpcUrl: string;
  readonly book: AddressBook;
  readonly seed: number;
  readonly emit: EmitEvent;
};

/** Its name in views and logs. */
export const GUARDIAN_NAME = "guardian stand-in";
const REASON = "to show a veto: the first proposal that waits is stopped";
const MIN_WAIT = 8;
const WAITS = 8;

/** How many blocks it lets a proposal wait, and which owners of the Safe sign: by the seed alone. */
export const guardianPlan = (seed: number): { readonly waitBlocks: number; readonly owners: readonly string[] } => {
  const first = seed % GUARDIAN_OWNERS.length;
  const order = [...GUARDIAN_OWNERS.slice(first), ...GUARDIAN_OWNERS.slice(0, first)];
  return { waitBlocks: MIN_WAIT + (seed % WAITS), owners: order.slice(0, SAFE_THRESHOLD) };
};

/** Makes the Safe veto a proposal, signed by the named owners and sent by the first. @returns the transaction */
const vetoBySafe = async (
  provider: JsonRpcProvider,
  book: AddressBook,
  { hash, owners }: { readonly hash: string; readonly owners: readonly string[] },
) => {
  const keyAt = testKeys();
  const keys = owners.map((name) => keyAt(PEOPLE.get(name) ?? 0));
  const [sender] = keys;
  if (sender === undefined) throw new Error("a veto needs an owner");
  const data = Consensus__factory.createInterface().encodeFunctionData("veto", [hash, REASON]);
  const call: SafeCall = { to: addressOf(book, "Consensus"), data };
  const safe = safeAt(addressOf(book, GUARDIAN_SAFE), provider);
  const digest = safeDigest(await callRequest(safe, BigInt(book.chainId), call));
  const signed = keys.map((key) => Signature.from(key.signingKey.sign(digest)).serialized);
  const signatures = joinSignatures(digest, signed, await readSigners(safe));
  const to = await safe.getAddress();
  const sent = await sender.connect(provider).sendTransaction({ to, data: executionData(call, signatures) });
  return sent.hash;
};

/** Starts the stand-in: the guardian Safe vetoes the first proposal that waits out its delay, and no other. */
export const startGuardian = ({ rpcUrl, book, seed, emit }: GuardianOptions): SimulatedGuardian => {
  const { waitBlocks, owners } = guardianPlan(seed);
  const provider = new JsonRpcProvider(rpcUrl, book.chainId, { ...NODE_OPTIONS, staticNetwork: true });
  let chosen: { readonly hash: string; readonly from: bigint } | undefined;
  let vetoing: Promise<void> | undefined;
  const veto = async (hash: string): Promise<void> => {
    try {
      const transaction = await vetoBySafe(provider, book, { hash, owners });
      emit({
        kind: "slowVeto",
        agent: GUARDIAN_NAME,
        hash,
        reason: `${owners.join(" and ")} signed ${REASON}`,
        transaction,
      });
    } catch (error) {
      emit({ kind: "trouble", agent: GUARDIAN_NAME, what: error instanceof Error ? error.message : String(error) });
    }
  };
  const hear = (event: KeeperEvent): void => {
    if (event.kind === "slowStatus" && event.status.state === "Queued") {
      chosen ??= { hash: event.status.hash, from: event.status.block + BigInt(waitBlocks) };
    }
    if (event.kind !== "snapshot" || chosen === undefined || event.view.block < chosen.from) return;
    vetoing ??= veto(chosen.hash);
  };
  const stop = async (): Promise<void> => {
    await vetoing;
    provider.destroy();
  };
  return { hear, stop };
};
