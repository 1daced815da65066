import { z } from "zod";
import { ethers } from "./chain.ts";

/** Multicall3's creation code as viem keeps it for chains that have none; viem exports it to nobody. */
const INSIDE = new URL("./constants/contracts.js", import.meta.resolve("viem"));

/** Deploys Multicall3, as it stands on Sei, on the tests' own chain. */
export const deployMulticall = async (): Promise<string> => {
  const found: unknown = await import(INSIDE.href);
  const { multicall3Bytecode } = z.object({ multicall3Bytecode: z.string().startsWith("0x") }).parse(found);
  const [signer] = await ethers.getSigners();
  const multicall = await new ethers.ContractFactory([], multicall3Bytecode, signer).deploy();
  return multicall.getAddress();
};
