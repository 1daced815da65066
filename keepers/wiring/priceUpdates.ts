import type { AddressBook } from "../../deployments/schema.ts";
import { createMonitorReader } from "../adapters/monitor/evidence.ts";
import { PRICE_ASK } from "../adapters/oracles/getJson.ts";
import { createHermes } from "../adapters/oracles/hermes.ts";
import { encodeBundle, pullFeedsOf, readUpdateFee } from "../adapters/oracles/pyth.ts";
import { oracleNameOf } from "../adapters/readers/oracles.ts";
import type { ExecutionPorts } from "../agents/execution/ports.ts";
import type { MonitorSettings } from "../agents/monitor/config.ts";
import {
  type BoughtCount,
  type UpdatePolicy,
  SIGNED_PRICES,
  newUpdaterMemory,
  nextUpdate,
  noteBought,
  tellRefusals,
} from "../agents/monitor/updates.ts";
import { type Address, unixSeconds } from "../core/units.ts";
import type { UpdatePorts } from "../market/prices/pullUpdate.ts";
import type { AgentTools } from "./agentKind.ts";

type UpdateSettings = Pick<
  MonitorSettings,
  "pythUrl" | "pythToken" | "updatesPerDay" | "maxUpdateFeeWei" | "updateAheadSeconds"
>;

/** What updates of prices may cost, as the operator says it. */
export const updatePolicyOf = ({
  updatesPerDay,
  maxUpdateFeeWei,
  updateAheadSeconds,
}: UpdateSettings): UpdatePolicy => ({
  ...SIGNED_PRICES,
  perDay: updatesPerDay,
  maxFeeWei: maxUpdateFeeWei,
  aheadSeconds: updateAheadSeconds,
});

/** How updates of prices are asked for and priced; undefined where nobody is asked for signed prices. */
export const updatePortsOf = (
  { pythUrl, pythToken }: UpdateSettings,
  { book, node }: { readonly book: AddressBook } & Pick<AgentTools, "node">,
): UpdatePorts | undefined =>
  pythUrl === undefined
    ? undefined
    : {
        feedOf: pullFeedsOf(book),
        ask: createHermes({ ...PRICE_ASK, url: pythUrl, token: pythToken }),
        fee: readUpdateFee(node),
      };

type Bundling = {
  readonly settings: UpdateSettings;
  readonly book: AddressBook;
  readonly tools: Pick<AgentTools, "node" | "emit" | "name"> & {
    readonly addresses: Pick<AgentTools["addresses"], "oracleHub" | "tokens">;
  };
  readonly multicall: Address | undefined;
  readonly count: BoughtCount;
};

/** Ten seconds on Sei: proposals must not wait for an endpoint that has just been wrong. */
const QUIET_BLOCKS = 25n;

/** A proposal's call behind the prices that it lacks; undefined where no multicall or nobody's signed prices are configured. */
export const priceBundler = ({ settings, book, tools, multicall, count }: Bundling): ExecutionPorts["withPrices"] => {
  const { node, addresses, emit, name } = tools;
  const ports = updatePortsOf(settings, { book, node });
  if (ports === undefined || multicall === undefined) return undefined;
  const read = createMonitorReader(node, {
    oracleHub: addresses.oracleHub,
    evidence: undefined,
    tokens: addresses.tokens,
    nameOf: (reader) => oracleNameOf(book, reader),
    heartbeatOf: () => undefined,
    holdersAt: () => Promise.resolve([]),
  });
  const memory = newUpdaterMemory(count);
  const policy = updatePolicyOf(settings);
  let quietUntil = 0n;
  return async (call, block) => {
    if (block < quietUntil) return undefined;
    const reading = await read(block);
    memory.voteUntil = reading.time;
    const next = await nextUpdate({ ports: { ...ports, votes: [] }, memory, policy }, reading, () => false);
    if (next.kind === "refused") {
      tellRefusals({ emit, agent: name }, memory, next.refusals);
      quietUntil = block + QUIET_BLOCKS;
    }
    if (next.kind !== "ready") return undefined;
    const bought = { time: unixSeconds(reading.time), count: next.ready.wanted.length };
    await noteBought(memory, bought, count.keep);
    return encodeBundle(multicall, next.ready, call);
  };
};
