import type uPlot from "uplot";
import { useEffect, useRef } from "preact/hooks";
import type { ValuePoint } from "../data/documents.ts";
import { clockText } from "../data/times.ts";

type Props = { readonly points: readonly ValuePoint[]; readonly decimals: number; readonly label: string };

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Resolves a colour that depends on the theme: canvases know no light-dark(). */
const resolved = (name: string): string => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color === "" ? colour(name) : color;
};

const HEIGHT = 190;
const POINT_PX = 80;
const MINUTE = 60;

/** Seconds are told where the times on the axis lie closer than a minute. */
const timesText = (at: readonly number[]): string[] => {
  const [first = 0, second = first + MINUTE] = at;
  return at.map((time) => clockText(time, second - first < MINUTE));
};

const dataOf = ({ points, decimals }: Props): [number[], number[], number[], number[]] => {
  const [lower, upper] = [
    points.map((point) => Number(point.lower) / 10 ** decimals),
    points.map((point) => Number(point.upper) / 10 ** decimals),
  ];
  return [points.map(({ time }) => time), lower.map((low, i) => (low + (upper[i] ?? low)) / 2), lower, upper];
};

const axes = (): uPlot.Axis[] => {
  const style = { stroke: resolved("--faint"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { show: false } };
  const times = {
    ...style,
    space: POINT_PX,
    grid: { show: false },
    values: (_: uPlot, at: number[]) => timesText(at),
  };
  const values = {
    ...style,
    size: 74,
    values: (_: uPlot, at: number[]) => at.map((value) => value.toLocaleString("en-US")),
  };
  return [times, values];
};

const optionsFor = (width: number): uPlot.Options => ({
  width,
  height: HEIGHT,
  legend: { show: false },
  cursor: { y: false, points: { show: true } },
  axes: axes(),
  series: [
    {},
    { stroke: resolved("--accent"), width: 2, points: { show: false } },
    { stroke: "transparent", points: { show: false } },
    { stroke: "transparent", points: { show: false } },
  ],
  bands: [{ series: [3, 2], fill: resolved("--band") }],
});

/** The value over time with its band behind it. Loaded by itself, after everything that can be read without it. */
export const Plot = (props: Props) => {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  useEffect(() => {
    let isGone = false;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) plot.current?.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    const start = async (): Promise<void> => {
      const [{ default: Plotter }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
      const box = place.current;
      if (isGone || box === null) return;
      plot.current = new Plotter(optionsFor(box.clientWidth), dataOf(props), box);
      observer.observe(box);
    };
    void start();
    return () => {
      isGone = true;
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(props)), [props.points]);
  return <div class="plot" ref={place} role="img" aria-label={props.label} />;
};
