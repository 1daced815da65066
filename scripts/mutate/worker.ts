/**
 * Tests mutants one after the other, in a copy of the repository: loads the tests once, then runs them for each mutant
 * until the first that fails. Started by `run.ts`, which says what to do and hears what came of it.
 */
import { relative } from "node:path";
import hre from "hardhat";
import Mocha from "mocha";
import { switchboard } from "./copyConfig.ts";
import { type Answer, ENDLESS, question } from "./messages.ts";

const HEX = 16;
/** A coinbase that is none of the mutants. */
const NOBODY = `0x${"ee".repeat(20)}`;
const coinbaseOf = (id: number): string => (id === 0 ? NOBODY : `0x${id.toString(HEX).padStart(40, "0")}`);

const say = (answer: Answer): void => void process.send?.(answer);

/** Every chain as it was made, with the mutant's number in its blocks. */
const switchTo = async (id: number): Promise<void> => {
  const coinbase = coinbaseOf(id);
  switchboard.coinbase = coinbase;
  for (const chain of switchboard.chains) {
    const { provider } = chain;
    if (chain.snapshot !== undefined) await provider.request({ method: "evm_revert", params: [chain.snapshot] });
    chain.snapshot = await provider.request({ method: "evm_snapshot", params: [] });
    chain.forgetFixtures();
    await provider.request({ method: "hardhat_setCoinbase", params: [coinbase] });
    await provider.request({ method: "hardhat_mine", params: ["0x1"] });
  }
};

type Failure = { readonly file: string; readonly title: string; readonly reason: string };

/** Runs what is loaded; hears of failures, and of how long each file took. */
const runMocha = (
  mocha: Mocha,
): Promise<{ readonly failures: readonly Failure[]; readonly tests: ReadonlySet<Mocha.Test> }> =>
  new Promise((resolve) => {
    const failures: Failure[] = [];
    const failed = new Set<Mocha.Test>();
    const runner = mocha.run(() => resolve({ failures, tests: failed }));
    runner.on("fail", (test: Mocha.Test, error: Error) => {
      failed.add(test);
      const [reason = ""] = error.message.split("\n");
      failures.push({ file: relative(process.cwd(), test.file ?? ""), title: test.fullTitle(), reason });
    });
  });

/** Long enough for every test on a busy machine. */
const TIMEOUT_MS = 600_000;

const loadMocha = async (files: readonly string[]): Promise<Mocha> => {
  const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter: "dot", bail: false });
  mocha.cleanReferencesAfterRun(false);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return mocha;
};

/** Takes away tests that fail without any mutant: they would kill every one. */
const leaveOut = (suite: Mocha.Suite, failing: ReadonlySet<Mocha.Test>): void => {
  suite.tests = suite.tests.filter((test) => !failing.has(test));
  for (const child of suite.suites) leaveOut(child, failing);
};

/** Mocha hands "stop at the first failure" on to a suite only while it loads it. */
const stopAtFailure = (suite: Mocha.Suite): void => {
  suite.bail(true);
  suite.suites.forEach(stopAtFailure);
};

/** Whether a Solidity test fails. The runner prints what it does; nobody reads it. */
const runSolidity = async (file: string, id: number): Promise<boolean> => {
  const settings: { coinbase?: string } = hre.config.test.solidity.profiles["default"] ?? {};
  settings.coinbase = coinbaseOf(id);
  const result: unknown = await hre.tasks.getTask(["test", "solidity"]).run({ testFiles: [file], noCompile: true });
  return typeof result === "object" && result !== null && "success" in result && result.success !== true;
};

/** Those of the files that pass without a mutant, found out when they are first needed. */
type Row<T> = { readonly files: readonly string[]; sound: T | undefined };

const rows: { near: Row<readonly string[]>; mocha: Row<Mocha>; far: Row<readonly string[]> } = {
  near: { files: [], sound: undefined },
  mocha: { files: [], sound: undefined },
  far: { files: [], sound: undefined },
};

/** Tests that fail without a mutant, and were not reported yet. */
const leftOut: string[] = [];

