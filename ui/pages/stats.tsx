import { useEffect, useMemo, useState } from "preact/hooks";
import type { NodeStats, SelfStats } from "../../src/web/model.js";
import { useJson } from "../api.js";
import { Chart } from "../components/charts/chart.js";
import { RateCharts } from "../components/charts/rate-charts.js";
import { Combobox } from "../components/combobox.js";
import { Command } from "../components/copy.js";
import { Failure, Loading, PageHead } from "../components/page.js";
import { StatsTable } from "../components/service/stats-table.js";
import { age, bytes, compact, duration } from "../format.js";
import { type Live, live } from "../live.js";
import { link, setParams, usePlace } from "../router.js";
import { useStore } from "../store.js";

const all = (state: Live) => state;
const most = 150;

/** How this process is, and each node of a service. */
export function StatsPage() {
  const state = useStore(live, all);
  const service = usePlace().params.get("service") ?? "";
  const names = useMemo(() => [...state.services.keys()].sort(), [state.services]);
  return (
    <>
      <PageHead title="Stats" about="This dashboard's process, and the nodes of the service you choose." />
      <Self />
      <section>
        <h2>Service</h2>
        <div class="choose card">
          <Combobox
            label="Service"
            value={service}
            options={names}
            placeholder="Choose or type a service"
            filter
            onChange={(next) => setParams({ service: next })}
          />
        </div>
        {service !== "" && (
          <RateCharts name={service} samples={state.history.get(service) ?? []} tells={false} />
        )}
        {service !== "" && <ServiceStats key={service} service={service} />}
      </section>
      <Command text={service === "" ? "micro stats SERVICE" : `micro stats ${service} --watch`} />
    </>
  );
}

function ServiceStats({ service }: { service: string }) {
  const { data, error } = useJson<readonly NodeStats[]>(link("/stats", { service }), undefined, 2_000);
  if (error && !data) return <Failure error={error} what={`${service} cannot be asked`} />;
  return data ? <StatsTable entries={data} /> : <Loading lines={3} />;
}

function Self() {
  const { data, error } = useJson<SelfStats>("/stats", undefined, 2_000);
  const [samples, setSamples] = useState<readonly (SelfStats & { time: number })[]>([]);
  useEffect(() => {
    if (data) setSamples((old) => [...old, { ...data, time: Date.now() }].slice(-most));
  }, [data]);
  const charts = useMemo(() => {
    const times = samples.map(({ time }) => time);
    const line = (label: string, value: (sample: SelfStats) => number) => ({
      times,
      lines: [{ label, token: "accent", values: samples.map(value) }],
    });
    return {
      memory: line("Memory", ({ memory }) => memory),
      delay: line("Event loop delay", ({ eventLoopDelay }) => eventLoopDelay),
      cpu: line("CPU", ({ cpu }) => cpu),
    };
  }, [samples]);
  if (error && !data) return <Failure error={error} what="This process does not tell its stats" />;
  if (!data) return <Loading lines={3} />;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>Up</dt>
          <dd>{age(Date.now() - data.started)}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{bytes(data.memory)}</dd>
        </div>
        <div>
          <dt>Requests</dt>
          <dd>{compact(data.requests)}</dd>
        </div>
        <div>
          <dt>Looking now</dt>
          <dd>{data.viewers}</dd>
        </div>
      </dl>
      <div class="charts">
        <Chart title="Memory" data={charts.memory} format={bytes} />
        <Chart title="Event loop delay" data={charts.delay} format={duration} />
        <Chart title="CPU" data={charts.cpu} format={(value) => `${value.toFixed(0)} %`} />
      </div>
    </>
  );
}
