import { AbiCoder, keccak256, toBeHex } from "ethers";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compileWith } from "../lib/solc.ts";

const variable = z.object({ label: z.string(), slot: z.coerce.bigint(), type: z.string() });
const type = z.object({
  encoding: z.string(),
  numberOfBytes: z.coerce.number(),
  key: z.string().optional(),
  value: z.string().optional(),
  base: z.string().optional(),
  members: z.array(variable).optional(),
});
const layout = z.object({ storage: z.array(variable), types: z.record(z.string(), type).nullable() });
const contracts = z.record(z.string(), z.record(z.string(), z.object({ storageLayout: layout })));

/** Where a contract keeps what, as the compiler says. */
export type Layout = z.infer<typeof layout>;
type Type = z.infer<typeof type>;

/** What may be the key of a mapping, by the name that a reader knows it under. */
export type Keys = {
  readonly addresses: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, bigint>;
  readonly words: ReadonlyMap<string, string>;
};

const WORD = 32;
/** How far a list is looked through. */
const MAX_ELEMENTS = 16;

/**
 * The layouts of contracts, by name.
 * @param root folder of the repository
 * @param paths source file of each contract, by its name
 */
export const readLayouts = (root: string, paths: ReadonlyMap<string, string>): ReadonlyMap<string, Layout> => {
  const sources = new Map([...paths.values()].map((path) => [path, readFileSync(join(root, path), "utf8")]));
  const output = compileWith(root, sources, { outputSelection: { "*": { "*": ["storageLayout"] } } });
  const read = contracts.parse(output.contracts);
  return new Map(
    [...paths].map(([name, path]) => {
      const found = read[path]?.[name];
      if (found === undefined) throw new Error(`${path} has no contract ${name}`);
      return [name, found.storageLayout];
    }),
  );
};

const slotOfKey = (key: string, slot: bigint): bigint => BigInt(keccak256(`${key}${toBeHex(slot, WORD).slice(2)}`));
const slotOfElements = (slot: bigint): bigint => BigInt(keccak256(toBeHex(slot, WORD)));

/** The keys that a mapping of this type can have, each as 32 bytes of hex with its name. */
const keysFor = (keys: Keys, keyType: string): readonly (readonly [string, string])[] => {
  if (keyType === "t_address")
    return [...keys.addresses].map(([name, value]) => [name, AbiCoder.defaultAbiCoder().encode(["address"], [value])]);
  if (keyType === "t_bytes32") return [...keys.words];
  return [...keys.numbers].map(([name, value]) => [name, toBeHex(value, WORD)]);
};

type Place = { readonly type: Type; readonly slot: bigint; readonly label: string };

/** What lies at a place and follows from it: names by slot. */
const placesFrom = (types: Readonly<Record<string, Type>>, keys: Keys, place: Place): readonly Place[] => {
  const { type: at, slot, label } = place;
  const inside = (typeId: string | undefined, where: bigint, name: string): readonly Place[] => {
    const found = types[typeId ?? ""];
    return found === undefined ? [] : placesFrom(types, keys, { type: found, slot: where, label: name });
  };
  if (at.encoding === "mapping")
    return keysFor(keys, at.key ?? "").flatMap(([name, key]) =>
      inside(at.value, slotOfKey(key, slot), `${label}[${name}]`),
    );
  if (at.encoding === "dynamic_array") {
    const size = BigInt(Math.ceil((types[at.base ?? ""]?.numberOfBytes ?? WORD) / WORD));
    const first = slotOfElements(slot);
    const elements = Array.from({ length: MAX_ELEMENTS }, (_, index) =>
      inside(at.base, first + BigInt(index) * size, `${label}[${index}]`),
    );
    return [{ ...place, label: `${label}.length` }, ...elements.flat()];
  }
  // A struct of one slot is known by its own name.
  if (at.members === undefined || at.numberOfBytes <= WORD) return [place];
  return at.members.flatMap((member) => inside(member.type, slot + member.slot, `${label}.${member.label}`));
};

/** The names of a contract's slots: of its variables, and of what its mappings hold under `keys`. */
export const namesOf = ({ storage, types }: Layout, keys: Keys): ReadonlyMap<bigint, string> => {
  const names = new Map<bigint, string>();
  for (const { label, slot, type: typeId } of storage) {
    const at = types?.[typeId];
    if (at === undefined || types === null) continue;
    for (const place of placesFrom(types, keys, { type: at, slot, label })) {
      const others = names.get(place.slot);
      names.set(place.slot, others === undefined ? place.label : `${others}, ${place.label}`);
    }
  }
  return names;
};
