import type { Interface } from "ethers";
import { BreakerEvidence__factory, OracleHub__factory } from "../../../types/index.ts";
import { RetryableError } from "../../core/errors.ts";
import { type QuoteStatus, QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { type Address, type BlockNumber, unixSeconds } from "../../core/units.ts";
import { SOURCE_STATUSES } from "../../market/prices/agreement.ts";
import type { FeedReading, SourceReading } from "../../market/prices/feedHealth.ts";
import { type CauseEvidence, type EvidenceStatus, EVIDENCE_STATUSES } from "../../agents/monitor/causes.ts";
import {
  type AssetEvidence,
  type BreakerCause,
  type EvidenceOperation,
  BREAKER_CAUSES,
} from "../../agents/monitor/evidence.ts";
import type { MonitorReading } from "../../agents/monitor/ports.ts";
import { type ShareCause, type ShareEvidence, SHARE_CAUSES } from "../../agents/monitor/shares.ts";
import type { TokenInfo } from "../chain/addresses.ts";
import type { ChainNode } from "../chain/node.ts";
import { RpcError, isRecord, quantityOf } from "../chain/rpc.ts";

const hubAbi: Interface = OracleHub__factory.createInterface();
const evidenceAbi: Interface = BreakerEvidence__factory.createInterface();

/** Where prices are read and evidence is judged. */
export type EvidencePlaces = {
  readonly oracleHub: Address;
  /** Undefined in a deployment without it. */
  readonly evidence: Address | undefined;
  readonly tokens: readonly TokenInfo[];
  /** What a source is called, by the address that it is read at. */
  readonly nameOf: (reader: string) => string;
  /** The longest that a source's makers let it be silent, in seconds, by its name. */
  readonly heartbeatOf: (name: string) => bigint | undefined;
  /** The largest holders of the treasury's shares as they are known, in the order of addresses. @throws RetryableError */
  readonly holdersAt: (block: BlockNumber) => Promise<readonly Address[]>;
};

type Ask = (to: Address, abi: Interface, call: readonly [name: string, ...args: readonly unknown[]]) => Promise<Values>;
type Values = Readonly<Record<string, unknown>> & readonly unknown[];

/** What a contract answered, by name and by place. */
const isValues = (value: unknown): value is Values => Array.isArray(value);

const big = (value: unknown): bigint => (typeof value === "bigint" ? value : 0n);
const part = (value: unknown, name: string): bigint => {
  const found: unknown = isValues(value) || isRecord(value) ? value[name] : undefined;
  return big(found);
};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Asks contracts at one block. @throws RetryableError when the node does not answer as a contract does */
const askAt = (node: Pick<ChainNode, "request">, block: BlockNumber): Ask => {
  const tag = `0x${block.toString(16)}`;
  return async (to, abi, [name, ...args]) => {
    const data = abi.encodeFunctionData(name, args);
    const answer = await node.request("eth_call", [{ to, data }, tag]);
    if (typeof answer !== "string" || answer === "0x") throw new RetryableError(`${name} was not answered`);
    const values: unknown = abi.decodeFunctionResult(name, answer);
    if (!isValues(values)) throw new RetryableError(`${name} was answered with something else`);
    return values;
  };
};

const statusIn = (value: unknown): QuoteStatus => QUOTE_STATUSES[Number(big(value))] ?? "UnknownAsset";

const sourceOf = (places: EvidencePlaces, view: unknown, rule: unknown): SourceReading => {
  const reader = isValues(view) ? String(view["reader"]) : "";
  const name = places.nameOf(reader);
  return {
    name,
    state: SOURCE_STATUSES[Number(part(view, "status"))] ?? "Unreadable",
    price: part(view, "price"),
    updatedAt: part(view, "updatedAt"),
    maxAge: part(rule, "maxAge"),
    heartbeat: places.heartbeatOf(name),
  };
};

type Where = { readonly ask: Ask; readonly places: EvidencePlaces; readonly now: bigint };

const readFeed = async ({ ask, places, now }: Where, { address: token, symbol }: TokenInfo): Promise<FeedReading> => {
  const { oracleHub } = places;
  const [feed, quote, views] = await Promise.all([
    ask(oracleHub, hubAbi, ["feedOf", token]),
    ask(oracleHub, hubAbi, ["previewQuote", token]),
    ask(oracleHub, hubAbi, ["previewSources", token]),
  ]);
  const rules = listOf(feed[1]);
  return {
    asset: symbol,
    now,
    status: statusIn(quote[0]),
    middle: part(quote[1], "middle"),
    confidenceBps: part(quote[1], "confidenceBps"),
    quorum: Number(part(feed[0], "quorum")),
    sources: listOf(views[0]).map((view, index) => sourceOf(places, view, rules[index])),
  };
};

/** The contract numbers the causes about assets first. */
const CAUSES: readonly string[] = [...BREAKER_CAUSES, ...SHARE_CAUSES];
const causeIndex = (cause: BreakerCause | ShareCause): number => CAUSES.indexOf(cause);

const statusOf = (values: Values | undefined): EvidenceStatus =>
  EVIDENCE_STATUSES[Number(big(values?.[0]))] ?? "Disabled";

const readShares = async (
  { ask }: Where,
  evidence: Address,
  { cause, holders }: Pick<ShareEvidence, "cause" | "holders">,
): Promise<ShareEvidence> => {
  const index = causeIndex(cause);
  const [watched, found, trip, restore] = await Promise.all([
    ask(evidence, evidenceAbi, ["shareWatchOf", index]),
    ask(evidence, evidenceAbi, ["previewShares", index, holders]),
    ask(evidence, evidenceAbi, ["previewTripShares", index, holders]),
    ask(evidence, evidenceAbi, ["previewRestoreShares", index, holders]),
  ]);
  const [shownAt, goneAt] = [part(watched[0], "markedAt"), part(watched[0], "goneAt")];
  const [marked, present] = [part(watched[0], "atLeast"), big(found[0])];
  return { cause, holders, trip: statusOf(trip), restore: statusOf(restore), shownAt, goneAt, marked, present };
};

/**
 * What cannot be measured now is left out, and evidence about prices does not wait for it: a held asset has no value, or the node
 * does not tell who holds shares.
 */
const unlessUnknown = async (reading: Promise<ShareEvidence>): Promise<readonly ShareEvidence[]> => {
  try {
    return [await reading];
  } catch (error) {
    if (error instanceof RpcError || error instanceof RetryableError) return [];
    throw error;
  }
};

const readAllShares = async (
  where: Where,
  evidence: Address | undefined,
  block: BlockNumber,
): Promise<readonly ShareEvidence[]> => {
  if (evidence === undefined) return [];
  const readCauseOf = async (cause: ShareCause): Promise<ShareEvidence> => {
    const holders = cause === "SharesLeft" ? await where.places.holdersAt(block) : [];
    return readShares(where, evidence, { cause, holders });
  };
  const all = await Promise.all(SHARE_CAUSES.map((cause) => unlessUnknown(readCauseOf(cause))));
  return all.flat();
};

const readCause = async (
  ask: Ask,
  evidence: Address,
  of: readonly [Address, BreakerCause],
): Promise<Pick<CauseEvidence, "trip" | "restore">> => {
  const [token, cause] = of;
  const index = causeIndex(cause);
  const [trip, restore] = await Promise.all(
    ["previewTrip", "previewRestore"].map((name) => ask(evidence, evidenceAbi, [name, token, index])),
  );
  return { trip: statusOf(trip), restore: statusOf(restore) };
};

const readAsset = async (
  { ask }: Where,
  evidence: Address,
  { token, feed }: { readonly token: Address; readonly feed: FeedReading },
): Promise<AssetEvidence> => {
  const [watched, refused, moved] = await Promise.all([
    ask(evidence, evidenceAbi, ["watchOf", token]),
    readCause(ask, evidence, [token, "PriceRefused"]),
    readCause(ask, evidence, [token, "PriceMoved"]),
  ]);
  return {
    asset: feed.asset,
    token,
    status: feed.status,
    window: part(watched[0], "window"),
    causes: {
      PriceRefused: { ...refused, shownAt: part(watched[0], "refusedAt"), goneAt: part(watched[0], "readyAt") },
      PriceMoved: { ...moved, shownAt: part(watched[1], "time"), goneAt: part(watched[0], "calmAt") },
    },
  };
};

/** Reads prices, sources and evidence at a block. A token without a feed is left out: nobody prices it. */
export const createMonitorReader =
  (node: Pick<ChainNode, "request">, places: EvidencePlaces) =>
  async (block: BlockNumber): Promise<MonitorReading> => {
    const header = await node.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, false]);
    if (!isRecord(header)) throw new RetryableError(`the node has no block ${block}`);
    const now = quantityOf(header["timestamp"], "timestamp");
    const where = { ask: askAt(node, block), places, now };
    const all = await Promise.all(
      places.tokens.map(async (token) => ({ token: token.address, feed: await readFeed(where, token) })),
    );
    const priced = all.filter(({ feed }) => feed.status !== "UnknownAsset");
    const { evidence } = places;
    const assets =
      evidence === undefined ? [] : await Promise.all(priced.map((one) => readAsset(where, evidence, one)));
    const shares = await readAllShares(where, evidence, block);
    return { block, time: unixSeconds(now), feeds: priced.map(({ feed }) => feed), assets, shares };
  };

const argumentsOf = (operation: EvidenceOperation): readonly unknown[] => {
  if ("holders" in operation) return [causeIndex(operation.cause), operation.holders];
  return operation.kind === "observe" ? [operation.token] : [operation.token, causeIndex(operation.cause)];
};

/** The call's data of an operation. */
export const encodeEvidence = (operation: EvidenceOperation): Hex =>
  hex(evidenceAbi.encodeFunctionData(operation.kind, argumentsOf(operation)));
