import { createECDH, createHmac, createPublicKey, randomBytes, verify } from "node:crypto";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import webPush from "web-push";
import type { AlertMessage, MessageChannel, PushSubscription } from "../../../keepers/core/alerts.ts";
import { botChannel } from "../../../keepers/adapters/alerts/bot.ts";
import { mailChannel } from "../../../keepers/adapters/alerts/mail.ts";
import { type PushChannel, openPush } from "../../../keepers/adapters/alerts/push.ts";
import { webhookChannel } from "../../../keepers/adapters/alerts/webhook.ts";
import { type Mailbox, openMailbox } from "../../support/mailbox.ts";
import { type Answer, type Received, type Receiver, openReceiver } from "../../support/receiver.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const NOW_MS = 1_800_000_000_000;
const HOSTILE = "bad\r\nBcc: thief@evil.example\r\n\u001B[2J\u202Enode";
const unseen = ["\u001B", "\u202E"];
const MESSAGE: AlertMessage = {
  id: "1800000000000-1",
  kind: "firing",
  severity: "page",
  title: `An agent is cut off ${HOSTILE}`,
  atMs: NOW_MS,
  alerts: [
    {
      id: "agent-down/risk-1",
      rule: "agent-down",
      subject: "risk-1",
      severity: "page",
      cause: "agents",
      title: "An agent is cut off",
      what: HOSTILE,
      next: "Look.",
      runbook: "keepers/agents/alerts/README.md#agent-down",
      sinceMs: NOW_MS,
      resolvedMs: undefined,
      acknowledgedBy: undefined,
      silencedUntilMs: undefined,
      explainedBy: undefined,
    },
  ],
};

const ok = (): Answer => ({ status: 200, text: '{"ok":true}' });

/** The library by which a browser's messages are encrypted; it has no types. */
type Decrypts = { readonly decrypt: (body: Buffer, options: object) => Buffer };
const decrypts = (library: unknown): library is Decrypts =>
  typeof library === "object" && library !== null && "decrypt" in library && typeof library.decrypt === "function";

let open: { readonly close: () => Promise<void> }[] = [];
const opened = <T extends { readonly close: () => Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};
const receiver = async (answer: (request: Received) => Answer = ok): Promise<Receiver> =>
  opened(await openReceiver(answer));
const failureOf = async (channel: MessageChannel): Promise<string> => {
  const delivery = await channel.send(MESSAGE);
  return delivery.kind === "failed" ? delivery.why : "";
};

