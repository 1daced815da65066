import { z } from "zod";
import { compileWith } from "../lib/solc.ts";

/** One node of the compiler's syntax tree. Only its kind and its place are the same for all. */
export type Node = { readonly nodeType: string; readonly src: string; readonly [field: string]: unknown };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

export const isNode = (value: unknown): value is Node =>
  isObject(value) && typeof value["nodeType"] === "string" && typeof value["src"] === "string";

/** The node in `field`, if there is one. */
export const nodeAt = (node: Node, field: string): Node | undefined => {
  const value = node[field];
  return isNode(value) ? value : undefined;
};

/** The nodes of the list in `field`. */
export const nodesAt = (node: Node, field: string): readonly Node[] => {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

/** The text in `field`, or nothing. */
export const textAt = (node: Node, field: string): string => {
  const value = node[field];
  return typeof value === "string" ? value : "";
};

/** What the compiler says an expression's type is. */
export const typeOf = (node: Node): string => {
  const value = node["typeDescriptions"];
  const identifier = isObject(value) ? value["typeIdentifier"] : undefined;
  return typeof identifier === "string" ? identifier : "";
};

/** Where a node stands, in bytes. */
export const placeOf = (node: Node): { readonly start: number; readonly end: number } => {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
};

/** The nodes directly below, in the order of the tree. */
export const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value) => {
    if (isNode(value)) return [value];
    return Array.isArray(value) ? value.filter(isNode) : [];
  });

/** A node and all below it. */
export const walk = function* (node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
};

const output = z.object({ sources: z.record(z.string(), z.object({ ast: z.unknown().optional() })) });

/** The syntax tree of one source, with types. @throws Error when it does not compile */
export const treeOf = (root: string, path: string, text: string): Node => {
  const answer = compileWith(root, new Map([[path, text]]), { outputSelection: { [path]: { "": ["ast"] } } });
  const tree = output.parse(answer).sources[path]?.ast;
  if (!isNode(tree)) throw new Error(`the compiler has no tree of ${path}`);
  return tree;
};
