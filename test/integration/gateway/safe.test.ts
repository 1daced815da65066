import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { writeAddressBook } from "../../../deployments/file.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { gatewayClock } from "../../../keepers/adapters/clock/gateway.ts";
import { type Gateway, startGateway } from "../../../keepers/gateway/gateway.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { SAFE_COMMANDS } from "../../../scripts/cli/safe/commands.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import { buildDashboard, isDashboardBuilt } from "../../../scripts/setup/dashboard.mjs";
import { CircuitBreaker__factory, Consensus__factory } from "../../../types/index.ts";
import { hasChromium, openBrowser, openContext, settled } from "../../support/browser.ts";
import { linesOf } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { giveWallet } from "../../support/testWallet.ts";

const COMMANDS = { ...PROPOSAL_COMMANDS, ...SAFE_COMMANDS };
/** The sandbox's delay of the Critical class, in seconds. */
const CRITICAL_DELAY = 60;
const VETOED = 3n;
const VOTERS = ["risk-1", "risk-2", "risk-3", "risk-4"] as const;

const swapOf = (dollars: bigint) => ({
  calls: [
    {
      target: "DragonSwap V2",
      function: "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
      args: [["USDC", "WSEI", 500, "Treasury", String(dollars * 10n ** 6n), String(2n * dollars * 10n ** 18n), 0]],
    },
  ],
  conditions: [
    { kind: "balanceDecreasesAtMost", subject: "USDC", holder: "Treasury", amount: String(dollars * 10n ** 6n) },
    { kind: "valueDecreasesAtMostBps", amount: "10" },
  ],
  maxLoss: "400",
});

type Opened = { readonly page: Page; readonly close: () => Promise<void> };

