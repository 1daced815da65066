import { request as httpRequest } from "node:http";
import { expect } from "chai";
import fc from "fast-check";
import { WebSocket } from "ws";
import { z } from "zod";
import { problemSchema } from "../../../keepers/gateway/schema/common.ts";
import { HOLDER_ROUTE } from "../../../keepers/gateway/schema/holders.ts";
import { proposalSchema, proposalSummarySchema, proposalsSchema } from "../../../keepers/gateway/schema/proposals.ts";
import { PUSH_ROUTES } from "../../../keepers/gateway/schema/push.ts";
import { EXPLAIN_ROUTE, PROPOSAL_ROUTE, ROUTES } from "../../../keepers/gateway/schema/routes.ts";
import { SESSION_ROUTES } from "../../../keepers/gateway/schema/session.ts";
import { type CloudEvent, cloudEventSchema } from "../../../keepers/gateway/stream/topics.ts";
import type { GatewayWorld } from "../../support/gatewayWorld.ts";

const PATIENCE_MS = 60_000;
const REVIEWERS = 4;
const KEPT_MS = 300;
/** The status of a stream that was opened after all. */
const SWITCHED = 101;

type Answer = { readonly status: number; readonly type: string; readonly text: string; readonly etag: string };

/** Asks by Node's own client, which lets the Host header be anything. */
const ask = (url: string, path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body = "") =>
  new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const { "content-type": type = "", etag = "" } = response.headers;
        resolve({ status: response.statusCode ?? 0, type, text, etag });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });

