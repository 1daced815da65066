import { type Signer, Contract, ContractFactory, getAddress } from "ethers";
import { type Artifact, readArtifact } from "../lib/artifact.ts";

/** A genuine Uniswap v2 and v3, which DragonSwap's "V1" and "V2" are forks of. */
export type Dexes = {
  readonly v2Factory: Contract;
  readonly v2Router: Contract;
  readonly v3Factory: Contract;
  readonly positionManager: Contract;
  readonly swapRouter: Contract;
  readonly quoter: Contract;
  readonly tickLens: Contract;
};

/** Where each published artifact lives. All code is the publisher's own, byte for byte. */
export const ARTIFACTS = {
  wrappedNative: "@uniswap/v2-periphery/build/WETH9.json",
  v2Factory: "@uniswap/v2-core/build/UniswapV2Factory.json",
  v2Pair: "@uniswap/v2-core/build/UniswapV2Pair.json",
  v2Router: "@uniswap/v2-periphery/build/UniswapV2Router02.json",
  v3Factory: "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
  v3Pool: "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json",
  positionManager:
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
  tickLens: "@uniswap/v3-periphery/artifacts/contracts/lens/TickLens.sol/TickLens.json",
  swapRouter: "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json",
  quoter: "@uniswap/swap-router-contracts/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
} as const;

/** DragonSwap has the 1-bp tier built in; Uniswap's factory has it switched on by its owner. */
const ONE_BP_TIER = { feePips: 100, tickSpacing: 1 } as const;

/** Sends the creation transaction of an artifact and waits until it is mined. */
export const deployArtifact = async (
  signer: Signer,
  artifact: Artifact,
  args: readonly unknown[] = [],
): Promise<Contract> => {
  const factory = new ContractFactory<unknown[]>(artifact.abi, artifact.bytecode, signer);
  const deployed = await (await factory.deploy(...args)).waitForDeployment();
  return new Contract(await deployed.getAddress(), artifact.abi, signer);
};

/** Deploys the published WETH9; on Sei it is called WSEI. */
export const deployWrappedNative = (signer: Signer): Promise<Contract> =>
  deployArtifact(signer, readArtifact(ARTIFACTS.wrappedNative));

/**
 * Deploys Uniswap v2 (factory, Router02) and v3 (factory with the 1-bp tier on, position manager, SwapRouter02,
 * QuoterV2, TickLens). `signer` becomes the owner of both factories. Every transaction fits 12.5 M gas.
 * @param wrappedNative address of the wrapped native token that the routers know
 */
export const deployDexes = async (signer: Signer, wrappedNative: string): Promise<Dexes> => {
  const native = getAddress(wrappedNative);
  const deploy = (specifier: string, args: readonly unknown[]) => deployArtifact(signer, readArtifact(specifier), args);

  const v2Factory = await deploy(ARTIFACTS.v2Factory, [await signer.getAddress()]);
  const v2Router = await deploy(ARTIFACTS.v2Router, [v2Factory.target, native]);
  const v3Factory = await deploy(ARTIFACTS.v3Factory, []);
  const { feePips, tickSpacing } = ONE_BP_TIER;
  const enabling: { wait: () => Promise<unknown> } = await v3Factory
    .getFunction("enableFeeAmount")
    .send(feePips, tickSpacing);
  await enabling.wait();
  // The token descriptor only draws NFT pictures, and nobody here asks for one.
  const positionManager = await deploy(ARTIFACTS.positionManager, [v3Factory.target, native, native]);
  const swapRouter = await deploy(ARTIFACTS.swapRouter, [
    v2Factory.target,
    v3Factory.target,
    positionManager.target,
    native,
  ]);
  const quoter = await deploy(ARTIFACTS.quoter, [v3Factory.target, native]);
  const tickLens = await deploy(ARTIFACTS.tickLens, []);
  return { v2Factory, v2Router, v3Factory, positionManager, swapRouter, quoter, tickLens };
};

/** The v2 pair or v3 pool at an address, with the published interface. */
export const pairAt = (address: string, signer: Signer): Contract =>
  new Contract(address, readArtifact(ARTIFACTS.v2Pair).abi, signer);
export const v3PoolAt = (address: string, signer: Signer): Contract =>
  new Contract(address, readArtifact(ARTIFACTS.v3Pool).abi, signer);
