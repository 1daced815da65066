import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { callerOf } from "../../../../keepers/gateway/access/callers.ts";
import { COOKIE, judge, readerOf } from "../../../../keepers/gateway/access/gate.ts";
import { type ProgramKey, keyOf, routeOf } from "../../../../keepers/gateway/access/programKeys.ts";
import { SESSION_MS, createAttempts, createSessions } from "../../../../keepers/gateway/access/sessions.ts";
import { createSignInMessages, nonceIn, signInText } from "../../../../keepers/gateway/access/signIn.ts";
import { secretDigest } from "../../../../keepers/gateway/gateway.ts";
import { ROUTES } from "../../../../keepers/gateway/schema/routes.ts";
import { GATEWAY_COMMANDS } from "../../../../scripts/cli/gateway.ts";
import { takeLock } from "../../../../keepers/adapters/lock/lockFile.ts";
import { keysReader } from "../../../../scripts/cli/gatewayKeys.ts";
import { runLine } from "../../../support/commandLine.ts";

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const MINUTE_MS = 60_000;

const worldAt = (startMs = 1_700_000_000_000) => {
  const world = { nowMs: startMs, count: 0 };
  const next = (): string => String((world.count += 1)).padStart(32, "0");
  return { world, nowMs: () => world.nowMs, next };
};

const ASKED = { domain: "nexus.example", account: ACCOUNT, uri: "https://nexus.example" };

