import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { colour, onThemeChange } from "../../theme.js";

/** Times in milliseconds, and one list of values per line. */
export interface ChartData {
  readonly times: readonly number[];
  readonly lines: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
    readonly token: string;
  }[];
}

/** Seconds that a chart shows at least. */
const leastSpan = 60;

interface ChartProps {
  readonly title: string;
  readonly data: ChartData;
  readonly format: (value: number) => string;
}

/** Values over time, with the newest in words for those who do not see the drawing. */
export function Chart({ title, data, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(data);
  latest.current = data;
  const shape = data.lines.map(({ label }) => label).join();
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, latest.current, format), table(latest.current), element);
    };
    draw();
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: 140 }),
    );
    resize.observe(element);
    const stop = onThemeChange(draw);
    return () => {
      stop();
      resize.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(table(data)), [data]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        {data.lines.map((line) => (
          <span class="now" key={line.label}>
            {data.lines.length > 1 && <span class={`key ${line.token}`}>{line.label}</span>}
            {last(line.values) === null ? "–" : format(last(line.values) ?? 0)}
          </span>
        ))}
      </figcaption>
      <div ref={box} class="plot" aria-hidden="true" />
    </figure>
  );
}

function last(values: readonly (number | null)[]): number | null {
  return values.at(-1) ?? null;
}

/** As the library takes it; less than two points have no scale, so an empty minute stands before them. */
function table({ times, lines }: ChartData): uPlot.AlignedData {
  if (times.length < 2) {
    const last = (times[0] ?? Date.now()) / 1_000;
    return [[last - leastSpan, last], ...lines.map(({ values }) => [null, values[0] ?? null])];
  }
  return [times.map((time) => time / 1_000), ...lines.map(({ values }) => [...values])];
}

function options(element: HTMLElement, data: ChartData, format: (value: number) => string): uPlot.Options {
  const axis = { stroke: colour("muted"), font: "11px Inter, system-ui, sans-serif", ticks: { show: false } };
  const grid = { stroke: colour("line"), width: 1 };
  return {
    width: element.clientWidth,
    height: 140,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [10, 26, 0, 0],
    scales: {
      x: { range: (_plot, min, max) => [Math.min(min, max - leastSpan), max] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 80, values: (_plot, ticks) => ticks.map(timeOf) },
      { ...axis, grid, size: 58, space: 36, values: (_plot, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...data.lines.map(({ label, token }) => ({
        label,
        stroke: colour(token),
        width: 1.5,
        points: { show: false },
        fill: data.lines.length === 1 ? colour(`${token}-soft`) : undefined,
      })),
    ],
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString("en-GB");
}
