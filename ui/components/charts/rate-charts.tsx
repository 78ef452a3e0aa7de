import { useMemo } from "preact/hooks";
import { duration, rate } from "../../format.js";
import type { Sample } from "../../live.js";
import { Chart, type ChartData } from "./chart.js";

interface RateChartsProps {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Some node of it is of this toolkit, so that samples will come. */
  readonly tells: boolean;
}

/** Calls, latency and errors of a service since this page follows it. */
export function RateCharts({ name, samples, tells }: RateChartsProps) {
  const charts = useMemo(() => series(samples), [samples]);
  if (samples.length === 0 && !tells)
    return (
      <p class="faint hint">
        {name} tells no rates. Services of this toolkit do, within seconds; services in Go show none.
      </p>
    );
  return (
    <div class="charts">
      <Chart title="Calls per second" data={charts.calls} format={rate} />
      <Chart title="p99" data={charts.p99} format={duration} />
      <Chart title="Errors per second" data={charts.errors} format={rate} />
    </div>
  );
}

function series(samples: readonly Sample[]): Readonly<Record<"calls" | "p99" | "errors", ChartData>> {
  const times = samples.map(({ time }) => time);
  const line = (label: string, token: string, value: (sample: Sample) => number | null) => ({
    times,
    lines: [{ label, token, values: samples.map(value) }],
  });
  return {
    calls: line("Calls", "accent", (sample) => sample.rate),
    p99: line("p99", "accent", (sample) => sample.p99),
    errors: line("Errors", "bad", (sample) => sample.errors),
  };
}
