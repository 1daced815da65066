import { expect } from "chai";
import { COOKIE } from "../../../../keepers/gateway/access/gate.ts";
import { problemSchema } from "../../../../keepers/gateway/schema/common.ts";
import { PUSH_ROUTES } from "../../../../keepers/gateway/schema/push.ts";
import { PUSH_SERVICES, type PushIntake, isOfService } from "../../../../keepers/gateway/server/push.ts";
import { ALL_KEY, bearer, sendRaw, startGatedServer } from "../../../support/gatedServer.ts";

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const PATH = "/v1/push";
const subscription = (endpoint = "https://fcm.googleapis.com/fcm/send/abc") => ({
  endpoint,
  expirationTime: null,
  keys: { p256dh: "a key", auth: "a secret" },
});

type Asked = readonly [what: string, endpoint: string, by: string];

/** A intake that keeps what it is asked. */
const intakeOf = (key: string | undefined): { readonly intake: PushIntake; readonly asked: Asked[] } => {
  const asked: Asked[] = [];
  return {
    asked,
    intake: {
      key: () => Promise.resolve(key),
      subscribe: ({ endpoint }, by) => Promise.resolve(void asked.push(["subscribe", endpoint, by])),
      unsubscribe: (endpoint, by) => Promise.resolve(void asked.push(["unsubscribe", endpoint, by])),
      services: PUSH_SERVICES,
    },
  };
};

type Changes = Parameters<typeof startGatedServer>[0];

let servers: { readonly close: () => Promise<void> }[] = [];

/** A server with a intake, and how it is asked; it is closed after the test. */
const open = async (key: string | undefined, changes: Changes = {}) => {
  const { intake, asked } = intakeOf(key);
  const gated = await startGatedServer({ push: intake, ...changes });
  servers.push(gated);
  const send = async (method: string, headers: Readonly<Record<string, string>> = {}, asks = subscription()) => {
    const body = method === "DELETE" ? { endpoint: asks.endpoint } : asks;
    const { status, text } = await sendRaw(gated.url, PATH, { method, headers, ...(method === "GET" ? {} : { body }) });
    const told: unknown = JSON.parse(text);
    return { status, told };
  };
  const cookie = { cookie: `${COOKIE}=${gated.access.sessions.begin(ACCOUNT).secret}` };
  return { asked, send, cookie };
};
const codeOf = (told: unknown): string => problemSchema.parse(told).code;

describe("Browsers that ask a gateway for alerts [NX-GTW-14]", () => {
  afterEach(async () => {
    await Promise.all(servers.map(({ close }) => close()));
    servers = [];
  });

  it("are taken by the account that signed in, and let go again", async () => {
    const { asked, send, cookie } = await open("the key");
    const key = { publicKey: "the key" };
    expect(await send("GET", cookie)).to.deep.equal({ status: 200, told: key });
    expect(await send("POST", cookie)).to.deep.equal({ status: 200, told: key });
    expect(PUSH_ROUTES.begin.answer.parse((await send("DELETE", cookie)).told)).to.deep.equal(key);
    expect(asked).to.deep.equal([
      ["subscribe", subscription().endpoint, ACCOUNT],
      ["unsubscribe", subscription().endpoint, ACCOUNT],
    ]);
  });

  it("are taken once for an Idempotency-Key, which stands for one request of one account [NX-GTW-17]", async () => {
    const { asked, send, cookie } = await open("the key");
    const keyed = { ...cookie, "idempotency-key": "5f0e" };
    expect((await send("POST", keyed)).status).to.equal(200);
    expect(await send("POST", keyed)).to.deep.equal({ status: 200, told: { publicKey: "the key" } });
    expect(asked).to.have.length(1);
    const other = subscription("https://fcm.googleapis.com/fcm/send/other");
    const reused = await send("POST", keyed, other);
    expect([reused.status, codeOf(reused.told)]).to.deep.equal([422, "key-reused"]);
    expect((await send("DELETE", keyed)).status).to.equal(200);
    for (const bad of ["two words", "x".repeat(256)])
      expect(codeOf((await send("POST", { ...cookie, "idempotency-key": bad })).told)).to.equal("bad-request");
    expect(asked.map(([what]) => what)).to.deep.equal(["subscribe", "unsubscribe"]);
  });

  it("are not taken from nobody, from a program, or from a page of another origin", async () => {
    const { asked, send, cookie } = await open("the key");
    for (const method of ["POST", "DELETE"]) {
      expect(codeOf((await send(method)).told)).to.equal("sign-in-needed");
      expect(codeOf((await send(method, bearer(ALL_KEY))).told)).to.equal("scope-refused");
      const foreign = { ...cookie, origin: "https://evil.example" };
      expect(codeOf((await send(method, foreign)).told)).to.equal("origin-refused");
    }
    expect((await send("GET")).status).to.equal(401);
    expect(asked).to.deep.equal([]);
  });

  it("are not taken where no agent is at work that would send, and twenty in a minute at the most", async () => {
    const without = await open(undefined, { isOpen: true });
    expect(await without.send("GET")).to.deep.equal({ status: 200, told: { publicKey: null } });
    for (const method of ["POST", "DELETE"]) expect(codeOf((await without.send(method)).told)).to.equal("no-push");
    expect(without.asked).to.deep.equal([]);
    const { asked, send } = await open("the key", { isOpen: true });
    const statuses: number[] = [];
    for (let i = 0; i < 21; i += 1) statuses.push((await send("POST")).status);
    expect(statuses).to.deep.equal([...Array.from({ length: 20 }, () => 200), 429]);
    expect(new Set(asked.map(([, , by]) => by))).to.deep.equal(new Set(["this machine"]));
  });

  it("are posted to at push services alone: no request makes anybody post elsewhere", async () => {
    const { asked, send } = await open("the key", { isOpen: true });
    const refused = await send("POST", {}, subscription("https://169.254.169.254/latest"));
    expect([refused.status, codeOf(refused.told)]).to.deep.equal([400, "no-push-service"]);
    expect(asked).to.deep.equal([]);
    for (const endpoint of [
      "https://fcm.googleapis.com/fcm/send/a",
      "https://updates.push.services.mozilla.com/wpush/v2/a",
      "https://web.push.apple.com/a",
    ]) {
      expect(isOfService(endpoint, PUSH_SERVICES), endpoint).to.equal(true);
    }
    for (const endpoint of [
      "",
      "http://fcm.googleapis.com/fcm/send/a",
      "https://fcm.googleapis.com.evil.example/a",
      "https://evil.example/?fcm.googleapis.com",
      "https://fcm.googleapis.com@evil.example/a",
      "https://user:secret@fcm.googleapis.com/a",
      "https://fcm.googleapis.com:8443/a",
      "https://evilpush.apple.com/a",
      "https://push.apple.com.evil.example/a",
      "http://127.0.0.1:9/a",
      "https://[::1]/a",
    ]) {
      expect(isOfService(endpoint, PUSH_SERVICES), endpoint).to.equal(false);
    }
    expect(isOfService("http://127.0.0.1:9/a", ["127.0.0.1"])).to.equal(true);
  });
});
