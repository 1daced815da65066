import { expect } from "chai";
import fc from "fast-check";
import { type RecordValue, firstDifference, readRecord, recordWriter } from "../../../../keepers/core/record.ts";

const scalars: fc.Arbitrary<RecordValue> = fc.oneof(
  fc.string(),
  fc.constantFrom("5n", "-7n", "~", "~-0", "~5n", "n"),
  fc.boolean(),
  fc.bigInt(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(undefined),
);
const keys = fc.string().filter((key) => !key.startsWith("~") && key !== "__proto__");

const { value: values } = fc.letrec<{ value: RecordValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalars,
    fc.array(tie("value")),
    fc.dictionary(
      keys,
      tie("value").filter((one) => one !== undefined),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.string(), tie("value"))).map((pairs) => new Map(pairs)),
    fc.array(fc.string()).map((items) => new Set(items)),
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })).map((items) => Float64Array.from(items)),
  ),
}));

/** A store of parts, each under a name of its own. */
const store = () => {
  const parts = new Map<string, string>();
  const keep = (text: string): string => {
    for (const [name, known] of parts) if (known === text) return name;
    const name = `part ${parts.size}`;
    parts.set(name, text);
    return name;
  };
  return { parts, keep, find: (name: string) => parts.get(name) };
};

const long = (first: bigint): readonly bigint[] => Array.from({ length: 60 }, (_, index) => first + BigInt(index));

describe("Records of decisions", () => {
  it("are read back as they were written, with parts and without [NX-QNT-11]", () => {
    fc.assert(
      fc.property(values, (value) => {
        const { keep, find } = store();
        expect(readRecord(recordWriter()(value))).to.deep.equal(value);
        expect(readRecord(recordWriter(keep)(value), find)).to.deep.equal(value);
      }),
    );
  });

  it("tell minus zero from zero, and an amount from its digits", () => {
    expect(Object.is(readRecord(recordWriter()(-0)), -0)).to.equal(true);
    expect(readRecord(recordWriter()(5n))).to.equal(5n);
    expect(readRecord(recordWriter()("5n"))).to.equal("5n");
    expect(recordWriter()("5n")).not.to.equal(recordWriter()(5n));
  });

  it("are the same bytes whatever the order of members", () => {
    expect(recordWriter()({ b: 1, a: [2n, undefined], c: undefined })).to.equal('{"a":["2n",null],"b":1}');
    expect(recordWriter()({ a: [2n, undefined], b: 1 })).to.equal('{"a":["2n",null],"b":1}');
  });

  it("keep a part that several share once, also where it is another object with the same content", () => {
    const { parts, keep, find } = store();
    const write = recordWriter(keep);
    const texts = [
      write({ at: 1, window: long(0n) }),
      write({ at: 2, window: long(0n) }),
      write({ at: 3, window: long(1n) }),
    ];
    expect(parts.size).to.equal(2);
    expect(texts.map((text) => readRecord(text, find))).to.deep.equal(
      [0n, 0n, 1n].map((first, index) => ({ at: index + 1, window: long(first) })),
    );
    expect(texts.every((text) => text.length < 100)).to.equal(true);
  });

  it("refuse what no record can hold, and say which part is missing", () => {
    for (const value of [Number.NaN, Infinity, [1, Number.NaN]])
      expect(() => recordWriter()(value)).to.throw(RangeError);
    expect(() => recordWriter()({ "~map": 1 })).to.throw(RangeError, "~map");
    expect(() => readRecord('{"~part":"gone"}')).to.throw(TypeError, "gone");
    expect(() => readRecord('{"~other":[1]}')).to.throw(TypeError, "~other");
    expect(() => readRecord('{"~set":1}')).to.throw(TypeError, "list");
    expect(() => readRecord(`${"[".repeat(70)}${"]".repeat(70)}`)).to.throw(TypeError, "too deep");
    const loop = '{"~part":"loop"}';
    expect(() => readRecord(loop, () => loop)).to.throw(TypeError, "too deep");
    const doubled = (name: string) =>
      name === "0" ? "1" : `[{"~part":"${Number(name) - 1}"},{"~part":"${Number(name) - 1}"}]`;
    expect(() => readRecord('{"~part":"30"}', doubled)).to.throw(TypeError, "too large");
  });

  it("name the first field in which two differ", () => {
    const before = { kind: "propose", hops: [{ amountIn: 5n }, { amountIn: 6n }], seen: new Map([["a", 1]]) };
    expect(firstDifference(before, { ...before })).to.equal(undefined);
    expect(firstDifference(before, { ...before, hops: [{ amountIn: 5n }, { amountIn: 7n }] })).to.deep.equal({
      path: "hops.1.amountIn",
      recorded: '"6n"',
      now: '"7n"',
    });
    expect(firstDifference(before, { ...before, hops: [{ amountIn: 5n }] })?.path).to.equal("hops.1");
    expect(firstDifference(before, { ...before, seen: new Map([["a", 2]]) })?.path).to.equal("seen.a");
    expect(firstDifference(before, { kind: "propose", hops: before.hops })?.path).to.equal("seen");
    const [one, other] = [`${"a".repeat(500)}b`, `${"a".repeat(500)}c`];
    expect(firstDifference({ one }, { one: other })?.path).to.equal("one");
    expect(firstDifference(undefined, "nothing")?.path).to.equal("");
    expect(firstDifference(1, "1")?.path).to.equal("");
    expect(firstDifference(new Set(["a"]), ["a"])?.path).to.equal("");
  });
});
