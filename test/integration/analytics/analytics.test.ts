import { expect } from "chai";
import { type Filter, JsonRpcProvider, type Log, type TransactionRequest } from "ethers";
import { z } from "zod";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addressOf } from "../../../deployments/lookup.ts";
import { readTreasuryHistory } from "../../../keepers/adapters/readers/analytics.ts";
import { netChanges } from "../../../keepers/core/transfers.ts";
import { address } from "../../../keepers/core/units.ts";
import { runKeepers } from "../../../keepers/main.ts";
import type { AnalyticsView } from "../../../keepers/views/analytics.ts";
import { sumsBy } from "../../../keepers/views/analytics.ts";
import { readAnalytics, viewOf } from "../../../keepers/adapters/readers/analyticsView.ts";
import { createHistoryMemory } from "../../../keepers/adapters/readers/blockReadings.ts";
import { analyticsDocument } from "../../../keepers/gateway/documents/analytics.ts";
import { analyticsSchema } from "../../../keepers/gateway/schema/analytics.ts";
import { analytics } from "../../../scripts/cli/analytics.ts";
import { NODE_OPTIONS } from "../../../scripts/lib/nodeOptions.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import {
  IAaveV3Pool__factory,
  OracleHub__factory,
  Reputation__factory,
  SandboxToken__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import { runLine } from "../../support/commandLine.ts";
