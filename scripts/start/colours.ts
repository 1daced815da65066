/** Terminal colours; a line keeps its letters. */
const [BOLD, DIM, RED, GREEN, CYAN, PLAIN] = ["1", "2", "31", "32", "36", "0"].map((code) => `\u001b[${code}m`);

const RULES: readonly (readonly [RegExp, string | undefined])[] = [
  [/^NEXUS .*$/, BOLD],
  [/^Trouble\b.*$/, RED],
  [/^(?:Treasury|Trades|Slow path|Latency|Gaps|Prices|Pools)\b/, CYAN],
  [/\benacted in #\d+|\bexecuted by #\d+|✓/g, GREEN],
  [/\breverted:.*$|\bexpired\b|\bvetoed\b|✗/g, RED],
  [/^ {4}(?=[a-z])/g, DIM],
];

/** A line of the view with what matters in it coloured. Its control characters must be gone already. */
export const painted = (line: string): string =>
  RULES.reduce(
    (text, [pattern, colour]) => text.replace(pattern, (found) => `${colour ?? ""}${found}${PLAIN ?? ""}`),
    line,
  );
