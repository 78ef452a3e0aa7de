import type { Endpoint, Service } from "../../../src/core/service.js";
import { wireEndpoints } from "../../../src/core/text/field-names.js";
import { link } from "../../router.js";
import { Tags } from "../tags.js";
import { TypeTree } from "./type-tree.js";

/** What a service answers to, with the types of requests and responses. */
export function EndpointList({ service, services }: { service: string; services: readonly Service[] }) {
  const endpoints = newest(services);
  if (endpoints.length === 0) return <p class="faint">This service describes no endpoints.</p>;
  return (
    <ul class="endpoints">
      {endpoints.map((endpoint) => (
        <li class="card" key={endpoint.name}>
          <header>
            <h3>{endpoint.name}</h3>
            <Kind endpoint={endpoint} />
            {endpoint.metadata.subscriber !== "true" && (
              <a class="button small" href={link("/query", { service, method: endpoint.name })}>
                Query
              </a>
            )}
          </header>
          <div class="types">
            <TypeTree
              title={endpoint.metadata.subscriber === "true" ? "Message" : "Request"}
              value={endpoint.request}
            />
            {endpoint.metadata.subscriber !== "true" && (
              <TypeTree title="Response" value={endpoint.response} />
            )}
          </div>
          <Tags values={rest(endpoint)} />
        </li>
      ))}
    </ul>
  );
}

/** Endpoints of all versions, by name; of one name the last version's. Their fields are named as in JSON. */
export function newest(services: readonly Service[]): readonly Endpoint[] {
  const byName = new Map<string, Endpoint>();
  const sorted = [...services].sort((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
  for (const service of sorted)
    for (const endpoint of wireEndpoints(service)) byName.set(endpoint.name, endpoint);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function Kind({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.metadata.subscriber === "true")
    return (
      <a class="chip" href={link("/topics", { topic: endpoint.metadata.topic ?? "" })}>
        topic {endpoint.metadata.topic}
      </a>
    );
  return endpoint.metadata.stream === "true" ? <span class="chip">stream</span> : null;
}

function rest({ metadata }: Endpoint): Readonly<Record<string, string>> {
  const known = new Set(["stream", "subscriber", "topic"]);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !known.has(name)));
}