/** A Safe's owners sign in their browsers, each with a wallet of one's own; what the Safe then does is as the page said. */
describe("The page of a Safe's owners", function () {
  this.timeout(180_000);
  let world: { readonly deployed: Deployed; readonly gateway: Gateway; readonly browser: Browser } | undefined;
  const parts = () => {
    if (world === undefined) throw new Error("the chain did not start");
    return world;
  };
  before(async function () {
    if (!hasChromium()) {
      process.stderr.write(`nexus: ${NO_CHROMIUM}\n`);
      this.skip();
    }
    if (!isDashboardBuilt()) await buildDashboard();
    const [deployed, browser] = await Promise.all([startDeployed(), openBrowser()]);
    const gateway = await startGateway({
      book: deployed.book,
      provider: deployed.provider,
      rpcUrl: deployed.sandbox.rpcUrl,
      fleet: undefined,
      clock: gatewayClock(),
      residentBytes: () => 0,
      version: "0.0.0",
      onTrouble: () => undefined,
      port: 0,
      dashboardDir: join(process.cwd(), "dist/dashboard"),
    });
    world = { deployed, gateway, browser };
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await world?.browser.close();
    await world?.gateway.close();
    await world?.deployed.stop();
    await removeFolder(folder);
  });

  const folder = mkdtempSync(join(tmpdir(), "nexus-safe-"));
  const bookPath = join(folder, "book.json");
  const { well } = linesOf(COMMANDS, () => ({ rpc: parts().deployed.sandbox.rpcUrl, book: bookPath }));

  const propose = async (dollars: bigint, ...more: readonly string[]): Promise<string> => {
    const file = join(folder, "swap.json");
    writeFileSync(file, JSON.stringify(swapOf(dollars)));
    const output = await well("proposal", "create", file, "--as", "searcher", "--json", ...more);
    return z.object({ hash: z.string() }).parse(JSON.parse(output)).hash;
  };
  const openAs = async (person: string, path: string): Promise<Opened> => {
    const { deployed, gateway, browser } = parts();
    const context = await openContext(browser, { size: "phone", theme: "light" });
    const wallet = await giveWallet(context, {
      person,
      rpcUrl: deployed.sandbox.rpcUrl,
      chainId: deployed.book.chainId,
    });
    const page = await context.newPage();
    await page.goto(`${gateway.url}${path}`);
    await settled(page);
    return {
      page,
      close: async () => {
        await context.close();
        wallet.close();
      },
    };
  };
  const connect = (page: Page): Promise<void> => page.getByRole("button", { name: "Connect Test wallet" }).click();
  const signatures = (page: Page) => page.locator("#signatures");
  const signedCount = (page: Page, count: number): Promise<void> =>
    page.getByText(`${count} of 2 have signed.`).waitFor();
  const signOn = async (page: Page, count: number): Promise<string> => {
    await page.getByRole("button", { name: "Sign with the wallet" }).click();
    await signedCount(page, count);
    return signatures(page).inputValue();
  };

  it("stops a proposal by a veto that two owners signed, each in a browser of one's own [NX-GTW-16]", async () => {
    const hash = await propose(12_000n);
    const consensus = Consensus__factory.connect(
      addressOf(parts().deployed.book, "Consensus"),
      parts().deployed.provider,
    );
    const first = await openAs("guardian-owner-1", `/proposals/${hash}`);
    await first.page.getByRole("link", { name: "Veto it" }).click();
    await connect(first.page);
    await first.page.getByLabel("Why").fill("too large “for now”");
    await first.page.getByRole("button", { name: "Write the request" }).click();
    const words = await first.page.getByTestId("words").innerText();
    expect(words).to.equal(`GuardianSafe vetoes the agents' proposal ${hash} for ever, because: “too large “for now””`);
    await first.page.getByTestId("preview").filter({ hasText: "It would go through now." }).waitFor();
    const request = await first.page.getByLabel("A Safe's request").inputValue();
    const signature = await signOn(first.page, 1);
    expect(await first.page.getByRole("button", { name: "Make the Safe do it" }).count(), "one is not enough").to.equal(
      0,
    );
    await first.close();
    // The command reads the same file, and asks for the same digest.
    const file = join(folder, "veto.json");
    writeFileSync(file, request);
    const asked = z
      .object({ signature: z.string() })
      .parse(JSON.parse(await well("safe", "sign", file, "--as", "guardian-owner-1", "--json")));
    expect(asked.signature).to.equal(signature);
    const second = await openAs("guardian-owner-3", "/safe");
    await connect(second.page);
    await second.page.getByLabel("A Safe's request").fill(request);
    expect(await second.page.getByTestId("words").innerText()).to.equal(words);
    await signatures(second.page).fill(signature);
    await signedCount(second.page, 1);
    await signOn(second.page, 2);
    await second.page.getByRole("button", { name: "Make the Safe do it" }).click();
    await second.page.getByTestId("fault").filter({ hasText: "ask its proposer for a new one" }).waitFor();
    expect((await consensus.tallyOf(hash)).state).to.equal(VETOED);
    await second.close();
  });

  it("lets a Critical proposal pass by a co-signature that two owners made [NX-GTW-16]", async () => {
    const hash = await propose(9_000n, "--class", "Critical");
    for (const agent of VOTERS) await well("proposal", "vote", hash, "--support", "for", "--as", agent);
    await well("proposal", "queue", hash, "--as", "erin");
    await wait(parts().deployed, CRITICAL_DELAY);
    const first = await openAs("cosigner-owner-2", `/proposals/${hash}`);
    await first.page.getByRole("link", { name: "Co-sign it" }).click();
    await connect(first.page);
    await first.page.getByRole("button", { name: "Write the request" }).click();
    expect(await first.page.getByTestId("words").innerText()).to.contain(`co-signs the agents' proposal ${hash}`);
    const request = await first.page.getByLabel("A Safe's request").inputValue();
    const signature = await signOn(first.page, 1);
    await first.close();
    const second = await openAs("cosigner-owner-1", "/safe");
    await connect(second.page);
    await second.page.getByLabel("A Safe's request").fill(request);
    await signatures(second.page).fill(signature);
    await signOn(second.page, 2);
    await second.page.getByTestId("co-signature").waitFor();
    const coSignature = await second.page.getByLabel("The co-signature").inputValue();
    expect(await well("proposal", "execute", hash, "--as", "erin", "--co-signature", coSignature)).to.include(
      "is Executed",
    );
    await second.close();
  });

  it("makes the Safe's call that the command asked for, and says that it cannot read it [NX-GTW-16]", async () => {
    const { book, provider } = parts().deployed;
    const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
    const file = join(folder, "trip.json");
    const args = JSON.stringify(["Escrow", 1, "to look at it"]);
    await well(
      "safe",
      "propose",
      "--target",
      "CircuitBreaker",
      "--call",
      "trip(address,uint8,string)",
      "--args",
      args,
      "--out",
      file,
    );
    const { page, close } = await openAs("guardian-owner-2", "/safe");
    await connect(page);
    await page.getByLabel("A Safe's request").fill(readFileSync(file, "utf8"));
    expect(await page.getByTestId("words").innerText()).to.contain(
      "a call of CircuitBreaker that this page cannot read",
    );
    const other = z
      .object({ signature: z.string() })
      .parse(JSON.parse(await well("safe", "sign", file, "--as", "guardian-owner-1", "--json"))).signature;
    await signOn(page, 1);
    const own = await signatures(page).inputValue();
    await signatures(page).fill(`${own} ${other}`);
    await signedCount(page, 2);
    await page.getByRole("button", { name: "Make the Safe do it" }).click();
    await page.getByTestId("fault").waitFor();
    expect(await breaker.levelOf(addressOf(book, "Escrow"))).to.equal(1n);
    await close();
  });

  it("counts no signature but an owner's over this request, each owner once, and none over a forged hash [NX-GTW-16]", async () => {
    const hash = await propose(8_000n, "--class", "Critical");
    const file = join(folder, "co.json");
    await well("safe", "propose", "--co-sign", hash, "--out", file);
    const request = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8")));
    const { page, close } = await openAs("cosigner-owner-1", "/safe");
    await connect(page);
    await page.getByLabel("A Safe's request").fill(JSON.stringify(request));
    const own = await signOn(page, 1);
    await signatures(page).fill(`${own} ${own} 0x1234 ${own.slice(0, -4)}00${own.slice(-2)}`);
    await page.getByText("2 of these are no signature of an owner").waitFor();
    await signedCount(page, 1);
    for (const [changes, says] of [
      [{ hash: `0x${"12".repeat(32)}` }, "this request is forged"],
      [{ safe: addressOf(parts().deployed.book, "Treasury") }, "No Safe answers|would be|reverted|does not"],
    ] as const) {
      await page.getByLabel("A Safe's request").fill(JSON.stringify({ ...request, ...changes }));
      await page.locator("section", { hasText: "Owners" }).getByText(new RegExp(says, "i")).first().waitFor();
      expect(await page.getByRole("button", { name: "Sign with the wallet" }).count()).to.equal(0);
    }
    await page.getByLabel("A Safe's request").fill(JSON.stringify({ ...request, chainId: "1" }));
    await page.getByText("It is for chain 1.").waitFor();
    await page.getByLabel("A Safe's request").fill("{}");
    await page.getByText("This is no request").waitFor();
    await close();
  });
});
