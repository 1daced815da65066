import { mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openBoughtCount } from "../../../keepers/adapters/monitor/boughtFile.ts";
import { createHermes } from "../../../keepers/adapters/oracles/hermes.ts";
import { encodeBundle, encodeUpdate, readUpdateFee } from "../../../keepers/adapters/oracles/pyth.ts";
import { hex } from "../../../keepers/core/hex.ts";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import { address, blockNumber } from "../../../keepers/core/units.ts";
import {
  type BoughtCount,
  type UpdatePolicy,
  type UpdaterPorts,
  SIGNED_PRICES,
} from "../../../keepers/agents/monitor/updates.ts";
import { priceBundler } from "../../../keepers/wiring/priceUpdates.ts";
import { parseAddressBook } from "../../../deployments/schema.ts";
import { OracleHub__factory } from "../../../types/index.ts";
import { DAY, WAD, ethers, loadFixture, networkHelpers, now, time } from "../../support/chain.ts";
import { ASSET, evidenceFixture, say } from "../../support/evidence.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { failureOf } from "../../support/failureOf.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { MONITOR_KEY, monitorOf } from "../../support/monitor.ts";
import { deployMulticall } from "../../support/multicall.ts";
import {
  type PriceServer,
  PYTH_SIGNERS,
  hermesAnswer,
  idsIn,
  signedUpdate,
  startPriceServer,
} from "../../support/signedPrices.ts";

const FEE = WAD / 4n;
const MAX_AGE = 600n;
const FEED_ID = ethers.id("ASSET/USD");
const NAME = "ASSET/USD by Pyth";
/** 100 dollars, as the other sources say. */
const DOLLARS = { id: FEED_ID, price: 10_000_000_000n, conf: 1_000_000n, expo: -8 };
const POLICY: UpdatePolicy = { ...SIGNED_PRICES, perDay: 2, maxFeeWei: FEE, aheadSeconds: 60n };

/** Two sources of which one is Pyth's; both must agree. Pyth's contract wants `fee` for each price. */
const pythFixture = async (fee: bigint) => {
  const f = await evidenceFixture();
  const pyth = await ethers.deployContract("SandboxPyth");
  await pyth.initialize(
    PYTH_SIGNERS.map((signer) => signer.address),
    fee,
  );
  const source = await ethers.deployContract("PythSource", [await pyth.getAddress(), FEED_ID, 3n]);
  const [first, second] = f.feed;
  if (first === undefined || second === undefined) throw new Error("no sources");
  const reader = await source.getAddress();
  const readers = [reader, await first.getAddress()];
  const sources = readers.map((one, index) => ({
    reader: one,
    maxAge: index === 0 ? MAX_AGE : 30n * DAY,
    deviationBps: 100n,
  }));
  const terms = { decimals: 18n, quorum: 2n, maxBandBps: 1_000n };
  await f.asAdmin.hub.setFeed(ASSET, terms, sources);
  /** A third source, so that the two others are enough without Pyth. */
  const addThird = async (): Promise<void> => {
    const third = { reader: await second.getAddress(), maxAge: 30n * DAY, deviationBps: 100n };
    await f.asAdmin.hub.setFeed(ASSET, terms, [...sources, third]);
  };
  return { ...f, pyth, reader, addThird, multicall: await deployMulticall() };
};
const fixture = () => pythFixture(FEE);
const dearFixture = () => pythFixture(1_000n * WAD);
type Fixture = Awaited<ReturnType<typeof fixture>>;

const node = inProcessNode();
/** A count of an agent that has no disk. */
const forgetful: BoughtCount = { earlier: [], keep: () => Promise.resolve() };

