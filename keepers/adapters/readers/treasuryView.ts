import type { AddressBook } from "../../../deployments/schema.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { Treasury__factory } from "../../../types/index.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import { addressesOf } from "../chain/addresses.ts";
import { decodeSnapshot, encodeSnapshotCall } from "../chain/lens.ts";
import type { LogSource } from "./logs.ts";

/**
 * Makes a reader of the treasury, its limits, prices and the breaker at the newest block, in one call of the lens.
 * @returns a function that throws RetryableError when the lens does not answer
 * @throws FatalError when the book lacks a contract
 */
export const viewReader = ({
  book,
  provider,
}: Pick<LogSource, "book" | "provider">): (() => Promise<ChainSnapshot>) => {
  const { lens, tokens, routers } = addressesOf(book);
  const query = { v2Pools: [], v3Pools: [], v3Words: [], tokens, signers: [], scopes: routers, agentId: 0n };
  const data = encodeSnapshotCall(query);
  return async () => decodeSnapshot(query, await provider.call({ to: lens, data })).view;
};

/** The shares of the treasury and the terms on which they leave. Amounts in units; times in seconds. */
export type Shares = {
  readonly supply: bigint;
  readonly decimals: number;
  readonly performanceFeeBps: number;
  readonly minHoldingTime: number;
};

/** Reads the terms of the shares. @throws Error when the chain does not answer or the book has no treasury */
export const readShares = async (book: AddressBook, provider: LogSource["provider"]): Promise<Shares> => {
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  const [supply, decimals, feeBps, holding] = await Promise.all([
    treasury.totalSupply(),
    treasury.decimals(),
    treasury.performanceFeeBps(),
    treasury.MIN_HOLDING_TIME(),
  ]);
  return {
    supply,
    decimals: Number(decimals),
    performanceFeeBps: Number(feeBps),
    minHoldingTime: Number(holding),
  };
};