import {
  type KeeperWorld,
  createPusher,
  createRecorder,
  fleetConfig,
  mineByHand,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { until } from "../../support/until.ts";

const USDC = 10n ** 6n;
const E18 = 10n ** 18n;
const GAP = 10_000n * USDC;
const TERMS = { cashRate: 0.04, seed: 1 };

/** A node that answers the logs of forty blocks at once and no more, and how often it refused. */
const narrowNode = (url: string) => {
  const provider = new JsonRpcProvider(url, 1329, { ...NODE_OPTIONS, staticNetwork: true });
  const answer = provider.getLogs.bind(provider);
  let refused = 0;
  const getLogs = (filter: Filter): Promise<Log[]> => {
    if (Number(filter.toBlock) - Number(filter.fromBlock) < 40) return answer(filter);
    refused += 1;
    return Promise.reject(new Error("query spans more than 40 blocks"));
  };
  return { provider: Object.assign(provider, { getLogs }), refusals: () => refused };
};

describe("Analytics of a real treasury", function () {
  this.timeout(240_000);
  const ending = new AbortController();
  let world: KeeperWorld;
  let view: AnalyticsView;
  const warnings: string[] = [];
  const warn = (what: string): void => void warnings.push(what);
  const source = () => ({ book: world.book, provider: world.provider, warn });

  /** Two gaps, one to each side, that the fleet closes. */
  const trade = async (): Promise<void> => {
    const push = await createPusher(world);
    const mine = await mineByHand(world);
    const stop = new AbortController();
    const recorder = createRecorder();
    const keepers = await runKeepers(fleetConfig(world), {
      book: world.book,
      signal: stop.signal,
      emit: recorder.emit,
    });
    try {
      for (const [round, side] of (["buy", "sell"] as const).entries()) {
        await push(side, side === "buy" ? GAP : 4n * GAP * 10n ** 12n);
        await mine();
        await until("the sending", () => recorder.of("sent").at(round));
        await mine();
        await until("the result", () => recorder.of("result").at(round));
      }
    } finally {
      stop.abort();
      await keepers.done;
    }
    await world.sandbox.control("evm_setAutomine", [true]);
  };

  /** A deposit, exits of both ways, and a gift. */
  const moveMoney = async (): Promise<void> => {
    const depositor = testKeys()(ROLE_INDICES.depositor).connect(world.provider);
    const treasury = Treasury__factory.connect(addressOf(world.book, "Treasury"), depositor);
    const usdc = SandboxToken__factory.connect(await treasury.asset(), depositor);
    await world.sandbox.mint("USDC", depositor.address, 10n * GAP);
    await (await usdc.approve(treasury, 10n * GAP)).wait();
    await (await treasury.deposit(GAP, depositor)).wait();
    await world.sandbox.mint("WETH", await treasury.getAddress(), E18 / 4n);
    await world.sandbox.control("evm_increaseTime", [Number(await treasury.MIN_HOLDING_TIME()) + 1]);
    await world.sandbox.control("evm_mine", []);
    await (await treasury.redeemInKind(10n ** 12n, depositor, depositor)).wait();
  };

  /** The DAO lends some of the treasury's dollars, time passes, and it takes a part back. */
  const lend = async (): Promise<void> => {
    const { provider, sandbox, book } = world;
    const [market] = book.environment.lending ?? [];
    if (market === undefined) throw new Error("the sandbox has no lending market");
    const timelock = addressOf(book, "Timelock");
    await sandbox.control("hardhat_impersonateAccount", [timelock]);
    await sandbox.setBalance(timelock, 10n ** 20n);
    const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
    const [pool, held] = [IAaveV3Pool__factory.createInterface(), await treasury.getAddress()];
    const usdc = await treasury.asset();
    const token = SandboxToken__factory.createInterface();
    const act = async (calls: readonly { readonly target: string; readonly data: string }[]): Promise<void> => {
      const data = treasury.interface.encodeFunctionData("executeAsAdmin", [[...calls]]);
      await sandbox.control("eth_sendTransaction", [{ from: timelock, to: held, data, gas: "0x1e8480" }]);
      await sandbox.control("evm_increaseTime", [3_600]);
      await sandbox.control("evm_mine", []);
    };
    const amount = 3n * GAP + 7n;
    await act([
      { target: usdc, data: token.encodeFunctionData("approve", [market.pool, amount]) },
      { target: market.pool, data: pool.encodeFunctionData("supply", [usdc, amount, held, 0]) },
    ]);
    for (const taken of [GAP + 1n, 1n, 12_345_678n])
      await act([{ target: market.pool, data: pool.encodeFunctionData("withdraw", [usdc, taken, held]) }]);
  };

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    await trade();
    await moveMoney();
    await lend();
    view = viewOf(await readTreasuryHistory(source(), await source().provider.getBlockNumber()), world.book, TERMS);
  });
  after(() => world.close());

  it("asks again for nothing that it has read of a block, and says the same [NX-QNT-15]", async () => {
    const memory = createHistoryMemory();
    const { provider } = narrowNode(world.sandbox.rpcUrl);
    const asked: unknown[] = [];
    const call = provider.call.bind(provider);
    const counting = Object.assign(provider, {
      call: (request: TransactionRequest): Promise<string> => {
        asked.push(request);
        return call(request);
      },
    });
    const read = () => readAnalytics({ ...source(), provider: counting }, view.block, { ...TERMS, memory });
    expect(await read()).to.deep.equal(await readAnalytics(source(), view.block, TERMS));
    const first = asked.length;
    expect(await read()).to.deep.equal(await readAnalytics(source(), view.block, TERMS));
    expect(asked.length - first).to.be.lessThan(first / 2);
    provider.destroy();
  });

  it("is told by the gateway to the unit: each dimension's sums come to the results [NX-QNT-15] [NX-GTW-02]", () => {
    const asset = { symbol: "USDC", decimals: 6 };
    const document = analyticsSchema.parse(
      analyticsDocument({ view, warnings: ["seen"] }, { book: world.book, asset }),
    );
    expect([document.isWhole, document.residual.units, document.asOf.block]).to.deep.equal([true, "0", view.block]);
    expect(document.totalAssets).to.deep.equal({ ...asset, units: view.totalAssets.toString() });
    for (const sums of Object.values(document.by)) {
      const total = sums.reduce((sum, { value }) => sum + BigInt(value.units), 0n);
      expect(total).to.equal(view.analysis.report.results);
    }
    expect(document.by.agent.some(({ name }) => name.startsWith("agent "))).to.equal(true);
    expect(document.notes.at(-1)).to.equal("seen");
    const broken = { ...view, totalAssets: view.totalAssets + 1n };
    const told = analyticsDocument({ view: broken, warnings: [] }, { book: world.book, asset });
    expect(told.isWhole).to.equal(false);
    expect(told.notes.some((note) => note.startsWith("Something is left over"))).to.equal(true);
  });

  it("comes to the treasury's totalAssets to the unit, with nothing left over in any token [NX-QNT-15]", async () => {
    const { report } = view.analysis;
    const treasury = Treasury__factory.connect(addressOf(world.book, "Treasury"), world.provider);
    const at = { blockTag: view.block };
    expect(view.value).to.equal(await treasury.totalAssets(at));
    expect(view.totalAssets).to.equal(view.value);
    expect(report.tokenResiduals).to.deep.equal([]);
    expect(report.residual).to.equal(0n);
    expect(report.valueResiduals.length).to.be.greaterThan(3);
    for (const { token, residual } of report.valueResiduals) expect(residual, token).to.equal(0n);
    expect(report.netValue).to.equal(report.flows + report.results);
  });

  it("finds what each agent earned as Reputation has it, to the unit, once valued at the lower end of the band [NX-QNT-15]", async () => {
    const { book, provider } = world;
    const reputation = Reputation__factory.connect(addressOf(book, "Reputation"), provider);
    const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
    const records = await reputation.queryFilter(reputation.filters.PerformanceRecorded());
    expect(records.length).to.equal(2);
    const [held, base] = [address(addressOf(book, "Treasury")), address(view.base.token)];
    const grossOf = new Map<string, bigint>();
    for (const { args, transactionHash, blockNumber } of records) {
      const receipt = await provider.getTransactionReceipt(transactionHash);
      const logs = (receipt?.logs ?? []).map(({ address: at, topics, data }) => ({
        address: address(at),
        topics,
        data,
      }));
      // These arbitrages end where they began: only the base asset is more.
      const gain = netChanges(logs, held, new Set([base]))[0]?.change ?? 0n;
      const { answer } = await hub.previewQuote(base, { blockTag: blockNumber });
      expect(args.report.result).to.equal((gain * answer.lower) / USDC);
      const agent = args.agentId.toString();
      grossOf.set(agent, (grossOf.get(agent) ?? 0n) + gain * answer.middle * 10n ** 12n);
    }
    for (const { agent, recorded, result } of view.agents) {
      const own = records.filter(({ args }) => args.agentId.toString() === agent);
      expect(recorded).to.equal(own.reduce((sum, { args }) => sum + args.report.result, 0n));
      const rows = view.analysis.report.rows.filter((row) => row.agent === agent);
      const costs = rows.filter(({ cause }) => cause === "gas" || cause === "protocol-fee");
      expect(result - costs.reduce((sum, { value }) => sum + value, 0n)).to.equal(grossOf.get(agent) ?? 0n);
    }
    expect(view.agents.reduce((sum, { records: count }) => sum + count, 0n)).to.equal(2n);
  });

  it("tells what came by trades, fees, gas and gifts, each from its own logs", () => {
    const causes = new Map(sumsBy(view.analysis.report.rows, "cause").map(({ name, value }) => [name, value]));
    expect((causes.get("arbitrage") ?? 0n) > 0n).to.equal(true);
    for (const cost of ["pool-fee", "slippage", "gas", "protocol-fee"])
      expect((causes.get(cost) ?? 0n) < 0n, cost).to.equal(true);
    const gift = view.analysis.report.rows.filter(({ cause, venue }) => cause === "transfer" && venue === "treasury");
    expect(gift.map(({ agent }) => agent)).to.deep.equal(["none"]);
    // A quarter of a WETH, and the two units that keep the slots.
    expect((gift[0]?.value ?? 0n) > 100n * 10n ** 36n).to.equal(true);
    const strategy = view.strategies.find(({ strategy: name }) => name === "arbitrage");
    expect(strategy).to.include({ executed: 2, compared: 2 });
    expect((strategy?.predicted ?? 0n) > 0n && (strategy?.realised ?? 0n) > 0n).to.equal(true);
  });

  it("tells what lending earned by the market's own index [NX-QNT-18]", () => {
    const { report } = view.analysis;
    const carry = report.rows.filter(({ cause }) => cause === "carry");
    expect(carry.map(({ venue, strategy }) => [venue, strategy])).to.deep.equal([["Yei", "lending"]]);
    // 20,000 to 30,000 $ at two to three per cent for four hours.
    expect(carry[0]?.value).to.satisfy((value: bigint) => value > 10n ** 35n && value < 5n * 10n ** 35n);
  });

  it("compares on one clock, and gives no figure of a year", () => {
    const names = view.analysis.compared.map(({ name }) => name.replace(/: .*/, ""));
    expect(names).to.deep.equal(["treasury", "hold", "equal weights", "best market", "cash"]);
    for (const { name, total } of view.analysis.compared) expect(Number.isFinite(total), name).to.equal(true);
    expect(view.analysis.report.performance.annual).to.equal(undefined);
  });

  it("reads the same from a node that answers few blocks at once, and up to an earlier block [NX-QNT-16]", async () => {
    const narrow = narrowNode(world.sandbox.rpcUrl);
    const read = await readTreasuryHistory({ ...source(), provider: narrow.provider }, view.block);
    narrow.provider.destroy();
    expect(narrow.refusals()).to.be.greaterThan(0);
    expect(viewOf(read, world.book, TERMS)).to.deep.equal(view);
    const earlier = viewOf(await readTreasuryHistory(source(), view.block - 4), world.book, TERMS);
    expect(earlier.value).to.equal(earlier.totalAssets);
    expect(earlier.value).to.not.equal(view.value);
  });

  it("is told by the command in words and as JSON", async () => {
    const path = join(world.dataDir, "book.json");
    await writeFile(path, JSON.stringify(world.book));
    const args = ["analytics", "--rpc", world.sandbox.rpcUrl, "--book", path];
    const words = await runLine({ analytics }, args);
    expect(words.code, words.output).to.equal(0);
    expect(words.output).to.include("residual: 0 of 10⁻³⁶ $; 0 of");
    expect(words.output).to.match(/totalAssets: [\d,.]+, by the fold [\d,.]+, apart by 0\.000000\n/);
    const json = await runLine({ analytics }, [...args, "--json"]);
    const told = z.object({ value: z.string(), totalAssets: z.string() }).parse(JSON.parse(json.output));
    expect(told.value).to.equal(told.totalAssets);
    for (const block of ["0", "999999999"]) {
      const fault = await runLine({ analytics }, [...args, "--to", block]);
      expect(fault.code).to.equal(2);
      expect(String(fault.error)).to.match(
        /--to must be a block from \d+, where the treasury begins, to \d+, the newest: got \d+/,
      );
    }
  });
});
