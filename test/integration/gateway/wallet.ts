import process from "node:process";
import { expect } from "chai";
import { JsonRpcProvider, id as hashOf, parseUnits } from "ethers";
import type { Browser, Page } from "playwright-core";
import { addressOf } from "../../../deployments/lookup.ts";
import { daoId } from "../../../keepers/gateway/documents/slowProposals.ts";
import { proposalSchema } from "../../../keepers/gateway/schema/proposals.ts";
import { NODE_OPTIONS } from "../../../scripts/lib/nodeOptions.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { PEOPLE } from "../../../scripts/sandbox/fleet.ts";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import {
  CircuitBreaker__factory,
  NexusGovernor__factory,
  NexusToken__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import { hasChromium, openBrowser, openContext, settled } from "../../support/browser.ts";
import type { GatewayWorld } from "../../support/gatewayWorld.ts";
import { type TestWallet, giveWallet } from "../../support/testWallet.ts";

const PATIENCE_MS = 60_000;
const A_SECOND_MS = 1_500;
const LOOK_MS = 200;
/** The governor's number of a proposal that is voted on. */
const ACTIVE = 1n;

/** The contracts as the chain has them now, without any page between. */
const contractsOf = ({ book, rpcUrl }: GatewayWorld["world"]) => {
  const provider = new JsonRpcProvider(rpcUrl, book.chainId, {
    ...NODE_OPTIONS,
    staticNetwork: true,
    pollingInterval: 50,
  });
  const at = (name: string): string => addressOf(book, name);
  return {
    provider,
    treasury: Treasury__factory.connect(at("Treasury"), provider),
    usdc: NexusToken__factory.connect(book.environment.tokens["USDC"]?.address ?? "", provider),
    token: NexusToken__factory.connect(at("NexusToken"), provider),
    governor: NexusGovernor__factory.connect(at("NexusGovernor"), provider),
    breaker: at("CircuitBreaker"),
  };
};
type Contracts = ReturnType<typeof contractsOf>;

const progress = (page: Page, words: string | RegExp) =>
  page.getByTestId("progress").filter({ hasText: words }).waitFor();

/** Waits until the chain is as it shall be. @throws Error saying what was waited for */
const until = async (what: string, fits: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await fits())) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

/** The units in a text such as “You get 99.98 shares at the prices of now.” */
const unitsIn = (text: string, decimals: number): bigint =>
  parseUnits((/[\d,]+(?:\.\d+)?/.exec(text)?.[0] ?? "0").replaceAll(",", ""), decimals);

/** Bob proposes something that means no harm, in words that try to. */
const propose = async ({ governor, breaker, provider }: Contracts): Promise<bigint> => {
  // Votes count from the second after the one in which they were given.
  await new Promise((resolve) => setTimeout(resolve, A_SECOND_MS));
  const bob = testKeys()(PEOPLE.get("bob") ?? 0).connect(provider);
  const data = CircuitBreaker__factory.createInterface().encodeFunctionData("setGuardian", [bob.address, true]);
  const description = "Make bob a guardian <b>now</b>\u202e";
  await (await governor.connect(bob).propose([breaker], [0n], [data], description)).wait(1, PATIENCE_MS);
  return governor.getProposalId([breaker], [0n], [data], hashOf(description));
};

