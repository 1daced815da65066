import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { type HDNodeWallet, id as hashOf, parseUnits } from "ethers";
import type { BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import { addressOf } from "../../../deployments/lookup.ts";
import { daoId } from "../../../keepers/gateway/documents/slowProposals.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { PEOPLE } from "../../../scripts/sandbox/fleet.ts";
import {
  CircuitBreaker__factory,
  NexusGovernor__factory,
  NexusToken__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import { settled } from "../../support/browser.ts";
import type { Deployed } from "../../support/deployment.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN_AXE = 'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })';
const axeSchema = z.looseObject({ violations: z.array(z.looseObject({ id: z.string() })) });
const CHAIN = 1329;
const transactionSchema = z.strictObject({
  chainId: z.literal(CHAIN),
  from: z.string(),
  to: z.string(),
  value: z.literal("0x0"),
  data: z.string(),
});
type Unsigned = z.output<typeof transactionSchema>;
const typedSchema = z.looseObject({
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  domain: z.looseObject({}),
  message: z.record(z.string(), z.string()),
});
const pixelsSchema = z.object({ width: z.number(), height: z.number(), data: z.array(z.number()) });

/** The reader of codes of the same library; Node finds it beside the drawing half. */
type Decodes = (image: { width: number; height: number; data: Uint8Array }) => string;
const isDecoder = (value: unknown): value is Decodes => typeof value === "function";

/** Draws the code as a camera would see it, and reads it. */
const readCode = async (page: Page): Promise<string> => {
  const image = pixelsSchema.parse(
    await page.evaluate(`(async () => {
      const svg = document.querySelector(".ways svg.qr").cloneNode(true);
      svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      svg.setAttribute("width", "240");
      svg.setAttribute("height", "240");
      const image = new Image(240, 240);
      image.src = "data:image/svg+xml," + encodeURIComponent(svg.outerHTML);
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 240;
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0, 240, 240);
      return { width: 240, height: 240, data: [...context.getImageData(0, 0, 240, 240).data] };
    })()`),
  );
  const found: unknown = createRequire(import.meta.url)("qr/decode.js");
  const decode: unknown = typeof found === "object" && found !== null ? Reflect.get(found, "default") : undefined;
  if (!isDecoder(decode)) throw new Error("the library reads no codes");
  return decode({ ...image, data: Uint8Array.from(image.data) });
};

/** What stands in the last file of a kind on the page: the one that was made last. */
const fileOf = (page: Page, id: "unsigned" | "typed"): Promise<string> => page.locator(`#${id}`).last().inputValue();

const unsignedOn = async (page: Page): Promise<Unsigned> =>
  transactionSchema.parse(JSON.parse(await fileOf(page, "unsigned")));

/** Everything that a member may have done, on a phone whose browser has no wallet; each changes the chain as it says. */
export const testOutside = (
  world: () => { readonly deployed: Deployed; readonly url: string; readonly open: () => Promise<BrowserContext> },
): void => {
  const person = (name: string): HDNodeWallet => testKeys()(PEOPLE.get(name) ?? 0).connect(world().deployed.provider);
  const contracts = () => {
    const { book, provider } = world().deployed;
    const at = (name: string): string => addressOf(book, name);
    return {
      treasury: Treasury__factory.connect(at("Treasury"), provider),
      usdc: NexusToken__factory.connect(book.environment.tokens["USDC"]?.address ?? "", provider),
      token: NexusToken__factory.connect(at("NexusToken"), provider),
      governor: NexusGovernor__factory.connect(at("NexusGovernor"), provider),
    };
  };
  /** Signs and sends what a file says, with a signer that the page knows nothing of. */
  const send = async (signer: HDNodeWallet, { to, data }: Unsigned): Promise<void> => {
    const sent = await signer.sendTransaction({ to, data });
    expect((await sent.wait())?.status).to.equal(1);
  };
  const pass = async (seconds: number): Promise<void> => {
    const { control } = world().deployed.sandbox;
    await control("evm_increaseTime", [seconds]);
    await control("evm_mine", []);
  };
  /** A page without a wallet, on which an account was typed. */
  const openFor = async (path: string, title: string, account: string): Promise<Page> => {
    const page = await (await world().open()).newPage();
    await page.goto(`${world().url}${path}`);
    await settled(page);
    await page.getByText("No wallet has made itself known").waitFor();
    await page.getByText(title, { exact: true }).click();
    await page.getByLabel("Your account").fill(account);
    return page;
  };
  const sign = async (signer: HDNodeWallet, page: Page): Promise<string> => {
    const { types, domain, message } = typedSchema.parse(JSON.parse(await fileOf(page, "typed")));
    const { EIP712Domain: _, ...structs } = types;
    return signer.signTypedData(domain, structs, message);
  };
  const close = (page: Page): Promise<void> => page.context().close();

  it("delegates by a file, a link and a code that all say the same, to every reader [NX-GTW-15] [NX-GTW-08]", async () => {
    const [bob, { token }] = [person("bob"), contracts()];
    const page = await openFor("/proposals", "Delegate without a wallet in this browser", bob.address);
    await page.getByText("Let my tokens vote with me").first().waitFor();
    const link = await page.getByTestId("link").getAttribute("href");
    expect(link).to.equal(`ethereum:${await token.getAddress()}@${CHAIN}/delegate?address=${bob.address}`);
    await page.locator("svg.qr").waitFor();
    expect(await readCode(page)).to.equal(link);
    await page.evaluate(AXE);
    expect(axeSchema.parse(await page.evaluate(RUN_AXE)).violations).to.deep.equal([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).to.be.at.most(320);
    const unsigned = await unsignedOn(page);
    expect(unsigned).to.deep.equal({
      chainId: CHAIN,
      from: bob.address,
      to: await token.getAddress(),
      value: "0x0",
      data: token.interface.encodeFunctionData("delegate", [bob.address]),
    });
    await send(bob, unsigned);
    expect(await token.delegates(bob.address)).to.equal(bob.address);
    await close(page);
  });

  it("delegates by a signature alone, which anybody may send [NX-GTW-15]", async () => {
    const [carol, alice, { token }] = [person("carol"), person("alice"), contracts()];
    const page = await openFor("/proposals", "Delegate without a wallet in this browser", carol.address);
    await page.getByLabel("Its signature").fill(await sign(carol, page));
    await page.getByTestId("signed").waitFor();
    await send(alice, await unsignedOn(page));
    expect(await token.delegates(carol.address)).to.equal(carol.address);
    await close(page);
  });

  it("votes by a pasted signature of the account, and takes no other's [NX-GTW-15]", async () => {
    const [bob, carol, { governor, token }] = [person("bob"), person("carol"), contracts()];
    await (await token.connect(bob).delegate(bob.address)).wait();
    await pass(2);
    const breaker = addressOf(world().deployed.book, "CircuitBreaker");
    const data = CircuitBreaker__factory.createInterface().encodeFunctionData("setGuardian", [bob.address, true]);
    await (await governor.connect(bob).propose([breaker], [0n], [data], "Make bob a guardian")).wait();
    const id = await governor.getProposalId([breaker], [0n], [data], hashOf("Make bob a guardian"));
    await pass(Number(await governor.votingDelay()) + 1);
    const page = await openFor(`/proposals/${daoId(id)}`, "Vote without a wallet in this browser", bob.address);
    await page.getByRole("button", { name: "Against", exact: true }).click();
    expect(await unsignedOn(page)).to.include({ data: governor.interface.encodeFunctionData("castVote", [id, 0n]) });
    await page.getByRole("button", { name: "For", exact: true }).click();
    expect(await unsignedOn(page)).to.include({ data: governor.interface.encodeFunctionData("castVote", [id, 1n]) });
    const field = page.getByLabel("Its signature");
    await field.fill("0x1234");
    await page.getByText("This is no signature").waitFor();
    await field.fill(await sign(carol, page));
    await page.getByText("not the account's, or not of this data").waitFor();
    expect(await page.getByTestId("signed").count()).to.equal(0);
    await field.fill(await sign(bob, page));
    await page.getByTestId("signed").waitFor();
    await send(carol, await unsignedOn(page));
    expect(await governor.hasVoted(id, bob.address)).to.equal(true);
    expect((await governor.proposalVotes(id)).forVotes).to.equal(await token.getVotes(bob.address));
    await close(page);
  });

  it("deposits after an allowance of just that, and leaves by both exits [NX-GTW-15]", async () => {
    const [alice, { treasury, usdc }] = [person("alice"), contracts()];
    const page = await openFor("/exit", "Without a wallet in this browser", alice.address.toLowerCase());
    await page.getByRole("button", { name: "Deposit", exact: true }).click();
    await page.getByLabel("Amount in USDC").fill("1,000");
    await page.getByText("Allow the treasury to take 1,000 USDC").first().waitFor();
    await send(alice, await unsignedOn(page));
    expect(await usdc.allowance(alice.address, await treasury.getAddress())).to.equal(parseUnits("1000", 6));
    await page.getByRole("button", { name: "Read the account again" }).click();
    await page.getByText("Deposit 1,000 USDC").first().waitFor();
    await send(alice, await unsignedOn(page));
    const shares = await treasury.balanceOf(alice.address);
    expect(shares > 0n).to.equal(true);
    await pass(Number((await treasury.recentSharesOf(alice.address))[1]));
    for (const [button, words] of [
      ["Leave priced", "Leave with 100 shares, priced"],
      ["Leave in kind", "Leave with 100 shares, in kind"],
    ] as const) {
      await page.getByRole("button", { name: "Read the account again" }).click();
      await page.getByRole("button", { name: button, exact: true }).click();
      await page.getByLabel("Shares", { exact: true }).fill("100");
      await page.getByText(words).first().waitFor();
      const before = await treasury.balanceOf(alice.address);
      await send(alice, await unsignedOn(page));
      const part = 100n * 10n ** (await treasury.decimals());
      expect(before - (await treasury.balanceOf(alice.address)), words).to.equal(part);
    }
    await page.getByLabel("Shares", { exact: true }).fill("999999999");
    await page.getByText("The account can give").waitFor();
    expect(await page.getByTestId("ways").count(), "nothing is made of what cannot be").to.equal(0);
    await close(page);
  });

  it("takes no address with a slip, and no answer about another account [NX-GTW-15]", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const page = await openFor(
      "/exit",
      "Without a wallet in this browser",
      alice.address.replace(/[a-f]/, (c) => c.toUpperCase()),
    );
    await page.getByText("its capitals do not fit").waitFor();
    const told: unknown = await (await fetch(`${world().url}/v1/holders/${bob.address}`)).json();
    await page.route("**/v1/holders/*", (route) => route.fulfill({ json: told }));
    await page.getByLabel("Your account").fill(alice.address);
    await page.locator("details .failure").waitFor();
    expect(await page.getByTestId("ways").count()).to.equal(0);
    await close(page);
  });

  it("gives a link to a proposal away, which opens it", async () => {
    const context = await world().open();
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: world().url });
    await context.addInitScript("delete Navigator.prototype.share");
    const page = await context.newPage();
    await page.goto(`${world().url}/proposals`);
    await settled(page);
    await page.locator("a.decision").first().click();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Link copied" }).waitFor();
    const link = z.string().parse(await page.evaluate("navigator.clipboard.readText()"));
    const other = await context.newPage();
    await other.goto(link);
    await settled(other);
    expect(await other.locator("h1").innerText()).to.equal(await page.locator("h1").innerText());
    await context.close();
  });
};
