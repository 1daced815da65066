/** One line of a chart. `name` stands in the legend; it must be text of our own. */
export type Series = { readonly name: string; readonly values: readonly number[] };

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 90;
const MOST_POINTS = 720;

/** Makes text safe inside HTML and attributes. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** At most so many of the values, each standing for the same number of them: the one that is farthest from zero. */
const thinned = (values: readonly number[]): readonly number[] => {
  const size = Math.ceil(values.length / MOST_POINTS);
  if (size <= 1) return values;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values
      .slice(index * size, (index + 1) * size)
      .reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far)),
  );
};

const boundsOf = (series: readonly Series[]): { readonly low: number; readonly high: number } => {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of series) {
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) return { low: 0, high: 1 };
  return low === high ? { low: low - 1, high: high + 1 } : { low, high };
};

const pathOf = (values: readonly number[], { low, high }: { readonly low: number; readonly high: number }): string =>
  values
    .map((value, index) => {
      const x = LEFT + ((WIDTH - LEFT) * index) / Math.max(values.length - 1, 1);
      const y = HEIGHT - (HEIGHT * (value - low)) / (high - low);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");

/**
 * A chart as SVG that needs nothing from outside. `words` say what it shows to whoever does not see it.
 * @param label writes a value at the ends of the scale
 */
export const lineChart = (words: string, series: readonly Series[], label: (value: number) => string): string => {
  const drawn = series.map(({ name, values }) => ({ name, values: thinned(values) }));
  const bounds = boundsOf(drawn);
  const lines = drawn.map(({ values }, index) => `<polyline class="s${index}" points="${pathOf(values, bounds)}"/>`);
  const legend = drawn.map(({ name }, index) => `<span class="k s${index}">${escaped(name)}</span>`);
  return [
    `<figure><figcaption>${escaped(words)} ${legend.join(" ")}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(words)}">`,
    `<text x="0" y="12">${escaped(label(bounds.high))}</text>`,
    `<text x="0" y="${HEIGHT - 4}">${escaped(label(bounds.low))}</text>`,
    ...lines,
    "</svg></figure>",
  ].join("\n");
};
