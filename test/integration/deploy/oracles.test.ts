import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { addressOf } from "../../../deployments/lookup.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { oracles } from "../../../scripts/cli/oracles.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import {
  BreakerEvidence__factory,
  CircuitBreaker__factory,
  SandboxToken__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import { LEVEL } from "../../support/enums.ts";
import { linesOf } from "../../support/commandLine.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const shown = z.object({
  isRight: z.boolean(),
  everything: z.string(),
  oracles: z.array(
    z.object({
      asset: z.string(),
      status: z.string(),
      confidenceBps: z.string(),
      level: z.string(),
      sources: z.array(z.object({ name: z.string(), state: z.string() })),
      health: z.object({ agreeing: z.number(), spare: z.number(), alerts: z.array(z.object({ kind: z.string() })) }),
    }),
  ),
});

const MAX_AGE = 1_800;
const [REFUSED, SHARE_PRICE_FELL, SHARES_LEFT] = [0, 2, 3];
const ABSENT = 1n;
const COOL_DOWN = 600;

describe("nexus oracles", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";

  const where = () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath });
  const { nexus } = linesOf({ oracles }, where);
  const answer = async () => shown.parse(JSON.parse((await nexus("oracles", "--json")).output));
  const pass = async (seconds: number): Promise<void> => {
    await deployed.sandbox.control("evm_increaseTime", [seconds]);
    for (let block = 0; block < 2; block += 1) await deployed.sandbox.control("evm_mine", []);
  };

  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-oracles-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  it("shows each asset's price, its sources, and what it would take to lose it", async () => {
    const { output, code } = await nexus("oracles");
    expect(code).to.equal(0);
    expect(output).not.to.include("everything");
    expect(output).to.match(/^WSEI \$\d+\.\d{4}, from \$\d+\.\d{4} to \$\d+\.\d{4}, confidence \d+\.\d\d %$/m);
    expect(output).to.match(/^ {4}3 of 3 agree, 2 must: 2 that fail take the price$/m);
    expect(output).to.match(/^ {4}SEI\/USD by Pyth +agrees +\$\d+\.\d{4} ± 0\.\d\d %/m);
    expect(output).to.match(/^ {4}SEI\/USD by RedStone +agrees +\$\d+\.\d{4} ± 0\.\d\d %/m);
    expect(output).to.match(/^ {4}SEI\/USD +agrees +\$\d+\.\d{4} ± 0\.\d\d % +\d+ s of 1800 s +deviation 0\.50 %$/m);
  });

  it("says the same in JSON", async () => {
    const { isRight, oracles: all } = await answer();
    expect(isRight).to.equal(true);
    expect(all.map(({ asset, status, level }) => [asset, status, level])).to.deep.equal([
      ["USDC", "Ready", "Normal"],
      ["WSEI", "Ready", "Normal"],
      ["WETH", "Ready", "Normal"],
      ["aUSDC", "Ready", "Normal"],
      ["tkUSDC", "Ready", "Normal"],
    ]);
    expect(all[1]?.sources).to.deep.equal([
      { name: "SEI/USD", state: "Agreeing" },
      { name: "SEI/USD by Pyth", state: "Agreeing" },
      { name: "SEI/USD by RedStone", state: "Agreeing" },
    ]);
    expect(all[1]?.health).to.deep.equal({ agreeing: 3, spare: 2, alerts: [] });
  });

  it("shows that anyone tripped everything by shares that left, and by what a share lost [NX-BRK-08]", async () => {
    const { book, holder: anyone, provider, sandbox } = deployed;
    const evidence = BreakerEvidence__factory.connect(addressOf(book, "BreakerEvidence"), anyone);
    const depositor = testKeys()(ROLE_INDICES.depositor).connect(provider);
    const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), depositor);
    const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
    const level = () => breaker.highestLevel([]);
    await pass(deployed.parameters.minHoldingTime);
    await (await evidence.observeShares(SHARES_LEFT, [depositor.address])).wait();
    await (await evidence.observeShares(SHARE_PRICE_FELL, [])).wait();
    await pass(20);

    const shares = await treasury.balanceOf(depositor);
    await (await treasury.redeem((shares * 2n) / 5n, depositor, depositor)).wait();
    expect(await evidence.previewTripShares(SHARE_PRICE_FELL, []), "who leaves lowers no share's worth").to.equal(
      ABSENT,
    );
    await (await evidence.tripShares(SHARES_LEFT, [])).wait();
    expect(await level()).to.equal(LEVEL.reduceOnly);
    expect((await nexus("oracles")).output).to.match(/^everything: breaker ReduceOnly$/m);
    expect((await answer()).everything).to.equal("ReduceOnly");

    const timelock = addressOf(book, "Timelock");
    await sandbox.setBalance(timelock, 10n ** 18n);
    await sandbox.control("hardhat_impersonateAccount", [timelock]);
    const usdc = SandboxToken__factory.connect(await treasury.asset(), provider);
    const lost = (await usdc.balanceOf(treasury)) / 4n;
    const target = await usdc.getAddress();
    const drain = usdc.interface.encodeFunctionData("transfer", [anyone.address, lost]);
    const data = treasury.interface.encodeFunctionData("executeAsAdmin", [[{ target, data: drain }]]);
    await sandbox.control("eth_sendTransaction", [{ from: timelock, to: await treasury.getAddress(), data }]);
    await (await evidence.tripShares(SHARE_PRICE_FELL, [])).wait();

    await (await evidence.observeShares(SHARES_LEFT, [])).wait();
    await (await evidence.observeShares(SHARE_PRICE_FELL, [])).wait();
    await pass(COOL_DOWN);
    await (await evidence.restoreShares(SHARES_LEFT, [])).wait();
    expect(await level(), "another cause stands").to.equal(LEVEL.reduceOnly);
    await (await evidence.restoreShares(SHARE_PRICE_FELL, [])).wait();
    expect(await level()).to.equal(LEVEL.normal);
  });

  it("shows a dead feed, and the trip that anyone made by it", async () => {
    await pass(MAX_AGE + 1);
    // Of whom nothing is demanded.
    const anyone = deployed.holder;
    const evidence = BreakerEvidence__factory.connect(addressOf(deployed.book, "BreakerEvidence"), anyone);
    const wsei = deployed.book.environment.tokens["WSEI"]?.address ?? "";
    await (await evidence.observe(wsei)).wait();
    await pass(20);
    await (await evidence.trip(wsei, REFUSED)).wait();

    const { isRight, oracles: all } = await answer();
    expect(isRight).to.equal(false);
    expect(all[1]).to.deep.include({ asset: "WSEI", status: "QuorumMissed", level: "ReduceOnly", confidenceBps: "0" });
    expect(all[1]?.health.alerts.map(({ kind }) => kind)).to.deep.equal([
      "no-price",
      "source-lost",
      "source-lost",
      "source-lost",
    ]);
    const { output, code } = await nexus("oracles");
    expect(code).to.equal(1);
    expect(output).to.include("WSEI has no price: too few sources are fresh; breaker ReduceOnly");
    expect(output).to.include("! WSEI: SEI/USD is too old");
  });
});
