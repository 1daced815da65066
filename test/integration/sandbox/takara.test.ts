import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract, MaxUint256 } from "ethers";
import { z } from "zod";
import { writeAddressBook } from "../../../deployments/file.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { readVenues } from "../../../keepers/adapters/venues/all.ts";
import { type ShareMarketState, ownAt, supplyRefusal } from "../../../keepers/market/shares/market.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { venues } from "../../../scripts/cli/venues.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { Treasury__factory } from "../../../types/index.ts";
import { linesOf } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";

const USDC = 10n ** 6n;
const CAP = 150_000n * USDC;
/** The sandbox's delay of the Elevated class, in seconds. */
const DELAY = 30;
/** A month at 400 ms. */
const BLOCKS = 6_480_000;

const proposalOf = (action: "supply" | "withdraw", amount: bigint) => {
  const [from, to] = action === "supply" ? ["USDC", "tkUSDC"] : ["tkUSDC", "USDC"];
  return {
    calls: [{ market: "Takara", action, token: "USDC", amount: String(amount) }],
    conditions: [
      { kind: "balanceDecreasesAtMost", subject: from, holder: "Treasury", amount: String(amount) },
      // A share rounds a unit.
      { kind: "balanceIncreasesAtLeast", subject: to, holder: "Treasury", amount: String(amount - 1n) },
      { kind: "onlyMoves", subject: "USDC" },
      { kind: "onlyMoves", subject: "tkUSDC" },
    ],
    maxLoss: "0",
  };
};

describe("Takara in the sandbox", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-takara-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  const { well } = linesOf({ ...PROPOSAL_COMMANDS, venues }, () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath }));

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

  const look = async (): Promise<ShareMarketState> => {
    const { lending } = await readVenues(deployed.book, deployed.provider);
    const found = lending.find(({ kind }) => kind === "compoundV2");
    if (found?.kind !== "compoundV2") throw new Error("the sandbox has Takara");
    return found.state;
  };
  const treasury = () => Treasury__factory.connect(addressOf(deployed.book, "Treasury"), deployed.provider);

  it("is listed with what it holds, and the treasury's shares are allowed to what shows them", async () => {
    const shown = await well("venues");
    expect(shown).to.match(/^Takara {2}market of shares 0x[0-9a-fA-F]{40}$/m);
    expect(shown).to.match(
      /^ {4}USDC +1,500,0\d\d supplied, 600,000 at hand +use 60\.\d\d % +a block earns 0\.0000000\d\d %/m,
    );
    expect(shown).to.match(/open +ours: nothing$/m);
    const { pool, position } = await look();
    const shares = new Contract(
      pool,
      ["function allowance(address,address) view returns (uint256)"],
      deployed.provider,
    );
    const allowance: unknown = await shares
      .getFunction("allowance")
      .staticCall(await treasury().getAddress(), position);
    expect(allowance).to.equal(MaxUint256);
  });

  it("takes what agents voted to supply, and the treasury's worth stays", async () => {
    const [before, state] = [await treasury().totalAssets(), await look()];
    const amount = 120_000n * USDC;
    expect(supplyRefusal(state, amount, { block: BigInt(state.block), cap: CAP })).to.equal(undefined);
    const shown = await decide("supply", amount);
    expect(shown).to.include("call 1: supply 120,000.0000 USDC to Takara").and.to.include("its calls are Elevated now");
    expect((await treasury().totalAssets()) - before).to.be.within(-2n, 2n);
    const after = await look();
    expect(ownAt(after, BigInt(after.block))).to.be.within(amount - 1n, amount + USDC);
    expect(await well("venues")).to.match(/ours: 1(?:19,999|20,000)\.\d\d USDC supplied$/m);
  });

  it("pays back what was supplied with what it earned", async () => {
    await deployed.sandbox.control("hardhat_mine", [`0x${BLOCKS.toString(16)}`]);
    const { block, ...state } = await look();
    const own = ownAt({ block, ...state }, BigInt(block));
    // Some 2 % a year.
    expect(own).to.be.within(120_150n * USDC, 120_400n * USDC);
    await decide("withdraw", own);
    const left = await look();
    expect(ownAt(left, BigInt(left.block))).to.be.lessThan(USDC);
  });
});
