import type { Sample } from "../../live.js";

const width = 72;
const height = 20;

/** A line without axes: how `value` went lately. */
export function Spark({
  samples,
  value,
}: {
  samples: readonly Sample[] | undefined;
  value: (sample: Sample) => number;
}) {
  const values = (samples ?? []).slice(-40).map(value);
  const top = Math.max(...values, 0);
  if (values.length < 2 || top === 0) return <span class="spark" />;
  const step = width / (values.length - 1);
  const points = values.map(
    (v, i) => `${(i * step).toFixed(1)},${(height - 2 - (v / top) * (height - 4)).toFixed(1)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} class="area" />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
