import { type Body, type MutantPlace, type MutationPlan, type Planned, toText } from "./mutants.ts";

/** A planned mutant with the number that switches it on. */
export type Numbered = { readonly id: number; readonly mutant: Planned };

/** A part of the written source, in bytes, that only one mutant needs. */
export type SourceSpan = MutantPlace & { readonly id: number };

export type Schema = { readonly text: string; readonly spans: readonly SourceSpan[] };

/**
 * The block's coinbase says which mutant is on: tests set it, every kind of function reads it for two gas, and nothing
 * of ours asks for it. A pure function may not, so it asks through a pointer whose type forgets that.
 */
const SWITCH = `
function mutantOfBlock() view returns (uint256) {
    return uint160(address(block.coinbase));
}
function mutantId() pure returns (uint256) {
    function () view returns (uint256) asked = mutantOfBlock;
    function () pure returns (uint256) pureAsked;
    assembly ("memory-safe") { pureAsked := asked }
    return pureAsked();
}
`;

type Change = MutantPlace & { readonly text: string };

/** Text that is put together piece by piece, and remembers which mutant wrote what. */
type Pieces = {
  readonly add: (text: string) => void;
  /** What `write` adds belongs to the mutant `id`. */
  readonly of: (id: number, write: () => void) => void;
  readonly done: () => Schema;
};

const newPieces = (): Pieces => {
  let text = "";
  const spans: SourceSpan[] = [];
  return {
    add: (more) => {
      text += more;
    },
    of: (id, write) => {
      const start = text.length;
      write();
      spans.push({ id, start, end: text.length });
    },
    done: () => ({ text: toText(text), spans }),
  };
};

/** The bytes of a place, with changes that lie in it. */
const changed = (bytes: string, { start, end }: MutantPlace, changes: readonly Change[]): string => {
  let [text, at] = ["", start];
  for (const change of [...changes].sort((one, other) => one.start - other.start)) {
    text += bytes.slice(at, change.start) + change.text;
    at = change.end;
  }
  return text + bytes.slice(at, end);
};

const isWithin = (inner: MutantPlace, outer: MutantPlace): boolean =>
  inner.start >= outer.start && inner.end <= outer.end;
const isSame = (one: MutantPlace, other: MutantPlace): boolean => one.start === other.start && one.end === other.end;
const nameOf = (name: string, id: number): string => `${name}_m${id}`;

/** What a mutant changes in one function's body: nothing where it belongs to another. */
const changesIn = (body: MutantPlace, { id, mutant }: Numbered): readonly Change[] => {
  if (mutant.kind === "body") return isSame(mutant.body, body) ? [mutant.edit] : [];
  if (mutant.kind === "modifier") return [];
  const { name, uses } = mutant.constant;
  return uses.filter((use) => isSame(use.body, body)).map(({ at }) => ({ ...at, text: nameOf(name, id) }));
};

type Alternative = { readonly id: number; readonly text: string };

/** A tree of questions, so that no function asks more than a few. */
const writeChoice = (pieces: Pieces, alternatives: readonly Alternative[]): void => {
  const [only] = alternatives;
  if (only === undefined) return;
  if (alternatives.length === 1) {
    pieces.of(only.id, () => pieces.add(only.text));
    return;
  }
  const half = alternatives.length >> 1;
  pieces.add(`{ if (mutantId() <= ${alternatives[half - 1]?.id ?? 0}) `);
  writeChoice(pieces, alternatives.slice(0, half));
  pieces.add(" else ");
  writeChoice(pieces, alternatives.slice(half));
  pieces.add(" }");
};

/** Whether the mutant that is on is one of these, by runs of numbers. */
const isOneOf = (ids: readonly number[]): string => {
  const runs: { from: number; to: number }[] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last?.to === id - 1) last.to = id;
    else runs.push({ from: id, to: id });
  }
  return runs
    .map(({ from, to }) => (from === to ? `mutantId() == ${from}` : `(mutantId() >= ${from} && mutantId() <= ${to})`))
    .join(" || ");
};

const writeBody = (pieces: Pieces, plan: MutationPlan, body: MutantPlace, mutants: readonly Numbered[]): void => {
  const alternatives = mutants.flatMap((numbered) => {
    const changes = changesIn(body, numbered);
    return changes.length === 0 ? [] : [{ id: numbered.id, text: changed(plan.bytes, body, changes) }];
  });
  const original = plan.bytes.slice(body.start, body.end);
  if (alternatives.length === 0) {
    pieces.add(original);
    return;
  }
  pieces.add(`{ if (${isOneOf(alternatives.map(({ id }) => id))}) `);
  writeChoice(pieces, alternatives);
  pieces.add(` else ${original} }`);
};

