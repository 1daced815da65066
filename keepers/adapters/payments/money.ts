import { type Interface, Signature } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import {
  Accounts__factory,
  Escrow__factory,
  FeeSplitter__factory,
  PaymentChannels__factory,
} from "../../../types/index.ts";
import { assertNever } from "../../core/assertNever.ts";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { type Job, type JobTerms, jobStatusAt } from "../../core/jobTerms.ts";
import { type Address, type BlockNumber, address } from "../../core/units.ts";
import { type Channel, channelOf } from "../../agents/payments/channel.ts";
import type { PaymentCall, ChannelTerms, Operation } from "../../agents/payments/ports.ts";
import type { ChainNode } from "../chain/node.ts";

export const ACCOUNTS: Interface = Accounts__factory.createInterface();
export const CHANNELS: Interface = PaymentChannels__factory.createInterface();
export const ESCROW: Interface = Escrow__factory.createInterface();
const SPLITTER: Interface = FeeSplitter__factory.createInterface();

/** Where money moves between agents, and from which block on it can have. */
export type MoneyAddresses = {
  readonly accounts: Address;
  readonly channels: Address;
  readonly escrow: Address;
  readonly splitter: Address;
  readonly since: bigint;
};

/** @throws FatalError when the address book lacks one */
export const moneyAddressesOf = (book: AddressBook): MoneyAddresses => {
  const entry = (name: string) => {
    const found = book.contracts[name];
    if (found === undefined) throw new FatalError(`the address book has no contract ${name}; deploy first`);
    return found;
  };
  return {
    accounts: address(entry("Accounts").address),
    channels: address(entry("PaymentChannels").address),
    escrow: address(entry("Escrow").address),
    splitter: address(entry("FeeSplitter").address),
    since: BigInt(entry("Accounts").block),
  };
};

type View = { readonly abi: Interface; readonly to: Address; readonly name: string; readonly args: readonly unknown[] };

/** `RecordRefusal.None` of contracts/types/Job.sol. */
const NO_REFUSAL = 0n;

const questionOf = ({ abi, to, name, args }: View, block: BlockNumber) =>
  ["eth_call", [{ to, data: abi.encodeFunctionData(name, args) }, `0x${block.toString(16)}`]] as const;

/** @throws RetryableError when there is no answer */
const decode = ({ abi, name }: View, answer: unknown): unknown => {
  if (typeof answer !== "string" || answer === "0x") throw new RetryableError(`${name} did not answer`);
  return abi.decodeFunctionResult(name, answer)[0];
};

/** Asks a view at one block. @throws RetryableError when there is no answer */
const ask = async <T>(node: ChainNode, view: View, block: BlockNumber): Promise<T> =>
  decode(view, await node.request(...questionOf(view, block))) as T;

type RawChannel = Parameters<typeof channelOf>[0];

/**
 * A channel as two endpoints see it at the same block, where there are two. Deposits and payments only grow: the one that
 * saw more is right, so that nothing is put in twice by who saw less. [NX-NET-01]
 */
const askBoth = async (node: ChainNode, view: View, block: BlockNumber): Promise<Channel> => {
  const question = questionOf(view, block);
  const [first, second] = await Promise.all([node.request(...question), node.askSecond(...question)]);
  const channel = channelOf(decode(view, first) as RawChannel);
  if (second.kind === "none" || second.result === "0x") return channel;
  const other = channelOf(decode(view, second.result) as RawChannel);
  return other.deposited + other.paid > channel.deposited + channel.paid ? other : channel;
};

