import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract } from "ethers";
import { z } from "zod";
import { writeAddressBook } from "../../../deployments/file.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { readVenues } from "../../../keepers/adapters/venues/all.ts";
import { lendingCallsOf } from "../../../keepers/core/protocols/all.ts";
import { address } from "../../../keepers/core/units.ts";
import {
  type ReserveState,
  ratesAfter,
  supplyRefusal,
  withdrawRefusal,
} from "../../../keepers/market/lending/market.ts";
import { incomeIndexAt } from "../../../keepers/market/lending/reserve.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { venues } from "../../../scripts/cli/venues.ts";
import { Treasury__factory } from "../../../types/index.ts";
import { linesOf } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const USDC = 10n ** 6n;
const CAP = 200_000n * USDC;
/** The sandbox's delay of the Elevated class, in seconds. */
const DELAY = 30;
const YEAR = 31_536_000;

const proposalOf = (action: "supply" | "withdraw", amount: bigint) => ({
  calls: [{ market: "Yei", action, token: "USDC", amount: String(amount) }],
  conditions: [
    {
      kind: "balanceDecreasesAtMost",
      subject: action === "supply" ? "USDC" : "aUSDC",
      holder: "Treasury",
      // The pool rounds a unit.
      amount: String(amount + 1n),
    },
    { kind: "onlyMoves", subject: "USDC" },
    { kind: "onlyMoves", subject: "aUSDC" },
  ],
  maxLoss: "0",
});

