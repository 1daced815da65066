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

type Place = { readonly start: number; readonly length: number };

const listOfPlaces = (places: unknown): readonly Place[] => {
  if (!Array.isArray(places)) return [];
  const list: readonly unknown[] = places;
  return list.flatMap((place) => {
    if (!isRecord(place)) return [];
    const { start, length } = place;
    return typeof start === "number" && typeof length === "number" ? [{ start, length }] : [];
  });
};

/** Where a published bytecode leaves room for the addresses of its libraries, by their names. */
const placesOf = (json: Readonly<Record<string, unknown>>): readonly (readonly [string, readonly Place[]])[] => {
  const files = json["linkReferences"];
  if (!isRecord(files)) return [];
  return Object.values(files).flatMap((libraries) =>
    isRecord(libraries) ? Object.entries(libraries).map(([name, places]) => [name, listOfPlaces(places)] as const) : [],
  );
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

/**
 * Reads an artifact whose code calls libraries, and writes into it where they lie.
 * @param libraries addresses of deployed libraries by their names; more than are needed do no harm
 * @throws Error when a library is missing, or the file has no ABI or no bytecode
 */
export const readLinkedArtifact = (specifier: string, libraries: ReadonlyMap<string, string>): Artifact => {
  const json: unknown = requireJson(specifier);
  const { abi, bytecode } = readArtifact(specifier);
  if (!isRecord(json)) return { abi, bytecode };
  const linked = placesOf(json).reduce((code, [name, places]) => {
    const at = libraries.get(name);
    if (at === undefined) throw new Error(`${specifier} calls the library ${name}: deploy that first`);
    return places.reduce((text, { start, length }) => {
      const [from, to] = [2 + start * 2, 2 + (start + length) * 2];
      return `${text.slice(0, from)}${at.slice(2).toLowerCase()}${text.slice(to)}`;
    }, code);
  }, bytecode);
  return { abi, bytecode: linked };
};
