import { expect } from "chai";
import { Wallet } from "ethers";
import { WebSocket } from "ws";
import { z } from "zod";
import { problemSchema } from "../../../../keepers/gateway/schema/common.ts";
import { EXPLAIN_ROUTE, PROPOSAL_ROUTE, ROUTES } from "../../../../keepers/gateway/schema/routes.ts";
import { NO_LONGER_READER } from "../../../../keepers/gateway/server/hub.ts";
import {
  ALL_KEY,
  PRICES_KEY,
  SECRET,
  bearer,
  sendRaw,
  startGatedServer,
  upgradeRaw,
} from "../../../support/gatedServer.ts";

/** All that is open to everybody, as the router prints it. */
const OPEN = [
  "/asyncapi.json",
  "/docs",
  "/healthz",
  "/openapi.json",
  "/readyz",
  "/v1/session",
  "/v1/session/challenge",
];

/** Every route that a server has, by the patterns of its router. */
const patternsOf = (printed: string): readonly string[] => {
  const parts: string[] = [];
  return printed.split("\n").flatMap((line) => {
    const found = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/u.exec(line);
    if (found === null) return [];
    const depth = (found[1] ?? "").length / 4;
    parts.splice(depth, Infinity, found[2] ?? "");
    return found[3] === undefined ? [] : [parts.join("")];
  });
};

const codeOf = (text: string): string => problemSchema.parse(JSON.parse(text)).code;