/** Readers of the money contracts at one block. Amounts in the token's units. */
export const moneyReader = (node: ChainNode, at: MoneyAddresses) => ({
  channel: async (terms: ChannelTerms, block: BlockNumber): Promise<Channel> => {
    const view = { abi: CHANNELS, to: at.channels, name: "channelOf", args: [terms] };
    return channelOf(await ask<RawChannel>(node, view, block));
  },
  /** As two endpoints see it. */
  channelSeenByTwo: (terms: ChannelTerms, block: BlockNumber): Promise<Channel> =>
    askBoth(node, { abi: CHANNELS, to: at.channels, name: "channelOf", args: [terms] }, block),
  job: async (terms: JobTerms, block: BlockNumber): Promise<Job> => {
    const view = { abi: ESCROW, to: at.escrow, name: "jobOf", args: [terms] };
    const { status, reviewStartedAt, feeBps, reserved } = await ask<Record<keyof Job, bigint>>(node, view, block);
    return { status: jobStatusAt(status), reviewStartedAt, feeBps, reserved };
  },
  hasCode: async (account: Address, block: BlockNumber): Promise<boolean> => {
    const code = await node.request("eth_getCode", [account, `0x${block.toString(16)}`]);
    if (typeof code !== "string") throw new RetryableError("the node gave no code");
    return code !== "0x";
  },
  isRecordable: async (terms: JobTerms, block: BlockNumber): Promise<boolean> => {
    const view = { abi: ESCROW, to: at.escrow, name: "previewRecord", args: [terms] };
    return (await ask<bigint>(node, view, block)) === NO_REFUSAL;
  },
  balance: (token: Address, account: Address, block: BlockNumber): Promise<bigint> =>
    ask<bigint>(node, { abi: ACCOUNTS, to: at.accounts, name: "balanceOf", args: [token, account] }, block),
  fees: (token: Address, account: Address, block: BlockNumber): Promise<bigint> =>
    ask<bigint>(node, { abi: ACCOUNTS, to: at.accounts, name: "feesOf", args: [token, account] }, block),
});

const encodeBatch = (claims: Extract<Operation, { readonly kind: "claimMany" }>["claims"]): Hex => {
  const [first] = claims;
  if (first === undefined) throw new RangeError("a batch of no claims");
  const { receiver, receiverAuthorizer, token, withdrawDelay } = first.terms;
  const parts = claims.map(({ terms: { payer, payerAuthorizer, salt }, total }) => ({
    payer,
    payerAuthorizer,
    salt,
    maxClaimableAmount: total,
  }));
  const signatures = `0x${claims.map(({ compact }) => compact.slice(2)).join("")}`;
  const group = { receiver, receiverAuthorizer, token, withdrawDelay };
  return hex(CHANNELS.encodeFunctionData("claimMany", [group, parts, signatures]));
};

/** The transaction that does an operation. */
export const encodeOperation =
  ({ channels, escrow, splitter }: MoneyAddresses): ((operation: Operation) => PaymentCall) =>
  (operation) => {
    const onChannels = (name: string, args: readonly unknown[]): PaymentCall => ({
      to: channels,
      data: hex(CHANNELS.encodeFunctionData(name, args)),
    });
    const onEscrow = (name: string, args: readonly unknown[]): PaymentCall => ({
      to: escrow,
      data: hex(ESCROW.encodeFunctionData(name, args)),
    });
    switch (operation.kind) {
      case "open":
      case "topUp":
        return onChannels(operation.kind, [operation.terms, operation.amount]);
      case "claim":
        return onChannels("claim", [operation.terms, operation.total, operation.signature]);
      case "claimMany":
        return { to: channels, data: encodeBatch(operation.claims) };
      case "finalizeClose":
        return onChannels("finalizeClose", [operation.terms]);
      case "resolveTimeout":
      case "record":
        return onEscrow(operation.kind, [operation.terms]);
      case "approve":
        // Only jobs at a fixed price are approved by rule: no outcome counts there.
        return onEscrow("approve", [operation.terms, 0n]);
      case "divide":
        return {
          to: splitter,
          data: hex(SPLITTER.encodeFunctionData("divide", [operation.token, operation.accounts])),
        };
      default:
        return assertNever(operation);
    }
  };

/** A signature in 64 bytes (ERC-2098). @throws Error when it is none of ECDSA */
export const compactOf = (signature: Hex): Hex => hex(Signature.from(signature).compactSerialized);
