import type { Agent } from "../../core/agent.ts";
import { canonicalJson } from "../../core/canonicalJson.ts";
import { type ChainSnapshot, valueAt } from "../../core/chainSnapshot.ts";
import type { ProposalMessage } from "../../core/bus.ts";
import { gasPriceFor } from "../../core/gasPrice.ts";
import type { BlockNumber } from "../../core/units.ts";
import type { Pool } from "../../market/pool.ts";
import type { PendingView } from "../../market/foresight/pending.ts";
import { spotSqrtPriceX96 } from "../../market/toPrice.ts";
import { type Decision, type Plan, type Snapshot, decide } from "./decide.ts";
import { type Outlook, checkOutlook, isSamePlan, outlookOf } from "./foresight.ts";
import { buildProposal } from "./plan.ts";
import type { ArbitragePorts, ArbitrageConfig, HeadSeen } from "./ports.ts";
import { entryOf } from "./entry.ts";

const WAD = 10n ** 18n;

/**
 * The last block that a searcher looked at, one look for each block; what it saw there, and what it foresees for the next one. Losing
 * it costs nothing.
 */
export type ArbitrageMemory = {
  readAt: BlockNumber | undefined;
  view?: ChainSnapshot | undefined;
  snapshot?: Snapshot | undefined;
  pending?: PendingView | undefined;
  outlook?: Outlook | undefined;
  /** What was proposed for a block before it was read. */
  ahead?: { readonly block: BlockNumber; readonly plan: Plan } | undefined;
};

/** One arbitrage searcher. */
export type Arbitrageur = Agent<ArbitragePorts, ArbitrageMemory, ArbitrageConfig>;

/** A memory of nothing. */
export const emptyArbitrageMemory = (): ArbitrageMemory => ({ readAt: undefined });

/** Whole base tokens for one whole native token, × 10^18; zero without both prices. */
const nativePriceE18 = (view: ChainSnapshot, config: ArbitrageConfig): bigint => {
  const native = view.tokens.find(({ token }) => token === config.native);
  const base = view.tokens.find(({ token }) => token === config.base);
  if (native?.status !== "Ready" || base?.status !== "Ready") return 0n;
  return (native.price.middle * WAD) / base.price.middle;
};

/** One block as a searcher saw it. Fee in wei per gas. */
export type SeenMarket = { readonly view: ChainSnapshot; readonly pools: readonly Pool[]; readonly baseFee: bigint };

/** What `decide` looks at, from what the chain says. */
export const toSnapshot = ({ view, pools, baseFee }: SeenMarket, config: ArbitrageConfig): Snapshot => {
  const base = view.tokens.find(({ token }) => token === config.base);
  return {
    block: view.block,
    timestamp: view.time,
    gasPrice: gasPriceFor(baseFee, config.gasTerms, undefined) ?? config.gasTerms.maxGasPrice,
    nativePriceE18: nativePriceE18(view, config),
    base: config.base,
    baseDecimals: base?.decimals ?? 0,
    balance: base?.balance ?? 0n,
    spendLimits: view.tokens.map(({ token, perAction }) => ({ token, amount: perAction })),
    pools,
  };
};

/** Why we cannot propose whatever the market says, or the nonce to propose with: the next above the highest used. */
const nonceFor = (view: ChainSnapshot, config: ArbitrageConfig): bigint | "no-signer-record" => {
  const signerRecord = view.signerRecords.find(({ signer }) => signer === config.signer);
  if (signerRecord?.status !== "Active" || signerRecord.agentId !== config.agentId || signerRecord.validUntil !== 0n)
    return "no-signer-record";
  return signerRecord.highestNonce + 1n;
};

/** What a plan is expected to gain at the base token's middle price, in USD with 18 decimals; gas is not the treasury's. */
const forecastOf = ({ grossProfit }: Plan, view: ChainSnapshot, { base }: ArbitrageConfig): bigint => {
  const state = view.tokens.find(({ token }) => token === base);
  return state === undefined ? 0n : valueAt(state, grossProfit, state.price.middle);
};

const propose = (
  { ports, config }: Arbitrageur,
  plan: Plan,
  made: { readonly nonce: bigint; readonly forecast: bigint; readonly record: string; readonly head: HeadSeen },
): ProposalMessage | undefined => {
  const evidence = ports.hashText(made.record);
  const swaps = plan.hops.map(({ pool: { address, kind, feePips }, ...hop }) => ({
    ...hop,
    pool: address,
    kind,
    feePips,
  }));
  const { agentId, treasury, base } = config;
  const { nonce, forecast } = made;
  const envelope = { agentId, nonce, deadline: plan.deadline, forecast, treasury, evidence };
  const built = buildProposal(swaps, envelope, config.venues);
  if (built === undefined) return undefined;
  const message: ProposalMessage = {
    ...built,
    hash: ports.hashProposal(built.proposal),
    expectedProfit: { token: base, amount: plan.grossProfit },
    gasCost: plan.gasCost,
    block: made.head.block,
    seenAtMs: made.head.seenAtMs,
  };
  ports.publishProposal(message);
  ports.publishVote({ hash: message.hash, signer: config.signer, signature: ports.sign(message.hash) });
  ports.keepDecision(evidence, made.record);
  return message;
};

