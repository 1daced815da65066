import { existsSync } from "node:fs";
import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { writeAddressBook } from "../../deployments/file.ts";
import { bundle } from "../../scripts/setup/bundle.mjs";
import { type Deployed, startDeployed } from "../support/deployment.ts";
import { type Ran, blocksOf, missingLines, runBlocks } from "../support/guide.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

const TICK_MS = 400;
const SECONDS_PER_TICK = 4;

/** The files by which the shell says what its command does: nothing but wait for time to pass, or run agents. */
type Signs = { readonly waiting: string; readonly running: string };

/**
 * Mines at once, faster in time while a command does nothing but wait, so that no test waits for a vote; and every 400 ms,
 * with a market that moves, while agents run.
 */
const keepTime = ({ sandbox: { control, startMining, startMarket } }: Deployed, signs: Signs): (() => void) => {
  let isMarket = false;
  let hasBegun = false;
  const turn = async (toMarket: boolean): Promise<void> => {
    isMarket = toMarket;
    if (toMarket && !hasBegun) {
      hasBegun = true;
      await startMining();
      startMarket();
      return;
    }
    await control("evm_setAutomine", [!toMarket]);
    await control("evm_setIntervalMining", [toMarket ? TICK_MS : 0]);
  };
  const tick = async (): Promise<void> => {
    const toMarket = existsSync(signs.running);
    if (toMarket !== isMarket) return turn(toMarket);
    if (isMarket) return undefined;
    if (existsSync(signs.waiting)) await control("evm_increaseTime", [SECONDS_PER_TICK]);
    await control("evm_mine", []);
    return undefined;
  };
  const timer = setInterval(() => void tick().catch(() => undefined), TICK_MS);
  return () => clearInterval(timer);
};

/** Follows a guide from its first command to its last, in a folder of its own, against a sandbox of its own. */
const follow = async (path: string): Promise<Ran> => {
  const deployed = await startDeployed();
  const folder = await mkdtemp(join(tmpdir(), "nexus-guide-"));
  const book = join(folder, ".nexus/sandbox/1329.json");
  const signs = { waiting: join(folder, "waiting"), running: join(folder, "running") };
  const stopTime = keepTime(deployed, signs);
  try {
    await mkdir(join(folder, ".nexus/sandbox"), { recursive: true });
    await writeAddressBook(book, deployed.book);
    // A reader has a clone, with its examples.
    await symlink(resolve("docs"), join(folder, "docs"));
    const env = {
      ...process.env,
      NEXUS_RPC_URL: deployed.sandbox.rpcUrl,
      WAITING: signs.waiting,
      RUNNING: signs.running,
    };
    return await runBlocks(blocksOf(path), { folder, env });
  } finally {
    stopTime();
    await deployed.stop();
    await removeFolder(folder);
  }
};

const PAGES = ["operators-guide", "dao-guide", "integrators-guide", "orchestrator", "outside-minds"];
const GUIDES = PAGES.map((name) => `docs/${name}.md`);

for (const path of GUIDES) {
  describe(`a reader who follows ${path}`, function () {
    this.timeout(600_000);
    const blocks = blocksOf(path);
    let ran: Ran = { code: null, outputs: [] };
    before(async () => {
      await bundle();
      ran = await follow(path);
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
