import { createHash } from "node:crypto";
import { type Node, childrenOf, nodeAt, nodesAt, placeOf, textAt, treeOf, walk } from "./ast.ts";
import { type Edit, type Operator, type MutantSource, editsOf, sliceOf } from "./solidityOperators.ts";
import { yulEditsOf } from "./yulOperators.ts";

/** One fault of one file. `key` names it by what it changes, not by where that stands. */
export type Mutant = {
  readonly key: string;
  readonly operator: Operator;
  readonly line: number;
  /** The source's own text, and what it becomes. */
  readonly before: string;
  readonly after: string;
};

/** Where a mutant's code goes: into a copy of a function's body, a call without a modifier, or another constant. */
export type Planned = Mutant &
  (
    | { readonly kind: "body"; readonly body: MutantPlace; readonly edit: Edit }
    | { readonly kind: "modifier"; readonly body: MutantPlace; readonly modifier: MutantPlace }
    | { readonly kind: "constant"; readonly constant: Constant; readonly edit: Edit }
  );

export type MutantPlace = { readonly start: number; readonly end: number };

/** A constant of the file, and where in which functions' bodies it is read. */
export type Constant = MutantPlace & {
  readonly name: string;
  readonly nameAt: MutantPlace;
  readonly uses: readonly { readonly body: MutantPlace; readonly at: MutantPlace }[];
};

/** A function or modifier that has a body. */
export type Body = MutantPlace & {
  /** What a call must be passed on with, where a modifier can be left out. */
  readonly wrapped?: {
    readonly header: MutantPlace;
    readonly modifiers: readonly MutantPlace[];
    readonly parameters: string;
    readonly names: readonly string[];
    readonly returns: string;
    readonly mutability: string;
  };
};

export type MutationPlan = {
  readonly path: string;
  readonly bytes: string;
  readonly bodies: readonly Body[];
  readonly mutants: readonly Planned[];
};

const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const toText = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

const lineAt = (bytes: string, at: number): number => bytes.slice(0, at).split("\n").length;
const trimmed = (bytes: string): string => toText(bytes).replaceAll(/\s+/g, " ").trim();

const editsBelow = (source: MutantSource, node: Node): readonly Edit[] => {
  const isYul = node.nodeType.startsWith("Yul");
  const own = isYul ? yulEditsOf(source, node) : editsOf(source, node);
  return [...own, ...childrenOf(node).flatMap((child) => editsBelow(source, child))];
};

const wrapperOf = (source: MutantSource, definition: Node, body: Node): Body["wrapped"] => {
  const modifiers = nodesAt(definition, "modifiers").filter((one) => textAt(one, "kind") === "modifierInvocation");
  const [parameters, returns] = [nodeAt(definition, "parameters"), nodeAt(definition, "returnParameters")];
  if (modifiers.length === 0 || textAt(definition, "kind") !== "function") return undefined;
  if (parameters === undefined || returns === undefined) return undefined;
  const names = nodesAt(parameters, "parameters").map((one) => textAt(one, "name"));
  if (names.includes("")) return undefined;
  return {
    header: { start: placeOf(definition).start, end: placeOf(body).start },
    modifiers: modifiers.map(placeOf),
    parameters: sliceOf(source, parameters),
    names,
    returns: nodesAt(returns, "parameters").length === 0 ? "" : sliceOf(source, returns),
    mutability: textAt(definition, "stateMutability").replace("nonpayable", "").replace("payable", ""),
  };
};

const bodiesOf = (source: MutantSource, tree: Node): readonly { readonly place: Body; readonly node: Node }[] =>
  [...walk(tree)].flatMap((node) => {
    const body = nodeAt(node, "body");
    if (!["FunctionDefinition", "ModifierDefinition"].includes(node.nodeType) || body === undefined) return [];
    const wrapped = wrapperOf(source, node, body);
    return [{ place: { ...placeOf(body), ...(wrapped === undefined ? {} : { wrapped }) }, node: body }];
  });

