import { createKey } from "../../keepers/adapters/chain/keys.ts";
import { createChainPorts } from "../../keepers/adapters/chain/operations.ts";
import { type EvidencePlaces, createMonitorReader, encodeEvidence } from "../../keepers/adapters/monitor/evidence.ts";
import { localSigner } from "../../keepers/adapters/wallet/signer.ts";
import { hex } from "../../keepers/core/hex.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { address, blockNumber, seconds } from "../../keepers/core/units.ts";
import type { MonitorConfig, MonitorPorts } from "../../keepers/agents/monitor/ports.ts";
import { createMonitor, resume, tick } from "../../keepers/agents/monitor/tick.ts";
import { SIGNED_PRICES } from "../../keepers/agents/monitor/updates.ts";
import { ASSET, type Evidence } from "./evidence.ts";
import { inProcessNode } from "./fakeNode.ts";
import { type MemoryDisk, journalOf } from "./memoryLog.ts";
import { ethers, networkHelpers, voteKey } from "./chain.ts";

const GWEI = 10n ** 9n;
const BASE_FEE = 50n * GWEI;
const node = inProcessNode();

/** The account that the tests' monitor sends from. */
export const MONITOR_KEY = createKey(voteKey(7).privateKey);

const MARKET: MonitorConfig["market"] = {
  sizeUsd: 10n ** 21n,
  maxAge: 30n,
  deviationBps: 10n,
  maxImpactBps: 200n,
  maxBandBps: 500n,
  samples: { maxAge: 30n, aheadSlack: 5n, maxJumpBps: 2_000n },
};

/** What differs from a monitor that shows evidence and pays for nothing else. */
export type MonitorSetup = {
  readonly config?: Partial<MonitorConfig>;
  readonly disk?: MemoryDisk;
  readonly updates?: MonitorPorts["updates"];
  readonly holdersAt?: EvidencePlaces["holdersAt"];
  /** What a source is called, by its address. */
  readonly nameOf?: (reader: string) => string;
};

/** The monitor over the real contracts; what it says and sends is kept. */
export const monitorOf = async (f: Pick<Evidence, "evidence" | "breaker" | "addresses">, setup: MonitorSetup = {}) => {
  const { config: changes = {}, disk = { lines: [] }, updates, nameOf = (reader) => reader.slice(0, 8) } = setup;
  await networkHelpers.setBalance(MONITOR_KEY.address, 10n ** 20n);
  const at = address(await f.evidence.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const told: KeeperEvent[] = [];
  let block = 0;
  const ports: MonitorPorts = {
    head: () => ({ block: blockNumber(BigInt(block)), baseFee: BASE_FEE }),
    read: createMonitorReader(node, {
      oracleHub: address(f.addresses.hub),
      evidence: at,
      tokens: [{ address: address(ASSET), symbol: "ASSET", decimals: 18 }],
      nameOf,
      heartbeatOf: () => undefined,
      holdersAt: setup.holdersAt ?? (() => Promise.resolve([])),
    }),
    encode: (operation) => ({ target: at, data: encodeEvidence(operation) }),
    hash: (text) => hex(ethers.id(text)),
    updates,
    readMarket: () => Promise.resolve(undefined),
    market: undefined,
    keep: () => undefined,
    sending: {
      ...createChainPorts(node),
      sign: localSigner([MONITOR_KEY], chainId),
      store: journalOf(disk),
      nowMs: Date.now,
    },
    emit: (event) => void told.push(event),
  };
  const config: MonitorConfig = {
    name: "monitor",
    sender: MONITOR_KEY.address,
    dryRun: false,
    showsEvidence: true,
    evidence: { budgetWei: 10n ** 18n, keepsMarks: true },
    market: MARKET,
    updates: { ...SIGNED_PRICES, perDay: 0, maxFeeWei: 0n, aheadSeconds: 0n },
    everyBlocks: 1n,
    lifetime: seconds(60n),
    tip: GWEI,
    maxGasPrice: 500n * GWEI,
    gasMarginPercent: 30n,
    gasReserve: 500_000n,
    ...changes,
  };
  const monitor = createMonitor(ports, config);
  /** Some rounds, a block each. */
  const run = async (rounds = 3): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      block = await ethers.provider.getBlockNumber();
      await tick(monitor);
      await networkHelpers.mine();
    }
  };
  const done = (): readonly string[] =>
    told.flatMap((event) => (event.kind === "evidence" && event.step === "done" ? [event.operation] : []));
  return { run, done, told, level: () => f.breaker.levelOf(ASSET), resume: () => resume(monitor) };
};
