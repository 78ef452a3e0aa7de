import { json } from "../codec/json/json.js";
import { readReply, writeCall } from "../codec/rpc/rpc.js";
import { orAbort } from "../core/async/or-abort.js";
import { MicroError, unavailable } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import { saysHttp } from "../core/node-protocol.js";
import type { Node } from "../core/service.js";
import { connect } from "../transport/connect.js";
import type { Transports } from "./transports.js";

/** Milliseconds that a node has to answer a probe. */
const probeTimeout = 1000;

/**
 * Calls `Debug.Health` of a node on a new connection, because an existing one may hang although the node is well.
 * @throws {MicroError} unless the answer is `ok` or `degraded`.
 */
export async function probeHealth(
  transports: Transports,
  node: Node,
  timeout: number,
): Promise<"ok" | "degraded"> {
  const transport = await transports.get(node.metadata.transport);
  const secure = node.metadata.secure === "true";
  const address = formatAddress({ host: node.address, port: node.port });
  await using connection = await transport.dial(address, {
    timeout,
    secure,
    own: true,
    foreign: node.foreign,
  });
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

/**
 * Connects to a plain HTTP node and sends nothing: its program would have to handle a request.
 * @throws {MicroError} when the connection fails.
 */
export async function reaches(
  { address: host, port, metadata, foreign }: Node,
  timeout: number,
): Promise<void> {
  const secure = metadata.secure === "true";
  const socket = await connect(formatAddress({ host, port }), { timeout, secure, foreign });
  socket.destroy();
}

/** True when a node answers, even with an error. A stopped or draining process does not. */
export async function answersProbe(
  transports: Transports,
  node: Node,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    const asked = saysHttp(node) ? reaches(node, probeTimeout) : probeHealth(transports, node, probeTimeout);
    await orAbort<unknown>(asked, signal);
    return true;
  } catch (error) {
    return MicroError.is(error) && error.code !== 408 && error.code !== 503;
  }
}
