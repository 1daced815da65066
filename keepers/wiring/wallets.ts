import { keccak256, toUtf8Bytes } from "ethers";
import { createChainPorts } from "../adapters/chain/operations.ts";
import { createKey } from "../adapters/chain/keys.ts";
import type { ChainNode } from "../adapters/chain/node.ts";
import { createBalanceReader, createPaidReader } from "../adapters/wallet/funds.ts";
import { localSigner } from "../adapters/wallet/signer.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import type { SharedConfig } from "../config/schema.ts";
import { FatalError } from "../core/errors.ts";
import { hex } from "../core/hex.ts";
import type { BlockNumber } from "../core/units.ts";
import { advance, resumePipeline } from "../sending/advance.ts";
import type { Lane, Pipeline } from "../sending/pipeline.ts";
import { createSender, inFlight } from "../sending/send.ts";
import type { ChainTime } from "../sending/operation.ts";
import type { WalletPorts } from "../sending/ports.ts";
import type { TopUpDecision } from "../sending/wallets.ts";
import { type WalletManager, lookAfterWallets } from "../sending/walletRound.ts";
import { type Common, closeOnFailure } from "./agentKind.ts";
import { openTransactions } from "./transactions.ts";

type Config = SharedConfig & { readonly execution: ExecutionSettings };

/** Who looks after wallets: a name that no agent can have, since theirs have no dot. */
const NAME = "wallets.funding";

/** The wallets' loop: what it does at a head, and what must be closed behind it. */
export type WalletKeeper = { readonly tick: () => Promise<void>; readonly close: () => Promise<void> };

type Funding = { readonly pipeline: Pipeline; readonly paidSince: WalletPorts["paidSince"] };

/** The funding account's pipeline. @throws FatalError when the account sends for an agent as well */
const openFunding = async (common: Common<Config>, node: ChainNode, lanes: readonly Lane[]) => {
  const { config, addresses, emit, nowMs } = common;
  const { fundingKey } = config.wallets;
  if (fundingKey === undefined) return undefined;
  const key = createKey(fundingKey.reveal());
  if (lanes.some(({ account }) => account === key.address))
    throw new FatalError(`the funding account ${key.address} is an agent's own: give it a key of its own`);
  const { store, close } = await openTransactions(common, { name: NAME, key });
  return closeOnFailure({ close }, async () => {
    const { gasMarginPercent, tipWei: tip, maxGasPriceWei: maxGasPrice } = config.execution;
    const policy = { name: NAME, sender: key.address, dryRun: config.dryRun, gasMarginPercent, gasReserve: 0n };
    const sign = localSigner([key], addresses.chainId);
    const trouble = (what: string): void => emit({ kind: "trouble", agent: NAME, what });
    const pipeline = createSender(
      { ...createChainPorts(node), sign, store, nowMs },
      { ...policy, tip, maxGasPrice },
      {
        onResult: (id, result) => {
          if (result.kind !== "mined") trouble(`the top-up ${id} was not paid: ${result.kind}`);
        },
        onSent: () => undefined,
        onTrouble: trouble,
      },
    );
    await resumePipeline(pipeline);
    const funding: Funding = { pipeline, paidSince: createPaidReader(store) };
    return { ...funding, close };
  });
};

/** Alerts to the log, and to the store's history where there is one. */
const alertsOf = ({ emit, history }: Common<Config>): WalletPorts["alerts"] => ({
  raise: async (alert) => {
    emit({ kind: "trouble", agent: NAME, what: `${alert.subject}: ${alert.what}; ${alert.next}` });
    await history?.raise(alert);
  },
  clear: async (code, subject, atMs) => {
    await history?.clear(code, subject, atMs);
  },
});

const managerOf = (
  common: Common<Config>,
  node: ChainNode,
  { lanes, funding }: { readonly lanes: readonly Lane[]; readonly funding: Funding | undefined },
): WalletManager => {
  const { wallets } = common.config;
  return {
    policy: {
      minBalance: wallets.minBalanceWei,
      targetBalance: wallets.targetBalanceWei,
      closeBelow: wallets.closeBelowWei,
      fundingReserve: wallets.fundingReserveWei,
      maxPerDay: wallets.maxPerDayWei,
      stuckAfter: wallets.stuckAfterBlocks,
    },
    senders: { lanes },
    funding: funding?.pipeline,
    raised: new Map(),
    ports: {
      readBalances: createBalanceReader(node),
      readNonce: createChainPorts(node).readNonce,
      paidSince: funding?.paidSince ?? (() => Promise.resolve(0n)),
      alerts: alertsOf(common),
      hash: (text) => hex(keccak256(toUtf8Bytes(text))),
      nowMs: common.nowMs,
    },
  };
};

/**
 * Looks after the accounts that a fleet sends from: closes one that cannot pay, tells of gaps and of what is stuck, and tops
 * up by policy where there is a funding account.
 * @throws FatalError when the funding account is an agent's own, or in use by another process
 */
export const openWallets = async (
  common: Common<Config>,
  node: ChainNode,
  lanes: readonly Lane[],
): Promise<WalletKeeper> => {
  const funding = await openFunding(common, node, lanes);
  const manager = managerOf(common, node, { lanes, funding });
  const { everyBlocks } = common.config.wallets;
  const pipeline = funding?.pipeline;
  let lookedAt: BlockNumber | undefined;
  let refused = "";
  // A lane that is closed is looked at as soon as it may be open again: an endpoint may have said a wrong balance.
  const pauseOf = (): bigint => (lanes.some(({ closedWhy }) => closedWhy !== undefined) ? 1n : everyBlocks);
  const tellRefusal = (decision: TopUpDecision): void => {
    const now = decision.kind === "refused" ? `${decision.lane} is not topped up: ${decision.why}` : "";
    if (now !== "" && now !== refused) common.emit({ kind: "trouble", agent: NAME, what: now });
    refused = now;
  };
  const look = async (now: ChainTime): Promise<void> => {
    const { answer, decision } = await lookAfterWallets(manager, now);
    lookedAt = now.block;
    tellRefusal(decision);
    if (answer === "queued" && pipeline !== undefined) await advance(pipeline, now);
  };
  const tick = async (): Promise<void> => {
    const now = node.head();
    if (now === undefined) return;
    const isDue = lookedAt === undefined || now.block >= lookedAt + pauseOf();
    if (pipeline !== undefined && (isDue || inFlight(pipeline).length > 0)) await advance(pipeline, now);
    if (isDue) await look(now);
  };
  return { tick, close: funding?.close ?? (() => Promise.resolve()) };
};