/** A member's deeds in a real browser with a test wallet; each changes the chain as its preview says. */
export const testWallet = (world: () => GatewayWorld): void => {
  let browser: Browser | undefined;
  let contracts: Contracts | undefined;
  let proposed = 0n;
  const open = async (person: string, path: string): Promise<{ readonly page: Page; readonly wallet: TestWallet }> => {
    if (browser === undefined) throw new Error("the browser did not start");
    const { gateway, world: chain } = world();
    const context = await openContext(browser, { size: "desktop", theme: "light" });
    const wallet = await giveWallet(context, { person, rpcUrl: chain.rpcUrl, chainId: chain.book.chainId });
    const page = await context.newPage();
    await page.goto(`${gateway.url}${path}`);
    await settled(page);
    await page.getByRole("button", { name: "Connect Test wallet" }).click();
    return { page, wallet };
  };
  const close = async ({ page, wallet }: { readonly page: Page; readonly wallet: TestWallet }): Promise<void> => {
    await page.context().close();
    wallet.close();
  };
  const chain = (): Contracts => {
    if (contracts === undefined) throw new Error("the chain is not connected");
    return contracts;
  };
  before(async function () {
    if (!hasChromium()) {
      process.stderr.write(`nexus: ${NO_CHROMIUM}\n`);
      this.skip();
    }
    browser = await openBrowser();
    contracts = contractsOf(world().world);
  });
  after(async () => {
    contracts?.provider.destroy();
    await browser?.close();
  });

  it("delegates what an account holds; the chain counts it [NX-GTW-09]", async () => {
    const { token } = chain();
    const session = await open("bob", "/proposals");
    const { page, wallet } = session;
    await page.getByTestId("delegate").filter({ hasText: "vote for nobody yet" }).waitFor();
    await page.getByRole("button", { name: "Delegate to myself" }).click();
    await progress(page, "Delegation: done.");
    await page.getByTestId("delegate").filter({ hasText: "Your tokens vote with you." }).waitFor();
    expect(await token.getVotes(wallet.address)).to.equal(await token.balanceOf(wallet.address));
    await close(session);
    // The vote begins some seconds after the proposal: the other deeds are done meanwhile.
    proposed = await propose(chain());
  });

  it("deposits what was typed after an allowance of just that, for the shares that the preview said [NX-GTW-09]", async () => {
    const { treasury, usdc } = chain();
    const session = await open("alice", "/exit");
    const { page, wallet } = session;
    const before = await treasury.balanceOf(wallet.address);
    await page.getByLabel("Amount in USDC").fill("250.5");
    wallet.rejectNext();
    await page.getByRole("button", { name: "Allow the treasury to take 250.5 USDC" }).click();
    await progress(page, "You rejected it in the wallet. Nothing was sent.");
    expect(wallet.sent).to.deep.equal([]);
    await page.getByRole("button", { name: "Allow the treasury to take 250.5 USDC" }).click();
    await page.getByRole("button", { name: "Deposit 250.5 USDC", exact: true }).waitFor();
    expect(await usdc.allowance(wallet.address, await treasury.getAddress())).to.equal(parseUnits("250.5", 6));
    const decimals = Number(await treasury.decimals());
    const said = unitsIn(await page.locator("#deposit-says").filter({ hasText: "You get" }).innerText(), decimals);
    await page.getByRole("button", { name: "Deposit 250.5 USDC", exact: true }).click();
    await progress(page, "Deposit: done.");
    const got = (await treasury.balanceOf(wallet.address)) - before;
    // Blocks come between the preview and the deposit: a share is worth a little more or less then.
    expect(Math.abs(Number(got - said) / Number(said))).to.be.below(0.001);
    expect(await usdc.allowance(wallet.address, await treasury.getAddress())).to.equal(0n);
    await page.getByLabel("Amount in USDC").fill("99999999");
    expect(await page.locator("#deposit-says").innerText()).to.match(/^Your account has [\d,.]+ USDC\.$/);
    expect(await page.getByRole("button", { name: /^(Deposit|Allow)/ }).isDisabled()).to.equal(true);
    await close(session);
  });

  it("leaves by both exits, each for what its preview said [NX-GTW-09]", async () => {
    const { treasury, usdc } = chain();
    const session = await open("depositor", "/exit");
    const { page, wallet } = session;
    const balances = async () =>
      [await treasury.balanceOf(wallet.address), await usdc.balanceOf(wallet.address)] as const;
    const decimals = Number(await treasury.decimals());
    // The sandbox's depositor came with the deployment: its shares are as young as that.
    await until("seasoned shares", async () => (await treasury.recentSharesOf(wallet.address))[0] === 0n);
    await page.reload();
    await page.getByRole("button", { name: "Connect Test wallet" }).click();
    for (const [title, button, done] of [
      ["Priced", "Leave priced", "Exit: done."],
      ["In kind", "Leave in kind", "Exit in kind: done."],
    ] as const) {
      const [shares, dollars] = await balances();
      await page.getByLabel("Shares").fill("1000");
      const row = page.locator("li", { hasText: title }).locator("p.sub").filter({ hasText: "USDC" });
      const said = unitsIn(/([\d,.]+) USDC/.exec(await row.innerText())?.[1] ?? "", 6);
      await page.getByRole("button", { name: button }).click();
      await progress(page, done);
      const [sharesNow, dollarsNow] = await balances();
      expect(shares - sharesNow).to.equal(1_000n * 10n ** BigInt(decimals));
      expect(Math.abs(Number(dollarsNow - dollars - said) / Number(said)), title).to.be.below(0.001);
    }
    await close(session);
  });

  it("says in the contract's own words why an exit is refused, and sends nothing [NX-GTW-09]", async () => {
    const session = await open("alice", "/exit");
    const { page, wallet } = session;
    await page.locator("#leave-says").filter({ hasText: "may leave from" }).waitFor();
    await page.getByLabel("Shares").fill("10");
    expect(await page.locator("#leave-says").innerText()).to.equal("Some of these shares are too young to leave.");
    expect(await page.getByRole("button", { name: "Leave priced" }).isDisabled()).to.equal(true);
    expect(wallet.sent).to.deep.equal([]);
    const answer = await fetch(
      `${world().gateway.url}/v1/explain?revert=${chain().treasury.interface.encodeErrorResult("SharesTooRecent", [wallet.address, 0n, 1n, 2n])}`,
    );
    expect(await answer.text()).to.include("SharesTooRecent");
    await close(session);
  });

  it("votes on a proposal of the DAO; the chain counts it, and what its author wrote stays text [NX-GTW-09] [NX-GTW-06]", async () => {
    const { token, governor } = chain();
    await until("the vote", async () => (await governor.state(proposed)) === ACTIVE);
    const path = `/proposals/${daoId(proposed)}`;
    const session = await open("bob", path);
    const { page, wallet } = session;
    // The same id with other calls: the page computes the number of what it shows, and lets nobody vote.
    const answer = proposalSchema.parse(await (await fetch(`${world().gateway.url}/v1${path}`)).json());
    await page.route(`**/v1${path}`, (route) =>
      route.fulfill({ json: { ...answer, calls: answer.calls.map((call) => ({ ...call, target: wallet.address })) } }),
    );
    await page.getByTestId("other-id").waitFor();
    expect(await page.getByRole("button", { name: "For", exact: true }).count()).to.equal(0);
    await page.unroute(`**/v1${path}`);
    await page.getByRole("button", { name: "For", exact: true }).click();
    await page.getByTestId("voted").waitFor();
    expect(await governor.hasVoted(proposed, wallet.address)).to.equal(true);
    expect((await governor.proposalVotes(proposed)).forVotes).to.equal(await token.getVotes(wallet.address));
    const told = page.locator("section", { hasText: "What its proposer says" }).locator(".told");
    expect(await told.innerText()).to.equal(String.raw`Make bob a guardian <b>now</b>\u{202e}`);
    await close(session);
  });

  it("loads no icon that a wallet names elsewhere [NX-GTW-08]", async () => {
    const session = await open("carol", "/exit");
    expect(await session.page.locator("main img").count()).to.equal(0);
    await close(session);
  });
};