describe("Yei in the sandbox", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-lending-"));
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

  /** Proposed, voted for by four of five, waited for and executed, by the commands alone; how it was shown to voters. */
  const decide = async (action: "supply" | "withdraw", amount: bigint): Promise<string> => {
    const file = join(folder, "proposal.json");
    await writeFile(file, JSON.stringify(proposalOf(action, amount)));
    const output = await well("proposal", "create", file, "--as", "searcher", "--json", "--class", "Elevated");
    const { hash } = z.object({ hash: z.string() }).parse(JSON.parse(output));
    const shown = await well("proposal", "show", hash);
    for (const agent of ["risk-1", "risk-2", "risk-3"])
      await well("proposal", "vote", hash, "--support", "for", "--as", agent);
    await well("proposal", "queue", hash, "--as", "erin");
    await wait(deployed, DELAY);
    expect(await well("proposal", "execute", hash, "--as", "erin")).to.include("is Executed");
    return shown;
  };

  const dollars = async (): Promise<ReserveState> => {
    const { lending } = await readVenues(deployed.book, deployed.provider);
    const yei = lending.find(({ kind }) => kind === "aaveV3");
    const found = yei?.kind === "aaveV3" ? yei.state.reserves.find(({ symbol }) => symbol === "USDC") : undefined;
    if (found === undefined) throw new Error("Yei has dollars");
    return found;
  };
  const now = async (): Promise<bigint> => BigInt((await deployed.provider.getBlock("latest"))?.timestamp ?? 0);
  const treasury = () => Treasury__factory.connect(addressOf(deployed.book, "Treasury"), deployed.provider);

  it("is listed with what it holds, earns and costs, and that nothing is ours", async () => {
    const shown = await well("venues");
    expect(shown).to.match(/^DragonSwap V1 {2}exchange 0x[0-9a-fA-F]{40} of kind v2, \d+ pools?$/m);
    expect(shown).to.match(/^Yei {2}lending pool 0x[0-9a-fA-F]{40}$/m);
    expect(shown).to.include("ours: $0.00 as collateral, $0.00 owed, no debt");
    expect(shown).to.match(
      /^ {4}USDC +2,000,000 supplied, 1,000,000 at hand +use 50\.00 % +earns 1\.38 %, costs 2\.77 % +open +ours: nothing$/m,
    );
    expect(shown).to.match(/^ {4}WSEI +20,000,000 supplied, 20,000,000 at hand +use 0\.00 %/m);
    const parsed = z
      .object({
        lending: z.array(
          z.object({ kind: z.string(), state: z.object({ name: z.string(), baseUnit: z.string().optional() }) }),
        ),
      })
      .parse(JSON.parse(await well("venues", "--json")));
    expect(parsed.lending).to.deep.equal([
      { kind: "aaveV3", state: { name: "Yei", baseUnit: String(10n ** 18n) } },
      { kind: "compoundV2", state: { name: "Takara" } },
    ]);
  });

  it("takes what agents voted to supply, and the treasury's worth stays", async () => {
    const [before, state, time] = [await treasury().totalAssets(), await dollars(), await now()];
    const amount = 150_000n * USDC;
    expect(supplyRefusal(state, amount, { now: time, cap: CAP })).to.equal(undefined);
    const shown = await decide("supply", amount);
    expect(shown).to.include("call 1: supply 150,000.0000 USDC to Yei").and.to.include("its calls are Elevated now");
    expect(shown).not.to.include("for good");
    expect((await treasury().totalAssets()) - before).to.be.within(-2n, 2n);
    const after = await dollars();
    expect(after.own.supplied).to.be.within(amount - 1n, amount + 1n);
    expect(await well("venues")).to.match(/ours: 150,000\.00 USDC supplied$/m);
  });

  it("has the rates afterwards that were computed before", async () => {
    const state = await dollars();
    const [amount, me] = [1_234n * USDC, deployed.holder];
    await deployed.sandbox.mint("USDC", me.address, amount);
    const { pool, asset } = { pool: deployed.book.environment.lending?.[0]?.pool ?? "", asset: state.asset };
    const token = new Contract(asset, ["function approve(address,uint256)"], me);
    await (await token.getFunction("approve").send(pool, amount)).wait();
    const call = lendingCallsOf("aaveV3").supply.encode({
      pool: address(pool),
      asset,
      position: state.position,
      amount,
      recipient: address(me.address),
    });
    await (await me.sendTransaction({ to: call.target, data: call.data, gasLimit: 1_000_000n })).wait();
    const after = await dollars();
    // The debt has grown until the supply; all else is as it was.
    const grown = { ...state, usage: { ...state.usage, variableDebt: after.usage.variableDebt } };
    expect(after.indexes.rates).to.deep.equal(ratesAfter(grown, amount));
    expect(incomeIndexAt(state.indexes, await now())).to.equal(after.indexes.liquidityIndex);
  });

  it("refuses before the vote what it would refuse after it", async () => {
    const [state, time] = [await dollars(), await now()];
    const supply = (amount: bigint, changed: Partial<ReserveState> = {}) =>
      supplyRefusal({ ...state, ...changed }, amount, { now: time, cap: CAP });
    expect(supply(60_000n * USDC)).to.equal("above-position-cap");
    expect(supply(0n)).to.equal("amount-too-small");
    expect(supply(USDC, { supplyCap: state.supplied })).to.equal("above-supply-cap");
    expect(supply(USDC, { flags: { ...state.flags, isFrozen: true } })).to.equal("reserve-frozen");
    expect(supply(USDC, { flags: { ...state.flags, isPaused: true } })).to.equal("reserve-paused");
    expect(supply(USDC, { flags: { ...state.flags, isActive: false } })).to.equal("reserve-inactive");
    expect(withdrawRefusal(state, state.own.supplied + 1n, time)).to.equal("more-than-supplied");
    const lent = { ...state, usage: { ...state.usage, liquidity: 5n } };
    expect(withdrawRefusal(lent, 6n, time)).to.equal("more-than-liquidity");
    expect(withdrawRefusal({ ...state, flags: { ...state.flags, isFrozen: true } }, 6n, time)).to.equal(undefined);
    const file = join(folder, "wrong.json");
    await writeFile(
      file,
      JSON.stringify({
        ...proposalOf("supply", USDC),
        calls: [{ market: "Yei", action: "supply", token: "WETH", amount: "1" }],
      }),
    );
    expect(await fault("proposal", "create", file, "--as", "searcher")).to.include(
      "no position of WETH in Yei; its lending markets: Yei, Takara",
    );
  });

  it("pays back what was supplied with what it earned", async () => {
    await deployed.sandbox.control("evm_increaseTime", [YEAR]);
    await deployed.sandbox.control("evm_mine", []);
    const { own } = await dollars();
    expect(own.supplied).to.be.greaterThan(151_000n * USDC);
    await decide("withdraw", own.supplied);
    const left = (await dollars()).own.supplied;
    // A minute's interest.
    expect(left).to.be.lessThan(USDC);
  });
});
