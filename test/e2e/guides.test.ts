import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeAddressBook } from "../../scripts/lib/addressBook.ts";
import { bundle } from "../../scripts/setup/bundle.mjs";
import { type Deployed, startDeployed } from "../support/deployment.ts";
import { type Ran, blocksOf, missingLines, runBlocks } from "../support/guide.ts";

const TICK_MS = 400;
const SECONDS_PER_TICK = 4;

/** Whether a guide needs a market that moves, as agents do; other guides are followed on a chain that mines at once. */
type Pace = "market" | "at once";

/**
 * Lets time go as on Sei, and elsewhere than on a market faster while a command does nothing but wait, so that no test
 * waits for a vote.
 */
const keepTime = async (deployed: Deployed, pace: Pace, waiting: string): Promise<() => void> => {
  if (pace === "market") {
    await deployed.sandbox.startMining();
    deployed.sandbox.startMarket();
    return () => undefined;
  }
  const { control } = deployed.sandbox;
  const tick = async (): Promise<void> => {
    if (existsSync(waiting)) await control("evm_increaseTime", [SECONDS_PER_TICK]);
    await control("evm_mine", []);
  };
  const timer = setInterval(() => void tick().catch(() => undefined), TICK_MS);
  return () => clearInterval(timer);
};

/** Follows a guide from its first command to its last, in a folder of its own, against a sandbox of its own. */
const follow = async (path: string, pace: Pace): Promise<Ran> => {
  const deployed = await startDeployed();
  const folder = await mkdtemp(join(tmpdir(), "nexus-guide-"));
  const book = join(folder, ".nexus/sandbox/1329.json");
  const waiting = join(folder, "waiting");
  const stopTime = await keepTime(deployed, pace, waiting);
  try {
    await mkdir(join(folder, ".nexus/sandbox"), { recursive: true });
    await writeAddressBook(book, deployed.book);
    const env = { ...process.env, NEXUS_RPC_URL: deployed.sandbox.rpcUrl, WAITING: waiting };
    return await runBlocks(blocksOf(path), { folder, env });
  } finally {
    stopTime();
    await deployed.stop();
    await rm(folder, { recursive: true });
  }
};

for (const [path, pace] of [
  ["docs/operators-guide.md", "market"],
  ["docs/dao-guide.md", "at once"],
  ["docs/integrators-guide.md", "at once"],
] as const) {
  describe(`a reader who follows ${path}`, function () {
    this.timeout(600_000);
    const blocks = blocksOf(path);
    let ran: Ran = { code: null, outputs: [] };
    before(async () => {
      await bundle();
      ran = await follow(path, pace);
    });

    it("comes to its end without a command that fails", () => {
      expect(ran.code, ran.outputs.at(-1)).to.equal(0);
      expect(ran.outputs).to.have.length(blocks.length);
    });

    for (const [index, { line, shown }] of blocks.entries()) {
      if (shown.length === 0) continue;
      it(`sees what the guide shows below line ${line}`, () => {
        const output = ran.outputs[index] ?? "";
        expect(missingLines(shown, output), output).to.deep.equal([]);
      });
    }
  });
}
