import { type Signer, Contract, ContractFactory, Interface, ZeroAddress, getAddress, keccak256 } from "ethers";
import type { BookContract } from "../../deployments/schema.ts";
import { deployContract, providerOf } from "../deploy/context.ts";
import { readArtifact } from "../lib/artifact.ts";
import { untilMined } from "../lib/mined.ts";

const BUILD = "@safe-global/safe-smart-account/build/artifacts/contracts";
/** Safe 1.5 as its publisher built it. */
const ARTIFACTS = {
  Safe: `${BUILD}/Safe.sol/Safe.json`,
  SafeProxyFactory: `${BUILD}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json`,
  /** Answers ERC-1271 for a Safe. */
  SafeFallbackHandler: `${BUILD}/handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json`,
} as const;

/** What Safes share: their names in the address book, and where each lies. */
export type SafeCode = Readonly<Record<keyof typeof ARTIFACTS, BookContract>>;

/** Whose Safe it is. `threshold`: how many owners must sign. `salt` tells Safes of the same owners apart. */
export type SafeOwners = { readonly owners: readonly string[]; readonly threshold: number; readonly salt: number };

/** Deploys what Safes share; where Safe's own deployment is, as on Sei, this is not needed. */
export const deploySafeCode = async (signer: Signer): Promise<SafeCode> => {
  const deploy = (specifier: string): Promise<BookContract> => {
    const { abi, bytecode } = readArtifact(specifier);
    return deployContract(signer, new ContractFactory<[]>(abi, bytecode, signer), []);
  };
  return {
    Safe: await deploy(ARTIFACTS.Safe),
    SafeProxyFactory: await deploy(ARTIFACTS.SafeProxyFactory),
    SafeFallbackHandler: await deploy(ARTIFACTS.SafeFallbackHandler),
  };
};

/**
 * Makes a Safe that answers ERC-1271, and describes it as the address book does.
 * @throws Error when the transaction reverts, as it does for a threshold that the owners cannot reach
 */
export const createSafe = async (signer: Signer, code: SafeCode, of: SafeOwners): Promise<BookContract> => {
  const owners = of.owners.map((owner) => getAddress(owner));
  const setup = readArtifact(ARTIFACTS.Safe).abi.encodeFunctionData("setup", [
    owners,
    of.threshold,
    ZeroAddress,
    "0x",
    code.SafeFallbackHandler.address,
    ZeroAddress,
    0n,
    ZeroAddress,
  ]);
  const factory = new Contract(code.SafeProxyFactory.address, readArtifact(ARTIFACTS.SafeProxyFactory).abi, signer);
  const create = factory.getFunction("createProxyWithNonce");
  const address = getAddress(String(await create.staticCall(code.Safe.address, setup, of.salt)));
  const receipt = await untilMined(await create.send(code.Safe.address, setup, of.salt));
  const bytecodeHash = keccak256(await providerOf(signer).getCode(address));
  return { address, tx: receipt.hash, block: receipt.blockNumber, args: [owners, of.threshold], bytecodeHash };
};

/** What we ask of a Safe. */
export const SAFE_ABI = new Interface([
  "function nonce() view returns (uint256)",
  "function getOwners() view returns (address[])",
  "function getThreshold() view returns (uint256)",
  "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)",
  "function execTransaction(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,bytes signatures) payable returns (bool success)",
  "event ExecutionSuccess(bytes32 indexed txHash, uint256 payment)",
]);
