import type { AddressBook, BookLeaf } from "../../deployments/schema.ts";
import { Mandate__factory } from "../../types/index.ts";
import { aggregatorLeaves, arbitrageLeaves, lendingLeaves } from "../deploy/mandate.ts";
import { mandateLeaf } from "../../deployments/mandateTree.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { CLASSES } from "../../keepers/core/riskClass.ts";
import type { DaoCall } from "../../keepers/adapters/readers/daoCalls.ts";

const abi = Mandate__factory.createInterface();

/** The root that calls make the mandate's, if they do, and where its leaves are said to lie. */
export const newMandateIn = (
  book: AddressBook,
  calls: readonly DaoCall[],
): { readonly root: string; readonly where: string } | undefined => {
  const mandate = addressOf(book, "Mandate");
  const found = calls.flatMap(({ target, data }) => {
    const parsed = target === mandate ? abi.parseTransaction({ data }) : null;
    if (parsed?.name !== "setRoot") return [];
    const [root, where] = parsed.args.toArray().map(String);
    return root === undefined || where === undefined ? [] : [{ root, where }];
  });
  return found.at(-1);
};

/**
 * What a leaf permits. Its words are not part of the root, so that a stranger's file can say anything: those of a leaf
 * that the book's own pools make are ours, any other's are marked.
 */
const leafWords = (book: AddressBook): ((leaf: BookLeaf) => string) => {
  const known = new Map(
    [...arbitrageLeaves(book), ...lendingLeaves(book), ...aggregatorLeaves(book), ...(book.mandate?.leaves ?? [])].map(
      (leaf) => [mandateLeaf(leaf), leaf],
    ),
  );
  return (leaf) => {
    const ours = known.get(mandateLeaf(leaf));
    const words = ours?.route ?? `${leaf.selector} of ${leaf.target}, which the file calls “${leaf.route}”`;
    const from = leaf.minClass === 0 ? "" : `, from ${CLASSES[leaf.minClass] ?? leaf.minClass} on`;
    return `${words}${from}`;
  };
};

/** The tokens of the book that a leaf's words name. */
const symbolsIn = (book: AddressBook, routes: readonly string[]): ReadonlySet<string> => {
  const symbols = Object.values(book.environment.tokens).map(({ symbol }) => symbol);
  return new Set(symbols.filter((symbol) => routes.some((route) => route.split(/[^\w.-]+/).includes(symbol))));
};

const named = (symbols: readonly string[], one: string, several: string): readonly string[] =>
  symbols.length === 0 ? [] : [`${symbols.join(", ")} ${symbols.length === 1 ? one : several}`];

/** What changes if `after` becomes the mandate in place of the book's: how many calls, which tokens, and each call. */
export const mandateChangeLines = (book: AddressBook, after: readonly BookLeaf[]): readonly string[] => {
  const before = book.mandate?.leaves ?? [];
  const words = leafWords(book);
  const [old, next] = [new Set(before.map(mandateLeaf)), new Set(after.map(mandateLeaf))];
  const gone = before.filter((leaf) => !next.has(mandateLeaf(leaf))).map(words);
  const come = after.filter((leaf) => !old.has(mandateLeaf(leaf))).map(words);
  const [had, has] = [symbolsIn(book, before.map(words)), symbolsIn(book, after.map(words))];
  const leave = named(
    [...had].filter((symbol) => !has.has(symbol)),
    "leaves",
    "leave",
  );
  const join = named(
    [...has].filter((symbol) => !had.has(symbol)),
    "comes in",
    "come in",
  );
  return [
    [`${old.size} → ${next.size} permitted calls`, ...leave, ...join].join(", "),
    ...gone.map((text) => `  − ${text}`),
    ...come.map((text) => `  + ${text}`),
  ];
};
