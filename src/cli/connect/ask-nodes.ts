import type { Client } from "../../client/client.js";
import { formatAddress } from "../../core/net/address.js";
import { speaksHttp } from "../../core/node-protocol.js";
import type { Node, Service } from "../../core/service.js";
import { parseJson } from "../../core/text/json.js";
import { CliError } from "../errors.js";
import { responseText } from "../output/response.js";
import { sorted } from "../output/service-text.js";
import { toCliError } from "../output/to-cli-error.js";

/** The answer of one node, or why there is none. */
export interface NodeAnswer {
  readonly version: string;
  readonly node: Node;
  /** The members of its answer. Empty without an answer. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly failure?: CliError;
  /** Milliseconds. */
  readonly latency: number;
}

/** Time limit per node in milliseconds. */
const nodeTimeout = 2000;

/**
 * Calls one method on every node of a service, all at once, with 2 s for each. Sorted by version and id. A node that
 * speaks plain HTTP is not called: it counts as healthy if it accepts a connection, and has no figures.
 */
export async function askNodes(
  services: readonly Service[],
  method: string,
  client: Client,
  options: { readonly node?: string; readonly signal: AbortSignal },
): Promise<NodeAnswer[]> {
  const all = sorted(services).flatMap((service) => service.nodes.map((node) => ({ service, node })));
  const chosen = all.filter(({ node }) => !options.node || names(node).includes(options.node));
  if (chosen.length === 0)
    throw nodeNotFound(
      options.node ?? "",
      all.map(({ node }) => node),
    );
  return Promise.all(
    chosen.map(({ service, node }) => askNode(service, node, method, client, options.signal)),
  );
}

async function askNode(
  service: Service,
  node: Node,
  method: string,
  client: Client,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  const started = performance.now();
  const latency = () => performance.now() - started;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(nodeTimeout)]);
  const base = { version: service.version, node };
  try {
    if (speaksHttp(service, node)) return { ...base, fields: await plain(node, method), latency: latency() };
    const options = { node: node.id, timeout: nodeTimeout, retries: 0, raw: true, signal: limit };
    const reply = await client.call<Uint8Array>(service.name, method, Buffer.from("{}"), options);
    return { ...base, fields: parseJson(responseText(reply)) as Record<string, unknown>, latency: latency() };
  } catch (error) {
    signal.throwIfAborted();
    const failure = limit.aborted ? late(node) : toCliError(error);
    return { ...base, fields: {}, failure, latency: latency() };
  }
}

async function plain(node: Node, method: string): Promise<NodeAnswer["fields"]> {
  if (method !== "Debug.Health")
    throw new CliError("METHOD_NOT_FOUND", "speaks plain HTTP: it has no figures", { node: node.id });
  const { reaches } = await import("../../service/health-probe.js");
  await reaches(node, nodeTimeout);
  return { status: "ok" };
}

function names({ id, address, port }: Node): string[] {
  return [id, formatAddress({ host: address, port })];
}

function late(node: Node): CliError {
  return new CliError("TIMEOUT", `no answer within ${nodeTimeout / 1000}s`, { node: node.id });
}

function nodeNotFound(node: string, nodes: readonly Node[]): CliError {
  const candidates = nodes.map(({ id }) => id);
  return new CliError("NODE_NOT_FOUND", `no node "${node}"`, {
    hint: `nodes: ${candidates.join(", ")}`,
    candidates,
  });
}