type Wrapped = NonNullable<Body["wrapped"]>;

const headerOf = (plan: MutationPlan, name: string, wrapped: Wrapped, modifiers: readonly MutantPlace[]): string => {
  const invoked = modifiers.map(({ start, end }) => plan.bytes.slice(start, end)).join(" ");
  const returns = wrapped.returns === "" ? "" : `returns ${wrapped.returns}`;
  return `function ${name}${wrapped.parameters} private ${wrapped.mutability} ${invoked} ${returns} `;
};

/** A function whose modifiers are left out by some mutants passes each call on to a copy of it that has the others. */
const writeWrapped = (
  pieces: Pieces,
  plan: MutationPlan,
  body: Body & { readonly wrapped: Wrapped },
  all: readonly Numbered[],
) => {
  const { wrapped } = body;
  const name = (id: number): string => `passedOn_${body.start}_${id}`;
  const pass = (id: number): string =>
    `{ ${wrapped.returns === "" ? "" : "return "}${name(id)}(${wrapped.names.join(", ")}); }`;
  const bare = wrapped.modifiers.map((place) => ({ ...place, text: "" }));
  const without = all.flatMap(({ id, mutant }) =>
    mutant.kind === "modifier" && isSame(mutant.body, body) ? [{ id, modifier: mutant.modifier }] : [],
  );
  pieces.add(`${changed(plan.bytes, wrapped.header, bare)}{`);
  for (const { id } of without) pieces.of(id, () => pieces.add(` if (mutantId() == ${id}) ${pass(id)} else`));
  pieces.add(` ${pass(0)} }\n`);
  for (const { id, modifier } of without) {
    const kept = wrapped.modifiers.filter((place) => !isSame(place, modifier));
    const text = headerOf(plan, name(id), wrapped, kept) + plan.bytes.slice(body.start, body.end);
    pieces.of(id, () => pieces.add(`${text}\n`));
  }
  pieces.add(headerOf(plan, name(0), wrapped, wrapped.modifiers));
  writeBody(pieces, plan, body, all);
};

/** Whether a mutant leaves out a modifier of the function. */
const isWrapped = (body: Body, all: readonly Numbered[]): body is Body & { readonly wrapped: Wrapped } =>
  body.wrapped !== undefined && all.some(({ mutant }) => mutant.kind === "modifier" && isSame(mutant.body, body));

/** One more constant for each mutant of one, beside it. */
const writeConstants = (
  pieces: Pieces,
  plan: MutationPlan,
  constant: MutantPlace,
  mutants: readonly Numbered[],
): void => {
  for (const { id, mutant } of mutants) {
    if (mutant.kind !== "constant" || !isSame(mutant.constant, constant)) continue;
    const { nameAt, name } = mutant.constant;
    const text = changed(plan.bytes, constant, [mutant.edit, { ...nameAt, text: nameOf(name, id) }]);
    const own = text.replace(/ public /, " internal ").replace(/ override /, " ");
    pieces.of(id, () => pieces.add(`${own};\n`));
  }
};

/** The source with the given mutants in it, each off until its number is the block's coinbase. */
export const schemaOf = (plan: MutationPlan, mutants: readonly Numbered[]): Schema => {
  const pieces = newPieces();
  const constants = [
    ...new Map(
      mutants.flatMap(({ mutant }) => (mutant.kind === "constant" ? [[mutant.constant.start, mutant.constant]] : [])),
    ).values(),
  ];
  const parts = [
    ...plan.bodies.map((body) =>
      isWrapped(body, mutants)
        ? { start: body.wrapped.header.start, end: body.end, write: () => writeWrapped(pieces, plan, body, mutants) }
        : { start: body.start, end: body.end, write: () => writeBody(pieces, plan, body, mutants) },
    ),
    ...constants.map((constant) => ({
      start: constant.start,
      end: constant.start,
      write: () => writeConstants(pieces, plan, constant, mutants),
    })),
  ].sort((one, other) => one.start - other.start);
  let at = 0;
  for (const part of parts) {
    pieces.add(plan.bytes.slice(at, part.start));
    part.write();
    at = part.end;
  }
  pieces.add(plan.bytes.slice(at) + SWITCH);
  return pieces.done();
};

/** The mutants whose own code the place lies in: those that a message of the compiler is about. */
export const mutantsAt = (schema: Schema, place: MutantPlace): readonly number[] =>
  schema.spans.filter((span) => isWithin(place, span)).map(({ id }) => id);