describe("The guard of a gateway that asks who reads [NX-GTW-11]", () => {
  let gated: Awaited<ReturnType<typeof startGatedServer>>;
  before(async () => {
    gated = await startGatedServer();
  });
  after(() => gated.close());

  it("closes every route that there is but a handful, also those that nobody thought of", async () => {
    const patterns = [...new Set(patternsOf(gated.server.printRoutes()))];
    expect(patterns).to.include.members(
      [...Object.values(ROUTES), PROPOSAL_ROUTE, EXPLAIN_ROUTE].map(({ path }) => path),
    );
    const open: string[] = [];
    for (const pattern of patterns) {
      const { status, text } = await sendRaw(gated.url, pattern.replace(":id", "0x01"));
      if (status === 401) expect(codeOf(text), pattern).to.equal("sign-in-needed");
      else open.push(pattern);
    }
    expect(open.toSorted()).to.deep.equal(OPEN);
  });

  it("tells nothing however the address of a route is written, and opens no stream", async () => {
    const { host } = new URL(gated.url);
    const spellings = (path: string): readonly string[] => [
      path,
      `${path}?`,
      path.replace("v1", "%761"),
      path.replace("v1", "v%31"),
      path.replace("v1", "%76%31"),
      `http://${host}${path}`,
      `HTTP://x${path}`,
      `http://x${path.replace("v1", "%761")}`,
      `/${path}`,
      path.replace("v1", "V1"),
      `${path}/`,
      path.replace("v1/", "v1//"),
      path.replace("v1/", "v1%2f"),
      `/x/..${path}`,
      `/v1/session/..${path.slice("/v1".length)}`,
      `${path};x`,
    ];
    const paths = [
      "/v1/overview",
      "/v1/proposals",
      "/v1/proposals/0x01",
      "/v1/explain?revert=0x12345678",
      "/v1/stream",
    ];
    const codes = new Set<number>();
    for (const target of paths.flatMap(spellings)) {
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        const { status, text } = await sendRaw(gated.url, target, { method });
        expect(status, `${method} ${target}`).to.be.oneOf([401, 404]);
        expect(text, target).not.to.include(SECRET);
        codes.add(status);
      }
    }
    expect(
      [...codes].toSorted((a, b) => a - b),
      "some of them reach a route",
    ).to.deep.equal([401, 404]);
    for (const target of spellings("/v1/stream")) {
      const { status, isClosed } = await upgradeRaw(gated.url, target);
      expect(status, target).to.be.oneOf([401, 404]);
      expect(isClosed, `${target}: a refused stream holds no connection`).to.equal(true);
    }
  });

  it("opens to a key the routes that it names, however their address is written, and no other", async () => {
    const [some, all] = [bearer(PRICES_KEY), bearer(ALL_KEY)];
    for (const target of ["/v1/prices", "/%761/pric%65s", "http://x/v1/prices"]) {
      expect((await sendRaw(gated.url, target, { headers: some })).text, target).to.include(SECRET);
    }
    for (const target of ["/v1/overview", "/%761/overview", "/v1/overvie%77", "/v1/explain?revert=0x12345678"]) {
      const { status, text } = await sendRaw(gated.url, target, { headers: some });
      expect([status, codeOf(text)], target).to.deep.equal([403, "scope-refused"]);
      expect((await sendRaw(gated.url, target, { headers: all })).status, target).to.equal(200);
    }
    for (const target of ["/v1/stream", "/%761/stream"]) {
      expect((await upgradeRaw(gated.url, target, some)).status, target).to.equal(403);
      expect((await upgradeRaw(gated.url, target, all)).status, target).to.equal(101);
    }
  });

  it("tells caches between that an answer is one reader's, also a refusal and who one is", async () => {
    for (const headers of [bearer(ALL_KEY), {}]) {
      const told = await sendRaw(gated.url, "/v1/overview", { headers });
      expect(told.headers).to.deep.include({ "cache-control": "private, no-cache", vary: "Cookie, Authorization" });
    }
    expect((await sendRaw(gated.url, "/v1/session")).headers["cache-control"]).to.equal("no-store");
  });

  it("counts what it refuses, and what no route answers, as requests of the caller", async () => {
    for (const target of ["/v1/overview", "/v1/nothing", "/nothing", "/healthz", "/v1/stream"]) {
      const { url, close } = await startGatedServer({ perMinute: 3 });
      const statuses: number[] = [];
      for (let i = 0; i < 5; i += 1) statuses.push((await sendRaw(url, target)).status);
      expect(statuses.slice(0, 3), target).not.to.include(429);
      expect(statuses.slice(3), target).to.deep.equal([429, 429]);
      const upgrade = await upgradeRaw(url, "/v1/stream");
      expect([upgrade.status, upgrade.isClosed], "a stream is a request too").to.deep.equal([429, true]);
      await close();
    }
  });

  it("counts all of an IPv6 network as one caller", async () => {
    const { url, close } = await startGatedServer();
    const invite = async (ip: string) =>
      (
        await sendRaw(url, "/v1/session/challenge", {
          method: "POST",
          headers: { "x-forwarded-for": ip },
          body: { account: Wallet.createRandom().address },
        })
      ).status;
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push(await invite(`2001:db8:0:1:${i}::${i}`));
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
    expect(await invite("2001:db8:0:2::1"), "another network").to.equal(200);
    await close();
  });

  it("takes a signed message at the host that it was made for alone, and says so where the chain is silent", async () => {
    const { url, silenceChain, close } = await startGatedServer();
    const wallet = Wallet.createRandom();
    const challenge = z.object({ message: z.string() });
    const signInAt = async (host: string) => {
      const asked = { method: "POST", body: { account: wallet.address } };
      const { message } = challenge.parse(JSON.parse((await sendRaw(url, "/v1/session/challenge", asked)).text));
      const body = { message, signature: await wallet.signMessage(message) };
      return sendRaw(url, "/v1/session", { method: "POST", headers: { host }, body });
    };
    const elsewhere = await signInAt("nexus.example");
    expect([elsewhere.status, codeOf(elsewhere.text)]).to.deep.equal([401, "sign-in-refused"]);
    const { host } = new URL(url);
    expect((await signInAt(host)).status).to.equal(200);
    silenceChain();
    const silent = await signInAt(host);
    expect([silent.status, codeOf(silent.text)]).to.deep.equal([503, "chain-unreachable"]);
    await close();
  });

  it("closes the stream of whoever signs out, and of a key that is revoked", async () => {
    const { url, access, revokeAll, close } = await startGatedServer();
    const open = async (headers: Readonly<Record<string, string>>) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`, { headers });
      const closed = new Promise<number>((resolve) => socket.on("close", resolve));
      await new Promise((resolve, reject) => {
        socket.on("message", resolve);
        socket.on("error", reject);
      });
      return { closed };
    };
    const { secret } = access.sessions.begin(Wallet.createRandom().address);
    const cookie = { cookie: `__Host-nexus=${secret}` };
    const [member, program] = [await open(cookie), await open(bearer(ALL_KEY))];
    expect((await sendRaw(url, "/v1/session", { method: "DELETE", headers: cookie })).status).to.equal(204);
    expect(await member.closed).to.equal(NO_LONGER_READER);
    revokeAll();
    expect(await program.closed).to.equal(NO_LONGER_READER);
    await close();
  });
});
