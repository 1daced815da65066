import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** The compiler comes from the package registry as WebAssembly, so that nothing is downloaded from elsewhere. */
const soljson = createRequire(import.meta.url).resolve("solc/soljson.js");

/** What Sei's mainnet looks like to a contract: chain id, gas cap of a block and of a transaction, hard fork. */
const SEI = { chainType: "l1", chainId: 1329, hardfork: "prague", blockGasLimit: 12_500_000n } as const;

const COMPILER = { version: "0.8.37", path: soljson };
const CONTRACTS = {
  ...COMPILER,
  settings: { optimizer: { enabled: true, runs: 20_000 }, viaIR: true, evmVersion: "prague" },
};

/**
 * Files of one setting are compiled in one go, on one core. The large ones that no other needs have the same setting said
 * in other words, each a job of its own, so that a second core shares the work.
 */
const JOBS = [
  "Accounts",
  "Escrow",
  "NexusGovernor",
  "NexusToken",
  "PaymentChannels",
  "Reputation",
  "mocks/BenchGovernor",
];
const SAME = { ...CONTRACTS, settings: { ...CONTRACTS.settings, debug: { revertStrings: "default" } } };

/** Compiles as many jobs at once as there are cores; without it, one core would stay idle. */
const allCores: HardhatPlugin = {
  id: "nexus-all-cores",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            build: (...[context, files, options, next]) =>
              next(context, files, { ...options, concurrency: availableParallelism() }),
          }),
      }),
  },
};

/**
 * Tests of deployed contracts compile without the optimizing pipeline, in a tenth of the time; what they deploy is
 * compiled as ever. Tests of libraries hold the library's code themselves, so they stay with it; those of proofs compare
 * arithmetic with arithmetic, whoever compiles both.
 */
const testsOfContracts = globSync(["test/invariant/*.sol", "test/proofs/*.sol", "test/unit/contracts/*/*.t.sol"]);
const FAST = { ...COMPILER, settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "prague" } };

const deep = process.env["NEXUS_TEST_DEEP"] === "1";

export default defineConfig({
  plugins: [toolbox, allCores],
  solidity: {
    /** Deployed by our scripts without a contract of ours that inherits it. */
    npmFilesToBuild: ["@openzeppelin/contracts/governance/TimelockController.sol"],
    profiles: {
      default: {
        compilers: [CONTRACTS],
        overrides: {
          ...Object.fromEntries(JOBS.map((name): [string, typeof SAME] => [`contracts/${name}.sol`, SAME])),
          ...Object.fromEntries(testsOfContracts.map((file): [string, typeof FAST] => [file, FAST])),
        },
      },
    },
  },
  paths: { tests: { mocha: "./test", solidity: "./test" } },
  typechain: { outDir: "./types" },
  test: {
    mocha: { timeout: 120_000, forbidOnly: true },
    solidity: {
      fuzz: { runs: deep ? 100_000 : 1_000 },
      invariant: { runs: deep ? 16_384 : 128, depth: 64, failOnRevert: true },
    },
  },
  networks: {
    /**
     * Tests and deployment: every transaction is mined at once. None is estimated: the clock may reach the next second
     * between the estimate and the block, interest is due there, and the exact estimate is too little gas.
     */
    default: { type: "edr-simulated", ...SEI, gas: SEI.blockGasLimit, allowBlocksWithSameTimestamp: true },
    /** The sandbox: starts under automine, then mines every 400 ms like Sei; a raw send answers before it is executed. */
    sandbox: {
      type: "edr-simulated",
      ...SEI,
      transactionGasCap: SEI.blockGasLimit,
      initialBaseFeePerGas: 50_000_000_000n,
      allowBlocksWithSameTimestamp: true,
      throwOnTransactionFailures: false,
      loggingEnabled: false,
      /** As on a public endpoint, nobody's keys lie in the node. */
      accounts: [],
      mining: { auto: true, interval: 0, mempool: { order: "priority" } },
    },
  },
});
