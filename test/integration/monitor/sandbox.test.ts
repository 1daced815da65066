import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import type { FeedState } from "../../../keepers/core/alerts.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { sandboxFault } from "../../../scripts/cli/sandboxFault.ts";
import { NODE_OPTIONS } from "../../../scripts/lib/nodeOptions.ts";
import { type Fleet, startFleet } from "../../../scripts/sandbox/keepers.ts";
import { deployNexus } from "../../../scripts/sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../../../scripts/sandbox/sandbox.ts";
import { SANDBOX_INDICES, testKeys } from "../../../scripts/sandbox/account.ts";
import { type PythMessage, pythUpdate } from "../../../scripts/sandbox/feeds/pythWire.ts";
import { CircuitBreaker__factory, IPyth__factory } from "../../../types/index.ts";
import { runLine } from "../../support/commandLine.ts";
import { hermesAnswer, idsIn, startPriceServer } from "../../support/signedPrices.ts";
import { keepWarnings } from "../../support/sandbox.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 120_000;
const REDUCE_ONLY = 1n;
/** What the sandbox's hub prices: a deposit into lending as well, by the sources of what it holds. */
const ASSETS = ["USDC", "WSEI", "WETH", "aUSDC", "tkUSDC"];

/** Where the sandbox's Pyth stands. */
const pythOf = ({ environment }: AddressBook): string => {
  const [found] = Object.values(environment.oracles).flatMap((oracle) =>
    "kind" in oracle && oracle.kind === "pyth" ? [oracle.pyth] : [],
  );
  if (found === undefined) throw new Error("the sandbox has no Pyth");
  return found;
};

