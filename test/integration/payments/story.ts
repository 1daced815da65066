import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect } from "chai";
import { type HDNodeWallet, ZeroAddress, ZeroHash } from "ethers";
import { z } from "zod";
import { loadConfig } from "../../../keepers/wiring/config.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { type RunningKeepers, runKeepers } from "../../../keepers/main.ts";
import { openVoucherStore } from "../../../keepers/adapters/payments/store.ts";
import { address } from "../../../keepers/core/units.ts";
import { moneyOf } from "../../../keepers/adapters/readers/moneyContracts.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { SandboxUSDC__factory } from "../../../types/index.ts";
import { type KeeperWorld, createRecorder } from "../../support/keeperWorld.ts";
import { until } from "../../support/until.ts";
import { penaltyOf } from "../../support/declared.ts";

const UNIT = 10n ** 6n;
const PRICE = 10_000n;
const CALLS = 1_000n;
const TOTAL = CALLS * PRICE;
const FUNDS = 20n * UNIT;
const DELAY = 900;
/** A process starts and works slowly on a loaded machine. */
const PATIENCE_MS = 120_000;
const FIRST_PARTY = 600;
/** The channel starts with less than the calls cost. */
const PLAN = { deposit: String(6n * UNIT), low: String(4n * UNIT), limit: String(12n * UNIT) };

type Program = ChildProcessByStdio<null, Readable, null>;

const start = (file: string, args: readonly string[], key = ""): Program =>
  spawn(process.execPath, ["--import=tsx", `docs/examples/${file}`, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NEXUS_PAYMENT_KEY: key },
  });

const linesOf = (program: Program): readonly string[] => {
  const lines: string[] = [];
  createInterface(program.stdout).on("line", (line) => lines.push(line));
  return lines;
};

/** Two agents that trade, and a stranger that watches; the channel's terms and everybody's files. */
const partiesOf = async ({ book, provider, sandbox, dataDir }: KeeperWorld) => {
  const [buyer, seller, tower] = [0, 1, 2].map((n) => testKeys()(FIRST_PARTY + n).connect(provider));
  if (buyer === undefined || seller === undefined || tower === undefined) throw new Error("no keys");
  for (const { address: account } of [buyer, seller, tower]) await sandbox.setBalance(account, 10n ** 20n);
  const token = book.environment.tokens["USDC"]?.address ?? "";
  const money = moneyOf(book, buyer);
  await sandbox.mint("USDC", buyer.address, FUNDS);
  await (await SandboxUSDC__factory.connect(token, buyer).approve(money.accounts, FUNDS)).wait();
  await (await money.accounts.deposit(token, buyer.address, FUNDS)).wait();
  await (await money.accounts.allowModule(token, money.channels, true)).wait();
  const terms = {
    payer: buyer.address,
    payerAuthorizer: ZeroAddress,
    receiver: seller.address,
    receiverAuthorizer: ZeroAddress,
    token,
    withdrawDelay: DELAY,
    salt: ZeroHash,
  };
  const channels = await money.channels.getAddress();
  const channelFile = join(dataDir, "channel.json");
  const written = { chainId: book.chainId, contract: channels, terms: { ...terms, withdrawDelay: String(DELAY) } };
  await writeFile(channelFile, JSON.stringify(written));
  const file = (name: string): string => join(dataDir, name);
  const files = {
    channel: channelFile,
    bought: file("bought.log"),
    sold: file("sold.log"),
    handed: file("handed.log"),
  };
  const domain = { chainId: BigInt(book.chainId), channels: address(channels) };
  const balanceOf = (account: HDNodeWallet): Promise<bigint> => money.accounts.balanceOf(token, account.address);
  return { buyer, seller, tower, token, money, terms, channels, files, domain, balanceOf };
};
type Parties = Awaited<ReturnType<typeof partiesOf>>;

/** A payments agent on its own, as `nexus keeper` would run it. */
const startAgent = async (world: KeeperWorld, name: string, key: string, payments: object) => {
  const ending = new AbortController();
  const recorder = createRecorder();
  const config = loadConfig(
    {
      rpcUrl: world.sandbox.wsUrl,
      chainId: 1329,
      addressBook: "unused",
      dataDir: join(world.dataDir, name),
      dryRun: false,
      agents: [{ name, kind: "payments", key }],
      payments,
    },
    {},
  );
  const keepers: RunningKeepers = await runKeepers(config, {
    book: world.book,
    signal: ending.signal,
    emit: recorder.emit,
  });
  const done = (operation: string): readonly KeeperEvent[] =>
    recorder.of("payment").filter((event) => event.step === "done" && event.operation.startsWith(operation));
  const stop = async (): Promise<void> => {
    ending.abort();
    await keepers.done;
  };
  return { recorder, done, stop };
};
type Agent = Awaited<ReturnType<typeof startAgent>>;

/** Blocks twice as fast as on Sei, until the test ends it. */
const keepMining = (world: KeeperWorld): (() => void) => {
  const timer = setInterval(() => void world.sandbox.control("evm_mine", []), 200);
  return () => clearInterval(timer);
};

const lastTotal = async (path: string, domain: Parties["domain"], channelId: string): Promise<bigint> => {
  const { store, damaged } = await openVoucherStore(path, { domain });
  const total = store.channels().find((channel) => channel.channelId === channelId)?.last?.maxClaimableAmount;
  await store.close();
  expect(damaged).to.equal(0);
  return total ?? 0n;
};

