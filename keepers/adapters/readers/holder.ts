import { ZeroAddress, getAddress } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import { NexusGovernor__factory, NexusToken__factory, Treasury__factory } from "../../../types/index.ts";
import { RetryableError } from "../../core/errors.ts";
import type { LogSource } from "./logs.ts";
import { reasonOf } from "./reason.ts";

/** What a signature of typed data must name: the domain of a contract, and the account's next number there. */
export type SigningTerms = { readonly name: string; readonly version: string; readonly nonce: bigint };

/** What an account holds at one block. Units of shares, of the base asset and of votes; `recentUntil` in Unix seconds. */
export type Holder = {
  readonly block: number;
  readonly time: number;
  readonly account: string;
  readonly shareDecimals: number;
  readonly shares: bigint;
  readonly redeemable: bigint;
  /** Undefined where no share waits. */
  readonly recentUntil: number | undefined;
  readonly assets: bigint;
  readonly allowance: bigint;
  readonly tokens: bigint;
  readonly votes: bigint;
  /** Undefined where the tokens vote with nobody. */
  readonly delegate: string | undefined;
  readonly governor: SigningTerms;
  readonly token: SigningTerms;
};

type At = { readonly blockTag: number };

const readShares = async ({ book, provider }: Pick<LogSource, "book" | "provider">, account: string, at: At) => {
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  const asset = NexusToken__factory.connect(await treasury.asset(at), provider);
  const shareDecimals = Number(await treasury.decimals(at));
  const [shares, redeemable, [recent, until], assets, allowance] = await Promise.all([
    treasury.balanceOf(account, at),
    treasury.maxRedeem(account, at),
    treasury.recentSharesOf(account, at),
    asset.balanceOf(account, at),
    asset.allowance(account, treasury.getAddress(), at),
  ]);
  return {
    shareDecimals,
    shares,
    redeemable,
    recentUntil: recent === 0n ? undefined : Number(until),
    assets,
    allowance,
  };
};

const readVotes = async ({ book, provider }: Pick<LogSource, "book" | "provider">, account: string, at: At) => {
  const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), provider);
  const governor = NexusGovernor__factory.connect(addressOf(book, "NexusGovernor"), provider);
  const [tokens, votes, to] = await Promise.all([
    token.balanceOf(account, at),
    token.getVotes(account, at),
    token.delegates(account, at),
  ]);
  const [ofGovernor, governorNonce, ofToken, tokenNonce] = await Promise.all([
    governor.eip712Domain(at),
    governor.nonces(account, at),
    token.eip712Domain(at),
    token.nonces(account, at),
  ]);
  return {
    tokens,
    votes,
    delegate: to === ZeroAddress ? undefined : to,
    governor: { name: ofGovernor.name, version: ofGovernor.version, nonce: governorNonce },
    token: { name: ofToken.name, version: ofToken.version, nonce: tokenNonce },
  };
};

const read = async (source: Pick<LogSource, "book" | "provider">, account: string): Promise<Holder> => {
  const block = await source.provider.getBlock("latest");
  if (block === null) throw new RetryableError("the node tells no newest block");
  const at = { blockTag: block.number };
  const [shares, votes] = await Promise.all([readShares(source, account, at), readVotes(source, account, at)]);
  return { block: block.number, time: block.timestamp, account, ...shares, ...votes };
};

/** Reads what an account holds, all at the newest block. @throws RetryableError when the chain does not answer */
export const readHolder = (source: Pick<LogSource, "book" | "provider">, account: string): Promise<Holder> =>
  read(source, getAddress(account.toLowerCase())).catch((cause: unknown) => {
    throw new RetryableError(`the chain does not answer: ${reasonOf(cause)}`, { cause });
  });
