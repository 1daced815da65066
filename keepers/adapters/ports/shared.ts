import type { SlowClass, Support } from "../../core/ballot.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import type { Intent, SendPorts } from "../../sending/ports.ts";
import type { Addresses } from "../chain/addresses.ts";
import type { Doors } from "../chain/doors.ts";
import type { Key } from "../chain/keys.ts";
import type { Simulator } from "../chain/simulate.ts";
import { createNonceReader, createOutcomeReader, createSigner, sendRaw } from "../chain/transactions.ts";
import type { FileJournal } from "../journal/file.ts";
import type { ChainNode } from "../chain/node.ts";
import type { Bus } from "../../core/bus.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { Proposal } from "../../core/proposal.ts";

/** What every agent's ports are made of. */
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

/**
 * Makes a hasher total: what a stranger sends may hold numbers that no proposal can, and then it has no digest. The empty
 * one that it gets equals none.
 */
export const totalHasher =
  (hash: (proposal: Proposal) => Hex): ((proposal: Proposal) => Hex) =>
  (proposal) => {
    try {
      return hash(proposal);
    } catch {
      return "0x";
    }
  };

/** Reads each block once, however often it is asked for; a failure is not remembered. */
export const oncePerBlock = <T>(read: (block: BlockNumber) => Promise<T>): ((block: BlockNumber) => Promise<T>) => {
  let last: { readonly block: BlockNumber; readonly answer: Promise<T> } | undefined;
  return (block) => {
    if (last?.block === block) return last.answer;
    const answer = read(block);
    const asked = { block, answer };
    last = asked;
    answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return answer;
  };
};

/** What an agent sends with. */
export type Sending = {
  readonly simulator: Simulator;
  readonly journal: Pick<FileJournal<Intent>, "append" | "load">;
  readonly doors: Doors;
};

/** What an agent sends transactions by. */
export const sendPorts = ({ node, addresses, key, emit }: AgentTools, { simulator, journal }: Sending): SendPorts => ({
  readAccountNonce: createNonceReader(node, key.address),
  readReceipt: createOutcomeReader(node, addresses),
  simulate: (call, block) => simulator.send(call, key.address, block),
  sign: createSigner(key, addresses.chainId),
  send: (raw) => sendRaw(node, raw),
  append: journal.append,
  loadJournal: journal.load,
  emit,
});
