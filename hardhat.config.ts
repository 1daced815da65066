import { globSync } from "node:fs";
import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

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
 * Tests of deployed contracts compile without the optimizing pipeline, in a tenth of the time; what they deploy is
 * compiled as ever. Tests of libraries hold the library's code themselves, so they stay with it.
 */
const testsOfContracts = globSync(["test/invariant/*.t.sol", "test/unit/contracts/*/*.t.sol"]);
const FAST = { ...COMPILER, settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "prague" } };

const deep = process.env["NEXUS_TEST_DEEP"] === "1";

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    /** Deployed by our scripts without a contract of ours that inherits it. */
    npmFilesToBuild: ["@openzeppelin/contracts/governance/TimelockController.sol"],
    profiles: {
      default: {
        compilers: [CONTRACTS],
        overrides: Object.fromEntries(testsOfContracts.map((file) => [file, FAST])),
      },
    },
  },
  paths: { tests: { mocha: "./test", solidity: "./test" } },
  typechain: { outDir: "./types" },
  test: {
    mocha: { timeout: 120_000, forbidOnly: true },
    solidity: {
      fuzz: { runs: deep ? 100_000 : 1_000 },
      invariant: { runs: deep ? 16_384 : 256, depth: 64, failOnRevert: true },
    },
  },
  networks: {
    /** Tests and deployment: every transaction is mined at once. */
    default: { type: "edr-simulated", ...SEI, allowBlocksWithSameTimestamp: true },
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