describe("signing in to a gateway [NX-GTW-11]", () => {
  it("writes the message as EIP-4361 has it", () => {
    const text = signInText({
      domain: "nexus.example",
      account: ACCOUNT,
      uri: "https://nexus.example",
      chainId: 1329,
      nonce: "0123456789abcdef",
      issuedAt: "2026-01-02T03:04:05.000Z",
      expiresAt: "2026-01-02T03:09:05.000Z",
    });
    expect(text.split("\n")).to.deep.equal([
      "nexus.example wants you to sign in with your Ethereum account:",
      ACCOUNT,
      "",
      "Sign in to read this gateway of NEXUS. It signs, sends and allows nothing.",
      "",
      "URI: https://nexus.example",
      "Version: 1",
      "Chain ID: 1329",
      "Nonce: 0123456789abcdef",
      "Issued At: 2026-01-02T03:04:05.000Z",
      "Expiration Time: 2026-01-02T03:09:05.000Z",
    ]);
    expect(nonceIn(text)).to.equal("0123456789abcdef");
  });

  it("takes a message once, unchanged, in time, and no other", () => {
    const { world, nowMs, next } = worldAt();
    const messages = createSignInMessages({ chainId: 1329, nowMs, newNonce: next });
    const invite = () => messages.invite(ASKED).text;
    const first = invite();
    expect(messages.take(first, "nexus.example")).to.equal(ACCOUNT);
    expect(messages.take(first, "nexus.example"), "replayed").to.equal(undefined);
    for (const [was, is] of [
      ["nexus.example wants", "evil.example wants"],
      ["Chain ID: 1329", "Chain ID: 1"],
      [ACCOUNT, "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"],
      ["Version: 1", "Version: 1\nResources:"],
    ] as const) {
      const text = invite();
      expect(messages.take(text.replace(was, is), "nexus.example"), is).to.equal(undefined);
      expect(messages.take(text, "nexus.example"), "one try uses it up").to.equal(undefined);
    }
    const late = invite();
    world.nowMs += 5 * MINUTE_MS;
    expect(messages.take(late, "nexus.example"), "too old").to.equal(undefined);
    expect(messages.take("Nonce: 00000000000000000000000000000099", "nexus.example")).to.equal(undefined);
    expect(messages.take("hello", "nexus.example")).to.equal(undefined);
  });

  it("takes a message only at the host that it was made for", () => {
    const { nowMs, next } = worldAt();
    const messages = createSignInMessages({ chainId: 1329, nowMs, newNonce: next });
    const text = messages.invite(ASKED).text;
    expect(messages.take(text, "other.example")).to.equal(undefined);
    expect(messages.take(text, "nexus.example"), "one try uses it up").to.equal(undefined);
    expect(messages.take(messages.invite(ASKED).text, "NEXUS.example"), "a host has no case").to.equal(ACCOUNT);
  });

  it("keeps a host or page that cannot be seen from a wallet's message", () => {
    const { nowMs, next } = worldAt();
    const messages = createSignInMessages({ chainId: 1, nowMs, newNonce: next });
    expect(messages.invite({ ...ASKED, domain: "a\u202Eb" }).text).to.match(/^a\\u\{202e\}b wants/);
  });

  it("remembers a bounded number of messages, the newest", () => {
    const { nowMs, next } = worldAt();
    const messages = createSignInMessages({ chainId: 1329, nowMs, newNonce: next });
    const texts = Array.from({ length: 1_001 }, () => messages.invite(ASKED).text);
    expect(messages.take(texts[0] ?? "", "nexus.example")).to.equal(undefined);
    expect(messages.take(texts[1_000] ?? "", "nexus.example")).to.equal(ACCOUNT);
  });

  it("ends a session in time and when told, and keeps no secret", () => {
    const { world, nowMs, next } = worldAt();
    const sessions = createSessions({ nowMs, newSecret: next, digest: secretDigest });
    const [one, two] = [sessions.begin(ACCOUNT), sessions.begin(ACCOUNT)];
    expect(sessions.find(one.secret)?.account).to.equal(ACCOUNT);
    sessions.end(two.secret);
    expect(sessions.find(two.secret)).to.equal(undefined);
    expect(sessions.find(secretDigest(one.secret))).to.equal(undefined);
    world.nowMs += SESSION_MS - 1;
    expect(sessions.find(one.secret)?.account).to.equal(ACCOUNT);
    world.nowMs += 1;
    expect(sessions.find(one.secret)).to.equal(undefined);
  });

  it("remembers a bounded number of sessions, the newest", () => {
    const { nowMs, next } = worldAt();
    const sessions = createSessions({ nowMs, newSecret: next, digest: (secret) => secret });
    const secrets = Array.from({ length: 10_001 }, () => sessions.begin(ACCOUNT).secret);
    expect(sessions.find(secrets[0] ?? "")).to.equal(undefined);
    expect(sessions.find(secrets[1] ?? "")?.account).to.equal(ACCOUNT);
    expect(sessions.find(secrets[10_000] ?? "")?.account).to.equal(ACCOUNT);
  });

  it("remembers a bounded number of names that try, the newest", () => {
    const { nowMs, next } = worldAt();
    const attempts = createAttempts(nowMs, 1);
    const names = Array.from({ length: 10_001 }, next);
    for (const name of names) expect(attempts.isAllowed(name)).to.equal(true);
    expect(attempts.isAllowed(names[1] ?? ""), "still remembered").to.equal(false);
    expect(attempts.isAllowed(names[10_000] ?? ""), "still remembered").to.equal(false);
    expect(attempts.isAllowed(names[0] ?? ""), "forgotten").to.equal(true);
  });

  it("counts a caller by its IPv4 address, or by the /64 that its IPv6 address belongs to", () => {
    const network = "2001:db8:0:1::/64";
    for (const [ip, caller] of [
      ["192.0.2.1", "192.0.2.1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["::FFFF:C000:201", "192.0.2.1"],
      ["2001:db8:0:1::1", network],
      ["2001:DB8:0:1:ffff:ffff:ffff:ffff", network],
      ["2001:0db8:0000:0001:0:0:0:2%eth0", network],
      ["2001:db8:0:2::1", "2001:db8:0:2::/64"],
      ["::1", "0:0:0:0::/64"],
      ["unknown", "unknown"],
    ] as const) {
      expect(callerOf(ip), ip).to.equal(caller);
    }
  });

  it("allows five attempts in any minute for each name", () => {
    const { world, nowMs } = worldAt();
    const attempts = createAttempts(nowMs, 5);
    const tries = (name: string, count: number) => Array.from({ length: count }, () => attempts.isAllowed(name));
    expect(tries("a", 6)).to.deep.equal([true, true, true, true, true, false]);
    expect(tries("b", 1)).to.deep.equal([true]);
    world.nowMs += MINUTE_MS - 1;
    expect(tries("a", 1)).to.deep.equal([false]);
    world.nowMs += 1;
    expect(tries("a", 1)).to.deep.equal([true]);
  });
});

describe("keys of programs [NX-GTW-11]", () => {
  const key = (change: Partial<ProgramKey> = {}): ProgramKey => ({
    name: "grafana",
    digest: secretDigest("s".repeat(43)),
    scopes: ["overview", "proposals"],
    until: 2_000,
    ...change,
  });
  const access = (keys: readonly ProgramKey[]) => {
    const { nowMs, next } = worldAt(1_000);
    const sessions = createSessions({ nowMs, newSecret: next, digest: secretDigest });
    const never = () => Promise.reject(new Error("nobody asks"));
    const attempts = createAttempts(nowMs, 5);
    const messages = createSignInMessages({ chainId: 1, nowMs, newNonce: next });
    return {
      messages,
      sessions,
      attempts,
      invitations: attempts,
      nowMs,
      keys: () => keys,
      digest: secretDigest,
      hasSigned: never,
      isMember: never,
    };
  };
  const bearer = (secret: string) => ({ cookie: undefined, authorization: `Bearer ${secret}` });

  it("are known by their secret, until their time is over", () => {
    expect(readerOf(access([key()]), bearer("s".repeat(43)))).to.deep.include({ kind: "program", name: "grafana" });
    expect(readerOf(access([key()]), bearer("t".repeat(43)))).to.equal(undefined);
    expect(readerOf(access([key()]), bearer(key().digest)), "a hash is no secret").to.equal(undefined);
    expect(readerOf(access([key({ until: 1_000 })]), bearer("s".repeat(43)))).to.equal(undefined);
    expect(keyOf([], "x", 0)).to.equal(undefined);
  });

  it("open what they name: a route with all below it, and the stream only when they open all", () => {
    const limited = { kind: "program", name: "grafana", key: key() } as const;
    const all = { kind: "program", name: "grafana", key: key({ scopes: "all" }) } as const;
    const verdict = (reader: typeof limited | typeof all | undefined, pattern: string | undefined) =>
      judge(reader, pattern);
    expect(verdict(limited, "/v1/overview")).to.equal("allowed");
    expect(verdict(limited, "/v1/proposals")).to.equal("allowed");
    expect(verdict(limited, "/v1/proposals/:id")).to.equal("allowed");
    for (const pattern of ["/v1/portfolio", "/v1/stream", "/v1/explain", "/v1/overview/", "/metrics", undefined]) {
      expect(verdict(limited, pattern), pattern).to.equal("scope-refused");
      expect(verdict(all, pattern), pattern).to.equal("allowed");
      expect(verdict(undefined, pattern), pattern).to.equal("sign-in-needed");
    }
    const names = Object.keys(ROUTES);
    expect(names.map((name) => routeOf(`/v1/${name}`))).to.deep.equal(names);
    expect(routeOf("/v1/proposals/0x12"), "an address is no pattern").to.equal(undefined);
  });

  it("belong to a session by its cookie alone", () => {
    const open = access([]);
    const { secret } = open.sessions.begin(ACCOUNT);
    const cookie = (text: string) => readerOf(open, { cookie: text, authorization: undefined });
    expect(cookie(`a=b; ${COOKIE}=${secret}`)).to.deep.include({ kind: "member", account: ACCOUNT });
    for (const text of [`x${COOKIE}=${secret}`, `nexus=${secret}`, `${COOKIE}=`, secret])
      expect(cookie(text)).to.equal(undefined);
    expect(readerOf(open, { cookie: undefined, authorization: `Bearer ${secret}` })).to.equal(undefined);
  });

  it("are made, listed and revoked by commands; the file holds no secret and is open to nobody else", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-keys-"));
    const file = join(folder, "keys.json");
    const line = (...args: readonly string[]) => runLine(GATEWAY_COMMANDS, ["gateway", ...args, "--keys", file]);
    const warned: string[] = [];
    const keys = keysReader(file, (what) => void warned.push(what));
    expect(keys()).to.deep.equal([]);
    const made = await line("add-key", "grafana", "--scopes", "overview,prices", "--days", "30");
    const secret = made.output.split("\n")[0] ?? "";
    expect(secret).to.match(/^[A-Za-z0-9_-]{43}$/);
    expect(keyOf(keys(), secretDigest(secret), Date.now())?.scopes).to.deep.equal(["overview", "prices"]);
    expect(readFileSync(file, "utf8")).not.to.include(secret);
    expect(statSync(file).mode & 0o077).to.equal(0);
    expect((await line("add-key", "grafana")).error?.message).to.match(/there is a key grafana already/);
    expect((await line("add-key", "x", "--scopes", "wallet")).error?.message).to.match(/no route “wallet”/);
    expect((await line("add-key", "A b")).error?.message).to.match(/letters, digits and hyphens/);
    expect((await line("add-key", "x", "--days", "9999")).error?.message).to.match(/at most 3650/);
    expect((await line("keys")).output).to.match(/^grafana {2}overview,prices {2}until 20/);
    expect((await line("revoke-key", "grafana")).output).to.match(/is revoked/);
    expect(keyOf(keys(), secretDigest(secret), Date.now())).to.equal(undefined);
    expect((await line("revoke-key", "grafana")).error?.message).to.match(/there is no key grafana/);
    writeFileSync(file, "{}");
    expect(keys()).to.deep.equal([]);
    expect(keys()).to.deep.equal([]);
    expect(warned.join("\n")).to.match(/^\S+keys\.json holds no keys of a gateway: [^\n]*$/);
    rmSync(folder, { recursive: true });
  });

  it("are changed by one command at a time: what is revoked stays revoked whatever is made meanwhile [NX-GTW-11]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-keys-"));
    const file = join(folder, "keys.json");
    const line = (...args: readonly string[]) => runLine(GATEWAY_COMMANDS, ["gateway", ...args, "--keys", file]);
    const keys = keysReader(file, () => undefined);
    await line("add-key", "first");
    const lock = await takeLock(file);
    expect((await line("revoke-key", "first")).error?.message).to.match(/keys\.json is in use by /);
    expect((await line("add-key", "second")).error?.message).to.match(/keys\.json is in use by /);
    await lock.release();
    expect(keys().map(({ name }) => name)).to.deep.equal(["first"]);
    await line("revoke-key", "first");
    expect(keys()).to.deep.equal([]);
    expect(readdirSync(folder)).to.deep.equal(["keys.json"]);
    rmSync(folder, { recursive: true });
  });

  it("are read again after every change, however the file's time is set, and after a failure", () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-keys-"));
    const file = join(folder, "keys.json");
    const put = (text: string): void => {
      writeFileSync(file, text);
      utimesSync(file, 1_700_000_000, 1_700_000_000);
    };
    const holding = (...keys: readonly ProgramKey[]): string => JSON.stringify({ version: 1, keys });
    const warned: string[] = [];
    const names = keysReader(file, (what) => void warned.push(what));
    const read = (): readonly string[] => names().map(({ name }) => name);
    put(holding(key()));
    expect(read()).to.deep.equal(["grafana"]);
    put(holding(key({ name: "prometh" })));
    expect(read(), "of the same size, time and file").to.deep.equal(["prometh"]);
    put(holding());
    expect(read(), "revoked").to.deep.equal([]);
    put("{");
    expect([read(), read(), warned.length]).to.deep.equal([[], [], 1]);
    put(holding(key()));
    expect([read(), warned.length], "mended").to.deep.equal([["grafana"], 1]);
    put("}");
    expect([read(), warned.length], "another failure").to.deep.equal([[], 2]);
    rmSync(folder, { recursive: true });
  });
});
