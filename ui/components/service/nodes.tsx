import { useState } from "preact/hooks";
import type { Node, Service } from "../../../src/core/service.js";
import { isUnchecked } from "../../../src/registry/wire/group-by-version.js";
import type { NodeStats, ServiceDetail } from "../../../src/web/model.js";
import { sendJson } from "../../api.js";
import { age, bytes } from "../../format.js";
import { useNow } from "../../now.js";
import { link } from "../../router.js";
import { Failure } from "../page.js";
import { Tags } from "../tags.js";
import { HealthMark } from "./service-label.js";

interface NodeTableProps {
  readonly name: string;
  readonly services: readonly Service[];
  readonly seen: ServiceDetail["seen"];
  readonly stats: readonly NodeStats[];
  readonly admin: boolean;
}

/** Where a service runs; under `--web_admin` a node can be taken out of the registry. */
export function NodeTable({ name, services, seen, stats, admin }: NodeTableProps) {
  const now = useNow();
  const [failed, setFailed] = useState<Error>();
  const since = new Map(seen.map(({ node, time }) => [node, time]));
  const byNode = new Map(stats.map((entry) => [entry.node, entry]));
  const rows = services.flatMap((service) => service.nodes.map((node) => ({ service, node })));
  const remove = (service: Service, node: Node) => {
    if (!confirm(`Deregister ${node.id}?`)) return;
    const body = JSON.stringify({ name: service.name, version: service.version, nodes: [node] });
    sendJson("/registry", "DELETE", body).then(() => setFailed(undefined), setFailed);
  };
  return (
    <div class="table-scroll">
      {failed && <Failure error={failed} what="Not deregistered" />}
      <table class="table plain-table">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Health</th>
            <th scope="col">Version</th>
            <th scope="col">Address</th>
            <th scope="col">Seen since</th>
            <th scope="col">Uptime</th>
            <th scope="col">Memory</th>
            <th scope="col">
              <span class="sr">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ service, node }) => (
            <tr key={`${service.version} ${node.id}`}>
              <td>
                <code class="id">{node.id}</code>
                <Tags values={node.metadata} />
              </td>
              <td>
                <NodeHealth node={node} />
              </td>
              <td>{service.version || "–"}</td>
              <td>
                <code>{place(node)}</code>
              </td>
              <td>{since.has(node.id) ? age(now - (since.get(node.id) ?? now)) : "–"}</td>
              <StatsCells entry={byNode.get(node.id)} />
              <td class="row-acts">
                <a class="button small" href={link("/query", { service: name, node: node.id })}>
                  Query
                </a>
                {admin && (
                  <button type="button" class="button small danger" onClick={() => remove(service, node)}>
                    Deregister
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `host:port` of a node. */
export function place({ address, port }: Node): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function NodeHealth({ node }: { node: Node }) {
  if (node.status === "critical") return <HealthMark health="down" text="Failing" />;
  if (isUnchecked(node)) return <HealthMark health="unchecked" />;
  return <HealthMark health="ok" text="Passing" />;
}

function StatsCells({ entry }: { entry: NodeStats | undefined }) {
  if (!entry?.stats) {
    const why = entry?.error ?? "not known yet";
    return (
      <>
        <td title={why}>–</td>
        <td title={why}>–</td>
      </>
    );
  }
  return (
    <>
      <td>{age(entry.stats.uptime * 1_000)}</td>
      <td>{bytes(entry.stats.memory)}</td>
    </>
  );
}
