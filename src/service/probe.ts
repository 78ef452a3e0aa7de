import { readReply, writeCall } from "../codec/exchange.js";
import { json } from "../codec/json.js";
import { formatAddress } from "../core/address.js";
import { unavailable } from "../core/errors.js";
import type { Node } from "../core/service.js";
import type { Transports } from "./parts.js";

/**
 * Asks a node for `Debug.Health` on a connection of its own: one that is open already may hang for reasons of its own.
 * @throws {MicroError} when the node does not answer that it is well.
 */
export async function probeHealth(
  transports: Transports,
  node: Node,
  timeout: number,
): Promise<"ok" | "degraded"> {
  const transport = await transports.get(node.metadata.transport);
  const secure = node.metadata.secure === "true";
  const address = formatAddress({ host: node.address, port: node.port });
  await using connection = await transport.dial(address, { timeout, secure, own: true });
  const outgoing = {
    service: "",
    method: "Debug.Health",
    id: 0,
    contentType: "application/json",
    protocol: node.metadata.protocol === "mucp" ? "mucp" : "legacy",
    metadata: {},
    timeoutNs: timeout * 1e6,
  } as const;
  const reply = await connection.call(writeCall(outgoing, json.encode({})), { timeout });
  const health = json.decode(readReply(outgoing, reply)) as { readonly status?: unknown } | undefined;
  if (health?.status === "ok" || health?.status === "degraded") return health.status;
  throw unavailable("go.micro.client", `health of "${address}": ${String(health?.status)}`);
}