/** Why nothing is proposed now. `ahead`: the plan that was proposed before this block was read. */
const whyNot = (
  decision: Decision,
  nonce: bigint | "no-signer-record",
  ahead: Plan | undefined,
): string | undefined => {
  if (decision.kind === "refuse") return decision.why;
  if (nonce === "no-signer-record") return nonce;
  return ahead !== undefined && isSamePlan(decision.plan, ahead) ? "foreseen" : undefined;
};

/** Publishes what was planned for this block before it was there; what was foreseen and did not come lets its calls fail. */
const proposeForeseen = (searcher: Arbitrageur, head: HeadSeen): Plan | undefined => {
  const { ports, memory, config } = searcher;
  const { outlook, view } = memory;
  if (memory.ahead?.block === head.block) return memory.ahead.plan;
  if (outlook?.armed === undefined || view === undefined || head.block !== outlook.block + 1n) return undefined;
  const nonce = nonceFor(view, config);
  if (nonce === "no-signer-record") return undefined;
  const { plan, snapshot, decision } = outlook.armed;
  const record = canonicalJson(entryOf(snapshot, config.policy, decision));
  const message = propose(searcher, plan, { nonce, forecast: forecastOf(plan, view, config), record, head });
  if (message === undefined) return undefined;
  ports.emit({ kind: "proposal", agent: config.name, message });
  memory.ahead = { block: head.block, plan };
  return plan;
};

/** Tells how the block came out that was foreseen. */
const tellOutlook = (searcher: Arbitrageur, pools: readonly Pool[], proposed: boolean): void => {
  const { ports, memory, config } = searcher;
  const { outlook, readAt } = memory;
  if (outlook === undefined || readAt !== outlook.block + 1n) return;
  const { swaps, leftOut } = outlook.foreseen;
  const counts = { swaps: swaps.length, leftOut: leftOut.length, ...checkOutlook(outlook, pools) };
  ports.emit({ kind: "foresight", agent: config.name, block: readAt, ...counts, proposed });
};

/** Looks at what is pending after the block that was read. */
const lookAhead = ({ ports, memory, config }: Arbitrageur, { baseFee }: HeadSeen): void => {
  const { foresight: order } = config;
  if (order === "off") return;
  const [snapshot, pending] = [memory.snapshot, ports.pending?.()];
  if (snapshot === undefined || pending === undefined || pending === memory.pending) return;
  memory.pending = pending;
  if (pending.block !== snapshot.block) return;
  const { policy, venues } = config;
  memory.outlook = outlookOf(snapshot, pending, { policy, order, baseFee, routerOf: venues.routerOf });
};

/** Reads a block and proposes the best that is worth it, unless it was proposed before it was read. */
const round = async (searcher: Arbitrageur, head: HeadSeen): Promise<void> => {
  const { ports, memory, config } = searcher;
  const { name: agent, policy } = config;
  const startedAt = ports.nowMs();
  const ahead = proposeForeseen(searcher, head);
  const { view, pools } = await ports.readSnapshot(head.block);
  memory.readAt = head.block;
  tellOutlook(searcher, pools, ahead !== undefined);
  const readAt = ports.nowMs();
  const snapshot = toSnapshot({ view, pools, baseFee: head.baseFee }, config);
  Object.assign(memory, { view, snapshot, outlook: undefined });
  const decision = decide(snapshot, policy);
  ports.note?.(snapshot, decision);
  const nonce = nonceFor(view, config);
  let why = whyNot(decision, nonce, ahead);
  if (decision.kind === "propose" && nonce !== "no-signer-record" && why === undefined) {
    const record = canonicalJson(entryOf(snapshot, policy, decision));
    const forecast = forecastOf(decision.plan, view, config);
    const message = propose(searcher, decision.plan, { nonce, forecast, record, head });
    if (message === undefined) why = "not-in-mandate";
    else ports.emit({ kind: "proposal", agent, message });
  }
  const opportunities = decision.kind === "propose" ? 1 + decision.others.length : 0;
  ports.emit({ kind: "decision", agent, block: head.block, why, opportunities, tookMs: ports.nowMs() - readAt });
  // Told last: nobody who trades waits for it.
  const prices = pools.map((pool) => ({ pool: pool.address, sqrtPriceX96: spotSqrtPriceX96(pool) }));
  ports.emit({ kind: "snapshot", agent, view, pools: prices, tookMs: readAt - startedAt });
};

/**
 * One round of a searcher: look at the newest block once, and propose the best that is worth it; between blocks, look at what
 * is pending.
 */
export const tick = async (searcher: Arbitrageur): Promise<void> => {
  const head = searcher.ports.head();
  if (head === undefined) return;
  if (head.block !== searcher.memory.readAt) await round(searcher, head);
  lookAhead(searcher, head);
};