describe("The price-feed monitor in the sandbox's fleet", function () {
  this.timeout(4 * PATIENCE_MS);
  const ending = new AbortController();
  let folder = "";
  let faultsFile = "";
  let sandbox: Sandbox;
  let provider: JsonRpcProvider;
  let book: AddressBook;
  let fleet: Fleet;
  const events: KeeperEvent[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-monitor-"));
    faultsFile = join(folder, "faults.json");
    sandbox = await startSandbox({ port: 0, seed: 3, faultsFile, signal: ending.signal, log: keepWarnings().log });
    provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { ...NODE_OPTIONS, staticNetwork: true });
    book = (await deployNexus(provider, sandbox)).book;
    await sandbox.startMining();
    sandbox.startMarket();
    fleet = await startFleet({ wsUrl: sandbox.wsUrl, book, emit: (event) => void events.push(event) });
  });
  after(async () => {
    await fleet.stop();
    provider.destroy();
    await sandbox.stop();
    await removeFolder(folder);
  });

  const tell = async (maker: string, kind: string): Promise<void> => {
    const args = ["sandbox", "fault", maker, "--kind", kind, "--faults", faultsFile];
    expect((await runLine({ "sandbox fault": sandboxFault }, args)).code).to.equal(0);
  };
  const feeds = (): readonly FeedState[] => {
    const last = events.findLast((event) => event.kind === "feeds");
    return last?.kind === "feeds" ? last.feeds : [];
  };
  const untilFeeds = (what: string, fits: (feed: FeedState) => boolean): Promise<unknown> =>
    until(what, () => (feeds().length === ASSETS.length && feeds().every(fits) ? true : undefined), PATIENCE_MS);
  const done = (): readonly string[] =>
    events.flatMap((event) => (event.kind === "evidence" && event.step === "done" ? [event.operation] : []));
  const standing = (): readonly string[] => {
    const last = events.findLast((event) => event.kind === "alerts");
    return last?.kind === "alerts" ? last.report.standing.map(({ id }) => id) : [];
  };

  it("sees three sources that agree on each price, under their names, and marks each", async () => {
    await untilFeeds("three that agree", ({ agreeing, sources }) => agreeing === 3 && sources.length === 3);
    expect(feeds().map(({ asset }) => asset)).to.have.members(ASSETS);
    expect(
      feeds()
        .find(({ asset }) => asset === "USDC")
        ?.sources.map(({ name }) => name),
    ).to.deep.equal(["USDC/USD", "USDC/USD by Pyth", "USDC/USD by RedStone"]);
    await until("marks", () => (new Set(done()).size === ASSETS.length ? true : undefined), PATIENCE_MS);
    expect(new Set(done())).to.deep.equal(new Set(ASSETS.map((asset) => `observe ${asset}`)));
  });

  it("sees the market beside the oracles: what pools say, how far it lies from them, and what a trade loses", async () => {
    const markets = () => feeds().filter(({ market }) => market !== undefined);
    // Between a trade and the arbitrage that follows it pools differ by more than their fees.
    const isNear = ({ market }: FeedState): boolean =>
      market?.status === "Ready" && Math.abs(market.gapBps ?? Infinity) < 200;
    await until("markets", () => (markets().length === 2 && markets().every(isNear) ? true : undefined), PATIENCE_MS);
    expect(markets().map(({ asset }) => asset)).to.have.members(["WSEI", "WETH"]);
    for (const { asset, market } of markets()) {
      const losses = (market?.depths ?? []).flatMap(({ sellLossBps, buyLossBps }) => [sellLossBps, buyLossBps]);
      expect(losses.length >= 2 && losses.every((loss) => loss !== undefined && loss > 0), asset).to.equal(true);
    }
  });

  it("raises an alert of a source that lies, and trips nothing [NX-MON-01]", async () => {
    await tell("Pyth", "lie");
    await until("an alert", () => standing().find((id) => id === "source-apart/WSEI-SEI-USD-by-Pyth"), PATIENCE_MS);
    await tell("Pyth", "none");
    await untilFeeds("three that agree", ({ agreeing }) => agreeing === 3);
    expect(done().filter((name) => name.startsWith("trip"))).to.deep.equal([]);
  });

  it("trips every asset by evidence when two makers die, and people are paged [NX-MON-01]", async () => {
    await tell("Pyth", "dead");
    await tell("RedStone", "dead");
    const trips = (): readonly string[] => done().filter((name) => name.startsWith("trip"));
    await until("a trip of each", () => (trips().length === ASSETS.length ? true : undefined), PATIENCE_MS);
    expect(trips()).to.have.members(ASSETS.map((asset) => `trip ${asset} PriceRefused`));
    const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
    expect(await breaker.levelOf(book.environment.tokens["WSEI"]?.address ?? "")).to.equal(REDUCE_ONLY);
    await until("the alert", () => standing().find((id) => id === "price-missing/WSEI"), PATIENCE_MS);
    const told = events.flatMap((event) => (event.kind === "alertTold" ? [event.told] : []));
    expect(told.some(({ severity }) => severity === "page")).to.equal(true);
  });

  it("pays for the price that an asset lacks, from the endpoint that the operator names, with the sandbox's own signers [NX-MON-03]", async () => {
    await fleet.stop();
    for (const [maker, kind] of [
      ["RedStone", "none"],
      ["Pyth", "none"],
    ] as const) {
      await tell(maker, kind);
    }
    const keyAt = testKeys();
    const signers = [0, 1, 2].map((index) => ({ index, wallet: keyAt(SANDBOX_INDICES.firstPythSigner + index) }));
    const pyth = IPyth__factory.connect(pythOf(book), provider);
    /** The newest price that the chain has, as if it were of this second. */
    const messageOf = async (id: string): Promise<PythMessage> => {
      const { price, conf, expo } = await pyth.getPriceUnsafe(id);
      const publishTime = (await provider.getBlock("latest"))?.timestamp ?? 0;
      return { id, price, conf, expo: Number(expo), publishTime };
    };
    const server = await startPriceServer((request, response) => {
      const signed = async (): Promise<string> =>
        hermesAnswer(pythUpdate(await Promise.all(idsIn(request).map(messageOf)), signers));
      signed().then(
        (text) => response.end(text),
        () => response.writeHead(500).end(),
      );
    });
    // Whatever is ten seconds old counts as lost, so that nobody waits for half an hour.
    const monitor = { pythUrl: server.url, updateAheadSeconds: 1_790, updatesPerDay: 1_000 };
    fleet = await startFleet({
      wsUrl: sandbox.wsUrl,
      book,
      emit: (event) => void events.push(event),
      adapt: { monitor },
    });
    try {
      await untilFeeds("three that agree", ({ agreeing }) => agreeing === 3);
      await tell("API3", "dead");
      await tell("Pyth", "stale");
      const from = events.length;
      const paid = (): number =>
        events
          .slice(from)
          .filter(
            (event) => event.kind === "evidence" && event.operation.startsWith("update ") && event.step === "done",
          ).length;
      await until("two updates", () => (paid() >= 2 ? true : undefined), PATIENCE_MS);
      const faults = events.slice(from).flatMap((event) => (event.kind === "answerRefused" ? [event.fault] : []));
      // A price that is not newer yet, and a machine that is slow.
      expect(faults.filter((fault) => fault !== "duplicate" && fault !== "late")).to.deep.equal([]);
      await untilFeeds("two that agree", ({ status, agreeing }) => status === "Ready" && agreeing === 2);
      const [source] = feeds().flatMap(({ sources }) => sources.filter(({ name }) => name === "SEI/USD by Pyth"));
      expect(source?.ageSeconds).to.be.below(30);
    } finally {
      await server.stop();
    }
  });
});
