import { expect } from "chai";
import { webhookChannel } from "../../../../keepers/adapters/alerts/webhook.ts";
import { type WebhookHeaders, webhookReceiver } from "../../../../keepers/client/client.ts";
import { type WebhookTerms, webhookCheck } from "../../../../keepers/client/webhook.ts";
import type { AlertMessage } from "../../../../keepers/core/alerts.ts";
import { type Receiver, openReceiver } from "../../../support/receiver.ts";

const SECRET = "a secret of some length";
const CODED = `whsec_${Buffer.from("another key").toString("base64")}`;
const MESSAGE: AlertMessage = { id: "1-1", kind: "firing", severity: "page", title: "Ä ☂", atMs: 1, alerts: [] };

const ANY = Buffer.alloc(32).toString("base64");

describe("Who receives webhooks", () => {
  let receiver: Receiver;
  before(async () => {
    receiver = await openReceiver(() => ({ status: 200 }));
  });
  after(() => receiver.close());

  /** What an alerts agent really posts, and when. */
  const posted = async (secret = SECRET, nowMs = Date.now(), id = MESSAGE.id) => {
    const channel = webhookChannel({ url: `${receiver.url}/hook`, secret, nowMs: () => nowMs });
    await channel.send({ ...MESSAGE, id });
    const got = receiver.received.at(-1);
    const headers: WebhookHeaders = got?.headers ?? {};
    return { headers, body: got?.body.toString("utf8") ?? "" };
  };
  const whyNot = async (headers: WebhookHeaders, body: string, options: Partial<WebhookTerms> = {}) => {
    const verdict = await webhookReceiver({ secrets: [SECRET], ...options })(headers, body);
    return verdict.kind === "refused" ? verdict.why : verdict.kind;
  };

  it("takes what an alerts agent signed, by any of its secrets and in either form, and knows it again [NX-ALR-05]", async () => {
    const check = webhookReceiver({ secrets: [CODED, SECRET] });
    const first = await posted();
    expect(await check(first.headers, first.body)).to.deep.equal({ kind: "genuine", id: "1-1", isRepeat: false });
    expect(await check(first.headers, first.body)).to.deep.equal({ kind: "genuine", id: "1-1", isRepeat: true });
    const other = await posted(CODED, Date.now(), "1-2");
    expect(await check(other.headers, other.body)).to.deep.equal({ kind: "genuine", id: "1-2", isRepeat: false });
    const signature = `v2,x v1,AAAA ${String(first.headers["webhook-signature"])}`;
    expect(await check({ ...first.headers, "webhook-signature": signature }, first.body)).to.include({
      isRepeat: true,
    });
  });

  it("refuses what is forged, altered, old or ahead of time [NX-ALR-05]", async () => {
    const { headers, body } = await posted();
    const none = "its signature is by none of the secrets";
    expect(await whyNot(headers, `${body} `)).to.equal(none);
    expect(await whyNot(headers, body, { secrets: ["another"] })).to.equal(none);
    expect(await whyNot({ ...headers, "webhook-id": "1-2" }, body)).to.equal(none);
    const moved = String(Number(headers["webhook-timestamp"]) + 1);
    expect(await whyNot({ ...headers, "webhook-timestamp": moved }, body)).to.equal(none);
    for (const signature of ["", "v1,", "v1,%%%", "v2,AAAA", undefined, ["v1,AAAA"]])
      expect(await whyNot({ ...headers, "webhook-signature": signature }, body)).to.equal(none);
    for (const name of ["webhook-id", "webhook-timestamp"])
      expect(await whyNot({ ...headers, [name]: undefined }, body)).to.match(/lacks the headers/);
    for (const time of ["soon", "-1", "1e9", "1".repeat(13)])
      expect(await whyNot({ ...headers, "webhook-timestamp": time }, body)).to.match(/lacks the headers/);
    expect(await whyNot({ ...headers, "webhook-id": "x".repeat(257) }, body)).to.match(/lacks the headers/);
    const [old, early] = [await posted(SECRET, Date.now() - 400_000), await posted(SECRET, Date.now() + 400_000)];
    expect(await whyNot(old.headers, old.body)).to.match(/^it was sent \d+ s ago$/);
    expect(await whyNot(early.headers, early.body)).to.match(/^it was sent \d+ s ahead$/);
    expect(await whyNot(old.headers, old.body, { toleranceSeconds: 500 })).to.equal("genuine");
  });

  it("remembers a message for as long as a copy of it would pass, and no more of them than it must", async () => {
    let now = 1_000_000;
    const check = webhookCheck(
      { secrets: [SECRET], toleranceSeconds: 10 },
      { nowMs: () => now * 1_000, verify: () => Promise.resolve(true) },
    );
    const send = async (id: string, seconds: number) => {
      const signed = { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${ANY}` };
      const verdict = await check(signed, "");
      return verdict.kind === "genuine" ? verdict.isRepeat : verdict.why;
    };
    expect(await send("a", now + 10)).to.equal(false);
    now += 20;
    expect(await send("a", now - 10), "sent ahead of time, and just not old yet").to.equal(true);
    now += 21;
    expect(await send("a", now)).to.equal(false);
    for (let i = 0; i < 10_000; i += 1) await send(`b${i}`, now);
    expect(await send("b9999", now)).to.equal(true);
    expect(await send("a", now), "the oldest gave way").to.equal(false);
  });

  it("looks at a body a few times only, however many signatures a stranger sends [NX-ALR-05]", async () => {
    let looks = 0;
    const verify = (): Promise<boolean> => {
      looks += 1;
      return Promise.resolve(false);
    };
    const check = webhookCheck({ secrets: [SECRET, CODED] }, { nowMs: () => 1_000_000, verify });
    const stamp = { "webhook-id": "a", "webhook-timestamp": "1000" };
    for (const [signature, most] of [
      ["v1,", 0],
      ["v1,AAAA", 0],
      [`v1,${ANY}`, 16],
    ] as const) {
      looks = 0;
      expect((await check({ ...stamp, "webhook-signature": `${signature} `.repeat(300) }, "")).kind).to.equal(
        "refused",
      );
      expect(looks, signature).to.equal(most);
    }
  });

  it("is not made without a secret, or with one that can be none", () => {
    for (const secrets of [[], [""], ["whsec_"], ["whsec_%%"]])
      expect(() => webhookReceiver({ secrets }), secrets.join()).to.throw(/secret/);
  });
});
