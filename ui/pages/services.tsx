import { useMemo } from "preact/hooks";
import { Command } from "../components/copy.js";
import { Filter } from "../components/filter.js";
import { Empty, isUnloaded, PageHead, Unloaded } from "../components/page.js";
import { ServiceRow } from "../components/service/service-row.js";
import { VirtualRows } from "../components/virtual.js";
import { plural } from "../format.js";
import { type Live, live } from "../live.js";
import { useMedia } from "../media.js";
import { setParams, usePlace } from "../router.js";
import { isTroubled, type Order, orders, select } from "../services.js";
import { useStore } from "../store.js";

const all = (state: Live) => state;

const columns: readonly { readonly order: Order | null; readonly title: string; readonly kind: string }[] = [
  { order: "name", title: "Service", kind: "wide" },
  { order: "health", title: "Health", kind: "" },
  { order: null, title: "Versions", kind: "versions" },
  { order: "nodes", title: "Nodes", kind: "number" },
  { order: "rate", title: "Calls/s", kind: "number trend" },
  { order: "p99", title: "p99", kind: "number" },
  { order: "errors", title: "Errors/s", kind: "number" },
];

/** Every service in a row; hundreds stay fluid because only those in view are drawn. */
export function ServicesPage() {
  const state = useStore(live, all);
  const { params } = usePlace();
  const query = params.get("q") ?? "";
  const trouble = params.get("health") === "troubled";
  const order = orders.find((name) => name === params.get("sort")) ?? "name";
  const phone = useMedia("(max-width: 760px)");
  const shown = useMemo(
    () => select([...state.services.values()], state.rates, { query, order, trouble }),
    [state.services, state.rates, query, order, trouble],
  );
  if (isUnloaded(state)) return <Unloaded state={state} lines={10} />;
  const troubled = [...state.services.values()].filter(isTroubled).length;
  return (
    <>
      <PageHead title="Services" about={<About shown={shown.length} total={state.services.size} />}>
        <Filter value={query} onInput={(q) => setParams({ q })} label="Filter services" />
        <button
          type="button"
          class="toggle"
          aria-pressed={trouble}
          onClick={() => setParams({ health: trouble ? "" : "troubled" })}
        >
          Needs a look <span class="badge">{troubled}</span>
        </button>
      </PageHead>
      {shown.length === 0 ? (
        <Empty title={state.services.size === 0 ? "No services yet" : "No service matches"} />
      ) : (
        <div role="table" aria-label="Services" aria-rowcount={shown.length} class="table services">
          <div role="rowgroup" class="table-head">
            <div role="row">
              {columns.map(({ order: by, title, kind }) => (
                <div
                  role="columnheader"
                  key={title}
                  class={kind}
                  aria-sort={by === order ? (by === "name" ? "ascending" : "descending") : undefined}
                >
                  {by === null ? (
                    title
                  ) : (
                    <button type="button" onClick={() => setParams({ sort: by === "name" ? "" : by })}>
                      {title}
                    </button>
                  )}
                </div>
              ))}
            </div>
          </div>
          <VirtualRows items={shown} rowHeight={phone ? 68 : 46}>
            {(service, index) => (
              <ServiceRow
                key={service.name}
                index={index}
                service={service}
                rates={state.rates.get(service.name)}
                samples={state.history.get(service.name)}
              />
            )}
          </VirtualRows>
        </div>
      )}
      <Command
        text={
          query === "" ? "micro list services --long" : `micro list services --filter '*${quotable(query)}*'`
        }
      />
    </>
  );
}

function About({ shown, total }: { shown: number; total: number }) {
  return (
    <span role="status">
      {shown === total ? plural(total, "service") : `${shown} of ${plural(total, "service")}`}
    </span>
  );
}

function quotable(text: string): string {
  return text.replaceAll("'", "");
}
