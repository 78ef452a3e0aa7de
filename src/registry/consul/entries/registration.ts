import { isDeepStrictEqual } from "node:util";
import type { Node, Service } from "../../../core/service.js";
import { formatDuration } from "../../../core/time/duration.js";
import { fields } from "../../wire/parse.js";
import type { AgentRegistration, TtlCheck } from "../client/requests.js";
import { encodeTags } from "./tags.js";

/** Time after which Consul removes a critical node. The shortest it allows. */
const removedAfter = "1m0s";

/** Describes one node of `service` for Consul, with a TTL check if `ttl` is given. */
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

/** True if `entry`, a service as read from the agent, equals `registration`. */
export function isRegistered(
  entry: unknown,
  { name, tags, address = "", port = 0 }: AgentRegistration,
): boolean {
  const { Service, Tags, Address, Port } = fields(entry);
  const found = [Service, Tags ?? [], Address ?? "", Number(Port ?? 0)];
  return isDeepStrictEqual(found, [name, tags, address, port]);
}

/** Returns the id of the check that a registration with a TTL creates. Source: Consul's agent API. */
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
