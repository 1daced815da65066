import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { gatewayClock } from "../../../../keepers/adapters/clock/gateway.ts";
import type { Access } from "../../../../keepers/gateway/access/gate.ts";
import { secretDigest } from "../../../../keepers/gateway/gateway.ts";
import { createAttempts, createSessions } from "../../../../keepers/gateway/access/sessions.ts";
import { createSignInMessages } from "../../../../keepers/gateway/access/signIn.ts";
import { createMetrics } from "../../../../keepers/adapters/metrics/metrics.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { problemSchema } from "../../../../keepers/gateway/schema/common.ts";
import { bodyOf } from "../../../../keepers/gateway/server/bodies.ts";
import { createHub } from "../../../../keepers/gateway/server/hub.ts";
import { createServer } from "../../../../keepers/gateway/server/server.ts";

const silent = (): Promise<never> => Promise.reject(new RetryableError("the chain does not answer"));

/** A server over a chain that does not answer, asked without a socket: its port is zero then. */
type Changes = {
  readonly perMinute?: number;
  readonly dashboardDir?: string;
  readonly lacks?: readonly string[];
  readonly access?: Access;
};
const serverWith = async (changes: Changes = {}) => {
  const clock = gatewayClock();
  const hub = createHub({ clock, epoch: "e", body: silent });
  const metrics = createMetrics({ version: "0.0.0", symbolOf: (token) => token, baseDecimals: 6 });
  const troubles: string[] = [];
  const server = await createServer({
    answers: {
      document: silent,
      proposals: silent,
      proposal: () => Promise.reject(new Error("a secret")),
      holder: silent,
    },
    body: (name) => (name === "meta" ? Promise.resolve(bodyOf({ name })) : silent()),
    hub,
    health: { metrics, lacks: () => Promise.resolve(changes.lacks ?? []) },
    nowMs: clock.nowMs,
    version: "0.0.0",
    dashboardDir: changes.dashboardDir,
    hostNames: [],
    perMinute: changes.perMinute ?? 1_000,
    access: changes.access,
    push: undefined,
    onTrouble: (what) => void troubles.push(what),
  });
  const close = async (): Promise<void> => {
    hub.close();
    await server.close();
  };
  return { server, troubles, close };
};

const ask = (server: FastifyInstance, url: string, method: "GET" | "HEAD" | "POST" = "GET") =>
  server.inject({ method, url, headers: { host: "127.0.0.1:0" } });

