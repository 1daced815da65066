/** A compiled schema, as the packages of Kubernetes' schemas have them. */
export type Validate = (data: unknown) => boolean;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A value that notes which of its keys are read. */
const watched = (value: object, path: string, unread: Map<string, Set<string>>): object => {
  const left = unread.get(path) ?? new Set(Object.keys(value));
  unread.set(path, left);
  return new Proxy(value, {
    get: (target, key, receiver) => {
      const inner: unknown = Reflect.get(target, key, receiver);
      if (typeof key !== "string") return inner;
      left.delete(key);
      return isObject(inner) ? watched(inner, `${path}/${key}`, unread) : inner;
    },
  });
};

/** What a compiled schema says of a value that it refused. */
export const errorsOf = (validate: Validate): string =>
  "errors" in validate ? JSON.stringify(validate.errors) : "invalid";

/**
 * The keys of a value that its schema does not know, as paths. The compiled schemas pass over such keys without reading them,
 * where a cluster refuses them: what nobody read is unknown.
 */
export const unknownKeys = (validate: Validate, value: object): readonly string[] => {
  const unread = new Map<string, Set<string>>();
  validate(watched(value, "", unread));
  return [...unread].flatMap(([path, keys]) => [...keys].map((key) => `${path}/${key}`));
};