/** Where an identifier, or a name in inline assembly, stands for the declaration `id`. */
const usesBelow = (node: Node, id: unknown): readonly MutantPlace[] => {
  if (node["referencedDeclaration"] === id && node.nodeType === "Identifier") return [placeOf(node)];
  const outside = node.nodeType === "InlineAssembly" ? node["externalReferences"] : undefined;
  const inAssembly = Array.isArray(outside)
    ? outside.filter((one: unknown): one is Node => typeof one === "object" && one !== null && "src" in one)
    : [];
  const named = inAssembly.filter((one) => one["declaration"] === id).map(placeOf);
  return [...named, ...childrenOf(node).flatMap((child) => usesBelow(child, id))];
};

type Bodies = ReturnType<typeof bodiesOf>;

const constantsOf = (source: MutantSource, tree: Node, bodies: Bodies) =>
  [...walk(tree)].flatMap((node) => {
    const value = nodeAt(node, "value");
    if (node.nodeType !== "VariableDeclaration" || node["constant"] !== true || value === undefined) return [];
    const uses = bodies.flatMap(({ place, node: body }) =>
      usesBelow(body, node["id"]).map((at) => ({ body: { start: place.start, end: place.end }, at })),
    );
    const [start = 0, length = 0] = textAt(node, "nameLocation").split(":").map(Number);
    const nameAt = { start, end: start + length };
    const constant: Constant = { ...placeOf(node), name: textAt(node, "name"), nameAt, uses };
    return uses.length === 0 ? [] : [{ constant, edits: editsBelow(source, value) }];
  });

/** A statement's own text may be long: its first words tell which it is. */
const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 99)}…` : text);

/** Each by its line's text; the second of the same text is told from the first by its number. */
const keyMaker = (): ((named: string) => string) => {
  const seen = new Map<string, number>();
  return (named) => {
    const count = seen.get(named) ?? 0;
    seen.set(named, count + 1);
    return createHash("sha256").update(`${named}\0${count}`).digest("hex").slice(0, 12);
  };
};

type Describe = (edit: Edit) => Mutant;

const describerOf = (path: string, source: MutantSource): Describe => {
  const keyOf = keyMaker();
  return (edit) => {
    const lineStart = source.bytes.lastIndexOf("\n", edit.start) + 1;
    const end = source.bytes.indexOf("\n", edit.end);
    const lines = source.bytes.slice(lineStart, end);
    const before = trimmed(source.bytes.slice(edit.start, edit.end));
    const column = edit.start - lineStart;
    const named = [path, edit.operator, column, trimmed(lines), before, trimmed(edit.text)].join("\0");
    const line = lineAt(source.bytes, edit.start);
    const after = shown(trimmed(edit.text));
    return { key: keyOf(named), operator: edit.operator, line, before: shown(before), after };
  };
};

/** Every mutant of one source. @throws Error when the source does not compile */
export const planOf = (root: string, path: string, text: string): MutationPlan => {
  const tree = treeOf(root, path, text);
  const source = { bytes: toBytes(text) };
  const describe = describerOf(path, source);
  const bodies = bodiesOf(source, tree);
  const inBodies = bodies.flatMap(({ place, node }) =>
    editsBelow(source, node).map((edit) => ({
      kind: "body" as const,
      body: place,
      edit,
      ...describe(edit),
    })),
  );
  const modifiers = bodies.flatMap(({ place }) =>
    (place.wrapped?.modifiers ?? []).map((modifier) => {
      const edit: Edit = { operator: "removed modifier", ...modifier, text: "" };
      return { kind: "modifier" as const, body: place, modifier, ...describe(edit) };
    }),
  );
  const constants = constantsOf(source, tree, bodies).flatMap(({ constant, edits }) =>
    edits.map((edit) => ({ kind: "constant" as const, constant, edit, ...describe(edit) })),
  );
  const mutants: readonly Planned[] = [...inBodies, ...modifiers, ...constants];
  return { path, bytes: source.bytes, bodies: bodies.map(({ place }) => place), mutants };
};