describe("The server of the gateway", () => {
  it("refuses an address that asks too much, for as long as it says, as a problem", async () => {
    const { server, close } = await serverWith({ perMinute: 3 });
    for (let i = 0; i < 3; i += 1) expect((await ask(server, "/v1/meta")).statusCode).to.equal(200);
    const refused = await ask(server, "/v1/meta");
    expect([refused.statusCode, problemSchema.parse(refused.json()).code]).to.deep.equal([429, "rate-limited"]);
    expect(Number(refused.headers["retry-after"])).to.be.within(1, 60);
    await close();
  });

  it("says that the chain does not answer and when to ask again, and hides what failed inside [NX-GTW-02]", async () => {
    const { server, troubles, close } = await serverWith();
    const silentAnswer = await ask(server, "/v1/overview");
    expect([silentAnswer.statusCode, problemSchema.parse(silentAnswer.json()).code]).to.deep.equal([
      503,
      "chain-unreachable",
    ]);
    expect(silentAnswer.headers["retry-after"]).to.equal("2");
    expect(troubles).to.deep.equal([]);
    const failed = await ask(server, "/v1/proposals/0x01");
    expect([failed.statusCode, problemSchema.parse(failed.json()).code]).to.deep.equal([500, "internal"]);
    expect(failed.body).not.to.include("secret");
    expect(troubles).to.deep.equal(["/v1/proposals/0x01: a secret"]);
    await close();
  });

  it("tells a monitor that it runs, whether it can work and what it lacks, and its figures", async () => {
    const well = await serverWith();
    for (const path of ["/healthz", "/readyz"]) expect((await ask(well.server, path)).statusCode, path).to.equal(200);
    await ask(well.server, "/v1/meta");
    await ask(well.server, "/no/such/path");
    const { body, headers } = await ask(well.server, "/metrics");
    expect(headers["content-type"]).to.match(/^text\/plain; version=0\.0\.4/);
    expect(body).to.contain('nexus_http_requests_total{route="/v1/meta",status="200"} 1');
    expect(body, "no series for what somebody made up").to.not.contain("/no/such/path");
    await well.close();
    const ill = await serverWith({ lacks: ["no block for 10 s"] });
    const { statusCode, body: why } = await ask(ill.server, "/readyz");
    expect([statusCode, why]).to.deep.equal([503, "no block for 10 s\n"]);
    expect((await ask(ill.server, "/healthz")).statusCode, "it runs all the same").to.equal(200);
    await ill.close();
  });

  it("tells figures and reasons only to who may read, however their path is written [NX-GTW-11]", async () => {
    const sessions = createSessions({ nowMs: () => 1_000, newSecret: () => "s".repeat(43), digest: secretDigest });
    const never = () => Promise.reject(new Error("nobody asks"));
    const attempts = createAttempts(() => 1_000, 5);
    const messages = createSignInMessages({ chainId: 1, nowMs: () => 1_000, newNonce: () => "n" });
    const keys = [{ name: "prometheus", digest: secretDigest("k".repeat(43)), scopes: "all", until: 2_000 } as const];
    const access: Access = {
      messages,
      sessions,
      attempts,
      invitations: attempts,
      nowMs: () => 1_000,
      keys: () => keys,
      digest: secretDigest,
      hasSigned: never,
      isMember: never,
    };
    const { server, close } = await serverWith({ access, lacks: ["risk-1: not connected"] });
    for (const path of [
      "/metrics",
      "/metrics?x=1",
      "/%6detrics",
      "/metric%73",
      "/v1/meta",
      "/%761/meta",
      "/v%31/meta",
    ]) {
      expect((await ask(server, path)).statusCode, path).to.equal(401);
    }
    const told = await ask(server, "/readyz");
    expect([told.statusCode, told.body]).to.deep.equal([503, "not ready\n"]);
    const headers = { host: "127.0.0.1:0", authorization: `Bearer ${"k".repeat(43)}` };
    const figures = await server.inject({ method: "GET", url: "/metrics", headers });
    expect([figures.statusCode, figures.body.includes("nexus_build_info")]).to.deep.equal([200, true]);
    await close();
  });

  it("changes nothing, whatever it is asked [NX-GTW-05]", async () => {
    const { server, close } = await serverWith();
    expect((await ask(server, "/v1/meta", "POST")).statusCode).to.equal(404);
    await close();
  });

  it("lets a page load, run and talk to nothing but itself, and be framed by nobody [NX-GTW-08]", async () => {
    const { server, close } = await serverWith();
    const policy = String((await ask(server, "/v1/meta")).headers["content-security-policy"]);
    expect(policy)
      .to.include("default-src 'self'")
      .and.include("frame-ancestors 'none'")
      .and.include("object-src 'none'");
    expect(policy).not.to.match(/unsafe|\*|https?:/);
    await close();
  });

  it("serves the built pages for every path that is no route, and says how to build them where they are not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-pages-"));
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "index.html"), "<title>pages</title>");
    writeFileSync(join(folder, "assets/a.js"), "1");
    const built = await serverWith({ dashboardDir: folder });
    for (const path of ["/", "/agents", "/proposals/0x01"])
      expect((await ask(built.server, path)).body, path).to.include("pages");
    expect((await ask(built.server, "/", "HEAD")).statusCode).to.equal(200);
    expect((await ask(built.server, "/assets/a.js")).headers["cache-control"]).to.include("immutable");
    expect((await ask(built.server, "/assets/none.js")).statusCode).to.equal(404);
    expect((await ask(built.server, "/v1/none")).statusCode).to.equal(404);
    expect((await ask(built.server, "/../../package.json")).body).not.to.include("dependencies");
    await built.close();
    rmSync(folder, { recursive: true });
    const bare = await serverWith();
    expect((await ask(bare.server, "/")).body).to.include("node scripts/setup/dashboard.mjs");
    await bare.close();
  });
});
