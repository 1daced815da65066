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
import { CircuitBreaker__factory } from "../../../types/index.ts";
import { runLine } from "../../support/commandLine.ts";
import { keepWarnings } from "../../support/sandbox.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
const REDUCE_ONLY = 1n;
/** What the sandbox's hub prices: a deposit into lending as well, by the sources of what it holds. */
const ASSETS = ["USDC", "WSEI", "WETH", "aUSDC"];

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
    await until("markets", () => (markets().length === 2 ? true : undefined), PATIENCE_MS);
    expect(markets().map(({ asset }) => asset)).to.have.members(["WSEI", "WETH"]);
    for (const { asset, market } of markets()) {
      expect(market?.status, asset).to.equal("Ready");
      expect(Math.abs(market?.gapBps ?? Infinity), asset).to.be.below(200);
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
});
