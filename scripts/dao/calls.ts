import { FunctionFragment, Interface, type ParamType, getAddress, isAddress } from "ethers";
import type { AddressBook, BookLeaf } from "../../deployments/schema.ts";
import { Mandate__factory } from "../../types/index.ts";
import { UsageError } from "../lib/command.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { interfaceAt } from "../../keepers/adapters/readers/contracts.ts";
import { addressOf, nameOf } from "../../deployments/lookup.ts";
import type { DaoCall } from "../../keepers/adapters/readers/daoCalls.ts";

/** A call as a person writes it: a name of the address book or an address, `setRoot(bytes32,string)`, and arguments. */
export type WrittenCall = {
  readonly target: string;
  readonly signature: string;
  readonly args: readonly unknown[];
  readonly value?: bigint;
};

/** @throws UsageError when the text is neither an address nor a name that the address book has */
export const resolveTarget = (book: AddressBook, target: string): string => {
  const isHex: boolean = isAddress(target);
  if (isHex) return getAddress(target);
  const { tokens, dexes, lending = [], aggregators = [] } = book.environment;
  const called = [
    ...[...dexes, ...aggregators].map(({ name, router }) => ({ name, at: router })),
    ...lending.map(({ name, pool }) => ({ name, at: pool })),
  ];
  const venue = called.find(({ name }) => name === target)?.at;
  const known = book.contracts[target]?.address ?? tokens[target]?.address ?? venue;
  if (known !== undefined) return known;
  const names = [...Object.keys(book.contracts), ...Object.keys(tokens), ...called.map(({ name }) => name)].join(", ");
  throw new UsageError(`“${target}” is neither an address nor in the address book, which has ${names}`);
};

const fragmentOf = (signature: string): FunctionFragment => {
  try {
    return FunctionFragment.from(signature);
  } catch (cause) {
    throw new UsageError(`“${signature}” is no function signature; write it like setRoot(bytes32,string)`, { cause });
  }
};

/** Addresses may be written by their names in the address book. */
const namedArgument = (book: AddressBook, type: ParamType | null | undefined, value: unknown): unknown => {
  if (type?.baseType === "address" && typeof value === "string") return resolveTarget(book, value);
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return items.map((item, i) => namedArgument(book, type?.arrayChildren ?? type?.components?.[i], item));
};

/**
 * The call that a person wrote.
 * @throws UsageError when target, signature or arguments cannot be understood, or the contract has no such function
 */
export const callOf = (book: AddressBook, { target, signature, args, value = 0n }: WrittenCall): DaoCall => {
  const address = resolveTarget(book, target);
  const fragment = fragmentOf(signature);
  if (interfaceAt(book, address)?.getFunction(fragment.selector) === null) {
    throw new UsageError(`${nameOf(book, address) ?? address} has no function ${signature}`);
  }
  const { inputs } = fragment;
  if (inputs.length !== args.length) {
    throw new UsageError(`${signature} takes ${inputs.length} arguments, ${args.length} were given`);
  }
  const resolved = args.map((argument, i) => namedArgument(book, inputs[i], argument));
  try {
    return { target: address, value, data: new Interface([fragment]).encodeFunctionData(fragment, resolved) };
  } catch (cause) {
    const reason = cause instanceof Error && "shortMessage" in cause ? String(cause.shortMessage) : String(cause);
    throw new UsageError(`the arguments do not fit ${signature}: ${reason}`, { cause });
  }
};

/** The call that makes `leaves` the mandate. `where`: how everybody finds the leaves. */
export const mandateCall = (book: AddressBook, leaves: readonly BookLeaf[], where: string): DaoCall => {
  const { root } = buildMandateTree(leaves);
  const data = Mandate__factory.createInterface().encodeFunctionData("setRoot", [root, where]);
  return { target: addressOf(book, "Mandate"), value: 0n, data };
};
