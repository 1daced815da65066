import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { askAt } from "../../../dashboard/verify/endpoint.ts";
import { type Answer, type Watch, verifyAt, wantedIn } from "../../../dashboard/verify/run.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { NO_CHROMIUM } from "../../../scripts/setup/chromium.mjs";
import { VERIFY_PAGE, buildVerifyPage } from "../../../scripts/setup/verifyPage.mjs";
import { SIZES, hasChromium, openBrowser, openContext } from "../../support/browser.ts";
import { linesOf } from "../../support/commandLine.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { type FaultyNetwork, createFaultyNetwork } from "../../support/faultyNetwork.ts";
import { AgentRegistry__factory } from "../../../types/index.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const MAX_BYTES = 150_000;
const USDC_UNITS = 10n ** 6n;
const WSEI_UNITS = 10n ** 18n;
/** A stranger's account: no contract, and in no address book. */
const STRANGER = "0x00000000000000000000000000000000000bad01";
const V3 = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))";
const V2 = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)";
const APPROVE = "approve(address,uint256)";

type WrittenCall = { readonly target: string; readonly function: string; readonly args: readonly unknown[] };

/** A swap of so many dollars for at least so many WSEI, which cost 0.30 dollars each, or less where it says so. */
const swap = (dollars: bigint, least = (13n * dollars * WSEI_UNITS) / 4n, recipient = "Treasury"): WrittenCall => ({
  target: "DragonSwap V2",
  function: V3,
  args: [["USDC", "WSEI", 500, recipient, String(dollars * USDC_UNITS), String(least), 0]],
});

const PAYMENT: WrittenCall = {
  target: "USDC",
  function: "transfer(address,uint256)",
  args: [STRANGER, String(50_000n * USDC_UNITS)],
};

/** What nobody needs to be warned of. */
const HONEST: readonly (readonly WrittenCall[])[] = [
  ...Array.from({ length: 13 }, (_, index) => [swap(1_000n * BigInt(index + 1))]),
  [swap(5_000n), swap(4_000n)],
  [swap(2_000n), swap(3_000n)],
];

