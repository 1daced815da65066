import { createServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract, Interface, JsonRpcProvider, Wallet, WebSocketProvider, id } from "ethers";
import { parseAddressBook } from "../../../deployments/schema.ts";
import type { Log } from "../../../keepers/core/log.ts";
import { startChain } from "../../../scripts/sandbox/chain.ts";
import { ARTIFACTS, readArtifact } from "../../../scripts/sandbox/dex.ts";
import { seededMarket } from "../../../scripts/sandbox/market.ts";
import { fairPrice } from "../../../scripts/sandbox/planner.ts";
import { RECORDED_POOL } from "../../../scripts/sandbox/pools.ts";
import { type Sandbox, startSandbox } from "../../../scripts/sandbox/sandbox.ts";
import { distancePips, priceFromReserves, priceFromSqrt } from "../../../scripts/sandbox/sizing.ts";
import { readPool } from "../../../scripts/sandbox/traders.ts";
import { expectNear } from "../../support/near.ts";

const SEED = 7;
/** `readyState` of a WebSocket that is closed. */
const CLOSED = 3;
const SWAPS = [
  id("Swap(address,uint256,uint256,uint256,uint256,address)"),
  id("Swap(address,address,int256,int256,uint160,uint128,int24)"),
];
const proxyAbi = new Interface(["function read() view returns (int224 value, uint32 timestamp)"]);

const warnings: string[] = [];
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => void warnings.push(`${event} ${String(fields?.["reason"])}`),
  error: (event, fields) => void warnings.push(`${event} ${String(fields?.["reason"])}`),
};

/** Waits for so many heads; gives the milliseconds at which they came. */
const heads = (sandbox: Pick<Sandbox, "onHead">, count: number): Promise<readonly number[]> =>
  new Promise((resolve) => {
    const times: number[] = [];
    const leave = sandbox.onHead(() => {
      times.push(performance.now());
      if (times.length < count) return;
      leave();
      resolve(times);
    });
  });

const readFeed = async (sandbox: Sandbox, feed: string): Promise<bigint> => {
  const to = sandbox.environment.oracles[feed]?.proxy;
  const data = await sandbox.control("eth_call", [{ to, data: proxyAbi.encodeFunctionData("read") }, "latest"]);
  return BigInt(proxyAbi.decodeFunctionResult("read", String(data))[0]);
};

const priceOf = async (sandbox: Sandbox, name: string): Promise<bigint> => {
  const pool = sandbox.pools.find(({ spec }) => spec.name === name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  const state = await readPool(sandbox.control, pool);
  if (state.kind === "v3") return priceFromSqrt(state.sqrtPriceX96, pool.side);
  return priceFromReserves(state.reserve0, state.reserve1, pool.side);
};

const swapsSince = async (sandbox: Sandbox, fromBlock: number): Promise<readonly string[]> => {
  const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { staticNetwork: true });
  const logs = await provider.getLogs({ fromBlock, topics: [SWAPS] });
  provider.destroy();
  return logs.map(({ address }) => address);
};

const codeOf = async (answer: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await answer.then(
    (result) => result,
    (reason: unknown) => reason,
  );
  return error instanceof Error && "error" in error ? JSON.stringify(error.error) : JSON.stringify(error);
};

