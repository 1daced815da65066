import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { askEndpoint } from "../../../keepers/adapters/outside/endpoint.ts";
import { askProgram } from "../../../keepers/adapters/outside/program.ts";
import { isPublicAddress } from "../../../keepers/adapters/outside/publicAddress.ts";
import type { MindAnswer } from "../../../keepers/agents/outside/answer.ts";
import { decide } from "../../../keepers/agents/outside/decide.ts";
import { questionOf } from "../../../keepers/agents/outside/question.ts";
import { type OutsidePolicy, seenOf } from "../../../keepers/agents/outside/seen.ts";
import type { ChainSnapshot } from "../../../keepers/core/chainSnapshot.ts";
import { seconds } from "../../../keepers/core/units.ts";
import { v2Pool } from "../../../keepers/market/pool.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { selfSigned } from "../../support/certificate.ts";
import { USDC, WAD, WSEI, account, chainSnapshot, tokenState } from "../../support/keeperBuilders.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const WETH = account(0x1003);
const POLICY: OutsidePolicy = { base: USDC, maxTradeUsd: 5_000n * WAD, slippageBps: 200n, lifetime: seconds(600n) };
const pool = (n: number, other: typeof WSEI) =>
  v2Pool({
    address: account(n),
    token0: USDC,
    token1: other,
    reserve0: 10n ** 13n,
    reserve1: 10n ** 25n,
    feePips: 3000n,
  });
const POOLS = [pool(0x7001, WSEI), pool(0x7002, WETH)];
const WETH_PRICE = { lower: 1_990n * WAD, middle: 2_000n * WAD, upper: 2_010n * WAD };
const SYMBOLS = new Map([USDC, WSEI, WETH].map((token, i) => [token, ["USDC", "WSEI", "WETH"][i] ?? ""]));

const viewWith = (wsei = {}): ChainSnapshot => {
  const weth = tokenState(WETH, { balance: WAD, price: WETH_PRICE });
  return chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI, wsei), weth] });
};
const question = (view: ChainSnapshot): string =>
  questionOf(seenOf(view, POOLS), POLICY, (token) => SYMBOLS.get(token) ?? token);