describe("Channels of alerts", function () {
  this.timeout(60_000);
  afterEach(async () => {
    await Promise.all(open.map(({ close }) => close()));
    open = [];
  });

  describe("the webhook", () => {
    const channelTo = (url: string, secret = "a secret of some length"): MessageChannel =>
      webhookChannel({ url, secret, nowMs: () => NOW_MS });

    it("posts the message signed, so that a receiver can tell it from a forged, altered or old one [NX-ALR-03]", async () => {
      const { url, received } = await receiver();
      expect(await channelTo(`${url}/hook`).send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      const [got] = received;
      const text = got?.body.toString("utf8") ?? "";
      expect(JSON.parse(text)).to.include({ type: "nexus.alert", id: MESSAGE.id, severity: "page" });
      const signed = createHmac("sha256", "a secret of some length").update(`${MESSAGE.id}.1800000000.${text}`);
      expect(got?.headers).to.include({
        "webhook-id": MESSAGE.id,
        "webhook-timestamp": "1800000000",
        "webhook-signature": `v1,${signed.digest("base64")}`,
      });
    });

    it("takes a secret in the form of Standard Webhooks", async () => {
      const { url, received } = await receiver();
      const secret = `whsec_${Buffer.from("key").toString("base64")}`;
      await channelTo(url, secret).send(MESSAGE);
      const text = received[0]?.body.toString("utf8") ?? "";
      const signed = createHmac("sha256", "key").update(`${MESSAGE.id}.1800000000.${text}`).digest("base64");
      expect(received[0]?.headers["webhook-signature"]).to.equal(`v1,${signed}`);
    });

    it("follows no redirection: what it posts is nobody else's [NX-ALR-03]", async () => {
      const other = await receiver();
      const first = await receiver(() => ({ status: 307, headers: { location: `${other.url}/thief` } }));
      expect(await failureOf(channelTo(first.url))).to.contain("redirects");
      expect(other.received).to.deep.equal([]);
    });

    it("says why it failed in a few harmless words, and ends when the receiver does not", async () => {
      const big = await receiver(() => ({ status: 500, text: `${HOSTILE}${"x".repeat(5_000_000)}` }));
      const why = await failureOf(channelTo(big.url));
      expect(why).to.match(/^answered 500: bad/);
      expect(why.length).to.be.below(400);
      expect(unseen.filter((sign) => why.includes(sign))).to.deep.equal([]);
      const silent = await receiver(() => ({ status: 200, hangs: true }));
      expect(await failureOf(channelTo(silent.url))).to.equal("no answer within 8 s");
      await silent.close();
      open = open.filter((one) => one !== silent);
      expect(await failureOf(channelTo(silent.url))).to.contain("ECONNREFUSED");
    });
  });

  describe("mail", () => {
    const channelTo = ({ port }: Mailbox, user = ""): MessageChannel =>
      mailChannel({
        url: `smtp://${user}127.0.0.1:${port}`,
        from: "nexus@example.org",
        to: ["ada@example.org", "b@x.org"],
      });

    it("reaches everybody who is to get it, and nobody whom a text names [NX-ALR-03]", async () => {
      const box = opened(await openMailbox());
      expect(await channelTo(box).send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      const [mail] = box.mails;
      expect([mail?.from, mail?.to]).to.deep.equal(["nexus@example.org", ["ada@example.org", "b@x.org"]]);
      const [head = "", body = ""] = (mail?.data ?? "").split("\n\n");
      await channelTo(box).send({ ...MESSAGE, title: "An agent is cut off" });
      expect(box.mails[1]?.data).to.match(/^Subject: NEXUS PAGE: An agent is cut off$/m);
      expect(head).to.not.match(/^Bcc/im);
      expect(unseen.filter((sign) => `${head}${body}`.includes(sign))).to.deep.equal([]);
      expect(mail?.data).to.contain("do: Look.");
    });

    it("signs in where the address names a user", async () => {
      const box = opened(await openMailbox());
      await channelTo(box, "ada:p%40ss@").send(MESSAGE);
      expect(box.logins).to.deep.equal(["ada p@ss"]);
    });

    it("says why it was refused", async () => {
      const box = opened(await openMailbox());
      box.refuse();
      expect(await failureOf(channelTo(box))).to.contain("nobody of that name");
    });
  });

  describe("the bot", () => {
    const channelTo = (url: string): MessageChannel => botChannel({ url, token: "12:secret", chat: "-100" });

    it("writes plain text to the chat, aloud for a page alone", async () => {
      const { url, received } = await receiver();
      expect(await channelTo(url).send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      await channelTo(url).send({ ...MESSAGE, severity: "warn" });
      expect(received.map((one) => one.url)).to.deep.equal(["/bot12:secret/sendMessage", "/bot12:secret/sendMessage"]);
      const bodies = received.map(({ body }): unknown => JSON.parse(body.toString("utf8")));
      expect(bodies[0]).to.include({ chat_id: "-100", disable_notification: false });
      expect(bodies[0]).to.not.have.property("parse_mode");
      expect(bodies[1]).to.include({ disable_notification: true });
    });

    it("takes an answer without ok for a failure, and repeats its token nowhere", async () => {
      const refusing = await receiver(() => ({ status: 401, text: "no bot 12:secret here" }));
      expect(await failureOf(channelTo(refusing.url))).to.equal("answered 401: no bot [secret] here");
      const odd = await receiver(() => ({ status: 200, text: '{"ok":false}' }));
      expect(await failureOf(channelTo(odd.url))).to.contain("did not say ok");
    });
  });

  describe("push", () => {
    const vapid = webPush.generateVAPIDKeys();
    const browser = createECDH("prime256v1");
    browser.generateKeys();
    const auth = randomBytes(16);
    let dir: string;
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), "nexus-push-"));
    });
    afterEach(() => removeFolder(dir));

    const subscriptionAt = (endpoint: string): PushSubscription => ({
      endpoint,
      keys: { p256dh: browser.getPublicKey("base64url"), auth: auth.toString("base64url") },
    });
    const openAt = (): PushChannel => {
      const { publicKey, privateKey } = vapid;
      return openPush({ path: join(dir, "push.json"), contact: "mailto:ada@example.org", publicKey, privateKey });
    };
    const storedEndpoints = async (): Promise<readonly string[]> => {
      const stored: unknown = JSON.parse(await readFile(join(dir, "push.json"), "utf8"));
      return Array.isArray(stored) ? stored.map(({ endpoint }: PushSubscription) => endpoint) : [];
    };

    /** Checks the signature of the service's token with the key that came with it, and returns what it claims. */
    const claimsOf = ({ headers }: Received): unknown => {
      const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? "") ?? [];
      expect(key).to.equal(vapid.publicKey);
      const point = Buffer.from(key, "base64url");
      const [x, y] = [point.subarray(1, 33), point.subarray(33, 65)].map((part) => part.toString("base64url"));
      const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }, format: "jwk" });
      const [head = "", claims = "", signature = ""] = token.split(".");
      const isSigned = verify(
        "sha256",
        Buffer.from(`${head}.${claims}`),
        { key: publicKey, dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      );
      expect(isSigned).to.equal(true);
      return JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    };

    /** What the browser reads: decrypted as its push library does it. */
    const readBy = ({ body }: Received): unknown => {
      const ece: unknown = createRequire(import.meta.url)("http_ece");
      if (!decrypts(ece)) throw new Error("http_ece does not decrypt");
      const options = { version: "aes128gcm", privateKey: browser, authSecret: auth.toString("base64url") };
      return JSON.parse(ece.decrypt(body, options).toString("utf8"));
    };

    it("reaches a browser with what may stand on a lock screen, signed for its service alone [NX-ALR-03]", async () => {
      const service = await receiver(() => ({ status: 201 }));
      const push = openAt();
      await push.subscribe(subscriptionAt(`${service.url}/one`), "ada");
      expect(await push.channel.send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      const [got] = service.received;
      if (got === undefined) throw new Error("nothing came");
      expect(claimsOf(got)).to.include({ aud: service.url, sub: "mailto:ada@example.org" });
      expect(readBy(got)).to.deep.equal({ id: MESSAGE.id, severity: "page", title: MESSAGE.title, path: "/alerts" });
      expect(got.headers).to.include({ "content-encoding": "aes128gcm", urgency: "high" });
    });

    it("forgets a browser whose service says that it is gone, and keeps one that fails for now", async () => {
      const service = await receiver(({ url }) => ({ status: url === "/gone" ? 410 : url === "/busy" ? 503 : 201 }));
      const push = openAt();
      for (const path of ["gone", "busy", "well"])
        await push.subscribe(subscriptionAt(`${service.url}/${path}`), "ada");
      expect(await push.channel.send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      expect(await storedEndpoints()).to.deep.equal([`${service.url}/busy`, `${service.url}/well`]);
    });

    it("fails only where no browser was reached, and counts one once", async () => {
      const service = await receiver(() => ({ status: 503, text: "later" }));
      const push = openAt();
      expect(await push.channel.send(MESSAGE), "nobody asked for any").to.deep.equal({ kind: "delivered" });
      await push.subscribe(subscriptionAt(`${service.url}/a`), "ada");
      await push.subscribe(subscriptionAt(`${service.url}/a`), "ada");
      expect(await failureOf(push.channel)).to.equal("answered 503: later");
      expect(service.received).to.have.length(1);
      expect((await stat(join(dir, "push.json"))).mode & 0o077, "closed to others").to.equal(0);
    });

    it("forgets a browser whose keys are none, and none for a setting of ours that is wrong", async () => {
      const service = await receiver(() => ({ status: 201 }));
      const push = openAt();
      const well = subscriptionAt(`${service.url}/well`);
      await push.subscribe(well, "ada");
      for (const [name, keys] of [
        ["short", { ...well.keys, auth: "AAAA" }],
        ["none", { ...well.keys, p256dh: "a key" }],
        ["off", { ...well.keys, p256dh: Buffer.alloc(65, 4).toString("base64url") }],
      ] as const)
        await push.subscribe({ endpoint: `${service.url}/${name}`, keys }, "bob");
      expect(await push.channel.send(MESSAGE)).to.deep.equal({ kind: "delivered" });
      expect(await storedEndpoints()).to.deep.equal([well.endpoint]);
      const { publicKey, privateKey } = vapid;
      const wrong = openPush({ path: join(dir, "push.json"), contact: "ada at example.org", publicKey, privateKey });
      expect((await wrong.channel.send(MESSAGE)).kind).to.equal("failed");
      expect(await storedEndpoints()).to.deep.equal([well.endpoint]);
    });

    it("lets nobody silence another's browser who knows no more than its address [NX-GTW-14]", async () => {
      const push = openAt();
      const own = subscriptionAt("https://x.org/bob");
      await push.subscribe(own, "bob");
      await push.unsubscribe(own.endpoint, "eve");
      const forged = [
        { ...own, keys: { ...own.keys, auth: "of eve" } },
        { ...own, keys: { ...own.keys, p256dh: "of eve" } },
      ];
      for (const one of forged) await push.subscribe(one, "eve");
      const stored = async (): Promise<unknown> => JSON.parse(await readFile(join(dir, "push.json"), "utf8"));
      expect(await stored()).to.deep.equal([{ ...own, by: "bob" }]);
      // Two people use one browser, one after the other.
      await push.subscribe(own, "eve");
      expect(await stored()).to.deep.equal([{ ...own, by: "eve" }]);
      await push.unsubscribe(own.endpoint, "bob");
      expect(await stored()).to.have.length(1);
      // A browser that makes its keys new says so itself.
      const renewed = { ...own, keys: { ...own.keys, auth: "newer" } };
      await push.subscribe(renewed, "eve");
      expect(await stored()).to.deep.equal([{ ...renewed, by: "eve" }]);
      await push.unsubscribe(own.endpoint, "eve");
      expect(await stored()).to.deep.equal([]);
    });

    it("keeps the five newest browsers of one person, and lets nobody take the place of others [NX-GTW-14]", async () => {
      const push = openAt();
      await push.subscribe(subscriptionAt("https://x.org/bob"), "bob");
      for (let i = 1; i <= 7; i += 1) await push.subscribe(subscriptionAt(`https://x.org/${i}`), "ada");
      await push.subscribe(subscriptionAt("https://x.org/4"), "ada");
      const ends = async () => (await storedEndpoints()).map((endpoint) => endpoint.slice("https://x.org/".length));
      expect(await ends()).to.deep.equal(["bob", "3", "5", "6", "7", "4"]);
      await push.unsubscribe("https://x.org/5", "ada");
      expect(await ends()).to.deep.equal(["bob", "3", "6", "7", "4"]);
      for (let i = 0; i < 100; i += 1) await push.subscribe(subscriptionAt(`https://x.org/m${i}`), `m${i}`);
      expect(await ends())
        .to.have.length(100)
        .and.include.members(["bob", "4", "m94"])
        .and.not.include("m95");
    });
  });
});