const refusals = (provider: JsonRpcProvider | WebSocketProvider) => async (): Promise<void> => {
  const forbidden: readonly (readonly [string, readonly unknown[]])[] = [
    ["evm_mine", []],
    ["evm_increaseTime", [3600]],
    ["evm_setIntervalMining", [1]],
    ["hardhat_mine", ["0x10"]],
    ["hardhat_setBalance", [`0x${"1".repeat(40)}`, "0x1"]],
    ["hardhat_impersonateAccount", [`0x${"1".repeat(40)}`]],
    ["eth_sendTransaction", [{}]],
    ["eth_subscribe", ["newPendingTransactions"]],
  ];
  const before = await provider.getBlockNumber();
  for (const [method, params] of forbidden) {
    const answer = await codeOf(provider.send(method, [...params]));
    expect(answer, method).to.match(/"code":-32601,"message":"the sandbox refuses /);
  }
  expect(await provider.getBlockNumber()).to.equal(before);
};

describe("sandbox: set-up, mining and market", () => {
  const ending = new AbortController();
  const start = async (): Promise<Sandbox> => startSandbox({ port: 0, seed: SEED, signal: ending.signal, log });
  let starting: Promise<Sandbox> | undefined;
  const running = (): Promise<Sandbox> => (starting ??= start());

  after(async () => (await running()).stop());

  it("is ready within ten seconds", async () => {
    const began = performance.now();
    await running();
    expect(performance.now() - began).to.be.lessThan(10_000);
  });

  it("gives an environment that the address book accepts", async () => {
    const { environment } = await running();
    const book = parseAddressBook({ chainId: 1329, name: "sandbox", deployedAt: 0, environment, contracts: {} });
    expect(book.environment).to.deep.equal(environment);
    expect(environment.pools.filter(({ kind }) => kind === "v2")).to.have.length(3);
    expect(environment.pools.filter(({ kind }) => kind === "v3")).to.have.length(4);
    expect(Object.keys(environment.tokens)).to.have.members(["WSEI", "USDC", "WETH", "STAKE"]);
  });

  it("fills every pool at the fair price, and the oracles say the same", async () => {
    const sandbox = await running();
    const prices = sandbox.fairPrices();
    expect(prices).to.deep.equal(seededMarket(SEED).initial);
    for (const { spec } of sandbox.pools) {
      const far = distancePips(await priceOf(sandbox, spec.name), fairPrice(spec, prices));
      expect(far <= 1n, `${spec.name} is ${far} pips off`).to.equal(true);
    }
    expect(await readFeed(sandbox, "SEI/USD")).to.equal(prices.SEI);
    expect(await readFeed(sandbox, "ETH/USD")).to.equal(prices.ETH);
    expect(await readFeed(sandbox, "USDC/USD")).to.equal(10n ** 18n);
  });

  it("has the 1-bp tier switched on", async () => {
    const sandbox = await running();
    const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { staticNetwork: true });
    const factory = sandbox.environment.dexes.find(({ kind }) => kind === "v3")?.factory ?? "";
    const contract = new Contract(factory, readArtifact(ARTIFACTS.v3Factory).abi, provider);
    expect(await contract.getFunction("feeAmountTickSpacing")(100)).to.equal(1n);
    provider.destroy();
  });

  it("refuses over HTTP what only its owner may do", async () => {
    const provider = new JsonRpcProvider((await running()).rpcUrl, 1329, { staticNetwork: true });
    await refusals(provider)();
    provider.destroy();
  });

  it("refuses over WebSocket what only its owner may do", async () => {
    const provider = new WebSocketProvider((await running()).wsUrl, 1329, { staticNetwork: true });
    await refusals(provider)();
    await provider.destroy();
  });

  it("refuses within a batch, and answers the rest of it", async () => {
    const { rpcUrl } = await running();
    const batch = ["evm_mine", "eth_chainId"].map((method, index) => ({
      jsonrpc: "2.0",
      id: index,
      method,
      params: [],
    }));
    const answer = await fetch(rpcUrl, { method: "POST", body: JSON.stringify(batch) });
    const [mine, chainId]: readonly unknown[] = JSON.parse(await answer.text());
    expect(mine).to.have.nested.property("error.code", -32601);
    expect(chainId).to.deep.equal({ jsonrpc: "2.0", id: 1, result: "0x531" });
  });

  it("gives what it is asked for to whom its owner names", async () => {
    const sandbox = await running();
    const account = Wallet.createRandom().address;
    for (const token of ["WSEI", "USDC", "WETH", "STAKE"] as const) {
      await sandbox.mint(token, account, 123n);
      const erc20 = new Interface(["function balanceOf(address) view returns (uint256)"]);
      const data = erc20.encodeFunctionData("balanceOf", [account]);
      const call = { to: sandbox.environment.tokens[token]?.address, data };
      expect(BigInt(String(await sandbox.control("eth_call", [call, "latest"]))), token).to.equal(123n);
    }
  });

  it("mines every 400 ms with Sei's limits, and tells it to subscribers", async () => {
    const sandbox = await running();
    const provider = new WebSocketProvider(sandbox.wsUrl, 1329, { staticNetwork: true });
    const subscription = await provider.send("eth_subscribe", ["newHeads"]);
    const seen: unknown[] = [];
    provider.websocket.onmessage = ((pass) => (message: { readonly data: string }) => {
      const { params }: { readonly params?: { readonly subscription: string } } = JSON.parse(message.data);
      if (params?.subscription === subscription) seen.push(params);
      pass?.call(provider.websocket, message);
    })(provider.websocket.onmessage);
    await sandbox.startMining();
    const times = await heads(sandbox, 7);
    expect(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 6).to.be.within(350, 480);
    expect(seen.length).to.be.within(6, 8);
    const block = await provider.getBlock("latest");
    expect(block).to.include({ gasLimit: 12_500_000n, baseFeePerGas: 50_000_000_000n });
    await provider.destroy();
  });

  it("refuses a transaction of more gas than a block of Sei has", async () => {
    const sandbox = await running();
    const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { staticNetwork: true });
    const wallet = Wallet.createRandom();
    const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n };
    const order = { type: 2, chainId: 1329, nonce: 0, to: wallet.address, gasLimit: 12_500_001n, ...fees };
    const answer = await codeOf(provider.send("eth_sendRawTransaction", [await wallet.signTransaction(order)]));
    expect(answer).to.match(/12500001|12,?500,?000|gas limit|gas cap/i);
    provider.destroy();
  });

  it("lets traders swap and oracles follow, and loses no block", async () => {
    const sandbox = await running();
    const since = Number(await sandbox.control("eth_blockNumber"));
    sandbox.startMarket();
    sandbox.startMarket();
    await heads(sandbox, 20);
    const stats = sandbox.marketStats();
    expect(warnings).to.deep.equal([]);
    expect(stats).to.include({ failed: 0, late: 0 });
    expect(stats?.step).to.be.within(18, 20);
    expect(stats?.oracleUpdates).to.be.within(2, 12);
    const swaps = await swapsSince(sandbox, since);
    expect(new Set(swaps).size).to.be.greaterThan(2);
    // What was sent last may still wait for its block.
    expect(swaps.length).to.be.within((stats?.swaps ?? 0) - 3, stats?.swaps ?? 0);
  });

  it("keeps the oracles within their deviation of the fair price", async () => {
    const sandbox = await running();
    for (let tries = 0; ; tries += 1) {
      const prices = sandbox.fairPrices();
      await heads(sandbox, 1);
      const far = [
        distancePips(await readFeed(sandbox, "SEI/USD"), prices.SEI),
        distancePips(await readFeed(sandbox, "ETH/USD"), prices.ETH),
      ];
      // A second holds two or three blocks and API3 takes one update in each, so a jump may wait that long.
      if (far.every((pips) => pips <= 1_500n)) return;
      expect(tries, `still ${far.join(" and ")} pips off`).to.be.lessThan(4);
    }
  });

  it("stops by its signal: no more blocks, the port closed, also under a client that stays", async () => {
    const sandbox = await running();
    const client = new WebSocketProvider(sandbox.wsUrl, 1329, { staticNetwork: true });
    await client.getBlockNumber();
    let late = 0;
    ending.abort();
    await sandbox.stop();
    sandbox.onHead(() => (late += 1));
    while (client.websocket.readyState !== CLOSED) await new Promise((resolve) => setTimeout(resolve, 20));
    await client.destroy();
    const answer = await fetch(sandbox.rpcUrl, { method: "POST", body: "{}" }).catch((error: unknown) => error);
    expect(answer).to.be.instanceOf(TypeError);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(late).to.equal(0);
    expect(process.getActiveResourcesInfo()).to.not.include("TCPServerWrap");
  });
});

