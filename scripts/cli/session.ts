import { type JsonRpcApiProvider, type Provider, type Signer, VoidSigner, Wallet, isAddress } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { type Dao, daoOf } from "../../keepers/adapters/readers/contracts.ts";
import { testKeys } from "../sandbox/account.ts";
import { MEMBERS, PEOPLE } from "../sandbox/fleet.ts";
import { untilMined } from "../lib/mined.ts";
import { warn } from "../lib/output.ts";
import { type Options, type Values, UsageError } from "../lib/command.ts";
import { READING_OPTIONS, bookIn, bookPathIn, checkChain, isLocal, openProvider, rpcIn } from "./endpoint.ts";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import type { DaoCall } from "../../keepers/adapters/readers/daoCalls.ts";

/** Holds a member's key; a key on the command line would stay in the shell's history. */
const KEY = "NEXUS_DAO_KEY";
const POLLING_MS = 100;
/** Estimates are made on one block and used on a later one, and a reading of prices wants gas in hand. */
const GAS_MARGIN_PERCENT = 150n;

/** What every command of the DAO is told. */
export const READ_OPTIONS: Options = READING_OPTIONS;

/** What a command that sends is told. `names`: who acts by it in the sandbox; `key`: where the key is elsewhere. */
export const actOptions = (names: readonly string[], key: string = KEY): Options => ({
  ...READ_OPTIONS,
  as: { value: "WHO", about: `in the sandbox ${names.join(", ")}; elsewhere an address, for a dry run` },
  send: { about: `really send, with the key in ${key}; the sandbox needs no telling` },
  "dry-run": { about: "send nothing, in the sandbox either" },
});

/** What every command of the DAO that sends is told. */
export const ACT_OPTIONS = actOptions([...MEMBERS, "depositor", "guardian", "holder"]);

/** One run of a command: the chain, the DAO on it, and the newest block's time in seconds since the epoch. */
export type Session = {
  readonly values: Values;
  readonly book: AddressBook;
  readonly bookPath: string;
  readonly provider: JsonRpcApiProvider;
  /** Tells what a node does not keep, beside what a program reads. */
  readonly warn: (what: string) => void;
  readonly dao: Dao;
  readonly isSandbox: boolean;
  readonly inJson: boolean;
};

/** Time of the newest block, in seconds since the epoch. @throws Error when the node has none */
export const chainTime = async (provider: Provider): Promise<bigint> => {
  const block = await provider.getBlock("latest");
  if (block === null) throw new Error("the node has no newest block");
  return BigInt(block.timestamp);
};

/** The sandbox is a book that says so, on this machine, served by a test node. */
const isSandboxAt = async (book: AddressBook, rpc: string, provider: JsonRpcApiProvider): Promise<boolean> => {
  if (book.name !== "sandbox" || !isLocal(rpc)) return false;
  const version: unknown = await provider.send("web3_clientVersion", []);
  return typeof version === "string" && version.toLowerCase().includes("hardhat");
};

/**
 * Opens the chain and the address book, hands them to `use`, and closes the connection.
 * @throws UsageError when there is no book, or the chain is another
 */
export const withDao = async (values: Values, use: (session: Session) => Promise<number>): Promise<number> => {
  const [bookPath, rpc] = [bookPathIn(values), rpcIn(values)];
  const book = await bookIn(values);
  const provider = await openProvider(rpc, { chainId: book.chainId, pollingMs: POLLING_MS });
  try {
    await checkChain(provider, book, rpc);
    const isSandbox = await isSandboxAt(book, rpc, provider);
    const inJson = values.has("json");
    return await use({ values, book, bookPath, provider, warn, dao: daoOf(book, provider), isSandbox, inJson });
  } finally {
    provider.destroy();
  }
};

/**
 * Who acts, and whether what they do is sent. `nonce`: that of its next transaction, where it was read before the state that
 * is acted on; what was sent at the same time then has the same one, and the chain takes one of the two.
 */
export type Actor = {
  readonly signer: Signer;
  readonly address: string;
  readonly isSending: boolean;
  readonly nonce?: number;
};

const signerNamed = (who: string, provider: Provider, isSandbox: boolean): Signer => {
  const index = isSandbox ? PEOPLE.get(who) : undefined;
  if (index !== undefined) return testKeys()(index).connect(provider);
  const isHex: boolean = isAddress(who);
  if (isHex) return new VoidSigner(who, provider);
  throw new UsageError(
    isSandbox
      ? `--as knows ${[...PEOPLE.keys()].join(", ")}, or an address for a dry run, not “${who}”`
      : `--as takes names only in the sandbox, elsewhere an address, not “${who}”`,
  );
};

/** @throws UsageError when nobody is named, or the named one has no key here */
const signerOf = ({ values, provider, isSandbox }: Session, keyName: string): Signer => {
  const who = values.get("as");
  if (who !== undefined) return signerNamed(who, provider, isSandbox);
  const key = process.env[keyName];
  if (key === undefined) throw new UsageError(`who acts? Say --as WHO, or put a key into ${keyName}`);
  try {
    return new Wallet(key, provider);
  } catch {
    // ethers would repeat the key.
    throw new UsageError(`${keyName} holds no private key`);
  }
};

/**
 * Who acts: whom --as names, or whose key the variable `keyName` holds.
 * @throws UsageError when nobody can be told, or what cannot be signed shall be sent
 */
export const actorOf = async (session: Session, keyName: string = KEY): Promise<Actor> => {
  const { values, isSandbox } = session;
  if (values.has("send") && values.has("dry-run")) throw new UsageError("--send and --dry-run say the opposite");
  const signer = signerOf(session, keyName);
  const isSending = values.has("send") || (isSandbox && !values.has("dry-run"));
  const address = await signer.getAddress();
  if (isSending && signer instanceof VoidSigner) throw new UsageError(`nothing here can sign for ${address}`);
  return { signer, address, isSending };
};

/** What became of an act. Without a hash it was only simulated. */
export type SentReceipt = { readonly hash: string; readonly block: number; readonly gas: bigint };

/**
 * Simulates a call as the actor, then sends it and waits for its block, unless this is a dry run.
 * @throws Error naming the error that the call reverts with
 */
export const act = async (session: Session, actor: Actor, call: DaoCall): Promise<SentReceipt | undefined> => {
  const request = { from: actor.address, to: call.target, data: call.data, value: call.value };
  const gas = await session.provider.estimateGas(request).catch((error: unknown) => {
    throw new Error(`this would fail: ${reasonOf(error)}`, { cause: error });
  });
  if (!actor.isSending) return undefined;
  const gasLimit = (gas * GAS_MARGIN_PERCENT) / 100n;
  const nonce = actor.nonce === undefined ? {} : { nonce: actor.nonce };
  const sent = await actor.signer.sendTransaction({ ...request, gasLimit, ...nonce });
  const receipt = await untilMined(sent);
  return { hash: receipt.hash, block: receipt.blockNumber, gas: receipt.gasUsed };
};

/** One line on what became of an act. */
export const receiptLine = (receipt: SentReceipt | undefined): string =>
  receipt === undefined
    ? "dry run: it would go through; nothing was sent, --send does it"
    : `sent: ${receipt.hash} in block ${receipt.block}, ${receipt.gas} gas`;
