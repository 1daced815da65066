import { type ParamType, Result } from "ethers";
import { nameOf } from "../../../deployments/lookup.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { interfaceAt } from "./contracts.ts";

/** A call as a proposal carries it. `value` in wei. */
export type DaoCall = { readonly target: string; readonly value: bigint; readonly data: string };

const addressWords = (book: AddressBook, address: string): string => {
  const name = nameOf(book, address);
  return name === undefined ? address : `${address} (${name})`;
};

/** An argument as a person reads it: addresses with their names, structs with those of their fields. */
const words = (book: AddressBook, type: ParamType, value: unknown): string => {
  if (type.baseType === "address") return addressWords(book, String(value));
  if (type.baseType === "string") return JSON.stringify(value);
  if (!(value instanceof Result)) return String(value);
  const items: readonly unknown[] = value.toArray();
  const { arrayChildren } = type;
  if (arrayChildren !== null) return `[${items.map((item) => words(book, arrayChildren, item)).join(", ")}]`;
  const fields = (type.components ?? []).map((field, i) => `${field.name}: ${words(book, field, items[i])}`);
  return `{ ${fields.join(", ")} }`;
};

/** A call decoded: one line for what is called, one for each argument; calldata of strangers stays in hex. */
export const describeCall = (book: AddressBook, { target, value, data }: DaoCall): readonly string[] => {
  const name = nameOf(book, target);
  const parsed = interfaceAt(book, target)?.parseTransaction({ data, value }) ?? null;
  const paying = value === 0n ? "" : `, paying ${value} wei`;
  const whom = name === undefined ? target : `${name} (${target})`;
  if (parsed === null) return [`${whom}${paying}`, `  calldata, which no contract of ours explains: ${data}`];
  return [
    `${whom}: ${parsed.signature}${paying}`,
    ...parsed.fragment.inputs.map((input, i) => `  ${input.name}: ${words(book, input, parsed.args[i])}`),
  ];
};
