import { createRequire } from "node:module";
import { Interface } from "ethers";

/** Compiled code as a package publishes it: the interface and the creation bytecode (0x-prefixed). */
export type Artifact = { readonly abi: Interface; readonly bytecode: string };

const requireJson = createRequire(import.meta.url);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Truffle writes bytecode under `evm` and without 0x; Hardhat at the top and with it, Foundry there as an object. */
const bytecodeOf = (json: Readonly<Record<string, unknown>>): unknown => {
  const evm = json["evm"];
  const bytecode = json["bytecode"] ?? (isRecord(evm) ? evm["bytecode"] : undefined);
  return isRecord(bytecode) ? bytecode["object"] : bytecode;
};

/**
 * Reads an artifact of an installed package.
 * @param specifier the module path of its JSON file, of any published artifact
 * @throws Error when the file has no ABI or no bytecode
 */
export const readArtifact = (specifier: string): Artifact => {
  const json: unknown = requireJson(specifier);
  if (!isRecord(json) || !Array.isArray(json["abi"])) throw new Error(`no ABI in ${specifier}`);
  const bytecode = bytecodeOf(json);
  if (typeof bytecode !== "string" || bytecode.length < 4) throw new Error(`no bytecode in ${specifier}`);
  return {
    abi: Interface.from(json["abi"]),
    bytecode: bytecode.startsWith("0x") ? bytecode : `0x${bytecode}`,
  };
};