/** What hurts, and the words that must stand on the first screen. */
const MALICIOUS: readonly (readonly [string, readonly WrittenCall[], RegExp])[] = [
  ["a payment to a stranger", [PAYMENT], /Call 1 gives the treasury's money away for good, to 0x0{35}bad01/],
  [
    "an allowance without end for a stranger",
    [swap(1_000n), { target: "USDC", function: APPROVE, args: [STRANGER, String(2n ** 256n - 1n)] }],
    /Call 2 lets 0x0{35}bad01 spend the treasury's tokens.*Call 2 lets 0x0{35}bad01 spend [\d,.]+ USDC, and the calls behind it spend 0 USDC there/s,
  ],
  [
    "a swap that pays a stranger",
    [swap(1_000n, 2_000n * WSEI_UNITS, STRANGER)],
    /Call 1 sends what it buys to 0x0{35}bad01, which is not the treasury/,
  ],
  [
    "a swap that accepts next to nothing",
    [swap(9_000n, WSEI_UNITS)],
    /Call 1 accepts as little as 0(\.0\d?)? % of what it spends/,
  ],
  [
    "a call that nobody can read, and a swap of a token that calls itself something",
    [
      { target: "Treasury", function: "setPerformanceFee(address,uint16)", args: [STRANGER, "5000"] },
      {
        target: "DragonSwap V1",
        function: V2,
        args: ["1000000", "1", ["USDC", STRANGER], "Treasury", "99999999999"],
      },
    ],
    /Call 1 calls a function that nothing here can read.*Call 2 moves a token that the address book does not know/s,
  ],
];

describe("the page that verifies a proposal from a disk [NX-FAC-06]", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  let networks: readonly FaultyNetwork[] = [];
  const honest: string[] = [];
  const malicious: string[] = [];

  const { well } = linesOf(PROPOSAL_COMMANDS, () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath }));
  const propose = async (calls: readonly WrittenCall[]): Promise<string> => {
    const file = join(folder, "proposal.json");
    const conditions = [{ kind: "valueDecreasesAtMostBps", amount: "10" }];
    await writeFile(file, JSON.stringify({ calls, conditions, maxLoss: "400" }));
    const output = await well("proposal", "create", file, "--class", "Elevated", "--as", "searcher", "--json");
    return z.object({ hash: z.string() }).parse(JSON.parse(output)).hash;
  };

  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-verify-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, deployed.book);
    networks = await Promise.all([0, 1, 2].map(() => createFaultyNetwork(deployed.sandbox)));
    for (const calls of HONEST) honest.push(await propose(calls));
    for (const [, calls] of MALICIOUS) malicious.push(await propose(calls));
  });
  after(async () => {
    await Promise.all(networks.map((network) => network.close()));
    await deployed.stop();
    await removeFolder(folder);
  });
  afterEach(() => networks.forEach((network) => network.set()));

  const typed = (proposal: string, hint = "") => ({
    book: JSON.stringify(deployed.book),
    endpoints: networks.map(({ rpcUrl }) => rpcUrl).join("\n"),
    proposal,
    hint,
  });
  const watching = (change: Partial<Watch> = {}): Watch => ({
    onProgress: () => undefined,
    onAnswers: () => undefined,
    now: () => 0n,
    signal: new AbortController().signal,
    ...change,
  });
  const verified = (proposal: string, hint = "", watch = watching()): Promise<readonly Answer[]> =>
    verifyAt(wantedIn(typed(proposal, hint)), askAt, watch);
  /** The last endpoint answers a method with what a test says; undefined leaves the truth. */
  const lie = (result: (method: string, params: readonly unknown[]) => unknown): void =>
    networks.at(-1)?.set(({ kind, method, params, message }) => {
      const told = kind === "answer" ? result(method, params) : undefined;
      return told === undefined ? undefined : { forward: [{ message: { ...message, result: told } }] };
    });
  /** The last endpoint never answers a method. */
  const silence = (silent: string): void =>
    networks.at(-1)?.set(({ method }) => (method === silent ? { forward: [] } : undefined));

  it("says the same of twenty proposals from three endpoints, byte for byte, and warns of the five that hurt alone", async () => {
    for (const hash of honest) {
      const answers = await verified(hash);
      expect(answers.map(({ endpoints }) => endpoints.length)).to.deep.equal([3]);
      expect(answers[0]?.report?.dangers, answers[0]?.text).to.deep.equal([]);
      expect(answers[0]?.text).to.include(`The digest ${hash} is that of these bytes`);
    }
    for (const [index, hash] of malicious.entries()) {
      const answers = await verified(hash);
      const [what, , words] = MALICIOUS[index] ?? ["", [], /^$/];
      expect(answers.map(({ endpoints }) => endpoints.length)).to.deep.equal([3]);
      expect(answers[0]?.report?.dangers.join("\n"), what).to.match(words);
    }
  });

  it("says what the command says of calls, conditions, state and votes, in the same words", async () => {
    for (const hash of [honest[0] ?? "", honest[13] ?? "", malicious[0] ?? ""]) {
      const shown = await well("proposal", "show", hash);
      const [answer] = await verified(hash);
      const words = answer?.report?.lines.map((line) => line.words.toLowerCase()) ?? [];
      const same = shown
        .toLowerCase()
        .split("\n")
        .filter((line) => /^(?:call \d|or nothing|it may lose|votes:)/.test(line))
        .map((line) => line.replace(/, and is expected to gain .*/, ""));
      expect(same.length).to.be.greaterThan(3);
      expect(words).to.include.members(same);
      const dangers = answer?.report?.dangers ?? [];
      for (const danger of dangers) expect(shown).to.include(danger);
    }
  });

  it("marks what the chain guarantees, what a simulation expects and what the proposer claims", async () => {
    const [answer] = await verified(honest[0] ?? "");
    const basisOf = (words: RegExp) => answer?.report?.lines.find((line) => words.test(line.words))?.basis;
    expect(basisOf(/^It may lose at most 400 USD$/)).to.equal("chain");
    expect(basisOf(/^Carried out at this block/)).to.equal("simulation");
    expect(basisOf(/^It is expected to gain/)).to.equal("proposer");
    expect(answer?.report?.holds).to.match(
      /^Chain 1329, Consensus 0x[0-9a-fA-F]{40}, block \d+ \(0x[0-9a-f]{64}\), 20/,
    );
  });

  it("finds a proposal by its transaction and by its block at once, and asks nothing but calls, logs and the transaction", async () => {
    const output: unknown = JSON.parse(await well("proposal", "list", "--json"));
    const rows = z.array(z.looseObject({ hash: z.string(), block: z.number(), transaction: z.string() })).parse(output);
    const row = rows.find(({ hash }) => hash === honest[3]);
    const [unhinted] = await verified(honest[3] ?? "");
    for (const hint of [row?.transaction ?? "", String(row?.block)]) {
      const [answer] = await verified(honest[3] ?? "", hint);
      expect(answer?.text).to.equal(unhinted?.text);
    }
    const methods = new Set(networks.flatMap(({ asked }) => [...asked.keys()]));
    expect([...methods].toSorted()).to.deep.equal([
      "eth_blockNumber",
      "eth_call",
      "eth_chainId",
      "eth_getBlockByNumber",
      "eth_getLogs",
      "eth_getTransactionByHash",
    ]);
  });

  it("shows an endpoint that lies about a call, about the chain or about the transaction as one that does not say the same", async () => {
    const lies: readonly (readonly [string, (method: string) => unknown, RegExp])[] = [
      [
        "an answer of zeros",
        (method) => (method === "eth_call" ? `0x${"0".repeat(64 * 12)}` : undefined),
        /State: Executed|does not answer/,
      ],
      [
        "another chain",
        (method) => (method === "eth_chainId" ? "0x1" : undefined),
        /it is of chain 1; the address book is of chain 1329/,
      ],
      [
        "no transaction",
        (method) => (method === "eth_getTransactionByHash" ? null : undefined),
        /has no proposal|does not answer/,
      ],
    ];
    for (const [what, result, words] of lies) {
      lie(result);
      const answers = await verified(honest[0] ?? "");
      expect(
        answers.map(({ endpoints }) => endpoints.length),
        what,
      ).to.have.members([1, 2]);
      expect(answers.find(({ endpoints }) => endpoints.length === 1)?.text, what).to.match(words);
    }
  });

  it("asks an endpoint that is far behind about a block of its own, and drags nobody else there", async () => {
    const [hash] = honest;
    const before = await deployed.provider.getBlockNumber();
    for (let block = 0; block < 60; block += 1) await deployed.sandbox.control("evm_mine", []);
    await well("proposal", "vote", hash ?? "", "--support", "for", "--as", "risk-1");
    const head = await deployed.provider.getBlockNumber();
    const votes = (answer: Answer | undefined): string =>
      answer?.report?.lines.find(({ words }) => words.startsWith("Votes: "))?.words ?? "";
    const alone = votes((await verified(hash ?? ""))[0]);
    expect(alone).to.include("2 of 4 agents");
    for (const [behind, blocks] of [
      [head - 50, [`block ${head - 50} `]],
      [head - 51, [`block ${head} `, `block ${head - 51} `]],
      [before, [`block ${head} `, `block ${before} `]],
    ] as const) {
      lie((method) => (method === "eth_blockNumber" ? `0x${behind.toString(16)}` : undefined));
      const answers = await verified(hash ?? "");
      expect(answers).to.have.length(blocks.length);
      for (const block of blocks) {
        expect(
          answers.some(({ report }) => report?.holds.includes(block)),
          block,
        ).to.equal(true);
      }
      if (blocks.length < 2) continue;
      expect(votes(answers.find(({ endpoints }) => endpoints.length === 2))).to.equal(alone);
      expect(votes(answers.find(({ endpoints }) => endpoints.length === 1))).to.include("1 of 4 agents");
    }
  });

  it("says how old a block is that is more than a minute behind the clock, or ahead of it", async () => {
    const { timestamp } = (await deployed.provider.getBlock("latest")) ?? { timestamp: 0 };
    const alarmAt = async (seconds: number): Promise<string | undefined> =>
      (await verified(honest[1] ?? "", "", watching({ now: () => BigInt(timestamp + seconds) })))[0]?.alarm;
    expect(await alarmAt(60)).to.equal(undefined);
    expect(await alarmAt(-60)).to.equal(undefined);
    expect(await alarmAt(61)).to.match(/^This is how it stood 1 min 1 s ago, in block \d+/);
    expect(await alarmAt(-61)).to.match(/ is 1 min 1 s ahead of this computer's clock/);
  });

  it("shows honest answers while another endpoint is silent, and stops at once when it is told to", async () => {
    for (const method of ["eth_getLogs", "eth_call", "eth_getBlockByNumber", "eth_getTransactionByHash"]) {
      silence(method);
      const controller = new AbortController();
      const shown: (readonly Answer[])[] = [];
      const answers = await verified(
        honest[2] ?? "",
        "",
        watching({
          signal: controller.signal,
          onAnswers: (soFar) => {
            shown.push(soFar);
            if (soFar[0]?.endpoints.length === 2) controller.abort(new Error("it was stopped"));
          },
        }),
      );
      expect(
        shown[1]?.map(({ endpoints }) => endpoints.length),
        method,
      ).to.deep.equal([2]);
      expect(answers.map(({ text }) => text).at(-1), method).to.equal("It does not answer: it was stopped");
      expect(answers).to.have.length(2);
    }
  });

  it("refuses logs of another block than it asked about, and names seats by number where too many agents are claimed", async () => {
    lie((method, params) => {
      if (method !== "eth_getLogs") return undefined;
      const span = z.looseObject({ toBlock: z.string() }).parse(params[0]);
      const log = {
        address: STRANGER,
        data: "0x",
        topics: [],
        blockNumber: `0x${(Number(span.toBlock) + 1).toString(16)}`,
      };
      return [log];
    });
    const answers = await verified(honest[2] ?? "");
    expect(answers.find(({ endpoints }) => endpoints.length === 1)?.text).to.match(/answers one of block \d+/);

    const counts = AgentRegistry__factory.createInterface().getFunction("agentCount").selector;
    for (const [claimed, words] of [
      [1_024n, undefined],
      [1_025n, /Voted for, by who holds the seats at this block: seat \d+\n/],
      [2n ** 32n - 1n, /Voted for, by who holds the seats at this block: seat \d+\n/],
    ] as const) {
      lie((method, [call]) =>
        method === "eth_call" && z.looseObject({ data: z.string() }).parse(call).data === counts
          ? `0x${claimed.toString(16).padStart(64, "0")}`
          : undefined,
      );
      const [honestly, liar] = await verified(honest[2] ?? "");
      expect(honestly?.text).to.match(/Voted for, by who holds the seats at this block: agent 1\n/);
      if (words === undefined) expect(honestly?.endpoints).to.have.length(3);
      else expect(liar?.text, String(claimed)).to.match(words);
    }
  });

  it("tells every danger of the bytes whatever the chain says of prices, as the command does", async () => {
    const stolen = /Call 1 gives the treasury's money away for good/;
    const poisoned = await propose([
      PAYMENT,
      swap(1n, 2n),
      { ...swap(1n), args: [["USDC", "WSEI", 500, "Treasury", String(2n ** 256n - 1n), "1", 0]] },
    ]);
    const [answer] = await verified(poisoned);
    expect(answer?.endpoints).to.have.length(3);
    expect(answer?.report?.dangers.join("\n"))
      .to.match(stolen)
      .and.to.match(/Call 3 trades what has no price here/);
    expect(await well("proposal", "show", poisoned))
      .to.match(stolen)
      .and.to.match(/Call 3 trades what has no price here/);

    const hub = addressOf(deployed.book, "OracleHub").toLowerCase();
    /** No endpoint prices what a test says, by the data of the call. */
    const unpriced = (isMeant: (data: string) => boolean): void =>
      networks.forEach((network) =>
        network.set(({ kind, method, params, message }) => {
          if (kind !== "answer" || method !== "eth_call") return undefined;
          const { to, data } = z.looseObject({ to: z.string(), data: z.string() }).parse(params[0]);
          const { result: _, ...rest } = message;
          const error = { code: -32_000, message: "busy" };
          return to.toLowerCase() === hub && isMeant(data) ? { forward: [{ message: { ...rest, error } }] } : undefined;
        }),
      );
    const wsei = deployed.book.environment.tokens["WSEI"]?.address.slice(2).toLowerCase() ?? "none";
    unpriced((data) => data.includes(wsei));
    const [halfBlind] = await verified(honest[0] ?? "");
    expect(halfBlind?.report?.dangers).to.deep.equal([
      "Call 1 trades what has no price here: nobody can say what it may lose",
    ]);
    unpriced(() => true);
    const [blind] = await verified(malicious[0] ?? "");
    expect(blind?.report?.dangers.join("\n"))
      .to.match(stolen)
      .and.to.match(/No price could be asked for/);
  });

  it("never believes bytes that do not hash to the digest, whoever sends them", async () => {
    networks.forEach((network) =>
      network.set(({ kind, method, message }) => {
        if (kind !== "answer" || method !== "eth_getTransactionByHash") return undefined;
        const changed = JSON.stringify(message).replaceAll(STRANGER.slice(2), "0".repeat(40));
        return { forward: [{ message: changed }] };
      }),
    );
    const [answer] = await verified(malicious[0] ?? "");
    expect(answer?.report?.sentence).to.equal("Its bytes are not known");
    expect(answer?.report?.dangers.join()).to.match(/do not vote before/);
  });

  it("says in words what is wrong with what was typed, and that a proposal is not there", async () => {
    const faults: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ proposal: "0x12" }, /no digest/],
      [{ endpoints: "" }, /name one to 5 endpoints/],
      [{ endpoints: "javascript:alert(1)" }, /no endpoint/],
      [{ book: "<html>" }, /address book/],
      [{ hint: "yesterday" }, /the hint is/],
    ];
    for (const [change, words] of faults) {
      expect(() => wantedIn({ ...typed(honest[0] ?? ""), ...change })).to.throw(words);
    }
    const [answer] = await verified(`0x${"12".repeat(32)}`);
    expect(answer?.text).to.match(/has no proposal with this digest up to block \d+/);
  });

  describe("in a browser", () => {
    let browser: Browser | undefined;
    let size = 0;
    before(async function () {
      if (!hasChromium()) {
        process.stderr.write(`${NO_CHROMIUM}\n`);
        this.skip();
      }
      const { bytes } = await buildVerifyPage();
      size = gzipSync(bytes, { level: 9 }).length;
      browser = await openBrowser();
    });
    after(async () => browser?.close());

    const opened = (): Browser => {
      if (browser === undefined) throw new Error("no browser is open");
      return browser;
    };
    const ask = async (page: Page, hash: string): Promise<void> => {
      await page.goto(`file://${VERIFY_PAGE}`);
      await page.getByLabel("Proposal").fill(hash);
      await page.getByLabel("Endpoints").fill(networks.map(({ rpcUrl }) => rpcUrl).join("\n"));
      await page.getByLabel("Address book").setInputFiles(bookPath);
      await page.getByRole("button", { name: "Verify" }).click();
    };
    const fill = async (page: Page, hash: string): Promise<void> => {
      await ask(page, hash);
      await page.getByText("3 endpoints say the same").waitFor();
    };

    it(`weighs at most ${MAX_BYTES / 1_000} kB, and the same sources give the same bytes`, async () => {
      expect(size).to.be.at.most(MAX_BYTES);
      const { sha256 } = await buildVerifyPage();
      expect((await buildVerifyPage()).sha256).to.equal(sha256);
    });

    it("shows each danger on the first screen of a phone, and asks nobody but the endpoints", async () => {
      const context = await openContext(opened(), { size: "phone", theme: "light" });
      const page = await context.newPage();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      for (const [index, hash] of malicious.entries()) {
        await fill(page, hash);
        const dangers = page.getByLabel("Dangers");
        const box = await dangers.boundingBox();
        expect((box?.y ?? Infinity) + (box?.height ?? 0), MALICIOUS[index]?.[0]).to.be.at.most(SIZES.phone.height);
        expect(await page.evaluate("window.scrollY")).to.equal(0);
        expect(await dangers.textContent()).to.match(
          new RegExp(MALICIOUS[index]?.[2].source.replaceAll(".*", "[^]*") ?? "^$"),
        );
      }
      const allowed = ["file://", ...networks.map(({ rpcUrl }) => rpcUrl)];
      expect(asked.filter((url) => !allowed.some((start) => url.startsWith(start)))).to.deep.equal([]);
      await context.close();
    });

    it("shows what was answered while one endpoint is silent, until it is told to stop", async () => {
      silence("eth_call");
      const context = await openContext(opened(), { size: "phone", theme: "dark" });
      const page = await context.newPage();
      await ask(page, honest[4] ?? "");
      await page.getByText("2 endpoints say the same").waitFor();
      await page.getByText("Not all endpoints have answered yet").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("It does not answer: it was stopped").waitFor();
      await page.getByText("2 endpoints say the same").waitFor();
      expect(await page.getByRole("button", { name: "Stop" }).count()).to.equal(0);
      await context.close();
    });

    it("is kept by the browser from every address but the endpoints that were typed", async () => {
      const context = await openContext(opened(), { size: "desktop", theme: "dark" });
      const page = await context.newPage();
      await fill(page, honest[0] ?? "");
      const tried = await page.evaluate(
        async (url) =>
          fetch(url, { method: "POST" }).then(
            () => "answered",
            () => "refused",
          ),
        deployed.sandbox.rpcUrl,
      );
      expect(tried).to.equal("refused");
      // A text and not a function: what a stranger would put into the page.
      const isScripted = await page.evaluate(
        `(() => {
          const script = document.createElement("script");
          script.textContent = "window.foreign = true";
          document.head.append(script);
          return "foreign" in window;
        })()`,
      );
      expect(isScripted).to.equal(false);
      await context.close();
    });
  });
});
