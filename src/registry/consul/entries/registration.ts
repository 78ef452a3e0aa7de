import { isDeepStrictEqual } from "node:util";
import type { Node, Service } from "../../../core/service.js";
import { formatDuration } from "../../../core/time/duration.js";
import { fields } from "../../wire/parse.js";
import type { AgentRegistration, TtlCheck } from "../client/requests.js";
import { encodeTags } from "./tags.js";

/** How long a critical node stays: Consul's minimum. */
const removedAfter = "1m0s";

/** One node of `service` as Consul wants it, with a check when there is a `ttl`. */
export function registration(service: Service, node: Node, ttl: number | undefined): AgentRegistration {
  const { version, endpoints } = service;
  return {
    id: node.id,
    name: service.name,
    tags: encodeTags({ version, endpoints, metadata: node.metadata }),
    ...(node.address === "" ? {} : { address: node.address }),
    ...(node.port === 0 ? {} : { port: node.port }),
    ...(ttl === undefined ? {} : { check: ttlCheck(service, ttl) }),
  };
}

/** True when `entry`, a service as the agent shows it, says what `registration` says. */
export function isRegistered(
  entry: unknown,
  { name, tags, address = "", port = 0 }: AgentRegistration,
): boolean {
  const { Service, Tags, Address, Port } = fields(entry);
  const found = [Service, Tags ?? [], Address ?? "", Number(Port ?? 0)];
  return isDeepStrictEqual(found, [name, tags, address, port]);
}

/** Id of the check that a registration with a TTL makes. Source: Consul's agent API. */
export function checkId(nodeId: string): string {
  return `service:${nodeId}`;
}

function ttlCheck(service: Service, ttl: number): TtlCheck {
  return {
    name: `Service '${service.name}' check`,
    ttl: formatDuration(ttl),
    timeout: formatDuration(ttl),
    status: "passing",
    deregistercriticalserviceafter: removedAfter,
  };
}
