import { expect } from "chai";
import { addressOf } from "../../../deployments/lookup.ts";
import { blockNumber } from "../../../keepers/core/units.ts";
import { runKeepers } from "../../../keepers/main.ts";
import { SandboxToken__factory } from "../../../types/index.ts";
import {
  type KeeperWorld,
  createRecorder,
  fleetConfig,
  mineByHand,
  startKeeperWorld,
} from "../../support/keeperWorld.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;
const isDeep = process.env["NEXUS_TEST_DEEP"] !== undefined;
/** How many answers are heard of, at the least. */
const ANSWERS = isDeep ? 1_000 : 25;
/** As long as it may take: a busy machine starts a shell in far less. */
const SLOW_MS = 2_000;

/** Each time another mischief: it babbles, hangs, lies, kills itself, and wants what it may not have. */
const MIND = `
read -r question
n=$(cat n 2>/dev/null || echo 0)
echo $((n + 1)) > n
case $((n % 6)) in
  0) yes ;;
  1) sleep 600 & sleep 600 ;;
  2) echo '{"kind":"trade","pool":"0x0000000000000000000000000000000000000001","tokenIn":"0x0000000000000000000000000000000000000001","amountIn":"1","minOut":"1"}' ;;
  3) kill -9 $$ ;;
  4) echo '{"kind":"trade","recipient":"0x0000000000000000000000000000000000000001"}' ;;
  5) echo "$question" ;;
esac
`;

describe("A fleet with a hostile mind in it", function () {
  this.timeout(isDeep ? 1_800_000 : 240_000);
  const ending = new AbortController();
  let world: KeeperWorld;

  before(async () => {
    world = await startKeeperWorld(14, ending.signal);
  });
  after(async () => {
    ending.abort();
    await world.close();
  });

  it("keeps its pace: every block is looked at, and nothing comes of the mind's answers [NX-OUT-02]", async () => {
    const [stop, recorder, mine] = [new AbortController(), createRecorder(), await mineByHand(world)];
    const all = fleetConfig(world, {
      outside: {
        program: ["/bin/sh", "-c", MIND],
        everyBlocks: 1,
        restSeconds: 0,
        timeoutMs: SLOW_MS,
        maxAnswerBytes: 65_536,
      },
    });
    const voter = all.agents.find(({ name }) => name === "risk-4");
    if (voter === undefined) throw new Error("the sandbox's fleet lacks risk-4");
    const config = { ...all, agents: [...all.agents, { ...voter, name: "mine", kind: "outside" as const }] };
    const treasury = addressOf(world.book, "Treasury");
    const usdc = SandboxToken__factory.connect(world.sandbox.environment.tokens["USDC"]?.address ?? "", world.provider);
    const held = await usdc.balanceOf(treasury);
    const keepers = await runKeepers(config, { book: world.book, signal: stop.signal, emit: recorder.emit });
    const decisionsOf = (agent: string) => recorder.of("decision").filter((one) => one.agent === agent);
    try {
      await mine();
      const first = await until("the searcher's first look", () => decisionsOf("searcher").at(0), PATIENCE_MS);
      let block = first.block;
      while (decisionsOf("mine").length < ANSWERS) {
        await mine();
        block = blockNumber(block + 1n);
        // The searcher looks at this very block, whatever the mind is at.
        await until(`block ${block}`, () => decisionsOf("searcher").find((one) => one.block === block), PATIENCE_MS);
      }
      expect(decisionsOf("searcher").length).to.be.at.least(Number(block - first.block) + 1);
    } finally {
      stop.abort();
      await keepers.done;
    }
    const whys = [...new Set(decisionsOf("mine").map(({ why }) => why))];
    expect(whys).to.have.members(["mind-silent", "mind-unreadable", "unknown-pool"]);
    expect(recorder.of("slowProposal")).to.deep.equal([]);
    expect(recorder.of("proposal").filter(({ agent }) => agent === "mine")).to.deep.equal([]);
    expect(await usdc.balanceOf(treasury)).to.equal(held);
  });
});
