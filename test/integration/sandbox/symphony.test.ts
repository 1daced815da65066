import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id } from "ethers";
import { z } from "zod";
import { writeAddressBook } from "../../../deployments/file.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { viewReader } from "../../../keepers/adapters/readers/treasuryView.ts";
import { readVenues } from "../../../keepers/adapters/venues/all.ts";
import { askSymphony } from "../../../keepers/adapters/venues/symphony.ts";
import { readCall } from "../../../keepers/core/protocols/all.ts";
import { address } from "../../../keepers/core/units.ts";
import type { RouteOrder } from "../../../keepers/market/routes/route.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { venues } from "../../../scripts/cli/venues.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { type SandboxToken, SandboxToken__factory } from "../../../types/index.ts";
import { linesOf } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { routeCall } from "../../support/symphony.ts";

const USDC = 10n ** 6n;
const SEI = 10n ** 18n;
const TRADED = ["USDC", "WSEI", "WETH"] as const;
const SPENT = 3_000n * USDC;
/** The sandbox's delay of the Elevated class, in seconds. */
const DELAY = 30;
/** What a proposal may lose: the bands of two prices, and what the pools take. */
const MAX_LOSS = "150";
const TOLERANCE_BPS = 100;

const proposalOf = (change: object = {}) => ({
  calls: [
    {
      aggregator: "Symphony",
      spend: "USDC",
      amount: String(SPENT),
      buy: "WSEI",
      toleranceBps: TOLERANCE_BPS,
      ...change,
    },
  ],
  conditions: [
    { kind: "balanceDecreasesAtMost", subject: "USDC", holder: "Treasury", amount: String(SPENT) },
    { kind: "onlyMoves", subject: "USDC" },
    { kind: "onlyMoves", subject: "WSEI" },
  ],
  maxLoss: MAX_LOSS,
});

const selectorOf = (error: string): string => id(error).slice(0, 10);

