import { createECDH, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import { openAlertsIntake } from "../../../keepers/adapters/alerts/intake.ts";
import { giveOrder } from "../../../keepers/adapters/alerts/folder.ts";
import { gatewayClock } from "../../../keepers/adapters/clock/gateway.ts";
import { type Gateway, startGateway } from "../../../keepers/gateway/gateway.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { type PushingAgent, startPushingAgent } from "../../support/alertsAgent.ts";
import { openKeeping, settled, untilTrue } from "../../support/browser.ts";
import type { Deployed } from "../../support/deployment.ts";
import { type Receiver, openReceiver } from "../../support/receiver.ts";
import { until } from "../../support/until.ts";

const PHONE = { size: "phone", theme: "light" } as const;
/** A push is handed over at most so often, after so many milliseconds each. */
const DELIVERIES = 10;
const AGAIN_MS = 5_000;
/** A page must show a push within this, in milliseconds. */
const SHOWN_MS = 1_000;

/** The library by which a browser's messages are encrypted; it has no types. */
type Decrypts = { readonly decrypt: (body: Buffer, options: object) => Buffer };
const decrypts = (library: unknown): library is Decrypts =>
  typeof library === "object" && library !== null && "decrypt" in library && typeof library.decrypt === "function";

const noticesSchema = z.array(z.object({ title: z.string(), body: z.string(), path: z.unknown() }));
const NOTICES = `navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((all) => all.map(({ title, body, data }) => ({ title, body, path: data })))`;
const storedSchema = z.array(z.looseObject({ endpoint: z.string(), by: z.string() }));

/**
 * Alerts from the agent to a device: the page asks, the gateway files the request, the agent pushes, and the browser's worker shows.
 * Only the vendor's relay between the last two is not ours: the test stands for it, and hands on what it got.
 */
export const testPushes = (world: () => { readonly deployed: Deployed; readonly dashboardDir: string }): void => {
  let gateway: Gateway | undefined;
  let agent: PushingAgent | undefined;
  let relay: Receiver | undefined;
  let context: BrowserContext | undefined;
  let isGone = false;
  const [alertsDir, browserDir] = ["nexus-push-", "nexus-browser-"].map((name) => mkdtempSync(join(tmpdir(), name)));
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  const auth = randomBytes(16);

  const parts = () => {
    if (gateway === undefined || agent === undefined || relay === undefined || context === undefined)
      throw new Error("it did not start");
    return { gateway, agent, relay, context };
  };
  const stored = () => {
    try {
      return storedSchema.parse(JSON.parse(readFileSync(join(alertsDir ?? "", "push.json"), "utf8")));
    } catch {
      return [];
    }
  };

  /** A browser here reaches no relay of its vendor, and refuses to subscribe: this is what it would have got of one. */
  const withRelay = (endpoint: string): string => `(() => {
    let current = null;
    PushManager.prototype.getSubscription = async () => current;
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      if (userVisibleOnly !== true) throw new Error("a push must be seen");
      current = {
        endpoint: ${JSON.stringify(endpoint)},
        options: { applicationServerKey: applicationServerKey.buffer },
        toJSON: () => ({
          endpoint: ${JSON.stringify(endpoint)},
          expirationTime: null,
          keys: { p256dh: ${JSON.stringify(keys.getPublicKey("base64url"))}, auth: ${JSON.stringify(auth.toString("base64url"))} },
        }),
        unsubscribe: async () => ((current = null), true),
      };
      return current;
    };
  })()`;

  const textOfPush = (body: Buffer): string => {
    const ece: unknown = createRequire(import.meta.url)("http_ece");
    if (!decrypts(ece)) throw new Error("http_ece does not decrypt");
    const options = { version: "aes128gcm", privateKey: keys, authSecret: auth.toString("base64url") };
    return ece.decrypt(body, options).toString("utf8");
  };

  /** Hands a push to the worker, as the browser does once its relay has brought it. */
  const deliver = async (page: Page, data: string): Promise<void> => {
    const devtools = await page.context().newCDPSession(page);
    const registration = new Promise<string>((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const [first] = registrations;
        if (first !== undefined) resolve(first.registrationId);
      });
    });
    await devtools.send("ServiceWorker.enable");
    const origin = new URL(page.url()).origin;
    await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId: await registration, data });
    await devtools.detach();
  };

  /**
   * Hands a push over until it is shown: on a machine with much to do the developer tools lose one that comes while the worker
   * starts. @returns the milliseconds from the last one until it was shown
   */
  const deliverUntil = async (page: Page, data: string, isShown: string): Promise<number> => {
    for (let attempt = 1; ; attempt += 1) {
      const before = performance.now();
      await deliver(page, data);
      try {
        await untilTrue(page, isShown, attempt < DELIVERIES ? AGAIN_MS : undefined);
        return performance.now() - before;
      } catch (error) {
        if (attempt === DELIVERIES) throw error;
      }
    }
  };

  before(async () => {
    const { deployed, dashboardDir } = world();
    agent = startPushingAgent(alertsDir ?? "");
    relay = await openReceiver(() => ({ status: isGone ? 410 : 201 }));
    const clock = gatewayClock();
    gateway = await startGateway({
      book: deployed.book,
      provider: deployed.provider,
      rpcUrl: deployed.sandbox.rpcUrl,
      fleet: undefined,
      clock,
      residentBytes: () => 0,
      version: "0.0.0",
      onTrouble: () => undefined,
      port: 0,
      dashboardDir,
      push: { ...openAlertsIntake(alertsDir ?? "", clock.nowMs), services: ["127.0.0.1"] },
    });
    context = await openKeeping(browserDir ?? "", PHONE);
    await context.grantPermissions(["notifications"], { origin: gateway.url });
    await context.addInitScript(withRelay(`${relay.url}/phone`));
  });
  after(async () => {
    await context?.close();
    await gateway?.close();
    await agent?.stop();
    await relay?.close();
    for (const dir of [alertsDir, browserDir]) await removeFolder(dir ?? "");
  });

  it("are asked for by a touch, signed for this device alone, and shown by the worker within a second [NX-GTW-14]", async () => {
    const { gateway: served, relay: vendor, context: phone } = parts();
    const page = await phone.newPage();
    await page.goto(`${served.url}/settings`);
    await settled(page);
    await page.getByRole("button", { name: "Send alerts to this device" }).click();
    await page.getByTestId("push").filter({ hasText: "Alerts reach this device." }).waitFor();
    await until("the agent has taken the browser", () => stored().length === 1);
    expect(stored()).to.deep.include({ ...stored()[0], endpoint: `${vendor.url}/phone`, by: "this machine" });
    await giveOrder(alertsDir ?? "", { kind: "test", id: "test-1", by: "ada" });
    await until("the relay got it", () => vendor.received.length === 1);
    const text = textOfPush(vendor.received[0]?.body ?? Buffer.alloc(0));
    const tookMs = await deliverUntil(page, text, `${NOTICES}.then((all) => all.length > 0)`);
    expect(noticesSchema.parse(await page.evaluate(NOTICES))).to.deep.equal([
      { title: "a test of the channels, asked for by ada", body: "For your information.", path: "/alerts" },
    ]);
    process.stderr.write(
      `    a push is shown ${Math.round(tookMs)} ms after it came (at most ${SHOWN_MS} are wanted)\n`,
    );
    await page.close();
  });

  it("are shown whatever a push holds, and lead to our own pages alone [NX-GTW-06]", async () => {
    const { gateway: served, context: phone } = parts();
    const page = await phone.newPage();
    await page.goto(`${served.url}/settings`);
    await settled(page);
    const bad = JSON.stringify({ id: "x", title: "bad\u202E<b>", path: "https://evil.example/" });
    await deliverUntil(page, bad, `${NOTICES}.then((all) => all.some(({ title }) => title.startsWith("bad")))`);
    const shown = noticesSchema.parse(await page.evaluate(NOTICES)).find(({ title }) => title.startsWith("bad"));
    expect(shown).to.include({ title: String.raw`bad\u{202e}<b>`, path: "/alerts" });
    await page.close();
  });

  it("are turned off by a touch, and forgotten where the browser has gone [NX-GTW-14]", async () => {
    const { gateway: served, context: phone } = parts();
    const page = await phone.newPage();
    await page.goto(`${served.url}/settings`);
    await settled(page);
    await page.getByRole("button", { name: "Send alerts to this device" }).click();
    await page.getByTestId("push").filter({ hasText: "Alerts reach this device." }).waitFor();
    await page.getByRole("button", { name: "Send no alerts to this device" }).click();
    await page.getByTestId("push").filter({ hasText: "Alerts do not reach this device." }).waitFor();
    await until("the agent let it go", () => stored().length === 0);
    await page.getByRole("button", { name: "Send alerts to this device" }).click();
    await until("the agent has taken it", () => stored().length === 1);
    isGone = true;
    await giveOrder(alertsDir ?? "", { kind: "test", id: "test-2", by: "ada" });
    await until("the agent forgot it", () => stored().length === 0);
    await page.close();
  });

  it("say in words why there are none: without a permission, and once the agent is gone", async () => {
    const { gateway: served, context: phone } = parts();
    await phone.clearPermissions();
    const page = await phone.newPage();
    await page.goto(`${served.url}/settings`);
    await page.addInitScript('Object.defineProperty(Notification, "permission", { value: "denied" })');
    await page.reload();
    await page.getByTestId("push").filter({ hasText: "told to show no messages" }).waitFor();
    await page.route("**/v1/push", (route) => route.fulfill({ json: { publicKey: null } }));
    await page.reload();
    await page.getByTestId("push").filter({ hasText: "This gateway sends none" }).waitFor();
    await page.close();
  });
};
