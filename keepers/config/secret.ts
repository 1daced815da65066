/** A text that prints as `[secret]` wherever it is printed, logged or serialised. */
export type Secret = {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
};

const MASK = "[secret]";
/** How Node's inspector asks a value to print itself. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export const secret = (text: string): Secret => {
  const mask = (): string => MASK;
  return Object.freeze({ reveal: () => text, toString: mask, toJSON: mask, [INSPECT]: mask });
};
