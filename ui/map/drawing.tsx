import { useState } from "preact/hooks";
import type { CallEdge, ServiceRates, ServiceSummary } from "../../src/web/model.js";
import { rate, splitName } from "../format.js";
import { link } from "../router.js";
import { healthOf } from "../services.js";
import { box, type Layout, type Spot } from "./layout.js";

interface DrawingProps {
  readonly layout: Layout;
  readonly edges: readonly CallEdge[];
  readonly services: ReadonlyMap<string, ServiceSummary>;
  readonly rates: ReadonlyMap<string, ServiceRates>;
}

/** The map drawn: callers at the left, lines as thick as the traffic; the table below says the same in words. */
export function Drawing({ layout, edges, services, rates }: DrawingProps) {
  const [near, setNear] = useState<string>();
  const touches = (edge: CallEdge) => near === undefined || edge.from === near || edge.to === near;
  const neighbours = new Set(edges.filter(touches).flatMap(({ from, to }) => [from, to]));
  return (
    <div class="map">
      <svg viewBox={`0 0 ${layout.width} ${layout.height}`} width={layout.width} height={layout.height}>
        <title>Who calls whom</title>
        {edges.map((edge) => (
          <Line key={`${edge.from} ${edge.to}`} edge={edge} layout={layout} faded={!touches(edge)} />
        ))}
        {[...layout.spots].map(([name, spot]) => (
          <g key={name} class={neighbours.has(name) ? undefined : "faded"}>
            <Box
              name={name}
              spot={spot}
              service={services.get(name)}
              rates={rates.get(name)}
              onNear={setNear}
            />
          </g>
        ))}
      </svg>
    </div>
  );
}

function Line({ edge, layout, faded }: { edge: CallEdge; layout: Layout; faded: boolean }) {
  const from = layout.spots.get(edge.from);
  const to = layout.spots.get(edge.to);
  if (!from || !to) return null;
  const busy = edge.rate > 0;
  const path = edge.from === edge.to ? loop(from) : curve(from, to);
  return (
    <path
      d={path}
      class={`line${busy ? " busy" : ""}${faded ? " faded" : ""}`}
      stroke-width={Math.min(4, 1.2 + Math.log10(1 + edge.rate) * 0.6).toFixed(2)}
    />
  );
}

function curve(from: Spot, to: Spot): string {
  const backwards = to.x <= from.x;
  const x1 = from.x + (backwards ? 0 : box.width);
  const x2 = to.x + (backwards ? box.width : 0);
  const y1 = from.y + box.height / 2;
  const y2 = to.y + box.height / 2;
  const bend = backwards ? -60 : Math.max(40, (x2 - x1) / 2);
  // A line past a column bows around what stands there.
  const bow = !backwards && x2 - x1 > box.width ? -0.8 * box.height : 0;
  return `M${x1} ${y1}C${x1 + bend} ${y1 + bow} ${x2 - bend} ${y2 + bow} ${x2} ${y2}`;
}

function loop({ x, y }: Spot): string {
  const right = x + box.width;
  return `M${right} ${y + 12}C${right + 36} ${y} ${right + 36} ${y + box.height} ${right} ${y + box.height - 12}`;
}

interface BoxProps {
  readonly name: string;
  readonly spot: Spot;
  readonly service: ServiceSummary | undefined;
  readonly rates: ServiceRates | undefined;
  readonly onNear: (name: string | undefined) => void;
}

function Box({ name, spot, service, rates, onNear }: BoxProps) {
  const [prefix, label] = splitName(name);
  const health = service ? healthOf(service) : "none";
  const said = name === "" ? "Unnamed callers" : name;
  const inner = (
    <>
      <rect x={spot.x} y={spot.y} width={box.width} height={box.height} rx={9} />
      <circle class={`health-dot ${health}`} cx={spot.x + 16} cy={spot.y + box.height / 2} r={4.5} />
      <text x={spot.x + 30} y={spot.y + (prefix === "" ? 27 : 19)} class="label">
        {cut(name === "" ? "unnamed" : label, rates && rates.rate > 0 ? 15 : 20)}
      </text>
      {prefix !== "" && (
        <text x={spot.x + 30} y={spot.y + 34} class="prefix">
          {cut(prefix, 26)}
        </text>
      )}
      {rates && rates.rate > 0 && (
        <text x={spot.x + box.width - 10} y={spot.y + 19} class="rate">
          {rate(rates.rate)}/s
        </text>
      )}
    </>
  );
  const listeners = {
    onPointerEnter: () => onNear(name),
    onPointerLeave: () => onNear(undefined),
    onFocus: () => onNear(name),
    onBlur: () => onNear(undefined),
  };
  if (service === undefined)
    return (
      <g class="box" {...listeners}>
        <title>{said}</title>
        {inner}
      </g>
    );
  return (
    <a class="box" href={link("/registry", { service: name })} aria-label={said} {...listeners}>
      {inner}
    </a>
  );
}

function cut(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join("")}…`;
}
