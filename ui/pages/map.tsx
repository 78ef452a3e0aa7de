import { useMemo } from "preact/hooks";
import type { CallEdge } from "../../src/web/model.js";
import { Filter } from "../components/filter.js";
import { Empty, Loading, PageHead } from "../components/page.js";
import { ServiceLink } from "../components/service/service-label.js";
import { count, plural, rate } from "../format.js";
import { type Live, live } from "../live.js";
import { Drawing } from "../map/drawing.js";
import { lay } from "../map/layout.js";
import { setParams, usePlace } from "../router.js";
import { useStore } from "../store.js";

const all = (state: Live) => state;
const most = 60;

/** Who calls whom, as callers say of themselves. */
export function MapPage() {
  const state = useStore(live, all);
  const { params } = usePlace();
  const chosen = params.get("service") ?? "";
  const query = params.get("q") ?? "";
  const edges = useMemo(() => choose(state.edges, chosen, query), [state.edges, chosen, query]);
  const shape = edges.map(({ from, to }) => `${from}>${to}`).join();
  const layout = useMemo(() => lay(edges), [shape]);
  if (state.phase === "loading") return <Loading lines={6} />;
  return (
    <>
      <PageHead title="Map" about="Who calls whom, from what callers say of themselves.">
        <Filter value={query} onInput={(q) => setParams({ q })} label="Filter the map" />
        {chosen !== "" && (
          <button type="button" class="toggle" aria-pressed={true} onClick={() => setParams({ service: "" })}>
            Around {chosen}
          </button>
        )}
      </PageHead>
      {edges.length === 0 ? (
        <Empty title={state.edges.length === 0 ? "No calls seen yet" : "Nothing matches"}>
          Services of this toolkit count their callers. Send a query, and its path appears here.
        </Empty>
      ) : (
        <>
          <Drawing layout={layout} edges={edges} services={state.services} rates={state.rates} />
          <EdgeTable edges={edges} />
        </>
      )}
    </>
  );
}

function choose(edges: readonly CallEdge[], chosen: string, query: string): readonly CallEdge[] {
  const wanted = query.toLowerCase();
  return edges
    .filter(({ from, to }) => chosen === "" || from === chosen || to === chosen)
    .filter(({ from, to }) => from.toLowerCase().includes(wanted) || to.toLowerCase().includes(wanted))
    .sort((a, b) => b.calls - a.calls)
    .slice(0, most);
}

function EdgeTable({ edges }: { edges: readonly CallEdge[] }) {
  return (
    <section>
      <h2>{plural(edges.length, "path")}</h2>
      <div class="table-scroll">
        <table class="table plain-table">
          <thead>
            <tr>
              <th scope="col">Caller</th>
              <th scope="col">Called</th>
              <th scope="col" class="number">
                Calls/s
              </th>
              <th scope="col" class="number">
                In all
              </th>
            </tr>
          </thead>
          <tbody>
            {edges.map((edge) => (
              <tr key={`${edge.from} ${edge.to}`}>
                <td>
                  {edge.from === "" ? <span class="faint">unnamed</span> : <ServiceLink name={edge.from} />}
                </td>
                <td>
                  <ServiceLink name={edge.to} />
                </td>
                <td class="number">{rate(edge.rate)}</td>
                <td class="number">{count(edge.calls)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
