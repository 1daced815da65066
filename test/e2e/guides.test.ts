import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeAddressBook } from "../../scripts/lib/addressBook.ts";
import { wait } from "../support/dao.ts";
import { type Deployed, startDeployed } from "../support/deployment.ts";
import { type Ran, blocksOf, missingLines, runBlocks } from "../support/guide.ts";

/** How the chain's time goes while a reader follows a guide: as on Sei, or faster, so that no test waits for a vote. */
type Pace = "real" | "fast";

const TICK_MS = 250;
const SECONDS_PER_TICK = 3;

const keepTime = async (deployed: Deployed, pace: Pace): Promise<() => void> => {
  if (pace === "real") {
    await deployed.sandbox.startMining();
    deployed.sandbox.startMarket();
    return () => undefined;
  }
  const timer = setInterval(() => void wait(deployed, SECONDS_PER_TICK).catch(() => undefined), TICK_MS);
  return () => clearInterval(timer);
};

/** Follows a guide from its first command to its last, in a folder of its own, against a sandbox of its own. */
const follow = async (path: string, pace: Pace): Promise<Ran> => {
  const deployed = await startDeployed();
  const folder = await mkdtemp(join(tmpdir(), "nexus-guide-"));
  const book = join(folder, ".nexus/sandbox/1329.json");
  const stopTime = await keepTime(deployed, pace);
  try {
    await mkdir(join(folder, ".nexus/sandbox"), { recursive: true });
    await writeAddressBook(book, deployed.book);
    const env = { ...process.env, NEXUS_RPC_URL: deployed.sandbox.rpcUrl };
    return await runBlocks(blocksOf(path), { folder, env });
  } finally {
    stopTime();
    await deployed.stop();
    await rm(folder, { recursive: true });
  }
};

for (const [path, pace] of [
  ["docs/operators-guide.md", "real"],
  ["docs/dao-guide.md", "fast"],
  ["docs/integrators-guide.md", "fast"],
] as const) {
  describe(`a reader who follows ${path}`, function () {
    this.timeout(600_000);
    const blocks = blocksOf(path);
    let ran: Ran = { code: null, outputs: [] };
    before(async () => {
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
