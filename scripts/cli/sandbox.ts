import { JsonRpcProvider } from "ethers";
import { writeAddressBook } from "../../deployments/file.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/sandbox.ts";
import { type Command, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { lineLog, say, sayJson, untilStopped } from "../lib/output.ts";
import { DEFAULT_BOOK, DEFAULT_PORT, SANDBOX_CHAIN_ID, bookAt } from "./sandboxDefaults.ts";
import { DEFAULT_FAULTS } from "../lib/sandboxFiles.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";

const DEFAULT_SEED = 1;
const POLLING_MS = 50;
const PRICE_UNIT = 10n ** 12n;

const dollars = (price: bigint): string => (Number(price / PRICE_UNIT) / 1e6).toFixed(4);

/** Prints a line for each block, until `blocks` have come or the signal is raised. */
const watch = (sandbox: Sandbox, blocks: number | undefined, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    let seen = 0;
    const finish = (): void => {
      leave();
      resolve();
    };
    const leave = sandbox.onHead(({ number, gasUsed }) => {
      const { SEI, ETH } = sandbox.fairPrices();
      say(`#${number} gas ${gasUsed} · SEI ${dollars(SEI)} · ETH ${dollars(ETH)}`);
      seen += 1;
      if (seen === blocks) finish();
    });
    signal.addEventListener("abort", finish, { once: true });
  });

/**
 * What only a clone has: a node, exchanges and stand-ins to deploy.
 * @throws UsageError in an installed package, which does not bring them along
 */
const loadSandbox = async () => {
  try {
    const [{ startSandbox }, { deployNexus }] = [
      await import("../sandbox/sandbox.ts"),
      await import("../sandbox/nexus.ts"),
    ];
    return { startSandbox, deployNexus };
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND")) throw cause;
    const missing = /'([^']+)'/.exec(cause.message)?.[1] ?? "a package";
    throw new UsageError(`the sandbox needs ${missing}, which the package does not bring: run it in a clone of NEXUS`, {
      cause,
    });
  }
};

const isInUse = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && "code" in error.cause && error.cause.code === "EADDRINUSE";

/** Starts the sandbox. @throws UsageError when its port is in use */
const begin = async (start: (options: SandboxOptions) => Promise<Sandbox>, options: SandboxOptions): Promise<Sandbox> =>
  start(options).catch((cause: unknown) => {
    if (!isInUse(cause)) throw cause;
    const other = "stop what listens there, perhaps another sandbox, or take another by --port";
    throw new UsageError(`port ${options.port} is in use: ${other}`, { cause });
  });

/** Deploys NEXUS as anywhere else, and writes its address book to `path` as it grows. */
const deploy = async (
  deployNexus: Awaited<ReturnType<typeof loadSandbox>>["deployNexus"],
  sandbox: Sandbox,
  path: string,
): Promise<void> => {
  const options = { ...NODE_OPTIONS, staticNetwork: true, pollingInterval: POLLING_MS };
  const provider = new JsonRpcProvider(sandbox.rpcUrl, SANDBOX_CHAIN_ID, options);
  try {
    await deployNexus(provider, sandbox, { save: (book) => writeAddressBook(path, book), say });
  } finally {
    provider.destroy();
  }
};

const run = async (values: Values): Promise<number> => {
  const blocks = wholeNumber(values, "blocks", 1);
  const blocksPerRow = wholeNumber(values, "blocks-per-row", 1);
  const marketFile = values.get("market");
  const port = wholeNumber(values, "port", 0) ?? DEFAULT_PORT;
  const book = values.get("book") ?? bookAt(port);
  const { startSandbox, deployNexus } = await loadSandbox();
  const signal = untilStopped();
  const sandbox = await begin(startSandbox, {
    port,
    seed: wholeNumber(values, "seed", 0) ?? DEFAULT_SEED,
    ...(marketFile === undefined ? {} : { marketFile }),
    ...(blocksPerRow === undefined ? {} : { blocksPerRow }),
    faultsFile: values.get("faults") ?? DEFAULT_FAULTS,
    signal,
    log: lineLog,
  });
  try {
    await deploy(deployNexus, sandbox, book);
    await sandbox.startMining();
    sandbox.startMarket();
    const { rpcUrl, wsUrl } = sandbox;
    say(`ready: ${rpcUrl}, ${wsUrl}, address book ${book}`);
    if (values.has("json")) sayJson({ rpcUrl, wsUrl, book });
    await watch(sandbox, blocks, signal);
  } finally {
    await sandbox.stop();
  }
  return 0;
};

/** The local chain with its pools, oracles and moving market, and NEXUS deployed on it; no agents. */
export const sandbox: Command = {
  about: "a local Sei with pools, oracles, a moving market and NEXUS deployed; no agents",
  example: "--seed 7 --port 8545",
  options: {
    blocks: { value: "N", about: "stop after N blocks; without it, at Ctrl-C" },
    seed: { value: "N", about: `the market's seed (${DEFAULT_SEED})` },
    market: { value: "FILE", about: "replay recorded flow instead of the seeded market" },
    "blocks-per-row": { value: "N", about: "blocks that one recorded minute takes (1)" },
    faults: { value: "FILE", about: `the file by which nexus sandbox fault makes feeds faulty (${DEFAULT_FAULTS})` },
    book: {
      value: "FILE",
      about: `where the address book is written (${DEFAULT_BOOK}; at another port a folder of its own)`,
    },
    json: { value: "FILE", isOptional: true, about: "once it is ready, say where in JSON, printed or into FILE" },
    port: { value: "N", about: `port on 127.0.0.1, 0 for a free one (${DEFAULT_PORT})` },
  },
  run,
};
