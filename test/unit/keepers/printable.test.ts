import { expect } from "chai";
import fc from "fast-check";
import { LATER_LINE, printable, printableJson } from "../../../keepers/core/printable.ts";

/** What a terminal obeys or hides, one of each kind. */
const TRICKS = [
  ["a colour", "A\u001b[8mB", "A\\u{1b}[8mB"],
  ["a control sequence in one byte", "A\u009b2JB", "A\\u{9b}2JB"],
  ["a return of the carriage", "A\rB", "A\\u{d}B"],
  ["a backspace", "A\bB", "A\\u{8}B"],
  ["a turn of direction", "A\u202eB", "A\\u{202e}B"],
  ["an isolated direction", "A\u2066B", "A\\u{2066}B"],
  ["a space without width", "A\u200bB", "A\\u{200b}B"],
  ["a mark at the beginning", "\ufeffA", "\\u{feff}A"],
  ["a soft hyphen", "A\u00adB", "A\\u{ad}B"],
  ["a filler", "A\u3164B", "A\\u{3164}B"],
  ["a separator of lines", "A\u2028B", "A\\u{2028}B"],
  ["a tag", "A\u{e0041}B", "A\\u{e0041}B"],
  ["half a character", "A\ud800B", "A\\u{d800}B"],
] as const;

const LINES = "A\nid: 1\r\ncall 1: nothing";
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("text from outside, as it is printed [NX-FAC-01]", () => {
  for (const [what, text, shown] of TRICKS) {
    it(`shows ${what} as its code point`, () => {
      expect(printable(text)).to.equal(shown);
    });
  }

  it("marks each line after the first, so that none passes for one of ours", () => {
    expect(printable(LINES)).to.equal(`A\n${LATER_LINE}id: 1\n${LATER_LINE}call 1: nothing`);
  });

  it("leaves what people write as it is", () => {
    for (const text of ["14 → 6 permitted calls, “WETH” leaves …", "Größe ✓ ✗ │ 価格 😀", ""])
      expect(printable(text)).to.equal(text);
  });

  it("never prints what cannot be seen, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const line of printable(text).split("\n")) expect(UNSEEN.test(line)).to.equal(false);
      }),
    );
  });

  it("keeps a JSON document the same document, and inert", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = printableJson(JSON.stringify({ text }, undefined, 2));
        expect(JSON.parse(json)).to.deep.equal({ text });
        for (const line of json.split("\n")) expect(UNSEEN.test(line)).to.equal(false);
      }),
    );
  });
});
