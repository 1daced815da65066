import { expect } from "chai";
import { Contract, Interface, JsonRpcProvider, Wallet, WebSocketProvider, id } from "ethers";
import { parseAddressBook } from "../../../deployments/schema.ts";
import { ARTIFACTS } from "../../../scripts/sandbox/dex.ts";
import { seededMarket } from "../../../scripts/sandbox/market.ts";
import { fairPrice } from "../../../scripts/sandbox/planner.ts";
import { type Sandbox, startSandbox } from "../../../scripts/sandbox/sandbox.ts";
import { distancePips } from "../../../scripts/sandbox/sizing.ts";
import { heads, keepWarnings, priceOf, readFeed } from "../../support/sandbox.ts";
import { readArtifact } from "../../../scripts/lib/artifact.ts";

const SEED = 7;
/** `readyState` of a WebSocket that is closed. */
const CLOSED = 3;
const SWAPS = [
  id("Swap(address,uint256,uint256,uint256,uint256,address)"),
  id("Swap(address,address,int256,int256,uint160,uint128,int24)"),
];
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
  const { warnings, log } = keepWarnings();
  let startedIn = 0;
  const start = async (): Promise<Sandbox> => {
    startedIn = Math.floor(Date.now() / 1_000);
    return startSandbox({ port: 0, seed: SEED, signal: ending.signal, log });
  };
  let starting: Promise<Sandbox> | undefined;
  const running = (): Promise<Sandbox> => (starting ??= start());

  after(async () => (await running()).stop());

  it("is ready within ten seconds of processor time", async () => {
    const before = process.cpuUsage();
    await running();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).to.be.within(1, 10_000);
  });

  it("begins its clock when it starts, however long this process has run", async () => {
    const provider = new JsonRpcProvider((await running()).rpcUrl, 1329, { staticNetwork: true });
    const genesis = await provider.getBlock(0);
    provider.destroy();
    expect(genesis?.timestamp).to.be.at.least(startedIn);
  });

  it("gives an environment that the address book accepts", async () => {
    const { environment } = await running();
    const book = parseAddressBook({ chainId: 1329, name: "sandbox", deployedAt: 0, environment, contracts: {} });
    expect(book.environment).to.deep.equal(environment);
    expect(environment.pools.filter(({ kind }) => kind === "v2")).to.have.length(3);
    expect(environment.pools.filter(({ kind }) => kind === "v3")).to.have.length(4);
    expect(Object.keys(environment.tokens)).to.have.members(["WSEI", "USDC", "WETH", "STAKE", "aUSDC", "tkUSDC"]);
    expect(environment.lending?.map(({ name, reserves }) => [name, reserves.length])).to.deep.equal([
      ["Yei", 2],
      ["Takara", 1],
    ]);
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
    const answers: unknown = await answer.json();
    expect(answers).to.have.nested.property("[0].error.code", -32601);
    expect(answers).to.have.nested.property("[1].result", "0x531");
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
    const seen: number[] = [];
    await provider.on("block", (number: number) => void seen.push(number));
    await sandbox.startMining();
    const times = await heads(sandbox, 7);
    expect(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 6).to.be.within(350, 600);
    expect(seen.length).to.be.within(6, 8);
    expect(seen).to.deep.equal(seen.map((_, index) => (seen[0] ?? 0) + index));
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
    const subscriber = new WebSocketProvider(sandbox.wsUrl, 1329, { staticNetwork: true });
    const told: string[] = [];
    await subscriber.on({ topics: [SWAPS] }, ({ address }: { readonly address: string }) => void told.push(address));
    sandbox.startMarket();
    sandbox.startMarket();
    await heads(sandbox, 20);
    const stats = sandbox.marketStats();
    await subscriber.destroy();
    expect(warnings).to.deep.equal([]);
    expect(stats?.failed).to.equal(0);
    // On a machine under load a step may fall behind its block, but not many.
    expect(stats?.late).to.be.lessThan(4);
    expect(stats?.step).to.be.within(16, 20);
    expect(stats?.oracleUpdates).to.be.within(2, 12);
    const swaps = await swapsSince(sandbox, since);
    expect(told.length).to.be.within(swaps.length - 3, swaps.length);
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

  it("goes on within its silence limit when every subscription ends without a word", async () => {
    const sandbox = await running();
    const stepsBefore = sandbox.marketStats()?.step ?? 0;
    const ids = Array.from({ length: 64 }, (_, index) => `0x${(index + 1).toString(16)}`);
    const answers = await Promise.all(ids.map((subscription) => sandbox.control("eth_unsubscribe", [subscription])));
    expect(answers, "one of them is the sandbox's own").to.include(true);
    const started = performance.now();
    const [first = Infinity] = await heads(sandbox, 1);
    // Two seconds, and one for a machine under load.
    expect(first - started).to.be.lessThan(3_000);
    await heads(sandbox, 5);
    expect(sandbox.marketStats()?.step).to.be.greaterThan(stepsBefore + 4);
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