describe("Prices that the fleet pays for", function () {
  this.timeout(60_000);
  let server: PriceServer;
  /** What the next answers are; signed at the chain's time unless told. */
  let answer: () => Promise<string>;
  const honest = async (changes: Partial<typeof DOLLARS & { publishTime: number }> = {}): Promise<string> =>
    hermesAnswer(signedUpdate([{ ...DOLLARS, publishTime: Number(await now()), ...changes }]));

  before(async () => {
    server = await startPriceServer((_, response) => {
      void answer().then((text) => response.end(text));
    });
  });
  beforeEach(() => {
    answer = honest;
  });
  after(() => server.stop());

  type Others = Partial<Pick<UpdaterPorts, "votes" | "count">>;
  const updaterOf = async (f: Fixture, { votes = [], count = forgetful }: Others): Promise<UpdaterPorts> => {
    const contract = address(await f.pyth.getAddress());
    return {
      feedOf: (source) => (source === NAME ? { contract, feedId: hex(FEED_ID) } : undefined),
      ask: createHermes({ url: server.url, token: undefined, fetch, timeoutMs: 5_000, maxBytes: 100_000 }),
      fee: readUpdateFee(node),
      encode: (ready) => encodeUpdate(ready).call,
      votes,
      count,
    };
  };
  const start = async (f: Fixture, policy: Partial<UpdatePolicy> = {}, others: Others = {}) => {
    const monitor = await monitorOf(f, {
      config: { showsEvidence: false, updates: { ...POLICY, ...policy } },
      updates: await updaterOf(f, others),
      nameOf: (reader) => (reader === f.reader ? NAME : reader),
    });
    const steps = (): readonly string[] =>
      monitor.told.flatMap((event) => (event.kind === "evidence" ? [`${event.operation}: ${event.step}`] : []));
    const nonce = (): Promise<number> => ethers.provider.getTransactionCount(MONITOR_KEY.address);
    const before = await nonce();
    return { ...monitor, steps, sent: async () => (await nonce()) - before };
  };
  const refusals = (told: readonly KeeperEvent[]): readonly (readonly [string, number])[] =>
    told.flatMap((event) => (event.kind === "answerRefused" ? [[event.fault, event.times] as const] : []));
  const isReady = async (f: Fixture): Promise<boolean> => (await f.hub.previewQuote(ASSET))[0] === 0n;

  it("brings a price on chain that the asset has none without, for the contract's fee, and no sooner than it must [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    const { run, steps } = await start(f);
    expect(await isReady(f), "Pyth never had a price").to.equal(false);
    await run(3);
    expect([steps(), await isReady(f)]).to.deep.equal([["update ASSET: sent", "update ASSET: done"], true]);
    expect(await ethers.provider.getBalance(await f.pyth.getAddress())).to.equal(FEE);
    expect(idsIn(server.asked.at(-1) ?? {})).to.deep.equal([FEED_ID]);
    await time.increase(MAX_AGE - 120n);
    await run(3);
    expect(steps(), "it has time left").to.have.length(2);
    await time.increase(60n);
    await run(3);
    expect(steps()).to.have.length(4);
    expect(await isReady(f)).to.equal(true);
  });

  it("pays for no more prices than a day allows [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    const { run, steps } = await start(f);
    for (let round = 0; round < 4; round += 1) {
      await run(3);
      await time.increase(MAX_AGE + 1n);
    }
    expect(steps().filter((step) => step.endsWith("done"))).to.have.length(POLICY.perDay);
    await time.increase(DAY);
    await run(3);
    expect(
      steps().filter((step) => step.endsWith("done")),
      "a day later",
    ).to.have.length(POLICY.perDay + 1);
  });

  it("leaves a price alone that others make, until something is voted on [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    await f.addThird();
    const waiting: unknown[] = [];
    const { run, steps } = await start(f, {}, { votes: [{ take: () => waiting.splice(0) }] });
    await run(3);
    expect([steps(), await isReady(f)]).to.deep.equal([[], true]);
    waiting.push({});
    await run(3);
    expect(steps()).to.deep.equal(["update ASSET: sent", "update ASSET: done"]);
  });

  it("pays nothing for what is wrong, counts it, and goes on when it is right [NX-MON-04]", async () => {
    const f = await loadFixture(fixture);
    const { run, steps, told, sent } = await start(f);
    const wrongs: readonly (() => Promise<string>)[] = [
      () => Promise.resolve("<html>"),
      () => Promise.resolve('{"binary":{"encoding":"hex","data":[NaN]}}'),
      () => honest({ expo: -40 }),
      async () => honest({ publishTime: Number(await now()) - 600 }),
      async () => honest({ publishTime: Number(await now()) + 600 }),
      () => honest({ conf: 10_000_000_000n }),
    ];
    for (const wrong of wrongs) {
      answer = wrong;
      await run(1);
      // What was wrong is not asked for again at once.
      await networkHelpers.mine(30);
    }
    expect(refusals(told).map(([fault]) => fault)).to.deep.equal([
      "not-json",
      "not-json",
      "exponent",
      "too-old",
      "ahead",
      "interval",
    ]);
    expect(refusals(told).map(([, times]) => times)).to.deep.equal([1, 2, 1, 1, 1, 1]);
    expect([steps(), await sent()]).to.deep.equal([[], 0]);
    answer = honest;
    await run(3);
    expect([steps().at(-1), await isReady(f)]).to.deep.equal(["update ASSET: done", true]);
  });

  it("asks again no sooner than it must when it was answered wrongly [NX-MON-04]", async () => {
    const f = await loadFixture(fixture);
    const { run } = await start(f);
    answer = () => Promise.resolve("<html>");
    const before = server.asked.length;
    await run(10);
    expect(server.asked.length - before).to.equal(1);
  });

  it("pays no fee beyond the cap, whatever the contract asks for [NX-MON-04]", async () => {
    const f = await loadFixture(dearFixture);
    const { run, steps, told, sent } = await start(f);
    await run(3);
    expect([refusals(told), steps(), await sent()]).to.deep.equal([[["fee", 1]], [], 0]);
  });

  it("sends no update that the contract would refuse [NX-MON-04]", async () => {
    const f = await loadFixture(fixture);
    const { run, steps, sent } = await start(f);
    answer = async () => {
      const text = await honest();
      // Another signature than the signers gave: its last byte before the body.
      const at = text.indexOf("504e4155") + 2 * (10 + 6 + 40);
      return `${text.slice(0, at)}${text.slice(at, at + 2) === "00" ? "01" : "00"}${text.slice(at + 2)}`;
    };
    await run(3);
    expect([steps(), await sent()]).to.deep.equal([["update ASSET: refused"], 0]);
  });

  it("are counted over restarts, before they are sent, and a count that is lost counts as spent [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    const folder = mkdtempSync(join(tmpdir(), "nexus-bought-"));
    const path = join(folder, "deeper", "monitor.bought.json");
    const trouble: string[] = [];
    const count = () => openBoughtCount(path, (what) => void trouble.push(what));
    const bought = async (): Promise<number> => {
      const { run, steps } = await start(f, {}, { count: await count() });
      await run(3);
      await time.increase(MAX_AGE + 1n);
      return steps().filter((step) => step.endsWith("sent")).length;
    };
    try {
      expect(
        [await bought(), await bought(), await bought(), await bought()],
        "each in a life of its own",
      ).to.deep.equal([1, 1, 0, 0]);
      expect([statSync(path).mode & 0o077, readdirSync(join(folder, "deeper"))]).to.deep.equal([
        0,
        ["monitor.bought.json"],
      ]);
      await time.increase(DAY);
      expect(await bought(), "a day later").to.equal(1);
      for (const text of ["", "[]x", '[{"time":"-1","count":1}]', '[{"time":"1","count":-5}]']) {
        await time.increase(DAY);
        writeFileSync(path, text);
        expect(await bought(), text).to.equal(0);
      }
      expect(trouble).to.have.length(4);
      expect(trouble[0]).to.include("delete it");
    } finally {
      await removeFolder(folder);
    }
  });

  it("are not paid for where that cannot be noted [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    const folder = mkdtempSync(join(tmpdir(), "nexus-bought-"));
    try {
      writeFileSync(join(folder, "file"), "");
      const count = await openBoughtCount(join(folder, "file", "monitor.bought.json"), () => undefined);
      const { run, sent } = await start(f, {}, { count: { ...count, earlier: [] } });
      expect(await failureOf(run(1))).to.be.instanceOf(RetryableError);
      expect(await sent()).to.equal(0);
      expect(readFileSync(join(folder, "file"), "utf8")).to.equal("");
    } finally {
      await removeFolder(folder);
    }
  });

  it("are bundled before a call that lacks them, in one transaction [NX-MON-05]", async () => {
    const f = await loadFixture(fixture);
    const told: KeeperEvent[] = [];
    const noted: (readonly { readonly count: number }[])[] = [];
    const bundled: BoughtCount = { earlier: [], keep: (bought) => Promise.resolve(void noted.push(bought)) };
    const bundlerOf = async (maxUpdateFeeWei: bigint) =>
      priceBundler({
        settings: {
          pythUrl: server.url,
          pythToken: undefined,
          updatesPerDay: 2,
          maxUpdateFeeWei,
          updateAheadSeconds: 60n,
        },
        book: parseAddressBook({
          chainId: 31_337,
          name: "test",
          deployedAt: 0,
          environment: {
            tokens: {},
            dexes: [],
            pools: [],
            oracles: { [NAME]: { kind: "pyth", pyth: await f.pyth.getAddress(), feedId: FEED_ID, deviations: 3 } },
          },
          contracts: {
            [`source of ${NAME}`]: {
              address: f.reader,
              tx: ethers.ZeroHash,
              block: 0,
              args: [],
              bytecodeHash: ethers.ZeroHash,
            },
          },
        }),
        tools: {
          node,
          name: "executor",
          emit: (event) => void told.push(event),
          addresses: {
            oracleHub: address(f.addresses.hub),
            tokens: [{ address: address(ASSET), symbol: "ASSET", decimals: 18 }],
          },
        },
        multicall: address(f.multicall),
        count: bundled,
      });
    const hub = OracleHub__factory.createInterface();
    const call = {
      target: address(f.addresses.hub),
      data: hex(hub.encodeFunctionData("valueRange", [ASSET, WAD])),
    };
    const [sender] = await ethers.getSigners();
    if (sender === undefined) throw new Error("no signer");
    const block = blockNumber(BigInt(await ethers.provider.getBlockNumber()));
    const plain = { to: call.target, data: call.data };
    await expect(sender.sendTransaction(plain)).to.be.revertedWithCustomError(f.hub, "PriceUnavailable");

    const dear = await bundlerOf(FEE - 1n);
    expect(await dear?.(call, block)).to.equal(undefined);
    expect(refusals(told)).to.deep.equal([["fee", 1]]);
    const asked = server.asked.length;
    await dear?.(call, block);
    expect(server.asked.length, "it keeps quiet for a while").to.equal(asked);

    const bundle = await (await bundlerOf(FEE))?.(call, block);
    expect(bundle?.value).to.equal(FEE);
    expect(noted.map((bought) => bought.map(({ count }) => count))).to.deep.equal([[1]]);
    if (bundle === undefined) return;
    const sent = { to: bundle.call.target, data: bundle.call.data };
    await expect(sender.sendTransaction({ ...sent, value: FEE - 1n }), "all or nothing").to.revert(ethers);
    const update = hex(signedUpdate([{ ...DOLLARS, publishTime: 1 }]).replace(/^(0x.{112})../, "$1ff"));
    const ready = { contract: address(await f.pyth.getAddress()), update, fee: FEE, wanted: [] };
    const views = { target: call.target, data: hex(hub.encodeFunctionData("previewQuote", [ASSET])) };
    const forged = encodeBundle(hex(f.multicall), ready, views);
    const bad = { to: forged.call.target, data: forged.call.data, value: FEE };
    await expect(sender.sendTransaction(bad), "no call without its prices").to.revert(ethers);
    const lacking = { ...call, data: hex(hub.encodeFunctionData("valueRange", [f.reader, WAD])) };
    const fresh = hex(signedUpdate([{ ...DOLLARS, publishTime: Number(await now()) }]));
    const vain = encodeBundle(hex(f.multicall), { ...ready, update: fresh }, lacking);
    const paid = { to: vain.call.target, data: vain.call.data, value: FEE };
    await expect(sender.sendTransaction(paid), "no prices without their call").to.revert(ethers);
    expect(await isReady(f)).to.equal(false);
    await sender.sendTransaction({ ...sent, value: FEE });
    expect(await isReady(f)).to.equal(true);
    expect(await ethers.provider.getBalance(f.multicall), "nothing stays behind").to.equal(0n);
    expect(await (await bundlerOf(FEE))?.(call, blockNumber(BigInt(await ethers.provider.getBlockNumber())))).to.equal(
      undefined,
    );
  });

  it("are Pyth's alone, also where another source is lost as well [NX-MON-03]", async () => {
    const f = await loadFixture(fixture);
    await say(f, 0, 0n);
    const { run, steps } = await start(f);
    await run(3);
    expect(steps(), "Pyth's own price alone makes no quorum, and is brought all the same").to.deep.equal([
      "update ASSET: sent",
      "update ASSET: done",
    ]);
    expect(await isReady(f)).to.equal(false);
  });
});
