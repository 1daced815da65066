/**
 * What a terminal obeys or hides: control and format characters, bidirectional marks, fillers without width, lone
 * surrogates, private characters, and selectors that change the character before them.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]|\p{Variation_Selector}|\u034F|\u17B4|\u17B5/gu;

/** What stands before each line of a text but its first, so that none of them passes for a line of ours. */
export const LATER_LINE = "  │ ";

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * A text as a terminal shows it whole and obeys none of it: what cannot be seen is written as its code point, and lines
 * after the first are marked. Everything that is printed goes through it. [NX-FAC-01]
 */
export const printable = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(UNSEEN, escaped))
    .join(`\n${LATER_LINE}`);

const escapedUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON with the same characters in JSON's own escapes: the document says the same, and a terminal obeys none of it. */
export const printableJson = (json: string): string =>
  json.replace(UNSEEN, (found) =>
    found === "\n"
      ? found
      : Array.from({ length: found.length }, (_, i) => found.charAt(i))
          .map(escapedUnit)
          .join(""),
  );
