import { JsonRpcProvider } from "ethers";
import { writeAddressBook } from "../lib/addressBook.ts";
import { deployNexus } from "../sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { type Command, type Values, wholeNumber } from "./command.ts";
import { lineLog, say, untilStopped } from "./output.ts";
import { DEFAULT_BOOK, DEFAULT_PORT, SANDBOX_CHAIN_ID } from "./sandboxDefaults.ts";
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

/** Deploys NEXUS as anywhere else, and writes its address book to `path` as it grows. */
const deploy = async (sandbox: Sandbox, path: string): Promise<void> => {
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
  const book = values.get("book") ?? DEFAULT_BOOK;
  const signal = untilStopped();
  const sandbox = await startSandbox({
    port: wholeNumber(values, "port", 0) ?? DEFAULT_PORT,
    seed: wholeNumber(values, "seed", 0) ?? DEFAULT_SEED,
    ...(marketFile === undefined ? {} : { marketFile }),
    ...(blocksPerRow === undefined ? {} : { blocksPerRow }),
    signal,
    log: lineLog,
  });
  try {
    await deploy(sandbox, book);
    await sandbox.startMining();
    sandbox.startMarket();
    say(`ready: ${sandbox.rpcUrl}, ${sandbox.wsUrl}, address book ${book}`);
    await watch(sandbox, blocks, signal);
  } finally {
    await sandbox.stop();
  }
  return 0;
};

/** The local chain with its pools, oracles and moving market, and NEXUS deployed on it; no agents. */
export const sandbox: Command = {
  about: "a local Sei with pools, oracles, a moving market and NEXUS deployed; no agents",
  options: {
    blocks: { value: "N", about: "stop after N blocks; without it, at Ctrl-C" },
    seed: { value: "N", about: `the market's seed (${DEFAULT_SEED})` },
    market: { value: "FILE", about: "replay recorded flow instead of the seeded market" },
    "blocks-per-row": { value: "N", about: "blocks that one recorded minute takes (1)" },
    book: { value: "FILE", about: `where the address book is written (${DEFAULT_BOOK})` },
    port: { value: "N", about: `port on 127.0.0.1, 0 for a free one (${DEFAULT_PORT})` },
  },
  run,
};