describe("sandbox: recorded flow on the chain", () => {
  const HEADER =
    "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";
  const minute = (index: number, netUsdc: bigint, netWeth: bigint, tick: number): string =>
    `2024-02-15 00:0${index}:00,${netUsdc},${netWeth},${tick}.0,${tick}.0,${tick},${tick},0,0,${10n ** 18n}`;

  it("moves the recorded pool as far as it moved the real one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-market-"));
    const ending = new AbortController();
    try {
      const marketFile = join(folder, "flow.csv");
      // 27 WETH against a liquidity of 10^18 lower the root of 2,776 dollars by 27/52.7·10^-6: 0.28 % of the price.
      const flow = [minute(0, 0n, 0n, 197030), minute(1, -7n * 10n ** 10n, 27n * 10n ** 18n, 197058)];
      await writeFile(marketFile, [HEADER, ...flow, minute(2, 0n, 0n, 197058)].join("\n"));
      const sandbox = await startSandbox({ port: 0, seed: 1, marketFile, signal: ending.signal, log });
      const before = await priceOf(sandbox, RECORDED_POOL);
      expectNear(Number(before) / 1e18, 1e12 / 1.0001 ** 197030, 0.01);
      await sandbox.startMining();
      sandbox.startMarket();
      await heads(sandbox, 5);
      const moved = 1 - Number(await priceOf(sandbox, RECORDED_POOL)) / Number(before);
      expectNear(moved, 0.0028, 0.0001);
      expect(distancePips(await readFeed(sandbox, "ETH/USD"), sandbox.fairPrices().ETH) <= 1_500n).to.equal(true);
    } finally {
      ending.abort();
      await rm(folder, { recursive: true });
    }
  });

  it("refuses a malformed file before it starts anything", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-market-"));
    try {
      const marketFile = join(folder, "flow.csv");
      await writeFile(marketFile, `${HEADER}\n1,2,3\n`);
      const { signal } = new AbortController();
      const fault = await startSandbox({ port: 0, seed: 1, marketFile, signal, log }).catch((error: unknown) => error);
      expect(String(fault)).to.match(/line 2: has 3 columns instead of 10/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("sandbox: the port", () => {
  it("says so when it is taken", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => {
        const bound = other.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
      });
    });
    const fault = await startChain(port).catch((error: unknown) => error);
    expect(String(fault)).to.match(new RegExp(`port ${port} of 127.0.0.1 cannot be used`));
    await new Promise((resolve) => other.close(resolve));
  });
});
