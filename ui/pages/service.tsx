import { isHealthy, isUnchecked } from "../../src/registry/wire/group-by-version.js";
import type { NodeStats, ServiceDetail } from "../../src/web/model.js";
import { ApiError, useJson } from "../api.js";
import { RateCharts } from "../components/charts/rate-charts.js";
import { Command } from "../components/copy.js";
import { Empty, Failure, Loading, PageHead } from "../components/page.js";
import { EndpointList } from "../components/service/endpoints.js";
import { NodeTable } from "../components/service/nodes.js";
import { HealthMark, ServiceName } from "../components/service/service-label.js";
import { plural } from "../format.js";
import { type Live, live } from "../live.js";
import { link } from "../router.js";
import { healthOf } from "../services.js";
import { useStore } from "../store.js";

const all = (state: Live) => state;

/** One service in full: how it is, where it runs, what it answers to. */
export function ServicePage({ name }: { name: string }) {
  const state = useStore(live, all);
  const summary = state.services.get(name);
  const detail = useJson<ServiceDetail>(link("/registry", { service: name, detail: "1" }), summary);
  const stats = useJson<readonly NodeStats[]>(link("/stats", { service: name }), summary, 5_000);
  if (detail.error instanceof ApiError && detail.error.code === 404) return <Gone name={name} />;
  if (detail.error && !detail.data) return <Failure error={detail.error} what={`${name} cannot be read`} />;
  if (!detail.data) return <Loading lines={8} />;
  const { services, seen } = detail.data;
  const nodes = services.flatMap((service) => service.nodes);
  const health = healthOf({
    nodes: nodes.length,
    passing: nodes.filter(isHealthy).length,
    unchecked: nodes.filter(isUnchecked).length,
  });
  return (
    <>
      <PageHead
        title={<ServiceName name={name} />}
        about={
          <>
            <HealthMark health={health} /> · {plural(nodes.length, "node")} ·{" "}
            {services.map(({ version }) => version || "no version").join(", ")}
          </>
        }
      >
        <a class="button primary" href={link("/query", { service: name })}>
          Query
        </a>
        <a class="button" href={link("/map", { service: name })}>
          Map
        </a>
      </PageHead>
      <RateCharts
        name={name}
        samples={state.history.get(name) ?? []}
        tells={nodes.some(({ metadata }) => metadata.server === "micro")}
      />
      <section>
        <h2>Nodes</h2>
        <NodeTable
          name={name}
          services={services}
          seen={seen}
          stats={stats.data ?? []}
          admin={state.access.admin}
        />
      </section>
      <section>
        <h2>Endpoints</h2>
        <EndpointList service={name} services={services} />
      </section>
      <Command text={`micro get service ${name}`} />
    </>
  );
}

function Gone({ name }: { name: string }) {
  return (
    <>
      <PageHead title={<ServiceName name={name} />} />
      <Empty title="Not registered" command="micro list services">
        No node of this service is in the registry now. This page fills by itself when one appears.
      </Empty>
    </>
  );
}