const judged = (view: ChainSnapshot, answer: MindAnswer) => decide(seenOf(view, POOLS), answer, POLICY);
const isAlive = (pid: number): boolean => {
  try {
    // A process that ended and that nobody has waited for yet runs no more.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const open = (): AbortSignal => new AbortController().signal;

describe("Outside minds as they are asked", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "nexus-minds-"));
  const { key, cert } = selfSigned("localhost");
  const closing = new Array<() => void>();
  after(async () => {
    for (const close of closing) close();
    await removeFolder(folder);
  });

  describe("as programs", () => {
    const run = (script: string, changes: Partial<Parameters<typeof askProgram>[0]> = {}, signal = open()) =>
      askProgram(
        {
          command: "/bin/sh",
          args: ["-c", script],
          folder: join(folder, "work"),
          timeoutMs: PATIENCE_MS,
          maxBytes: 4_096,
          ...changes,
        },
        '{"hello":1}',
        signal,
      );

    it("get the question, an empty environment and a folder of their own, and no shell reads their arguments [NX-OUT-03]", async () => {
      process.env["NEXUS_TEST_SECRET"] = "hush";
      const said = await run("cat; pwd; env");
      Reflect.deleteProperty(process.env, "NEXUS_TEST_SECRET");
      const text = said.kind === "answered" ? said.text : said.why;
      const [first, at, ...variables] = text.trim().split("\n");
      expect([first, at]).to.deep.equal(['{"hello":1}', join(folder, "work")]);
      // The shell sets these by itself.
      expect(
        variables
          .map((line) => line.split("=")[0])
          .filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")),
      ).to.deep.equal([]);
      const echoed = await run("", { command: "/bin/echo", args: ["$HOME; id"] });
      expect(echoed).to.deep.equal({ kind: "answered", text: "$HOME; id\n" });
    });

    it("are killed with all that they started, at the deadline and when they have answered [NX-OUT-03]", async () => {
      const pidIn = (name: string) => Number(readFileSync(join(folder, "work", name), "utf8"));
      const late = await run("sleep 300 & echo $! > late; wait", { timeoutMs: 3_000 });
      expect(late).to.deep.equal({ kind: "silent", why: "no answer within 3000 ms" });
      await until("the end of what it started", () => !isAlive(pidIn("late")), PATIENCE_MS);
      const quick = await run("sleep 300 > /dev/null 2>&1 & echo $! > quick; echo done");
      expect(quick).to.deep.equal({ kind: "answered", text: "done\n" });
      await until("the end of what it started", () => !isAlive(pidIn("quick")), PATIENCE_MS);
    });

    it("are cut off at their size, left when nobody waits, and told of when they fail", async () => {
      expect(await run("head -c 5000 /dev/zero")).to.deep.equal({
        kind: "silent",
        why: "it says more than 4096 bytes",
      });
      expect(await run("echo oh no >&2; exit 3")).to.deep.equal({ kind: "silent", why: "it ended with code 3: oh no" });
      expect(await run("kill -9 $$")).to.deep.equal({ kind: "silent", why: "it was ended by SIGKILL" });
      const missing = await run("", { command: "/no/such/mind" });
      expect(missing.kind === "silent" && missing.why).to.match(/^it cannot be started: spawn .*ENOENT/);
      const ending = new AbortController();
      const waiting = run("echo > started; sleep 300", {}, ending.signal);
      await until("its start", () => existsSync(join(folder, "work", "started")), PATIENCE_MS);
      ending.abort();
      expect(await waiting).to.deep.equal({ kind: "silent", why: "nobody waits for it any more" });
      // It reads nothing of a question that is longer than a pipe holds.
      const deaf = { command: "/bin/echo", args: ["deaf"], folder, timeoutMs: PATIENCE_MS, maxBytes: 100 };
      expect(await askProgram(deaf, "x".repeat(1_000_000), open())).to.deep.equal({ kind: "answered", text: "deaf\n" });
    });
  });

  describe("as https endpoints", () => {
    const serve = async (answer: RequestListener): Promise<string> => {
      const server = createServer({ key, cert }, answer).listen(0, "127.0.0.1");
      closing.push(() => {
        server.closeAllConnections();
        server.close();
      });
      await once(server, "listening");
      const at: AddressInfo | string | null = server.address();
      return `https://localhost:${typeof at === "object" && at !== null ? at.port : 0}/ask`;
    };
    const ask = (url: string, changes: Partial<Parameters<typeof askEndpoint>[0]> = {}, signal = open()) =>
      askEndpoint(
        {
          url,
          token: undefined,
          ca: cert,
          privateAddresses: ["127.0.0.1", "::1"],
          timeoutMs: PATIENCE_MS,
          maxBytes: 4_096,
          ...changes,
        },
        '{"hello":1}',
        signal,
      );
    const why = (answer: MindAnswer): string => (answer.kind === "silent" ? answer.why : answer.text);

    it("are posted the question with their token, and believed by their certificate alone [NX-OUT-03]", async () => {
      const seen = new Array<string>();
      const url = await serve((request, response) => {
        let body = "";
        request.on("data", (part: Buffer) => (body += part.toString()));
        request.on("end", () => {
          seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
          response.end("yes");
        });
      });
      expect(await ask(url, { token: "t0ken" })).to.deep.equal({ kind: "answered", text: "yes" });
      expect(seen).to.deep.equal(['POST /ask Bearer t0ken {"hello":1}']);
      expect(why(await ask(url, { ca: undefined }))).to.match(/self.signed certificate/);
      expect(why(await ask(url, { ca: selfSigned("localhost").cert }))).to.match(/certificate|signature/i);
      expect(seen).to.have.length(1);
    });

    it("lead nowhere else: no redirection, and no address inside a network unless it is named [NX-OUT-03]", async () => {
      let asked = 0;
      const url = await serve((_, response) => {
        asked += 1;
        response.writeHead(307, { location: "https://localhost:1/" }).end();
      });
      expect(why(await ask(url))).to.equal("it answers 307, and no redirection is followed");
      const inside = /is no address of the open internet; NEXUS_OUTSIDE_PRIVATE_ADDRESSES names/;
      expect(why(await ask(url, { privateAddresses: [] }))).to.match(inside);
      expect(why(await ask(url.replace("localhost", "127.0.0.1"), { privateAddresses: ["::1"] }))).to.match(inside);
      expect(why(await ask(url.replace("localhost", "[::ffff:127.0.0.1]"), { privateAddresses: [] }))).to.match(inside);
      expect(asked).to.equal(1);
    });

    it("are cut off at their deadline and size, and told of when they fail", async () => {
      const silent = await serve(() => undefined);
      expect(why(await ask(silent, { timeoutMs: 300 }))).to.equal("no answer within 300 ms");
      const drop = await serve((_, response) => {
        response.write("{");
        setInterval(() => response.write(" "), 20).unref();
      });
      expect(why(await ask(drop, { timeoutMs: 500 }))).to.equal("no answer within 500 ms");
      expect(why(await ask(drop, { maxBytes: 20 }))).to.equal("it says more than 20 bytes");
      expect(why(await ask(await serve((_, response) => response.writeHead(500).end())))).to.equal("it answers 500");
      const ending = new AbortController();
      const waiting = ask(silent, {}, ending.signal);
      ending.abort();
      expect((await waiting).kind).to.equal("silent");
    });

    it("are of the open internet by the registries of special addresses", () => {
      const inside = ["10.1.2.3", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0"];
      const odd = [
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:8.8.8.8",
        "64:ff9b::1",
        "2002:a00::1",
      ];
      expect([...inside, ...odd, "2001:db8::1", "2001::1"].filter(isPublicAddress)).to.deep.equal([]);
      const outside = ["8.8.8.8", "172.32.0.1", "11.0.0.1", "2606:4700::1111", "2a00:1450::1"];
      expect(outside.filter((one) => !isPublicAddress(one))).to.deep.equal([]);
    });
  });

  describe("as the examples", () => {
    const example = (name: string): string => resolve("docs/examples/minds", name);
    const terms = { folder: join(folder, "examples"), timeoutMs: PATIENCE_MS, maxBytes: 4_096 };
    const isShort = (name: string): void => {
      expect(readFileSync(example(name), "utf8").trimEnd().split("\n").length, name).to.be.at.most(60);
    };

    it("keepPart.mjs, in Node, asks for a trade that the rules allow", async () => {
      isShort("keepPart.mjs");
      const view = viewWith();
      const node = { ...terms, command: process.execPath, args: [example("keepPart.mjs")] };
      const decision = judged(view, await askProgram(node, question(view), open()));
      expect(decision).to.have.nested.property("trade.tokenOut", WETH);
      const dead = viewWith();
      const tokens = dead.tokens.map((state) => ({ ...state, status: "QuorumMissed" as const }));
      const none = { ...dead, tokens };
      expect(judged(none, await askProgram(node, question(none), open()))).to.deep.equal({ kind: "rest" });
    });

    it("buy_the_dip.py, in Python, remembers prices in its folder and buys after a fall", async function () {
      isShort("buy_the_dip.py");
      const found = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
      // Where there is no Python this example is not run, and mocha counts it as pending.
      if (found.status !== 0) return this.skip();
      const python = { ...terms, command: found.stdout.trim(), args: [example("buy_the_dip.py")] };
      const [before, after] = [
        viewWith(),
        viewWith({ price: { lower: (29n * WAD) / 100n, middle: (29n * WAD) / 100n, upper: (29n * WAD) / 100n } }),
      ];
      expect(judged(before, await askProgram(python, question(before), open()))).to.deep.equal({ kind: "rest" });
      const decision = judged(after, await askProgram(python, question(after), open()));
      expect(decision).to.have.nested.property("trade.tokenOut", WSEI);
      return undefined;
    });

    it("endpoint.mjs, behind https, sells what is too much to whoever shows the token", async () => {
      isShort("endpoint.mjs");
      writeFileSync(join(folder, "cert.pem"), cert);
      writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
      const args = [example("endpoint.mjs"), join(folder, "cert.pem"), join(folder, "key.pem"), "0"];
      const child = spawn(process.execPath, args, {
        env: { MIND_TOKEN: "t0ken" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      closing.push(() => child.kill("SIGKILL"));
      let said = "";
      child.stdout.on("data", (part: Buffer) => (said += part.toString()));
      const [, port] = await until("its port", () => /listening on (\d+)/.exec(said) ?? undefined, PATIENCE_MS);
      const at = {
        url: `https://localhost:${port}/`,
        ca: cert,
        privateAddresses: ["127.0.0.1", "::1"],
        timeoutMs: PATIENCE_MS,
        maxBytes: 4_096,
      };
      const view = viewWith();
      const decision = judged(view, await askEndpoint({ ...at, token: "t0ken" }, question(view), open()));
      expect(decision).to.have.nested.property("trade.tokenIn", WSEI);
      const stranger = await askEndpoint({ ...at, token: undefined }, question(view), open());
      expect(stranger).to.deep.equal({ kind: "silent", why: "it answers 401" });
    });
  });
});
