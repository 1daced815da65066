import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { z } from "zod";
import { createInProcessBus } from "../../../keepers/adapters/bus/inProcess.ts";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { type Support, AGAINST, FOR, ballotHasher } from "../../../keepers/core/ballot.ts";
import type { BallotMessage, ProposalMessage } from "../../../keepers/core/bus.ts";
import { proposalHasher } from "../../../keepers/core/proposalHash.ts";
import { address } from "../../../keepers/core/units.ts";
import type { KeeperConfig } from "../../../keepers/wiring/config.ts";
import { type KeeperDeps, runKeepers } from "../../../keepers/main.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { CircuitBreaker__factory, Reputation__factory, SandboxToken__factory } from "../../../types/index.ts";
import { BACKTEST_COMMANDS } from "../../../scripts/cli/backtest/commands.ts";
import { at } from "../../support/chain.ts";
import { runLine } from "../../support/commandLine.ts";
import { LEVEL } from "../../support/enums.ts";
import { type FaultyNetwork, createFaultyNetwork } from "../../support/faultyNetwork.ts";
import { keccak } from "../../support/keeperBuilders.ts";
import {
  type KeeperWorld,
  createPusher,
  createRecorder,
  fleetConfig,
  mineByHand,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { report } from "../../support/report.ts";
import { until } from "../../support/until.ts";
import { addressOf } from "../../../deployments/lookup.ts";

const USDC = 10n ** 6n;
const GAP = 10_000n * USDC;
const TRADES = process.env["NEXUS_TEST_DEEP"] === "1" ? 60 : 4;

const SPREAD = z.object({ count: z.number(), median: z.number(), p99: z.number() });
const DIVERGENCE = z.object({ alone: SPREAD, amid: SPREAD, amidUnexplained: SPREAD, unplayed: z.number() });

/** Fewer agents: those of these kinds. */
const only = (config: KeeperConfig, kinds: readonly KeeperConfig["agents"][number]["kind"][]): KeeperConfig => ({
  ...config,
  agents: config.agents.filter(({ kind }) => kinds.includes(kind)),
});

describe("The fleet on a chain that mines by hand", () => {
  const ending = new AbortController();
  let world: KeeperWorld;
  let mine: () => Promise<void>;
  let push: Awaited<ReturnType<typeof createPusher>>;
  let wire: FaultyNetwork;

  before(async () => {
    world = await startKeeperWorld(1, ending.signal);
    push = await createPusher(world);
    wire = await createFaultyNetwork(world.sandbox);
    mine = await mineByHand(world);
  });
  // Each test finds the chain and the keepers' files as they were at first.
  let snapshot: unknown;
  let folder = 0;
  beforeEach(async () => {
    snapshot = await world.sandbox.control("evm_snapshot", []);
    folder += 1;
  });
  afterEach(() => world.sandbox.control("evm_revert", [snapshot]));
  const fleet = (more: Readonly<Record<string, unknown>> = {}): KeeperConfig =>
    fleetConfig(world, { dataDir: join(world.dataDir, String(folder)), ...more });

  after(async () => {
    await wire.close();
    await world.close();
  });

  /** Runs agents while `act` acts, and stops them whatever happens. */
  const running = async <T>(
    config: KeeperConfig,
    act: (recorder: ReturnType<typeof createRecorder>) => Promise<T>,
    deps: Partial<KeeperDeps> = {},
  ): Promise<T> => {
    const stop = new AbortController();
    const recorder = createRecorder();
    const { book } = world;
    const keepers = await runKeepers(config, { book, signal: stop.signal, emit: recorder.emit, ...deps });
    try {
      return await act(recorder);
    } finally {
      stop.abort();
      await keepers.done;
    }
  };

  const consensusAddress = () => address(world.book.contracts["Consensus"]?.address ?? "");

  const heldUsdc = (): Promise<bigint> => {
    const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
    return SandboxToken__factory.connect(usdc, world.provider).balanceOf(
      world.book.contracts["Treasury"]?.address ?? "",
    );
  };

  /** What the measured results of an agent come to. */
  const ratingIn = (agentId: bigint): Promise<bigint> =>
    Reputation__factory.connect(addressOf(world.book, "Reputation"), world.provider).ratingOf(agentId);

  /** Pushes the pair off, and waits for the searcher's proposal. */
  const gapSeen = async (recorder: ReturnType<typeof createRecorder>, side: "buy" | "sell" = "buy") => {
    const before = recorder.of("proposal").length;
    await push(side, side === "buy" ? GAP : 4n * GAP * 10n ** 12n);
    await mine();
    return until("a proposal", () => recorder.of("proposal").at(before));
  };

  it("sees a gap at block N and closes it at N+1, by at least three votes", async () => {
    const held = await heldUsdc();
    await running(fleet(), async (recorder) => {
      const { message } = await gapSeen(recorder);
      await until("the sending", () => recorder.of("sent").at(0));
      await mine();
      const result = await until("the result", () => recorder.of("result").at(0));
      expect(result.message.result.kind).to.equal("enacted");
      expect(result.message.latencyBlocks).to.equal(1);
      expect(recorder.of("vote").filter((vote) => vote.message.hash === message.hash).length).to.be.at.least(2);
      const changes = result.message.result.kind === "enacted" ? result.message.result.changes : [];
      const gained = changes.find(({ token }) => token === message.expectedProfit.token)?.change;
      expect(gained).to.equal(message.expectedProfit.amount);
      expect(await heldUsdc()).to.equal(held + message.expectedProfit.amount);
      expect(await ratingIn(message.proposal.agentId)).to.be.greaterThan(0n);
    });
  });

  it("sends to Consensus itself where the recorder refuses, without a record, and says so", async () => {
    const { PerformanceRecorder: real, Mandate: deaf } = world.book.contracts;
    if (real === undefined || deaf === undefined) throw new Error("the book lacks a contract");
    // Another contract stands at the recorder's place: it knows no such function.
    const recorderOf = { ...real, address: deaf.address };
    const book = { ...world.book, contracts: { ...world.book.contracts, PerformanceRecorder: recorderOf } };
    const held = await heldUsdc();
    await running(
      fleet(),
      async (recorder) => {
        const { message } = await gapSeen(recorder, "sell");
        const rating = await ratingIn(message.proposal.agentId);
        await until("the sending", () => recorder.of("sent").at(0));
        await mine();
        const result = await until("the result", () => recorder.of("result").at(0));
        expect([result.message.hash, result.message.result.kind]).to.deep.equal([message.hash, "enacted"]);
        expect(recorder.of("trouble").map(({ what }) => what)).to.deep.equal([
          `${message.hash} is enacted without a record: the recorder refuses it (empty)`,
        ]);
        expect((await heldUsdc()) > held).to.equal(true);
        expect(await ratingIn(message.proposal.agentId)).to.be.at.most(Number(rating));
      },
      { book },
    );
  });

  it(`brings what its backtest says, trade by trade, alone and behind others' trades [NX-QNT-24]`, async () => {
    const config = fleet();
    let enacted = 0;
    await running(config, async (recorder) => {
      for (let round = 0; enacted < TRADES && round < 3 * TRADES; round += 1) {
        const [side, earlier] = [round % 2 === 0 ? "buy" : "sell", recorder.of("result").length] as const;
        await push(side, side === "buy" ? GAP : 4n * GAP * 10n ** 12n);
        await mine();
        await until("the sending", () => recorder.of("sent").at(earlier), 60_000);
        // Every other pair of trades: somebody who pays more trades in the pair first, and widens the gap, by too little for another trade.
        if (round % 4 > 1) await push(side, (side === "buy" ? GAP : 4n * GAP * 10n ** 12n) / 500n, 2n * 10n ** 12n);
        await mine();
        const { message } = await until("the result", () => recorder.of("result").at(earlier), 60_000);
        if (message.result.kind === "enacted") enacted += 1;
      }
    });
    const book = join(config.dataDir, "book.json");
    await writeFile(book, JSON.stringify(world.book));
    const log = join(config.dataDir, "searcher.decisions.jsonl");
    const args = ["backtest", "--divergence", log, "--rpc", world.sandbox.rpcUrl, "--book", book];
    const words = await runLine(BACKTEST_COMMANDS, args);
    expect(words.code, words.output).to.equal(0);
    const told = DIVERGENCE.parse(JSON.parse((await runLine(BACKTEST_COMMANDS, [...args, "--json"])).output));
    const { alone, amid, amidUnexplained } = told;
    report(
      `alone ${JSON.stringify(alone)}, behind others ${JSON.stringify(amid)}, unexplained ${JSON.stringify(amidUnexplained)}`,
    );
    expect([alone.count + amid.count, enacted]).to.deep.equal([TRADES, TRADES]);
    expect(Math.min(alone.count, amid.count)).to.be.greaterThan(0);
    expect([alone.median, alone.p99, amidUnexplained.p99, told.unplayed]).to.deep.equal([0, 0, 0, 0]);
    expect(amid.median).to.be.greaterThan(0.1);
  });

  /**
   * Lets a fleet look at a gap while it is pending, and again once it is mined. @returns false where the machine was too slow for the
   * fleet to see what was pending: then it saw the gap like any other
   */
  const foresees = async (recorder: ReturnType<typeof createRecorder>): Promise<boolean> => {
    await mine();
    await until("a look", () => recorder.of("decision").find(({ agent }) => agent === "searcher"));
    await push("buy", GAP);
    // Time for some polls.
    await sleep(400);
    await mine();
    const own = await until("a proposal", () => recorder.of("proposal").at(0));
    const isIts = ({ agent, block }: { readonly agent: string; readonly block: bigint }): boolean =>
      agent === own.agent && block === own.message.block;
    const decided = await until("the decision", () => recorder.of("decision").find(isIts));
    const told = recorder.of("foresight").find(({ proposed }) => proposed);
    if (told === undefined) return false;
    expect(told).to.include({ asForeseen: 1, otherwise: 0, swaps: 1, leftOut: 0 });
    expect([own.agent, own.message.block, decided.why]).to.deep.equal(["searcher", told.block, "foreseen"]);
    await until("the sending", () => recorder.of("sent").find(({ hash }) => hash === own.message.hash));
    await mine();
    const ended = await until("the result", () =>
      recorder.of("result").find(({ message }) => message.hash === own.message.hash),
    );
    expect(ended.message.result.kind).to.equal("enacted");
    return true;
  };

  it("proposes at a block what it foresaw for it, once, and it is enacted [NX-KEE-12]", async () => {
    const attempt = async (round: number): Promise<boolean> => {
      const before = await world.sandbox.control("evm_snapshot", []);
      const dataDir = join(world.dataDir, `foresight-${round}`);
      const isForeseen = await running(fleet({ dataDir, arbitrage: { foresight: "ethereum" } }), foresees);
      if (isForeseen || round === 0) return isForeseen;
      await world.sandbox.control("evm_revert", [before]);
      return attempt(round - 1);
    };
    expect(await attempt(10)).to.equal(true);
  });

  it("outvotes a searcher that lies about its profit", async () => {
    const bus = createInProcessBus(100);
    const seen: ProposalMessage[] = [];
    const inbox = bus.open("proposals", () => void seen.push(...inbox.take()));
    // First an honest searcher alone, whose proposal nobody hears: it serves as the lie's model.
    await running(only(fleet(), ["arbitrage"]), async (recorder) => void (await gapSeen(recorder)), { bus });
    inbox.close();
    const honest = at(seen, 0);
    const key = createKey(at(world.nexus.agents, 0).signer.privateKey);
    const lie = { ...honest, expectedProfit: { ...honest.expectedProfit, amount: honest.expectedProfit.amount * 10n } };
    const held = await heldUsdc();
    await running(
      only(fleet(), ["risk", "execution"]),
      async (recorder) => {
        await mine();
        bus.publish("proposals", lie);
        bus.publish("votes", { hash: lie.hash, signer: key.address, signature: key.signVote(lie.hash) });
        await until("all refusals", () => recorder.of("refusal").at(3));
        expect(recorder.of("refusal").map(({ message }) => message.reason)).to.deep.equal(
          Array.from({ length: 4 }, () => "profit-not-backed"),
        );
        await mine();
        await sleep(100);
        expect([recorder.of("vote").length, recorder.of("sent").length]).to.deep.equal([0, 0]);
      },
      { bus },
    );
    expect(await heldUsdc()).to.equal(held);
  });

  it("sends nothing in a dry run, and says what it would have done [NX-KEE-05]", async () => {
    const held = await heldUsdc();
    await running({ ...fleet(), dryRun: true }, async (recorder) => {
      await gapSeen(recorder, "sell");
      const refusal = await until("the engine's word", () =>
        recorder.of("refusal").find(({ agent }) => agent === "executor"),
      );
      expect(refusal.message.reason).to.equal("dry-run");
      await mine();
      expect(recorder.of("sent")).to.have.length(0);
    });
    expect(await heldUsdc()).to.equal(held);
  });

  it("pays for no more than the attempt when the price moves between simulation and inclusion", async () => {
    const held = await heldUsdc();
    await running(fleet(), async (recorder) => {
      await gapSeen(recorder);
      await until("the sending", () => recorder.of("sent").at(0));
      // A trader pays more and closes the gap first.
      await push("sell", 30n * GAP * 10n ** 12n, 2n * 10n ** 12n);
      await mine();
      const { message } = await until("the result", () => recorder.of("result").at(0));
      expect(message.result.kind).to.equal("reverted");
      if (message.result.kind === "reverted") expect(message.result.error).not.to.equal("");
    });
    expect(await heldUsdc()).to.equal(held);
  });

  it("loses no transaction when its connection is cut right after sending", async () => {
    const config = { ...fleet(), rpcUrl: [wire.wsUrl] };
    await running(config, async (recorder) => {
      await gapSeen(recorder, "buy");
      await until("the sending", () => recorder.of("sent").at(0));
      wire.entryPoint("closed");
      wire.cut();
      await until("the cut", () => recorder.of("connection").find(({ up }) => !up));
      await mine();
      await sleep(300);
      expect(recorder.of("result")).to.have.length(0);
      wire.entryPoint("open");
      const isBack = () => recorder.of("connection").filter(({ up }) => up).length >= 2 * config.agents.length;
      await until("all connections", isBack);
      await sleep(100);
      await mine();
      const { message } = await until("the result", () => recorder.of("result").at(0));
      expect(message.result.kind).to.equal("enacted");
    });
  });

  it("hangs up on a node that has fallen silent, and goes on", async () => {
    const config = fleet({ node: { silenceMs: 300, reconnectDelayMs: 50 } });
    await running({ ...only(config, ["arbitrage"]), rpcUrl: [wire.wsUrl] }, async (recorder) => {
      wire.freeze();
      await until("the silence to be noticed", () => recorder.of("connection").find(({ up }) => !up));
      await until("the connection", () =>
        recorder
          .of("connection")
          .filter(({ up }) => up)
          .at(1),
      );
      await gapSeen(recorder, "sell");
    });
  });

  it("takes up after a restart what an earlier life sent and did not see mined [NX-KEE-01]", async () => {
    const config = fleet();
    await running(config, async (recorder) => {
      await gapSeen(recorder);
      await until("the sending", () => recorder.of("sent").at(0));
    });
    const held = await heldUsdc();
    await mine();
    expect(await heldUsdc()).to.be.greaterThan(held);
    await running(only(config, ["execution"]), async (recorder) => {
      await mine();
      const { message } = await until("the result", () => recorder.of("result").at(0));
      expect(message.result.kind).to.equal("enacted");
      expect(recorder.of("sent")).to.have.length(0);
    });
  });

  it("stops at a breaker that is tripped between the votes and the execution", async () => {
    const bus = createInProcessBus(100);
    const seen: ProposalMessage[] = [];
    const inbox = bus.open("proposals", () => void seen.push(...inbox.take()));
    await running(only(fleet(), ["arbitrage"]), async (recorder) => void (await gapSeen(recorder, "sell")), {
      bus,
    });
    const message = at(seen, 0);
    const { chainId } = world.book;
    const domain = { chainId: BigInt(chainId), consensus: consensusAddress() };
    expect(proposalHasher(keccak, domain)(message.proposal)).to.equal(message.hash);
    const guardian = testKeys()(ROLE_INDICES.guardian).connect(world.provider);
    await world.sandbox.setBalance(guardian.address, 10n ** 20n);
    const breaker = CircuitBreaker__factory.connect(world.book.contracts["CircuitBreaker"]?.address ?? "", guardian);
    const fees = { gasPrice: 10n ** 12n, gasLimit: 200_000n };
    await breaker.trip(await breaker.EVERYTHING(), LEVEL.halted, "drill", fees);
    await mine();
    await running(
      only(fleet(), ["execution"]),
      async (recorder) => {
        bus.publish("proposals", message);
        for (const { signer } of world.nexus.agents) {
          const key = createKey(signer.privateKey);
          bus.publish("votes", { hash: message.hash, signer: key.address, signature: key.signVote(message.hash) });
        }
        const refusal = await until("the refusal", () => recorder.of("refusal").at(0));
        expect([refusal.agent, refusal.message.reason]).to.deep.equal(["executor", "BreakerHalted"]);
        expect(recorder.of("sent")).to.have.length(0);
      },
      { bus },
    );
  });

  /** Risk managers, a rebalancer of risk-4's agent that wants some WSEI, and a steward. */
  const slowFleet = (): KeeperConfig => {
    const key = testKeys()(ROLE_INDICES.steward).privateKey;
    const [proposer, voters] = [at(world.nexus.agents, 4).signer, fleet().agents.filter(({ kind }) => kind === "risk")];
    return fleet({
      agents: [
        ...voters.map(({ name, kind }, index) => {
          return { name, kind, key: at(world.nexus.agents, index + 1).signer.privateKey };
        }),
        { name: "rebalancer", kind: "rebalance", key: proposer.privateKey },
        { name: "steward", kind: "steward", key },
      ],
      rebalance: { targets: { WSEI: 250 }, everyBlocks: 1 },
    });
  };

  const heldWsei = (): Promise<bigint> => {
    const wsei = world.sandbox.environment.tokens["WSEI"]?.address ?? "";
    return SandboxToken__factory.connect(wsei, world.provider).balanceOf(
      world.book.contracts["Treasury"]?.address ?? "",
    );
  };

  it("carries what is more than Routine over the slow path, through the steward's death in the delay", async () => {
    const config = slowFleet();
    const [usdc, wsei] = [await heldUsdc(), await heldWsei()];
    const queued = await (async () => {
      let hash = "";
      await running(config, async (recorder) => {
        await mine();
        const { proposed } = await until("a proposal", () => recorder.of("slowProposal").at(0));
        hash = proposed.hash;
        expect(proposed.why).to.equal("WSEI is 0 % of the treasury and shall be 2.5 %");
        await until("three votes beside its own", () => recorder.of("ballot").at(3));
        await mine();
        await until("its sending", () => recorder.of("sent").at(0));
        await mine();
        const { status } = await until("the chain's word", () => recorder.of("slowStatus").at(0));
        expect([status.state, status.weightFor, status.hash]).to.deep.equal(["Queued", 4_000n, hash]);
        // Nothing more happens before the delay is over, and no second proposal for the same token is made.
        await mine();
        await sleep(100);
        expect([recorder.of("sent").length, recorder.of("slowProposal").length]).to.deep.equal([1, 1]);
      });
      return hash;
    })();
    expect([await heldUsdc(), await heldWsei()]).to.deep.equal([usdc, wsei]);
    await world.sandbox.control("evm_increaseTime", [31]);
    await mine();
    await running(only(config, ["steward"]), async (recorder) => {
      const { hash } = await until("the execution's sending", () => recorder.of("sent").at(0));
      expect(hash).to.equal(queued);
      await mine();
      const { end } = await until("the end", () => recorder.of("slowEnd").at(0));
      expect(end.how).to.equal("executed");
      const bought = end.changes?.find(({ change }) => change > 0n)?.change ?? 0n;
      expect(await heldWsei()).to.equal(wsei + bought);
      expect(await heldUsdc()).to.equal(usdc - 12_500n * USDC);
    });
  });

  it("brings voters' noes to the chain, while the delay runs", async () => {
    const bus = createInProcessBus(100);
    const config = slowFleet();
    await running(
      only(config, ["rebalance", "steward"]),
      async (recorder) => {
        await mine();
        const message = await until("a proposal", () => recorder.of("slowProposal").at(0)?.proposed);
        const digest = ballotHasher(keccak, { chainId: 1329n, consensus: consensusAddress() });
        const ballot = (index: number, support: Support): BallotMessage => {
          const key = createKey(at(world.nexus.agents, index).signer.privateKey);
          const signature = key.signVote(digest(message.hash, message.riskClass, support));
          return { hash: message.hash, signer: key.address, support, signature, reason: "", detail: "" };
        };
        for (const index of [1, 2, 3]) bus.publish("ballots", ballot(index, FOR));
        // A ballot that its signer did not sign counts nowhere.
        bus.publish("ballots", { ...ballot(1, AGAINST), signer: ballot(0, FOR).signer });
        await mine();
        await until("its sending", () => recorder.of("sent").at(0));
        await mine();
        await until("the chain's word", () => recorder.of("slowStatus").at(0));
        bus.publish("ballots", ballot(0, AGAINST));
        await mine();
        await until("the no's sending", () => recorder.of("sent").at(1));
        await mine();
        const { status } = await until("the no on the chain", () => recorder.of("slowStatus").at(1));
        expect([status.state, status.weightFor, status.weightAgainst]).to.deep.equal(["Queued", 4_000n, 1_000n]);
      },
      { bus },
    );
  });

  const refusedStart = async (config: KeeperConfig, book = world.book): Promise<string> => {
    const signal = AbortSignal.timeout(20_000);
    const error: unknown = await runKeepers(config, { book, signal }).catch((reason: unknown) => reason);
    return error instanceof Error ? `${error.name}: ${error.message}` : "it started";
  };

  it("does not start on a wrong chain, without a node, without a seat, or with an incomplete book", async () => {
    const config = only(fleet(), ["arbitrage"]);
    expect(await refusedStart({ ...config, chainId: 1n })).to.contain("the address book is of chain 1329");
    const elsewhere = { ...world.book, chainId: 1 };
    expect(await refusedStart({ ...config, chainId: 1n }, elsewhere)).to.contain("the node is on chain 1329");
    const deaf = { ...config, rpcUrl: ["ws://127.0.0.1:9"], node: { ...config.node, readyTimeoutMs: 300 } };
    expect(await refusedStart(deaf)).to.contain("FatalError: no node at ws://127.0.0.1:9 within 300 ms: ");
    const stranger = world.nexus.executor.privateKey;
    const unseated = fleet({ agents: [{ name: "searcher", kind: "arbitrage", key: stranger }] });
    expect(await refusedStart(unseated)).to.contain("has no signer record in the registry");
    const { NexusLens: _lens, ...contracts } = world.book.contracts;
    expect(await refusedStart(config, { ...world.book, contracts })).to.contain("has no contract NexusLens");
    const { mandate: _mandate, ...unconfigured } = world.book;
    expect(await refusedStart(config, unconfigured)).to.contain("has no mandate");
    expect(await refusedStart({ ...config, nativeToken: "DOGE" })).to.contain("no traded token DOGE");
  });
});
