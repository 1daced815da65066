import { type Signer, ContractFactory } from "ethers";
import { readArtifact } from "../../lib/artifact.ts";

const PROXY = readArtifact("@openzeppelin/contracts/build/contracts/ERC1967Proxy.json");

/** Puts a contract behind a proxy, as the makers of feeds do, and calls it once. Returns the proxy's address. */
export const deployProxy = async (signer: Signer, implementation: string, firstCall: string): Promise<string> => {
  const proxy = await new ContractFactory(PROXY.abi, PROXY.bytecode, signer).deploy(implementation, firstCall);
  await proxy.waitForDeployment();
  return proxy.getAddress();
};
