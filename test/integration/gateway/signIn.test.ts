import { expect } from "chai";
import { hashMessage } from "ethers";
import { z } from "zod";
import { gatewayClock } from "../../../keepers/adapters/clock/gateway.ts";
import type { ProgramKey } from "../../../keepers/gateway/access/programKeys.ts";
import { SESSION_MS } from "../../../keepers/gateway/access/sessions.ts";
import { type Gateway, secretDigest, startGateway } from "../../../keepers/gateway/gateway.ts";
import { SESSION_ROUTES } from "../../../keepers/gateway/schema/session.ts";
import { buildDashboard, isDashboardBuilt } from "../../../scripts/setup/dashboard.mjs";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { PEOPLE } from "../../../scripts/sandbox/fleet.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { MockAccount__factory, NexusToken__factory } from "../../../types/index.ts";
import { hasChromium, openBrowser, openContext } from "../../support/browser.ts";
import { giveWallet } from "../../support/testWallet.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";

const challengeSchema = z.object({ message: z.string(), until: z.number() });
const PROGRAM = "p".repeat(43);

describe("a gateway that others than this machine's users reach [NX-GTW-11]", () => {
  let deployed: Deployed;
  let gateway: Gateway;
  let clockMs = 0;
  let keys: readonly ProgramKey[] = [];
  let caller = 0;

  before(async () => {
    deployed = await startDeployed();
    const clock = gatewayClock();
    keys = [{ name: "p", digest: secretDigest(PROGRAM), scopes: ["overview"], until: clock.nowMs() + 60_000_000 }];
    gateway = await startGateway({
      book: deployed.book,
      provider: deployed.provider,
      rpcUrl: deployed.sandbox.rpcUrl,
      fleet: undefined,
      clock: { ...clock, nowMs: () => clock.nowMs() + clockMs },
      residentBytes: () => 0,
      version: "0.0.0",
      onTrouble: () => undefined,
      port: 0,
      programKeys: () => keys,
    });
  });
  after(async () => {
    await gateway.close();
    await deployed.stop();
  });

  type Sent = {
    readonly method?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Each call comes from another caller, as a proxy names them, unless it says from whom. */
  const ask = async (path: string, { method = "GET", body, headers = {} }: Sent = {}) => {
    caller += 1;
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        "x-forwarded-for": `203.0.113.${caller % 250}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = text === "" ? undefined : JSON.parse(text);
    return { status: answer.status, json, cookie: answer.headers.get("set-cookie") ?? "" };
  };
  const codeOf = (json: unknown): string => z.looseObject({ code: z.string() }).parse(json).code;
  const person = (name: string) => testKeys()(PEOPLE.get(name) ?? 0);
  const challengeFor = async (account: string): Promise<string> =>
    challengeSchema.parse((await ask("/v1/session/challenge", { method: "POST", body: { account } })).json).message;
  const signIn = (message: string, signature: string, headers: Readonly<Record<string, string>> = {}) =>
    ask("/v1/session", { method: "POST", body: { message, signature }, headers });
  const aliceIn = async (): Promise<string> => {
    const alice = person("alice");
    const message = await challengeFor(alice.address);
    return (await signIn(message, await alice.signMessage(message))).cookie.split(";")[0] ?? "";
  };

  it("tells nothing of the deployment to nobody, and says how to come in", async () => {
    for (const path of [
      "/v1/overview",
      "/v1/proposals",
      "/v1/explain?revert=0x12345678",
      "/v1/stream",
      "/%761/overview",
    ]) {
      const { status, json } = await ask(path);
      expect([status, codeOf(json)], path).to.deep.equal([401, "sign-in-needed"]);
    }
    expect((await ask("/v1/session")).json).to.deep.equal({ kind: "nobody", name: null, until: null });
    expect((await fetch(`${gateway.url}/docs`)).status).to.equal(200);
  });

  it("describes the way in and out, and no other route that changes anything", async () => {
    const { paths } = z
      .looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse((await ask("/openapi.json")).json);
    const changing = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).flatMap((method) => (method === "get" ? [] : [`${method} ${path}`])),
    );
    const { challenge, begin, end } = SESSION_ROUTES;
    expect(changing).to.have.members([`post ${challenge.path}`, `post ${begin.path}`, `delete ${end.path}`]);
    expect(Object.keys(paths[SESSION_ROUTES.whoami.path] ?? {})).to.include("get");
  });

  it("lets in a member who signs the message, by a cookie that no script reads and no other site sends, until out", async () => {
    const alice = person("alice");
    const message = await challengeFor(alice.address);
    const { status, cookie } = await signIn(message, await alice.signMessage(message));
    expect(status).to.equal(200);
    expect(cookie).to.match(/^__Host-nexus=[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; Secure; SameSite=Strict$/);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    expect((await ask("/v1/overview", { headers })).status).to.equal(200);
    expect((await ask("/v1/session", { headers })).json).to.deep.include({ kind: "member", name: alice.address });
    expect((await ask("/v1/session", { method: "DELETE", headers })).status).to.equal(204);
    expect((await ask("/v1/overview", { headers })).status).to.equal(401);
  });

  it("refuses a message that is replayed, too old, of another host or chain, another's, or not signed by its account", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const used = await challengeFor(alice.address);
    const signature = await alice.signMessage(used);
    expect((await signIn(used, signature)).status).to.equal(200);
    expect(codeOf((await signIn(used, signature)).json), "replayed").to.equal("sign-in-refused");
    const forged = async (change: (text: string) => string, signer = alice) => {
      const text = change(await challengeFor(alice.address));
      return codeOf((await signIn(text, await signer.signMessage(text))).json);
    };
    const refused = "sign-in-refused";
    expect(await forged((text) => text.replace(/^\S+/, "evil.example")), "another host").to.equal(refused);
    expect(await forged((text) => text.replace("Chain ID: 1329", "Chain ID: 1")), "another chain").to.equal(refused);
    expect(await forged((text) => text, bob), "another's key").to.equal(refused);
    clockMs += 60_000;
    const late = await challengeFor(alice.address);
    clockMs += 300_000;
    expect(codeOf((await signIn(late, await alice.signMessage(late))).json), "too old").to.equal(refused);
  });

  it("lets a contract in that says it signed (ERC-1271), and nobody who holds nothing", async () => {
    const owner = person("carol");
    const account = await new MockAccount__factory(deployed.deployer).deploy(owner.address);
    const at = await account.getAddress();
    const message = async () => challengeFor(at);
    const bySigner = async () => {
      const text = await message();
      return signIn(text, owner.signingKey.sign(hashMessage(text)).serialized);
    };
    const stranger = await bySigner();
    expect([stranger.status, codeOf(stranger.json)]).to.deep.equal([403, "not-a-member"]);
    const token = NexusToken__factory.connect(addressOf(deployed.book, "NexusToken"), deployed.holder);
    await (await token.transfer(at, 1n)).wait();
    expect((await bySigner()).status).to.equal(200);
    const text = await message();
    expect((await signIn(text, person("bob").signingKey.sign(hashMessage(text)).serialized)).status).to.equal(401);
  });

  it("refuses the sixth attempt of a minute, of a caller and for an account, and lets others in meanwhile", async () => {
    clockMs += 120_000;
    const bob = person("bob");
    const tries: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      tries.push((await signIn(await challengeFor(bob.address), `0x${"12".repeat(65)}`)).status);
    }
    expect(tries).to.deep.equal([401, 401, 401, 401, 401, 429]);
    const from = { "x-forwarded-for": "198.51.100.7" };
    const same: number[] = [];
    for (let i = 0; i < 6; i += 1) same.push((await signIn("Nonce: 0123456789", "0x12", from)).status);
    expect(same).to.deep.equal([401, 401, 401, 401, 401, 429]);
    expect(await aliceIn()).to.match(/^__Host-nexus=/);
  });

  it("opens to a program's key what it names, and nothing once it is revoked", async () => {
    const headers = { authorization: `Bearer ${PROGRAM}` };
    expect((await ask("/v1/overview", { headers })).status).to.equal(200);
    const other = await ask("/v1/portfolio", { headers });
    expect([other.status, codeOf(other.json)]).to.deep.equal([403, "scope-refused"]);
    const [before] = [keys];
    keys = [];
    expect((await ask("/v1/overview", { headers })).status).to.equal(401);
    keys = before;
  });

  it("signs nobody in or out for a page of another origin", async () => {
    const cookie = await aliceIn();
    const evil = { origin: `https://evil.example` };
    const alice = person("alice");
    const challenge = await ask("/v1/session/challenge", {
      method: "POST",
      body: { account: alice.address },
      headers: evil,
    });
    expect(codeOf(challenge.json)).to.equal("sign-in-refused");
    const message = await challengeFor(alice.address);
    expect((await signIn(message, await alice.signMessage(message), evil)).status).to.equal(401);
    await ask("/v1/session", { method: "DELETE", headers: { cookie, ...evil } });
    expect((await ask("/v1/overview", { headers: { cookie } })).status).to.equal(200);
  });

  it("shows a page the way in and nothing else, and after the wallet's signature everything, until out or over", async function () {
    if (!hasChromium()) {
      process.stderr.write(`${NO_CHROMIUM}\n`);
      this.skip();
    }
    if (!isDashboardBuilt()) await buildDashboard();
    clockMs += 120_000;
    const browser = await openBrowser();
    const context = await openContext(browser, { size: "phone", theme: "light" });
    const { rpcUrl } = deployed.sandbox;
    const wallet = await giveWallet(context, { person: "alice", rpcUrl, chainId: deployed.book.chainId });
    const page = await context.newPage();
    await page.goto(gateway.url);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.getByRole("navigation").count()).to.equal(0);
    const comeIn = async (): Promise<void> => {
      await page.getByRole("button", { name: "Connect Test wallet" }).click();
      await page.getByRole("button", { name: /^Sign in with 0x/ }).click();
      await page.getByText("Worst case").first().waitFor();
    };
    await comeIn();
    await page.goto(`${gateway.url}/settings`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(gateway.url);
    await comeIn();
    clockMs += SESSION_MS;
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    wallet.close();
    await browser.close();
  });
});
