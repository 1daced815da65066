import { inspect } from "node:util";
import { expect } from "chai";
import { VARIABLES, loadConfig } from "../../../../keepers/wiring/config.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";

const KEY = `0x${"12".repeat(32)}`;
const AGENTS = [{ name: "searcher", kind: "arbitrage", key: KEY }];
const BEACON = { airnode: `0x${"a1".repeat(20)}`, templateId: `0x${"7e".repeat(32)}` };
const API3 = { url: "https://a.example/public", feeds: { "SEI/USD": [BEACON] } };
const REDSTONE = {
  url: "https://a.example",
  service: "redstone-primary-prod",
  signers: [`0x${"b2".repeat(20)}`],
  threshold: 1,
  feeds: { "SEI/USD by RedStone": "SEI" },
};
const FILE = { rpcUrl: "ws://127.0.0.1:8545", chainId: 1329, addressBook: "book.json", agents: AGENTS };

const faultOf = (file: unknown, environment: Readonly<Record<string, string>> = {}): string => {
  try {
    loadConfig(file, environment);
  } catch (error) {
    expect(error).to.be.instanceOf(FatalError);
    return error instanceof Error ? error.message : "";
  }
  return "no fault";
};

describe("The keepers' configuration", () => {
  it("is the same from a file and from the environment", () => {
    const fromEnvironment = loadConfig(undefined, {
      NEXUS_RPC_URL: FILE.rpcUrl,
      NEXUS_CHAIN_ID: "1329",
      NEXUS_ADDRESS_BOOK: "book.json",
      NEXUS_AGENTS: JSON.stringify(AGENTS),
    });
    const plain = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part)));
    expect(plain(fromEnvironment)).to.deep.equal(plain(loadConfig(FILE, {})));
  });

  it("takes several endpoints, in a list or separated by commas, and none that is no node", () => {
    const two = ["wss://a.example/key", "ws://b.example"];
    expect(loadConfig({ ...FILE, rpcUrl: two }, {}).rpcUrl).to.deep.equal(two);
    expect(loadConfig(FILE, { NEXUS_RPC_URL: two.join(",") }).rpcUrl).to.deep.equal(two);
    expect(faultOf({ ...FILE, rpcUrl: [...two, "ftp://c.example/key"] })).to.match(/rpcUrl \(NEXUS_RPC_URL\): must be/);
    expect(faultOf({ ...FILE, rpcUrl: "" })).to.match(/rpcUrl \(NEXUS_RPC_URL\): must name at least one endpoint/);
  });

  it("is a dry run unless told otherwise [NX-KEE-05]", () => {
    expect(loadConfig(FILE, {}).dryRun).to.equal(true);
    expect(loadConfig(FILE, { NEXUS_DRY_RUN: "false" }).dryRun).to.equal(false);
    expect(faultOf(FILE, { NEXUS_DRY_RUN: "no" })).to.match(/dryRun \(NEXUS_DRY_RUN\)/);
  });

  it("takes a shared bus, whose address never prints, and refuses what it does not know of one", () => {
    const { bus } = loadConfig({ ...FILE, bus: { redis: "rediss://agent-7:pw@bus.example:6380" } }, {});
    expect(bus?.prefix).to.equal("nexus");
    expect(bus?.redis.reveal()).to.equal("rediss://agent-7:pw@bus.example:6380");
    expect(`${JSON.stringify(bus)} ${String(bus?.redis)}`).not.to.include("pw");
    expect(loadConfig(FILE, {}).bus).to.equal(undefined);
    expect(faultOf({ ...FILE, bus: { redis: "redis://h", url: "x" } }, {})).to.match(/bus: .*url/);
    expect(faultOf({ ...FILE, bus: { redis: "http://h" } }, {})).to.match(
      /bus.redis .*must be a Redis address: redis, redis\+sentinel or redis\+cluster/,
    );
    const cluster = { redis: "redis+cluster://h:7000,i:7001" };
    expect(faultOf({ ...FILE, bus: cluster }, {})).to.match(/bus.prefix .*must hold a hash tag such as {nexus}/);
    expect(loadConfig({ ...FILE, bus: { ...cluster, prefix: "{nexus}" } }, {}).bus?.replicas).to.equal(0);
    expect(faultOf(FILE, { NEXUS_BUS_PREFIX: "mine" })).to.match(/bus.redis/);
  });

  it("takes a store and a funding account, whose secrets never print, and refuses amounts that contradict one another", () => {
    const key = `0x${"2f".repeat(32)}`;
    const url = "postgres://me:pw@db.example:5432/nexus";
    const { store, wallets } = loadConfig({ ...FILE, store: { url }, wallets: { fundingKey: key } }, {});
    expect([store?.transactions, store?.url.reveal(), wallets.fundingKey?.reveal()]).to.deep.equal(["disk", url, key]);
    expect(JSON.stringify({ store, wallets: String(wallets.fundingKey) })).not.to.match(/pw|2f2f/);
    expect(loadConfig(FILE, {}).store).to.equal(undefined);
    expect(loadConfig(FILE, {}).wallets.fundingKey).to.equal(undefined);
    expect(faultOf({ ...FILE, store: { url: "mysql://h" } }, {})).to.match(/store.url .*must be a Postgres address/);
    expect(faultOf({ ...FILE, store: { url, transactions: "both" } }, {})).to.match(/store.transactions/);
    expect(faultOf(FILE, { NEXUS_STORE_TRANSACTIONS: "replica" })).to.match(/store.url/);
    for (const wrong of [
      { closeBelowWei: "2", minBalanceWei: "1" },
      { minBalanceWei: "5", targetBalanceWei: "5" },
    ]) {
      expect(faultOf({ ...FILE, wallets: { closeBelowWei: "1", ...wrong } }, {})).to.match(
        /wallets: closeBelowWei must not be above minBalanceWei/,
      );
    }
    expect(faultOf({ ...FILE, wallets: { everyBlocks: "0" } }, {})).to.match(/wallets.everyBlocks .*at least 1/);
  });

  it("takes channels of alerts, whose secrets never print, and posts nothing in clear to other machines [NX-ALR-03]", () => {
    const settings = {
      webhookUrl: "https://a.example/hush",
      webhookSecret: "hush",
      smtpUrl: "smtps://ada:hush@mail.example",
      botToken: "hush",
      pushPrivateKey: "hush",
    };
    const { alerts } = loadConfig({ ...FILE, alerts: settings }, {});
    expect(alerts.smtpUrl?.reveal()).to.equal(settings.smtpUrl);
    expect(
      JSON.stringify(alerts, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).to.not.include("hush");
    expect(faultOf({ ...FILE, alerts: { webhookUrl: "http://a.example/" } }, {})).to.match(
      /alerts.webhookUrl .*must be an https/,
    );
    expect(faultOf({ ...FILE, alerts: { botUrl: "http://127.0.0.1.evil.example/" } }, {})).to.match(/alerts.botUrl/);
    expect(
      loadConfig({ ...FILE, alerts: { webhookUrl: "http://127.0.0.1:80/x" } }, {}).alerts.webhookUrl?.reveal(),
    ).to.contain(":80");
  });

  it("sends a key to no endpoint of prices that others can listen to, and prints it nowhere", () => {
    const monitor = { pythUrl: "https://a.example/hermes", pythToken: "hush" };
    const config = loadConfig({ ...FILE, monitor }, {});
    expect(config.monitor.pythToken?.reveal()).to.equal("hush");
    expect(String(config.monitor.pythToken)).to.equal("[secret]");
    expect(faultOf({ ...FILE, monitor: { pythUrl: "http://a.example/" } }, {})).to.match(/monitor.pythUrl .*https/);
    const refused = (own: Readonly<Record<string, unknown>>): string => faultOf({ ...FILE, monitor: own }, {});
    expect(refused({ redstone: { ...REDSTONE, threshold: 2 } })).to.match(
      /the threshold is above the number of signers/,
    );
    expect(refused({ redstone: { ...REDSTONE, url: "http://a.example/" } })).to.match(/must be an https address/);
    expect(refused({ redstone: { ...REDSTONE, feeds: { "SEI/USD": "a b" } } })).to.match(/a name of at most 31/);
    const [signer] = REDSTONE.signers;
    expect(refused({ redstone: { ...REDSTONE, signers: [signer, signer] } })).to.match(/names a signer twice/);
    expect(refused({ api3: { ...API3, feeds: { "SEI/USD": [BEACON, BEACON] } } })).to.match(/names a beacon twice/);
    for (const url of ["https://a.example/?x=1", "https://u:p@a.example/", "https://a.example/#x"])
      expect(refused({ api3: { ...API3, url } }), url).to.match(/no query, fragment or credentials/);
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`feed ${index}`, [BEACON]]));
    expect(refused({ api3: { ...API3, feeds: many } })).to.match(/at most 64 oracles/);
    expect(refused({ api3: { ...API3, feeds: { "SEI/USD": [] } } })).to.match(/monitor.api3.feeds/);
    expect(loadConfig({ ...FILE, monitor: { pythUrl: "http://127.0.0.1:80/x" } }, {}).monitor.pythUrl).to.contain(
      ":80",
    );
  });

  it("lets the environment win, also inside a group", () => {
    const file = { ...FILE, risk: { maxAgeBlocks: "9", minGainUsd: "5" } };
    const { risk } = loadConfig(file, { NEXUS_RISK_MAX_AGE_BLOCKS: "4" });
    expect([risk.maxAgeBlocks, risk.minGainUsd]).to.deep.equal([4n, 5n]);
  });

  it("takes every variable to where it says", () => {
    const values: Readonly<Record<string, string>> = {
      NEXUS_RPC_URL: FILE.rpcUrl,
      NEXUS_DRY_RUN: "false",
      NEXUS_AGENTS: JSON.stringify(AGENTS),
      NEXUS_ARBITRAGE_MAX_HOPS: "2",
      NEXUS_BUS_REDIS: "redis://agent:pw@127.0.0.1",
      NEXUS_ORCHESTRATOR_REDIS: "redis://127.0.0.1",
      NEXUS_ORCHESTRATOR_OPERATOR_KEY: `0x${"ab".repeat(32)}`,
      NEXUS_ORCHESTRATOR_LEASE_MS: "20000",
      NEXUS_REBALANCE_TARGETS: '{"WSEI":"250"}',
      NEXUS_REBALANCE_EDGE_BPS: "6",
      NEXUS_REBALANCE_OPTIMISE: '{"capsBps":{"WSEI":"100"}}',
      NEXUS_ARBITRAGE_FORESIGHT: "sei",
      NEXUS_ARBITRAGE_FORESIGHT_POLL_MS: "200",
      NEXUS_OUTSIDE_PROGRAM: '["/bin/sh"]',
      NEXUS_OUTSIDE_URL: "https://a.example/",
      NEXUS_OUTSIDE_TOKEN: "hush",
      NEXUS_OUTSIDE_PRIVATE_ADDRESSES: "10.0.0.1",
      NEXUS_OUTSIDE_TIMEOUT_MS: "700",
      NEXUS_OUTSIDE_MAX_ANSWER_BYTES: "700",
      NEXUS_EXECUTION_RECORD_PERFORMANCE: "false",
      NEXUS_PAYMENTS_CHANNELS: "[]",
      NEXUS_PAYMENTS_WATCH_OTHERS: "false",
      NEXUS_PAYMENTS_RECORD_RESULTS: "false",
      NEXUS_PAYMENTS_TRUSTED_WORKERS: "",
      NEXUS_STORE_URL: "postgres://me:pw@127.0.0.1/nexus",
      NEXUS_STORE_TRANSACTIONS: "replica",
      NEXUS_WALLETS_FUNDING_KEY: `0x${"2f".repeat(32)}`,
      NEXUS_WALLETS_TARGET_BALANCE_WEI: "8",
      NEXUS_RISK_VOTE_ON_CHAIN: "false",
      NEXUS_RISK_STOP_LOSS: '{"levels":{"WSEI":{"distanceBps":"2000"}}}',
      NEXUS_ORCHESTRATOR_KUBERNETES_DISK: "2Gi",
      NEXUS_ORCHESTRATOR_KUBERNETES_API: "https://127.0.0.1:6443",
      NEXUS_MONITOR_SHOWS_EVIDENCE: "false",
      NEXUS_MONITOR_KEEPS_MARKS: "false",
      NEXUS_MONITOR_HEARTBEATS: '{"ETH/USD":"60"}',
      NEXUS_MONITOR_PYTH_URL: "https://a.example/hermes",
      NEXUS_MONITOR_PYTH_TOKEN: "hush",
      NEXUS_MONITOR_REDSTONE: JSON.stringify(REDSTONE),
      NEXUS_MONITOR_API3: JSON.stringify(API3),
      NEXUS_EXECUTION_MULTICALL: `0x${"ca".repeat(20)}`,
      NEXUS_ALERTS_LEAST_SEVERITY: "page",
      NEXUS_ALERTS_MAX_RESIDENT_MB: "64",
      NEXUS_ALERTS_VOLATILITY_PERCENT: "100",
      NEXUS_ALERTS_WEBHOOK_URL: "https://a.example/hook",
      NEXUS_ALERTS_WEBHOOK_SECRET: "hush",
      NEXUS_ALERTS_SMTP_URL: "smtps://a:hush@b.example",
      NEXUS_ALERTS_MAIL_FROM: "a@b.example",
      NEXUS_ALERTS_MAIL_TO: "a@b.example,c@d.example",
      NEXUS_ALERTS_BOT_URL: "http://127.0.0.1:9",
      NEXUS_ALERTS_BOT_TOKEN: "hush",
      NEXUS_ALERTS_PUSH_CONTACT: "mailto:a@b.example",
      NEXUS_ALERTS_PUSH_PRIVATE_KEY: "hush",
    };
    const environment = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, values[name] ?? "7"]));
    const config: Readonly<Record<string, unknown>> = loadConfig(undefined, environment);
    for (const [name, [first, second]] of Object.entries(VARIABLES)) {
      if (values[name] !== undefined) continue;
      const outer = config[first];
      const value: unknown =
        second === undefined ? outer : Object.entries(outer ?? {}).find(([key]) => key === second)?.[1];
      expect(String(value), name).to.equal("7");
    }
  });

  it("refuses a variable that it does not know, as it may be a slip of the pen", () => {
    expect(faultOf(FILE, { NEXUS_DRYRUN: "false" })).to.contain("NEXUS_DRYRUN: no such variable");
    expect(loadConfig(FILE, { NEXUSLIKE: "x", PATH: "y" }).chainId).to.equal(1329n);
    expect(loadConfig(FILE, { NEXUS_TEST_DEEP: "1" }, ["NEXUS_TEST_DEEP"]).chainId).to.equal(1329n);
  });

  it("refuses a key of the file that it does not know", () => {
    expect(faultOf({ ...FILE, rpcURL: "ws://x" })).to.match(/rpcURL/);
    expect(faultOf({ ...FILE, risk: { minGain: "1" } })).to.match(/minGain/);
  });

  it("takes a node's http address for its WebSocket", () => {
    const urls = ["http://a:1", "https://b", "wss://c"];
    expect(loadConfig({ ...FILE, rpcUrl: urls }, {}).rpcUrl).to.deep.equal(["ws://a:1", "wss://b", "wss://c"]);
  });

  it("lists every fault at once, by field and variable", () => {
    const text = faultOf({ ...FILE, rpcUrl: "ftp://x", chainId: "abc", agents: [] });
    expect(text).to.match(/3 fault/);
    expect(text).to.contain("rpcUrl (NEXUS_RPC_URL): must be a node's address: ws, wss, http or https");
    expect(text).to.contain("chainId (NEXUS_CHAIN_ID)");
    expect(text).to.contain("agents (NEXUS_AGENTS): must name at least one agent");
  });

  it("takes the payments agent's channels and lists from JSON and from words", () => {
    const receiver = `0x${"aB".repeat(20)}`;
    const channel = { receiver, token: "USDC", withdrawDelaySeconds: 900, deposit: "6", low: "4", limit: "12" };
    const { payments } = loadConfig(FILE, {
      NEXUS_PAYMENTS_CHANNELS: JSON.stringify([channel]),
      NEXUS_PAYMENTS_VOUCHER_STORES: "sold.log,bought.log",
      NEXUS_PAYMENTS_TRUSTED_WORKERS: receiver,
    });
    expect(payments.channels).to.deep.equal([
      {
        ...channel,
        receiver: receiver.toLowerCase(),
        withdrawDelaySeconds: 900n,
        deposit: 6n,
        low: 4n,
        limit: 12n,
        salt: 0n,
      },
    ]);
    expect(payments.voucherStores).to.deep.equal(["sold.log", "bought.log"]);
    expect(payments.trustedWorkers).to.deep.equal([receiver.toLowerCase()]);
    expect(faultOf(FILE, { NEXUS_PAYMENTS_TRUSTED_WORKERS: "bob" })).to.contain("must be an address");
    expect(faultOf(FILE, { NEXUS_PAYMENTS_CHANNELS: "{" })).to.contain("is no JSON");
  });

  it("says that there is no node to connect to, when there is none", () => {
    const { rpcUrl: _none, ...rest } = FILE;
    expect(faultOf(rest)).to.match(/rpcUrl \(NEXUS_RPC_URL\)/);
  });

  it("refuses two agents of one name, a key that is none, and a list that is no JSON", () => {
    expect(faultOf({ ...FILE, agents: [...AGENTS, ...AGENTS] })).to.contain("searcher is named twice");
    expect(faultOf({ ...FILE, agents: [{ ...AGENTS[0], key: "0x12" }] })).to.contain("must be a private key");
    expect(faultOf(FILE, { NEXUS_AGENTS: "[" })).to.contain("is no JSON");
    expect(faultOf("text")).to.equal("the configuration file is no JSON object");
  });

  it("never prints a key", () => {
    const config = loadConfig(FILE, {});
    const [agent] = config.agents;
    const printed = [
      JSON.stringify(config.agents),
      inspect(config, { depth: 9 }),
      String(agent?.key),
      faultOf({ ...FILE, agents: [{ ...AGENTS[0], kind: "spy" }] }),
    ].join("\n");
    expect(printed).not.to.contain(KEY.slice(2, 20));
    expect(printed).to.contain("[secret]");
    expect(agent?.key.reveal()).to.equal(KEY);
  });

  it("takes the treasury's spread as JSON or as it is, and no more than all of it", () => {
    expect(loadConfig(FILE, {}).rebalance.targets).to.deep.equal({});
    expect(loadConfig(FILE, { NEXUS_REBALANCE_TARGETS: '{"WSEI":"250"}' }).rebalance.targets).to.deep.equal({
      WSEI: 250n,
    });
    const file = { ...FILE, rebalance: { targets: { WSEI: 6_000, WETH: 4_001 } } };
    expect(faultOf(file)).to.contain("rebalance.targets (NEXUS_REBALANCE_TARGETS): must not exceed 10000");
    expect(faultOf(FILE, { NEXUS_REBALANCE_TARGETS: "{" })).to.contain("is no JSON");
  });
});
