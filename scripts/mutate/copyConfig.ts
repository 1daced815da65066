import { type HardhatUserConfig } from "hardhat/config";
import { type HardhatPlugin } from "hardhat/types/plugins";
import { type EthereumProvider } from "hardhat/types/providers";

/** A chain that a test has made. */
type Chain = {
  readonly provider: EthereumProvider;
  /** Fixtures are made again: what creates contracts may be what a mutant changes. */
  readonly forgetFixtures: () => void;
  snapshot: unknown;
};

/** All chains, and the coinbase that says which mutant is on; the worker reads and sets them. */
export const switchboard: { readonly chains: Chain[]; coinbase: string | undefined } = {
  chains: [],
  coinbase: undefined,
};

/** Puts every new chain on the board, and takes away those that a test closes. */
const switched: HardhatPlugin = {
  id: "nexus-mutants",
  hookHandlers: {
    network: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            newConnection: async (context, next) => {
              const connection = await next(context);
              // A sandbox's chain answers to nobody but what a chain answers.
              if (connection.networkName !== "default") return connection;
              const { coinbase, chains } = switchboard;
              const forgetFixtures = (): void => connection.networkHelpers.clearSnapshots();
              chains.push({ provider: connection.provider, forgetFixtures, snapshot: undefined });
              if (coinbase !== undefined) {
                await connection.provider.request({ method: "hardhat_setCoinbase", params: [coinbase] });
              }
              return connection;
            },
            closeConnection: async (context, connection, next) => {
              const at = switchboard.chains.findIndex(({ provider }) => provider === connection.provider);
              if (at >= 0) switchboard.chains.splice(at, 1);
              await next(context, connection);
            },
          }),
      }),
  },
};

/**
 * Almost no optimizing, which takes a tenth of the time: only variables that find no place on the stack are moved to
 * memory, and references to libraries that nothing uses are pruned, which would have to be linked.
 */
const SETTINGS = {
  viaIR: true,
  evmVersion: "prague",
  optimizer: {
    enabled: true,
    details: {
      peephole: false,
      inliner: false,
      jumpdestRemover: false,
      orderLiterals: false,
      deduplicate: false,
      cse: false,
      constantOptimizer: false,
      yul: true,
      yulDetails: { stackAllocation: true, optimizerSteps: "u:" },
    },
  },
};

/** Many mutants in one contract make it larger than a chain takes, and costlier to create. An endless loop still ends. */
const GAS = 300_000_000n;

const FUZZ = { fuzz: { runs: 256, seed: "0x6d7574616e7473" }, invariant: { runs: 32, depth: 64, shrinkRunLimit: 0 } };

/** The repository's configuration, for a copy in which the contracts `roots` hold mutants. @throws Error for another shape */
export const withMutants = (house: HardhatUserConfig, roots: readonly string[]): HardhatUserConfig => {
  const { solidity } = house;
  if (typeof solidity !== "object" || !("profiles" in solidity)) throw new Error("no profiles of the compiler");
  const usual = solidity.profiles["default"];
  if (usual === undefined || !("compilers" in usual)) throw new Error("no compilers in the default profile");
  const [usualCompiler] = usual.compilers;
  if (usualCompiler === undefined) throw new Error("no compiler");
  const compiler = { ...usualCompiler, settings: SETTINGS };
  const overrides = { ...usual.overrides, ...Object.fromEntries(roots.map((file) => [file, compiler])) };
  return {
    ...house,
    plugins: [...(house.plugins ?? []), switched],
    solidity: { ...solidity, profiles: { ...solidity.profiles, default: { ...usual, overrides } } },
    test: { ...house.test, solidity: { ...FUZZ, invariant: { ...FUZZ.invariant, failOnRevert: true } } },
    networks: Object.fromEntries(
      Object.entries(house.networks ?? {}).map(([name, network]) => [
        name,
        {
          ...network,
          allowUnlimitedContractSize: true,
          blockGasLimit: GAS,
          transactionGasCap: GAS,
          ...(network.gas === undefined ? {} : { gas: GAS }),
        },
      ]),
    ),
  };
};
