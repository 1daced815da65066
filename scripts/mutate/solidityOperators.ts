import { type Node, nodeAt, nodesAt, placeOf, textAt, typeOf } from "./ast.ts";

/** What is done to the code: one small fault. */
export const OPERATORS = [
  "comparison",
  "boundary",
  "logic",
  "arithmetic",
  "rounding",
  "removed statement",
  "removed require",
  "removed modifier",
  "swapped argument",
  "constant",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One change of a source: the bytes from `start` up to `end` become `text`. */
export type Edit = {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

/** The text of a node, and of the whole source: one character for each byte. */
export type MutantSource = { readonly bytes: string };

export const sliceOf = ({ bytes }: MutantSource, node: Node): string => {
  const { start, end } = placeOf(node);
  return bytes.slice(start, end);
};

const OPPOSITE = new Map([
  ["<", ">="],
  ["<=", ">"],
  [">", "<="],
  [">=", "<"],
  ["==", "!="],
  ["!=", "=="],
]);
const NEIGHBOUR = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
]);
const OTHER_ARITHMETIC = new Map([
  ["+", "-"],
  ["-", "+"],
  ["*", "/"],
  ["/", "*"],
  ["%", "*"],
  ["<<", ">>"],
  [">>", "<<"],
  ["&", "|"],
  ["|", "&"],
  ["^", "&"],
  ["+=", "-="],
  ["-=", "+="],
  ["*=", "/="],
  ["/=", "*="],
  ["<<=", ">>="],
  [">>=", "<<="],
  ["&=", "|="],
  ["|=", "&="],
  ["^=", "&="],
  ["++", "--"],
  ["--", "++"],
]);
const OTHER_LOGIC = new Map([
  ["&&", "||"],
  ["||", "&&"],
]);
/** Names that differ in which way they round, or which end they take. */
const OTHER_DIRECTION = new Map([
  ["Ceil", "Floor"],
  ["Floor", "Ceil"],
  ["min", "max"],
  ["max", "min"],
  ["lower", "upper"],
  ["upper", "lower"],
]);

const replace = (operator: Operator, node: Node, text: string): Edit => ({ operator, ...placeOf(node), text });

/** The operator's own sign between two operands, comments and all else left as they stand. */
const replaceSign = (source: MutantSource, node: Node, operator: Operator, sign: string): readonly Edit[] => {
  const left = nodeAt(node, "leftExpression") ?? nodeAt(node, "leftHandSide");
  const right = nodeAt(node, "rightExpression") ?? nodeAt(node, "rightHandSide");
  if (left === undefined || right === undefined) return [];
  const [from, to] = [placeOf(left).end, placeOf(right).start];
  const at = source.bytes.slice(from, to).indexOf(textAt(node, "operator"));
  if (at < 0) return [];
  const start = from + at;
  return [{ operator, start, end: start + textAt(node, "operator").length, text: sign }];
};

const binary = (source: MutantSource, node: Node): readonly Edit[] => {
  const sign = textAt(node, "operator");
  const kinds: readonly (readonly [Operator, ReadonlyMap<string, string>])[] = [
    ["comparison", OPPOSITE],
    ["boundary", NEIGHBOUR],
    ["logic", OTHER_LOGIC],
    ["arithmetic", OTHER_ARITHMETIC],
  ];
  return kinds.flatMap(([operator, others]) => {
    const other = others.get(sign);
    return other === undefined ? [] : replaceSign(source, node, operator, other);
  });
};

const unary = (source: MutantSource, node: Node): readonly Edit[] => {
  const sign = textAt(node, "operator");
  const operand = nodeAt(node, "subExpression");
  if (operand === undefined) return [];
  const text = sliceOf(source, operand);
  if (sign === "!") return [replace("logic", node, text)];
  if (sign === "~") return [replace("arithmetic", node, text)];
  if (sign === "-") return [replace("arithmetic", node, text)];
  const other = OTHER_ARITHMETIC.get(sign);
  if (other === undefined) return [];
  return [replace("arithmetic", node, node["prefix"] === true ? `${other}${text}` : `${text}${other}`)];
};

const literal = (source: MutantSource, node: Node): readonly Edit[] => {
  const text = sliceOf(source, node);
  switch (textAt(node, "kind")) {
    case "bool":
      return [replace("constant", node, text === "true" ? "false" : "true")];
    case "number":
      return /^[0-9_]+$/.test(text) ? [replace("constant", node, String(BigInt(text.replaceAll("_", "")) + 1n))] : [];
    case "string":
      return text.length > 2 ? [replace("constant", node, `${text.slice(0, -1)}!${text.slice(-1)}`)] : [];
    default:
      return [];
  }
};