/** Opens a stream and keeps what comes. */
const listen = (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`, { headers });
  const events: CloudEvent[] = [];
  const listeners = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    events.push(cloudEventSchema.parse(JSON.parse(data.toString("utf8"))));
    for (const listener of listeners) listener();
  });
  const until = (what: string, fits: (all: readonly CloudEvent[]) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`in vain waited for ${what}`)), PATIENCE_MS);
      const look = (): void => {
        if (!fits(events)) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  const refused = new Promise<number>((resolve) => {
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("open", () => resolve(SWITCHED));
    socket.on("error", () => undefined);
  });
  return {
    events,
    until,
    refused,
    say: (request: unknown) => socket.send(JSON.stringify(request)),
    cut: () => socket.terminate(),
  };
};

const welcomeSchema = z.looseObject({ epoch: z.string(), last: z.strictObject({ decisions: z.int() }) });

const sequencesOf = (events: readonly CloudEvent[]): readonly number[] =>
  events.flatMap(({ sequence }) => sequence ?? []);

/** What the gateway answers, over a world that already trades. */
export const testInterface = (it_: () => GatewayWorld): void => {
  it("answers each route as its schema says, at a block of the chain [NX-GTW-02]", async () => {
    const { url } = it_().gateway;
    for (const { path, answer } of Object.values(ROUTES)) {
      const { status, text, type } = await ask(url, path);
      expect(status, `${path}: ${text}`).to.equal(200);
      expect(type).to.match(/^application\/json/);
      const document: unknown = answer.parse(JSON.parse(text));
      if (path !== ROUTES.meta.path) {
        expect(
          z.looseObject({ asOf: z.object({ block: z.int().positive() }) }).safeParse(document).success,
          path,
        ).to.equal(true);
      }
    }
  });

  it("tells what the display folds from the same events: trades, agents, votes, and what waits", async () => {
    const { gateway, display } = it_();
    await it_().until("a vote of each reviewer", ({ stories }) => {
      const voters = new Set(
        stories.flatMap(({ reviews }) => reviews.filter(({ isFor }) => isFor).map(({ agent }) => agent)),
      );
      return voters.size >= REVIEWERS;
    });
    // An answer is kept for a quarter of a second.
    await new Promise((resolve) => setTimeout(resolve, KEPT_MS));
    const overview = ROUTES.overview.answer.parse(JSON.parse((await ask(gateway.url, "/v1/overview")).text));
    expect(overview.trading?.enacted).to.be.within(1, display().enacted);
    expect(BigInt(overview.value?.lower.units ?? 0n) > 499_000n * 10n ** 6n).to.equal(true);
    const agents = ROUTES.agents.answer.parse(JSON.parse((await ask(gateway.url, "/v1/agents")).text));
    const searcher = agents.items.find(({ kind }) => kind === "arbitrage");
    expect(searcher?.fleet?.proposals).to.be.at.least(1);
    expect(searcher?.registry?.status).to.equal("Active");
    expect(
      agents.items.filter(({ kind }) => kind === "risk").every(({ fleet }) => (fleet?.votesFor ?? 0) > 0),
    ).to.equal(true);
    const prices = ROUTES.prices.answer.parse(JSON.parse((await ask(gateway.url, "/v1/prices")).text));
    expect(
      prices.items.every(({ sources }) => sources.length > 0 && sources.every(({ price }) => price !== null)),
    ).to.equal(true);
  });

  it("pages through all proposals and tells each by its id, with its calls in words [NX-GTW-02]", async () => {
    const { url } = it_().gateway;
    const first = proposalsSchema.parse(JSON.parse((await ask(url, "/v1/proposals?limit=1")).text));
    expect(first.items).to.have.length(1);
    const all = proposalsSchema.parse(JSON.parse((await ask(url, "/v1/proposals?limit=100")).text)).items;
    const fast = all.find(({ state }) => state.code === "enacted");
    for (const { id } of [fast, all.find(({ path }) => path === "slow")].filter((one) => one !== undefined)) {
      const one = proposalSchema.parse(JSON.parse((await ask(url, `/v1/proposals/${id}`)).text));
      expect(one.raw?.digest).to.equal(id);
      expect(one.calls.length).to.be.at.least(1);
      expect(one.sentence).to.match(/^(Buy and sell|Swap) [\d,.]+ [A-Z]+ /);
    }
    expect(fast?.result?.symbol).to.equal("USDC");
    const nobody = await ask(url, `/v1/proposals/0x${"00".repeat(32)}`);
    expect([nobody.status, problemSchema.parse(JSON.parse(nobody.text)).code]).to.deep.equal([404, "not-found"]);
  });

  it("says that a client has it already, by its tag", async () => {
    const { url } = it_().gateway;
    const { etag } = await ask(url, "/v1/meta");
    expect(etag).to.match(/^"[\w-]{22}"$/);
    expect((await ask(url, "/v1/meta", { "if-none-match": etag })).status).to.equal(304);
  });

  it("describes all of it in OpenAPI 3.1, and on a page", async () => {
    const { url } = it_().gateway;
    const description = z
      .looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(JSON.parse((await ask(url, "/openapi.json")).text));
    expect(description.openapi).to.match(/^3\.1/);
    // Nobody signs in here: of the routes of a session there is only the one that says so.
    const alone = [PROPOSAL_ROUTE, EXPLAIN_ROUTE, HOLDER_ROUTE, PUSH_ROUTES.about, SESSION_ROUTES.whoami];
    const paths = [...Object.values(ROUTES), ...alone].map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}"));
    expect(Object.keys(description.paths).toSorted()).to.deep.equal(paths.toSorted());
    const methods = Object.values(description.paths).flatMap((path) => Object.keys(path));
    expect([...new Set(methods)], "it holds no key, and nothing in it changes anything [NX-GTW-05]").to.deep.equal([
      "get",
    ]);
    const page = await ask(url, "/docs");
    expect(page.text).to.include("/v1/overview").and.not.to.include("<script");
  });

  it("refuses whoever calls it by another name, on every route [NX-GTW-01]", async () => {
    const { url } = it_().gateway;
    const paths = [
      ...Object.values(ROUTES).map(({ path }) => path),
      "/",
      "/docs",
      "/openapi.json",
      "/healthz",
      "/none",
    ];
    for (const path of paths) {
      const { status, text, type } = await ask(url, path, { host: "rebound.example:80" });
      expect([status, type.split(";")[0]], path).to.deep.equal([403, "application/problem+json"]);
      expect(problemSchema.parse(JSON.parse(text)).code).to.equal("host-refused");
    }
  });

  it("opens no stream for a page of a stranger, nor under another name [NX-GTW-01]", async () => {
    const { url } = it_().gateway;
    expect(await listen(url, { origin: "http://evil.example" }).refused).to.equal(403);
    expect(await listen(url, { host: "rebound.example" }).refused).to.equal(403);
  });

  it("answers a thousand requests that make no sense without failing, each refusal as a problem [NX-GTW-02]", async () => {
    const { url } = it_().gateway;
    const part = fc.oneof(
      fc.constantFrom("v1", "proposals", "overview", "..", "%2e%2e", "assets", "%00", "0x01", "stream"),
      fc.webSegment(),
    );
    const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
    const listPath = fc.constant("/v1/proposals");
    const query = fc.oneof(
      fc.constant(""),
      fc.webQueryParameters().map((text) => `?${text}`),
      fc.tuple(fc.constantFrom("limit", "cursor", "path"), fc.webSegment()).map(([key, value]) => `?${key}=${value}`),
      fc.integer().map((limit) => `?limit=${limit}`),
    );
    const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS");
    const bodies = fc.oneof(fc.constant(""), fc.json(), fc.string());
    const type = fc.constantFrom("application/json", "text/plain", "application/xml", "multipart/form-data");
    await fc.assert(
      fc.asyncProperty(fc.oneof(path, listPath), query, method, bodies, type, async (to, search, how, body, kind) => {
        const sends = how === "POST" || how === "PUT";
        const headers = sends ? { "content-type": kind } : {};
        const { status, type: answered, text } = await ask(url, `${to}${search}`, headers, how, sends ? body : "");
        expect(status, `${how} ${to}${search}: ${text}`).to.be.below(500);
        if (status >= 400 && how !== "HEAD") {
          expect(answered, `${how} ${to}${search}`).to.match(/^application\/problem\+json/);
          expect(problemSchema.parse(JSON.parse(text)).status).to.equal(status);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(it_().troubles).to.deep.equal([]);
  });

  it("loses no decision and tells none twice over cuts of the stream [NX-GTW-03]", async () => {
    const { url } = it_().gateway;
    const heard: CloudEvent[] = [];
    const first = listen(url);
    await first.until("the welcome", (events) => events.length > 0);
    const { epoch, last } = welcomeSchema.parse(first.events[0]?.data);
    let after = last.decisions;
    first.say({ kind: "resume", topic: "decisions", epoch, after });
    let stream = first;
    for (let cut = 0; cut < 3; cut += 1) {
      await stream.until("three decisions", (events) => sequencesOf(events).length >= 3);
      stream.cut();
      const got = stream.events.filter(({ sequence }) => sequence !== undefined);
      heard.push(...got);
      after = got.at(-1)?.sequence ?? after;
      const before = it_().display().proposals;
      await it_().until("another proposal while nobody listens", ({ proposals }) => proposals > before);
      stream = listen(url);
      await stream.until("the welcome", (events) => events.length > 0);
      stream.say({ kind: "resume", topic: "decisions", epoch, after });
    }
    await stream.until("what was missed", (events) => sequencesOf(events).length >= 1);
    stream.cut();
    heard.push(...stream.events.filter(({ sequence }) => sequence !== undefined));
    const numbers = sequencesOf(heard);
    expect(numbers).to.deep.equal(numbers.map((_, i) => last.decisions + 1 + i));
    for (const { data } of heard) proposalSummarySchema.parse(data);
  });

  it("streams the same document of state as the route of its name, and tells what it does not understand", async () => {
    const stream = listen(it_().gateway.url);
    await stream.until("the welcome", (events) => events.length > 0);
    stream.say({ kind: "subscribe", topics: ["overview", "agents"] });
    const states = (events: readonly CloudEvent[]) => events.filter(({ type }) => type === "nexus.state");
    await stream.until("two of each", (events) => states(events).length >= 4);
    for (const { subject, data } of states(stream.events)) {
      (subject === "overview" ? ROUTES.overview : ROUTES.agents).answer.parse(data);
    }
    stream.say({ kind: "steal" });
    await stream.until("a refusal", (events) => events.some(({ type }) => type === "nexus.refused"));
    stream.cut();
  });
};
