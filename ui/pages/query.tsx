import { useMemo } from "preact/hooks";
import type { ServiceDetail } from "../../src/web/model.js";
import { useJson } from "../api.js";
import { Combobox } from "../components/combobox.js";
import { PageHead } from "../components/page.js";
import { newest } from "../components/service/endpoints.js";
import { place } from "../components/service/nodes.js";
import { type Live, live } from "../live.js";
import { QueryPanel } from "../query/panel.js";
import { link, setParams, usePlace } from "../router.js";
import { useStore } from "../store.js";

const pickServices = (state: Live) => state.services;

/** Calls any method of any service. What is chosen is in the URL, what is typed is not. */
export function QueryPage() {
  const services = useStore(live, pickServices);
  const { params } = usePlace();
  const service = params.get("service") ?? "";
  const names = useMemo(() => [...services.keys()].sort(), [services]);
  const detail = useJson<ServiceDetail>(
    service === "" ? undefined : link("/registry", { service, detail: "1" }),
    services.get(service),
  );
  const found = detail.data?.services ?? [];
  const endpoints = newest(found).filter(({ metadata }) => metadata.subscriber !== "true");
  const method = params.get("method") ?? endpoints[0]?.name ?? "";
  const nodes = found.flatMap((version) => version.nodes);
  const node = nodes.some(({ id }) => id === params.get("node")) ? (params.get("node") ?? "") : "";
  return (
    <>
      <PageHead title="Query" about="Call a method and look at what comes back." />
      <div class="choose card">
        <Combobox
          label="Service"
          value={service}
          options={names}
          placeholder="Choose or type a service"
          filter
          onChange={(next) => setParams({ service: next, method: "", node: "" })}
        />
        <Combobox
          label="Method"
          value={method}
          options={[...endpoints.map(({ name }) => name), "Debug.Health", "Debug.Stats"]}
          placeholder="Say.Hello"
          onChange={(next) => setParams({ method: next })}
        />
        <label class="field">
          <span>Node</span>
          <select value={node} onChange={(event) => setParams({ node: event.currentTarget.value })}>
            <option value="">Any</option>
            {nodes.map((each) => (
              <option key={each.id} value={each.id}>
                {each.id} ({place(each)}){each.status === "critical" ? " failing" : ""}
              </option>
            ))}
          </select>
        </label>
      </div>
      <QueryPanel
        service={service}
        method={method}
        node={node}
        endpoint={endpoints.find(({ name }) => name === method)}
        missing={detail.error?.message}
      />
    </>
  );
}
