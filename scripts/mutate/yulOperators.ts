import { type Node, nodeAt, nodesAt, placeOf, textAt } from "./ast.ts";
import { type Edit, type Operator, type MutantSource, sliceOf } from "./solidityOperators.ts";

const OTHER: ReadonlyMap<string, readonly [Operator, string]> = new Map<string, readonly [Operator, string]>([
  ["add", ["arithmetic", "sub"]],
  ["sub", ["arithmetic", "add"]],
  ["mul", ["arithmetic", "div"]],
  ["div", ["arithmetic", "mul"]],
  ["and", ["arithmetic", "or"]],
  ["or", ["arithmetic", "and"]],
  ["shl", ["arithmetic", "shr"]],
  ["shr", ["arithmetic", "shl"]],
  ["lt", ["comparison", "gt"]],
  ["gt", ["comparison", "lt"]],
  ["slt", ["comparison", "sgt"]],
  ["sgt", ["comparison", "slt"]],
  ["eq", ["comparison", "xor"]],
]);

const call = (source: MutantSource, node: Node): readonly Edit[] => {
  const name = nodeAt(node, "functionName");
  if (name === undefined) return [];
  const other = OTHER.get(textAt(name, "name"));
  const [operand] = nodesAt(node, "arguments");
  const edits: Edit[] = [];
  if (other !== undefined) edits.push({ operator: other[0], ...placeOf(name), text: other[1] });
  if (textAt(name, "name") === "iszero" && operand !== undefined) {
    edits.push({ operator: "logic", ...placeOf(node), text: `iszero(iszero(${sliceOf(source, operand)}))` });
  }
  return edits;
};

const literal = (source: MutantSource, node: Node): readonly Edit[] => {
  const text = sliceOf(source, node);
  if (textAt(node, "kind") !== "number") return [];
  return [{ operator: "constant", ...placeOf(node), text: String(BigInt(text) + 1n) }];
};

/** What can be done to one node of inline assembly. */
export const yulEditsOf = (source: MutantSource, node: Node): readonly Edit[] => {
  switch (node.nodeType) {
    case "YulFunctionCall":
      return call(source, node);
    case "YulLiteral":
      return literal(source, node);
    case "YulAssignment":
      return [{ operator: "removed statement", ...placeOf(node), text: "{}" }];
    case "YulExpressionStatement":
      return [{ operator: "removed statement", ...placeOf(node), text: "{}" }];
    default:
      return [];
  }
};