/** One sells `calculate_var` over HTTP, the other buys; a side is killed, the payer cheats, a stranger watches. */
export const storyTests = (world: () => KeeperWorld): void => {
  let parties: Parties;
  let stopMining: () => void;
  const agents: Agent[] = [];
  const programs: Program[] = [];
  let channelId = "";
  let port = 0;
  let claimedEarly = 0n;

  const run = async (name: keyof Parties & ("buyer" | "seller" | "tower"), payments: object): Promise<Agent> => {
    const agent = await startAgent(world(), name, parties[name].privateKey, payments);
    agents.push(agent);
    return agent;
  };
  const buyerAgent = (): Promise<Agent> => {
    const plan = { receiver: parties.seller.address, token: "USDC", withdrawDelaySeconds: DELAY, ...PLAN };
    return run("buyer", { channels: [plan], voucherStores: [parties.files.bought] });
  };
  const startSeller = async (): Promise<Program> => {
    const { sandbox } = world();
    const { channels, token, seller, files } = parties;
    // It comes back where it was: the first time a free port is taken.
    const program = start("seller.ts", [sandbox.rpcUrl, channels, token, seller.address, files.sold, String(port)]);
    programs.push(program);
    const lines = linesOf(program);
    const listening = await until("the seller", () => lines[0], PATIENCE_MS);
    ({ port } = z.object({ port: z.number() }).parse(JSON.parse(listening)));
    return program;
  };
  const pass = async (seconds: number): Promise<void> => {
    await world().sandbox.control("evm_increaseTime", [seconds]);
    await world().sandbox.control("evm_mine", []);
  };

  before(async () => {
    parties = await partiesOf(world());
    channelId = await parties.money.channels.channelIdOf(parties.terms);
    await world().sandbox.control("evm_setAutomine", [false]);
    stopMining = keepMining(world());
  });
  after(async () => {
    for (const program of programs) program.kill("SIGKILL");
    for (const agent of agents) await agent.stop();
    stopMining();
    await world().sandbox.control("evm_setAutomine", [true]);
  });

  it("a thousand calls are bought, though the seller is killed twice, and each is paid once", async () => {
    const { files, domain, buyer, money, terms } = parties;
    let selling = await startSeller();
    const paying = await buyerAgent();
    const sellerAgent = await run("seller", { voucherStores: [files.sold], claimMarginPercent: 0 });
    await until("the channel", () => paying.done("open")[0]);
    const url = `http://127.0.0.1:${port}/calculate_var`;
    const buying = start("buyer.ts", [url, files.channel, files.bought, String(CALLS)], buyer.privateKey);
    programs.push(buying);
    const lines = linesOf(buying);
    const ended = once(buying, "exit");
    for (const mark of ["300", "600"]) {
      await until(`${mark} calls`, () => lines.find((line) => line === mark), PATIENCE_MS);
      selling.kill("SIGKILL");
      await once(selling, "exit");
      selling = await startSeller();
    }
    // The seller's agent goes to sleep before the last calls.
    await until("a claim", () => sellerAgent.done("claim")[0]);
    await sellerAgent.stop();
    await ended;
    expect([buying.exitCode, lines.at(-1)]).to.deep.equal([0, "1000 calls bought"]);
    selling.kill("SIGKILL");
    await once(selling, "exit");
    expect(await lastTotal(files.bought, domain, channelId)).to.equal(TOTAL);
    expect(await lastTotal(files.sold, domain, channelId)).to.equal(TOTAL);
    const { deposited, paid } = await money.channels.channelOf(terms);
    expect(paying.done("topUp").length).to.be.greaterThan(0);
    expect(deposited >= TOTAL && deposited <= 12n * UNIT).to.equal(true);
    expect(paid > 0n && paid < TOTAL, `${paid} claimed`).to.equal(true);
    expect(await parties.balanceOf(parties.seller)).to.equal(paid);
    claimedEarly = paid;
    await paying.stop();
  });

  it("a close that leaves vouchers out is punished by a stranger, and all sums match to the unit [NX-CHN-02]", async () => {
    const { files, buyer, seller, tower, money, terms, balanceOf } = parties;
    await (await money.channels.initiateClose(terms, claimedEarly)).wait();
    await copyFile(files.sold, files.handed);
    const watching = await run("tower", { voucherStores: [files.handed] });
    await until("the watchtower's look", () =>
      watching.recorder.of("payment").find(({ detail }) => detail === "bounty-later"),
    );
    expect(watching.done("claim")).to.deep.equal([]);
    await pass(DELAY / 2);
    await until("the watchtower's claim", () => watching.done("claim")[0]);
    const bounty = (TOTAL - claimedEarly) / 100n;
    expect(await balanceOf(tower)).to.equal(bounty);
    expect(await balanceOf(seller)).to.equal(TOTAL - bounty);

    const paying = await buyerAgent();
    await pass(DELAY / 2 + 1);
    await until("the end of the close", () => paying.done("finalizeClose")[0]);
    expect((await money.channels.channelOf(terms)).state).to.equal(4n);
    const penalty = penaltyOf(TOTAL, claimedEarly);
    expect(await balanceOf(seller)).to.equal(TOTAL - bounty + penalty);
    expect(await balanceOf(buyer)).to.equal(FUNDS - TOTAL - penalty);
    // Blocks come faster here than on Sei: some ticks are late, and some transactions are mined while they are sent again.
    const isHaste = (what: string): boolean => /^a tick took|nonce too low/.test(what);
    const troubles = agents.flatMap(({ recorder }) => recorder.of("trouble"));
    expect(troubles.filter(({ what }) => !isHaste(what))).to.deep.equal([]);
  });
};
