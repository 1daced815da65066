import { askCompiler, errorsIn } from "../lib/solc.ts";
import { type MutationPlan } from "./mutants.ts";
import { type Numbered, mutantsAt, schemaOf } from "./schema.ts";

/** Only what is wrong with a source, nothing made of it. */
const check = (root: string, plan: MutationPlan, mutants: readonly Numbered[]) => {
  const schema = schemaOf(plan, mutants);
  const errors = errorsIn(askCompiler(root, new Map([[plan.path, schema.text]]), {}));
  const blamed = errors.flatMap(({ sourceLocation: at }) => (at === undefined ? [] : mutantsAt(schema, at)));
  return { errors, blamed: new Set(blamed) };
};

/**
 * The mutants that the compiler takes, all together. A message that is about none of them in particular, as of a variable
 * that one leaves unset, is found by halves.
 * @throws Error when the source would not compile without any of them either
 */
export const validOf = (root: string, plan: MutationPlan, mutants: readonly Numbered[]): readonly Numbered[] => {
  const { errors, blamed } = check(root, plan, mutants);
  if (errors.length === 0) return mutants;
  if (mutants.length === 0) throw new Error(errors.map((error) => error.formattedMessage ?? error.message).join("\n"));
  const rest = mutants.filter(({ id }) => !blamed.has(id));
  if (rest.length < mutants.length) return validOf(root, plan, rest);
  if (mutants.length === 1) return validOf(root, plan, []);
  const half = mutants.length >> 1;
  return [...validOf(root, plan, mutants.slice(0, half)), ...validOf(root, plan, mutants.slice(half))];
};