/** Two arguments side by side that have one type change places. */
const swapped = (source: MutantSource, node: Node): readonly Edit[] => {
  const given = nodesAt(node, "arguments");
  return given.slice(1).flatMap((second, index) => {
    const first = given[index];
    if (first === undefined || typeOf(first) !== typeOf(second)) return [];
    const [one, other] = [sliceOf(source, first), sliceOf(source, second)];
    const [from, between, to] = [placeOf(first).start, placeOf(first).end, placeOf(second).start];
    if (one === other || to < between) return [];
    const text = `${other}${source.bytes.slice(between, to)}${one}`;
    return [{ operator: "swapped argument", start: from, end: placeOf(second).end, text }];
  });
};

/** A condition that is no comparison, which the opposite of its comparison would be. */
const negated = (source: MutantSource, node: Node): readonly Edit[] => {
  const condition = nodeAt(node, "condition");
  if (condition === undefined || OPPOSITE.has(textAt(condition, "operator")) || textAt(condition, "operator") === "!") {
    return [];
  }
  return [replace("comparison", condition, `!(${sliceOf(source, condition)})`)];
};

const isRequire = (expression: Node): boolean => {
  const callee = nodeAt(expression, "expression");
  return callee !== undefined && ["require", "assert", "revert"].includes(textAt(callee, "name"));
};

/** A statement with its semicolon; what a loop does after each turn has none. */
const removed = (source: MutantSource, node: Node, operator: Operator): readonly Edit[] => {
  const { start, end } = placeOf(node);
  const semicolon = /^\s*;/.exec(source.bytes.slice(end));
  return [{ operator, start, end: end + (semicolon?.[0].length ?? 0), text: semicolon === null ? "" : "{}" }];
};

const removedExpression = (source: MutantSource, node: Node): readonly Edit[] => {
  const expression = nodeAt(node, "expression");
  const isCheck = expression?.nodeType === "FunctionCall" && isRequire(expression);
  return removed(source, node, isCheck ? "removed require" : "removed statement");
};

/** The member of a name, `Rounding.Ceil`, or a function of a library, `x.min(y)`. */
const direction = (node: Node): readonly Edit[] => {
  const member = textAt(node, "memberName");
  const other = OTHER_DIRECTION.get(member);
  if (other === undefined) return [];
  const { end } = placeOf(node);
  return [{ operator: "rounding", start: end - member.length, end, text: other }];
};

/** A division that rounds down by saying nothing rounds up instead. */
const roundedUp = (source: MutantSource, node: Node): readonly Edit[] => {
  const callee = nodeAt(node, "expression");
  const last = nodesAt(node, "arguments").at(-1);
  if (callee === undefined || last === undefined || textAt(callee, "memberName") !== "mulDiv") return [];
  if (typeOf(last).startsWith("t_enum")) return [];
  return [replace("rounding", last, `${sliceOf(source, last)}, Math.Rounding.Ceil`)];
};

type Make = (source: MutantSource, node: Node) => readonly Edit[];

const BY_KIND: ReadonlyMap<string, Make> = new Map<string, Make>([
  ["BinaryOperation", binary],
  ["Assignment", (source, node) => binary(source, node)],
  ["UnaryOperation", unary],
  ["Literal", literal],
  ["FunctionCall", (source, node) => [...swapped(source, node), ...roundedUp(source, node)]],
  ["IfStatement", negated],
  ["Conditional", negated],
  ["WhileStatement", negated],
  ["MemberAccess", (_, node) => direction(node)],
  ["RevertStatement", (source, node) => removed(source, node, "removed require")],
  ["ExpressionStatement", removedExpression],
  ["EmitStatement", (source, node) => removed(source, node, "removed statement")],
  ["Return", (source, node) => removed(source, node, "removed statement")],
  ["Break", (source, node) => removed(source, node, "removed statement")],
  ["Continue", (source, node) => removed(source, node, "removed statement")],
]);

/** What can be done to one node of Solidity itself. */
export const editsOf = (source: MutantSource, node: Node): readonly Edit[] =>
  BY_KIND.get(node.nodeType)?.(source, node) ?? [];
