/**
 * Tests mutants one after the other, in a copy of the repository: loads the tests once, then runs them for each mutant
 * until the first that fails. Started by `run.ts`, which says what to do and is told what came of it.
 */
import { relative } from "node:path";
import hre from "hardhat";
import Mocha from "mocha";
import { switchboard } from "./copyConfig.ts";
import { type Answer, question } from "./messages.ts";

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

type Failure = { readonly file: string; readonly title: string };

/** Runs what is loaded; hears of failures, and of how long each file took. */
const runMocha = (
  mocha: Mocha,
): Promise<{ readonly failures: readonly Failure[]; readonly tests: ReadonlySet<Mocha.Test> }> =>
  new Promise((resolve) => {
    const failures: Failure[] = [];
    const failed = new Set<Mocha.Test>();
    const runner = mocha.run(() => resolve({ failures, tests: failed }));
    runner.on("fail", (test: Mocha.Test) => {
      failed.add(test);
      failures.push({ file: relative(process.cwd(), test.file ?? ""), title: test.fullTitle() });
    });
  });

const loadMocha = async (files: readonly string[]): Promise<Mocha> => {
  const mocha = new Mocha({ timeout: 120_000, reporter: "dot", bail: false });
  mocha.cleanReferencesAfterRun(false);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return mocha;
};

/** Takes away tests that fail without any mutant: they cannot tell one. */
const leaveOut = (suite: Mocha.Suite, failing: ReadonlySet<Mocha.Test>): void => {
  suite.tests = suite.tests.filter((test) => !failing.has(test));
  for (const child of suite.suites) leaveOut(child, failing);
};

const isNearer = (order: readonly string[], suite: Mocha.Suite): number => {
  const at = order.indexOf(relative(process.cwd(), suite.file ?? ""));
  return at < 0 ? order.length : at;
};

/** Whether a Solidity test fails. The runner prints what it does; nobody reads it. */
const runSolidity = async (files: readonly string[], id: number): Promise<boolean> => {
  const settings: { coinbase?: string } = hre.config.test.solidity.profiles["default"] ?? {};
  settings.coinbase = coinbaseOf(id);
  const result: unknown = await hre.tasks.getTask(["test", "solidity"]).run({ testFiles: [...files], noCompile: true });
  return typeof result === "object" && result !== null && "success" in result && result.success !== true;
};

const failingSolidity = async (files: readonly string[], id: number): Promise<string | undefined> => {
  for (const file of files) if (await runSolidity([file], id)) return file;
  return undefined;
};

/** Rows of tests, those nearest to the file first; a mutant is killed by the first that fails. */
const state: { mocha: Mocha | undefined; near: readonly string[]; far: readonly string[] } = {
  mocha: undefined,
  near: [],
  far: [],
};

const load = async (mocha: readonly string[], solidity: readonly string[]): Promise<Answer> => {
  await switchTo(0);
  const loaded = await loadMocha(mocha);
  await switchTo(0);
  const { failures, tests } = await runMocha(loaded);
  leaveOut(loaded.suite, tests);
  loaded.bail(true);
  const sound: string[] = [];
  for (const file of solidity) if (!(await runSolidity([file], 0))) sound.push(file);
  state.mocha = loaded;
  state.near = sound.filter((file) => file.startsWith("test/unit/"));
  state.far = sound.filter((file) => !file.startsWith("test/unit/"));
  const unsound = solidity.filter((file) => !sound.includes(file)).map((file) => ({ file, title: file }));
  return { kind: "loaded", leftOut: [...failures, ...unsound].map(({ file, title }) => `${file}: ${title}`) };
};

const killerOf = async (id: number, order: readonly string[]): Promise<string | undefined> => {
  const near = await failingSolidity(state.near, id);
  if (near !== undefined || state.mocha === undefined) return near;
  const { suite } = state.mocha;
  suite.suites = [...suite.suites].sort((one, other) => isNearer(order, one) - isNearer(order, other));
  await switchTo(id);
  const [first] = (await runMocha(state.mocha)).failures;
  return first?.file ?? (await failingSolidity(state.far, id));
};

const answerTo = async (message: unknown): Promise<Answer> => {
  const asked = question.parse(message);
  if (asked.kind === "load") return load(asked.mocha, asked.solidity);
  const { user, system } = process.cpuUsage();
  const killer = await killerOf(asked.id, asked.order);
  const spent = process.cpuUsage({ user, system });
  return {
    kind: "tested",
    id: asked.id,
    cpuMs: Math.round((spent.user + spent.system) / 1_000),
    ...(killer === undefined ? {} : { killer }),
  };
};

process.on("message", (message) => {
  answerTo(message).then(say, (error: unknown) => {
    say({ kind: "broken", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
process.on("disconnect", () => process.exit());