const soundSolidity = async (row: Row<readonly string[]>): Promise<readonly string[]> => {
  if (row.sound !== undefined) return row.sound;
  const sound: string[] = [];
  for (const file of row.files) {
    if (await runSolidity(file, 0)) leftOut.push(file);
    else sound.push(file);
  }
  row.sound = sound;
  return sound;
};

const soundMocha = async (row: Row<Mocha>): Promise<Mocha> => {
  if (row.sound !== undefined) return row.sound;
  const mocha = await loadMocha(row.files);
  await switchTo(0);
  const { failures, tests } = await runMocha(mocha);
  leftOut.push(...failures.map(({ file, title, reason }) => `${file}: ${title}: ${reason}`));
  leaveOut(mocha.suite, tests);
  stopAtFailure(mocha.suite);
  row.sound = mocha;
  return mocha;
};

const rankIn = (order: readonly string[], file: string): number => {
  const at = order.indexOf(file);
  return at < 0 ? order.length : at;
};

type Search = (id: number, order: readonly string[]) => Promise<string | undefined>;

const searchSolidity =
  (row: Row<readonly string[]>): Search =>
  async (id, order) => {
    const files = [...(await soundSolidity(row))].sort((one, other) => rankIn(order, one) - rankIn(order, other));
    for (const file of files) if (await runSolidity(file, id)) return file;
    return undefined;
  };

const searchMocha: Search = async (id, order) => {
  const mocha = await soundMocha(rows.mocha);
  const rankOf = ({ file = "" }: Mocha.Suite): number => rankIn(order, relative(process.cwd(), file));
  mocha.suite.suites = [...mocha.suite.suites].sort((one, other) => rankOf(one) - rankOf(other));
  await switchTo(id);
  const [first] = (await runMocha(mocha)).failures;
  return first?.file;
};

/**
 * The file of the first test that fails. Mocha's tests come first, since each run of Solidity tests loads every
 * artifact again, which takes seconds; unless a Solidity test stands first in the order, since it found the mutant before.
 */
const killerOf = async (id: number, order: readonly string[]): Promise<string | undefined> => {
  const near = searchSolidity(rows.near);
  const searches = order[0]?.endsWith(".sol") === true ? [near, searchMocha] : [searchMocha, near];
  for (const search of [...searches, searchSolidity(rows.far)]) {
    const killer = await search(id, order);
    if (killer !== undefined) return killer;
  }
  return undefined;
};

const isNear = (file: string): boolean => file.startsWith("test/unit/");

const load = (mocha: readonly string[], solidity: readonly string[]): Answer => {
  rows.near = { files: solidity.filter(isNear), sound: undefined };
  rows.mocha = { files: mocha, sound: undefined };
  rows.far = { files: solidity.filter((file) => !isNear(file)), sound: undefined };
  return { kind: "loaded" };
};

/** No mutant that ends needs so much more than was held before it. An endless loop does: the chain keeps its every step. */
const MAX_GROWTH = 4 * 2 ** 30;
const WATCH_MS = 200;

/** What this process held when the mutant that runs now was switched on. */
let heldBefore = process.memoryUsage.rss();
setInterval(() => {
  // oxlint-disable-next-line unicorn/no-process-exit -- a throw would not end the chain that goes on in another thread
  if (process.memoryUsage.rss() - heldBefore > MAX_GROWTH) process.exit(ENDLESS);
}, WATCH_MS);

const answerTo = async (message: unknown): Promise<Answer> => {
  const asked = question.parse(message);
  heldBefore = process.memoryUsage.rss();
  if (asked.kind === "load") return load(asked.mocha, asked.solidity);
  const before = process.cpuUsage();
  const killer = await killerOf(asked.id, asked.order);
  const { user, system } = process.cpuUsage(before);
  const found = { leftOut: leftOut.splice(0), ...(killer === undefined ? {} : { killer }) };
  return { kind: "tested", id: asked.id, cpuMs: Math.round((user + system) / 1_000), ...found };
};

process.on("message", (message) => {
  answerTo(message).then(say, (error: unknown) => {
    say({ kind: "broken", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
process.on("disconnect", () => process.exit());