describe("Symphony in the sandbox", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-symphony-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  const { well, fault } = linesOf({ ...PROPOSAL_COMMANDS, venues }, () => ({
    rpc: deployed.sandbox.rpcUrl,
    book: bookPath,
  }));

  const token = (name: string): SandboxToken =>
    SandboxToken__factory.connect(deployed.book.environment.tokens[name]?.address ?? "", deployed.holder);
  const treasuryAt = (): string => addressOf(deployed.book, "Treasury");
  const entry = () => {
    const [found] = deployed.book.environment.aggregators ?? [];
    if (found === undefined) throw new Error("the sandbox has Symphony");
    return found;
  };
  const holdings = async () => ({
    usdc: await token("USDC").balanceOf(treasuryAt()),
    wsei: await token("WSEI").balanceOf(treasuryAt()),
  });

  const write = async (json: unknown): Promise<string> => {
    const file = join(folder, "proposal.json");
    await writeFile(file, JSON.stringify(json));
    return file;
  };

  /** Proposed and voted for by four of five, and its delay over. */
  const pass = async (): Promise<{ readonly hash: string; readonly shown: string }> => {
    const output = await well("proposal", "create", await write(proposalOf()), "--as", "searcher", "--json");
    const { hash } = z.object({ hash: z.string() }).parse(JSON.parse(output));
    const shown = await well("proposal", "show", hash);
    for (const agent of ["risk-1", "risk-2", "risk-3"])
      await well("proposal", "vote", hash, "--support", "for", "--as", agent);
    await well("proposal", "queue", hash, "--as", "erin");
    await wait(deployed, DELAY);
    return { hash, shown };
  };

  /** What the treasury has at stake in one order, by the oracles as they stand. */
  const orderOf = async (
    amountIn: bigint,
    [spend, buy]: readonly [string, string] = ["USDC", "WSEI"],
  ): Promise<RouteOrder> => {
    const { tokens } = await viewReader({ book: deployed.book, provider: deployed.provider })();
    const of = async (name: string) => {
      const at = address(await token(name).getAddress());
      const state = tokens.find((one) => one.token === at);
      if (state === undefined) throw new Error(`the treasury deals in ${name}`);
      return { address: at, decimals: state.decimals, price: state.price };
    };
    return { spend: await of(spend), buy: await of(buy), amountIn, toleranceBps: BigInt(TOLERANCE_BPS) };
  };

  /** A stranger spends dollars along the route that Symphony answers, so that the price of WSEI rises. */
  const pushPrice = async (amountIn: bigint): Promise<void> => {
    const { holder, book, sandbox } = deployed;
    const quote = await askSymphony(book, entry(), { order: { ...(await orderOf(amountIn)), toleranceBps: 9_999n } });
    if (quote.kind === "refused") throw new Error(quote.detail);
    await sandbox.mint("USDC", holder.address, amountIn);
    await (await token("USDC").approve(entry().router, amountIn)).wait();
    await (await holder.sendTransaction({ to: quote.call.target, data: quote.call.data, gasLimit: 3_000_000n })).wait();
  };

  it("is listed with its router, what it leads through and its fee", async () => {
    expect(await well("venues")).to.include(
      `Symphony  aggregator ${entry().router} through DragonSwap V1, DragonSwap V2, fee 0.00 %`,
    );
    const { aggregators } = await readVenues(deployed.book, deployed.provider);
    expect(aggregators.map(({ kind, state: { name, feeBps } }) => [kind, name, feeBps])).to.deep.equal([
      ["symphony", "Symphony", 0],
    ]);
  });

  it("answers routes for every pair that its pools trade, which the mandate permits, and splits what is spent", async () => {
    const amounts = { USDC: SPENT, WSEI: 9_001n * SEI, WETH: SEI } as const;
    for (const spend of TRADED) {
      for (const buy of TRADED.filter((name) => name !== spend)) {
        const order = await orderOf(amounts[spend], [spend, buy]);
        const quote = await askSymphony(deployed.book, entry(), { order });
        if (quote.kind === "refused") throw new Error(`${spend} to ${buy}: ${quote.fault}, ${quote.detail}`);
        expect(quote.promised).to.be.greaterThan(quote.minOut);
        const decoded = readCall(quote.call);
        const { amountIn, recipient } = decoded?.reading ?? {};
        expect([amountIn, recipient]).to.deep.equal([amounts[spend], address(treasuryAt())]);
        expect(decoded?.protocol.tokens(decoded.reading)).to.have.members([order.spend.address, order.buy.address]);
      }
    }
  });

  it("swaps what agents voted for, for at least the own least output, and keeps nothing [NX-SYM-04]", async () => {
    const before = await holdings();
    // Of the deployment: no swap pays for a new slot.
    expect(await token("USDC").allowance(treasuryAt(), entry().router)).to.equal(1n);
    const order = await orderOf(SPENT);
    const { hash, shown } = await pass();
    expect(shown).to.match(/call 1: swap 3,000\.0000 USDC for at least [\d,.]+ WSEI on Symphony, 3 paths/);
    expect(shown).to.include("its calls are Elevated now");
    expect(await well("proposal", "execute", hash, "--as", "erin")).to.include("is Executed");
    const after = await holdings();
    expect(before.usdc - after.usdc).to.equal(SPENT);
    const least = (SPENT * 10n ** 12n * order.spend.price.lower * 99n) / (order.buy.price.upper * 100n);
    expect(after.wsei - before.wsei).to.be.at.least(least);
    for (const name of ["USDC", "WSEI"]) expect(await token(name).balanceOf(entry().router), name).to.equal(0n);
    expect(await token("USDC").allowance(treasuryAt(), entry().router)).to.equal(1n);
  });

  it("pitfall 9: does nothing when the router takes a fee behind its own check of the least output [NX-SYM-04]", async () => {
    const { hash } = await pass();
    const [router, before] = [deployed.sandbox.symphony, await holdings()];
    // What a small fee takes, the condition sees; a large one is more than the proposal may lose.
    for (const [fee, words] of [
      [200n, "condition"],
      [1_000n, "one action loses more"],
    ] as const) {
      await (await router.set(fee, false)).wait();
      expect(await well("venues")).to.include(`fee ${fee / 100n}.00 %`);
      expect(await fault("proposal", "execute", hash, "--as", "erin")).to.include(words);
      expect(await holdings()).to.deep.equal(before);
    }
    await (await router.set(0n, false)).wait();
    expect(await well("proposal", "execute", hash, "--as", "erin")).to.include("is Executed");
  });

  it("does nothing when the router is paused between vote and execution", async () => {
    const { hash } = await pass();
    const [router, before] = [deployed.sandbox.symphony, await holdings()];
    await (await router.set(0n, true)).wait();
    expect(await fault("proposal", "execute", hash, "--as", "erin")).to.include(
      `reverted with ${selectorOf("SandboxSymphonyPaused()")}`,
    );
    expect(await holdings()).to.deep.equal(before);
    await (await router.set(0n, false)).wait();
  });

  it("pitfall 10: does nothing when somebody trades before it and the pools give less than the oracles allow", async () => {
    const { hash } = await pass();
    await pushPrice(60_000n * USDC);
    const before = await holdings();
    expect(await fault("proposal", "execute", hash, "--as", "erin")).to.include(
      `reverted with ${selectorOf("AmountLessThanMinRequiredError(uint256,uint256)")}`,
    );
    expect(await holdings()).to.deep.equal(before);
    const output = await fault("proposal", "create", await write(proposalOf()), "--as", "searcher");
    expect(output).to.include("no route by Symphony (below-oracle)");
  });

  it("swaps along two pools in a row and pays whoever calls, as its interface says", async () => {
    const { holder, sandbox } = deployed;
    const [usdc, weth, wsei] = await Promise.all(["USDC", "WETH", "WSEI"].map((name) => token(name).getAddress()));
    if (usdc === undefined || weth === undefined || wsei === undefined) throw new Error("the sandbox has three tokens");
    const path = [
      { tokenIn: usdc, tokenOut: weth, amountIn: SPENT, swapType: 6n, fee: 500n },
      { tokenIn: weth, tokenOut: wsei },
    ];
    const call = routeCall({ router: entry().router, paths: [path], recipient: holder.address });
    await sandbox.mint("USDC", holder.address, SPENT);
    await (await token("USDC").approve(entry().router, SPENT)).wait();
    const before = await token("WSEI").balanceOf(holder.address);
    await (await holder.sendTransaction({ to: call.target, data: call.data, gasLimit: 3_000_000n })).wait();
    // Some 10,000 at 30 cents, less two fees of pools that were moved.
    expect((await token("WSEI").balanceOf(holder.address)) - before).to.be.within(8_500n * SEI, 10_500n * SEI);
    for (const name of TRADED) expect(await token(name).balanceOf(entry().router), name).to.equal(0n);
  });

  it("refuses by name what it cannot ask for", async () => {
    const create = async (change: object): Promise<string> =>
      fault("proposal", "create", await write(proposalOf(change)), "--as", "searcher");
    expect(await create({ aggregator: "Melody" })).to.include("no aggregator Melody; it has Symphony");
    expect(await create({ buy: "STAKE" })).to.include("the treasury deals in no STAKE");
    expect(await create({ buy: "aUSDC" })).to.include("no route by Symphony (unreachable): it answers 404");
    expect(await create({ buy: "USDC" })).to.include("no route by Symphony");
    expect(await create({ toleranceBps: 10_000 })).to.include("is no proposal");
  });

  it("ends with the sandbox: nobody answers at its endpoint afterwards", async () => {
    const order = await orderOf(SPENT);
    await deployed.stop();
    const quote = await askSymphony(deployed.book, entry(), { order });
    expect(quote.kind === "refused" ? quote.fault : "quoted").to.equal("unreachable");
  });
});
