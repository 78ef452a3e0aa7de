import { withTimeout } from "../core/async/with-timeout.js";
import { MicroError, textOf, timeout, unavailable } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import { type Node, nodeKey } from "../core/service.js";
import type { Connection, Transport } from "../transport/transport.js";
import { NodeLimit } from "./node-limit.js";

/** Opens the transport called `name`, once: later calls return the same one. */
export type TransportByName = (name: string | undefined) => Promise<Transport>;

/** Nodes remembered at most. Bounded, because the registry may list any number. */
const maxKnown = 20_000;

interface DialLimits {
  /** Milliseconds. */
  readonly left: number;
  readonly signal?: AbortSignal;
}

/** State shared by all calls to one node. */
export interface NodeHandle {
  readonly limit: NodeLimit;
  /** May have been closed since it was last used: see `openOf`. */
  connection: Connection | undefined;
}

/** Connections to nodes, over the transport that each node names in its metadata. */
export class NodeConnections {
  readonly #transports: TransportByName;
  readonly #targets = new WeakMap<Node, NodeHandle>();
  /** By node identity: the registry may return a new object for a known node, whose calls in flight still count. */
  readonly #limits = new Map<string, NodeLimit>();

  constructor(transports: TransportByName) {
    this.#transports = transports;
  }

  /** The shared state of `node`: a single lookup, as this is on the hot path. */
  target(node: Node): NodeHandle {
    return this.#targets.get(node) ?? this.#add(node);
  }

  /** The open connection to `node`. */
  open(node: Node): Connection | undefined {
    return openOf(this.target(node));
  }

  #add(node: Node): NodeHandle {
    const key = nodeKey(node);
    const limit = this.#limits.get(key) ?? new NodeLimit(node);
    if (this.#limits.size >= maxKnown)
      for (const [each, { idle }] of this.#limits) if (idle) this.#limits.delete(each);
    this.#limits.set(key, limit);
    const target = { limit, connection: undefined };
    this.#targets.set(node, target);
    return target;
  }

  /** @throws {MicroError} 503, not executed, when nothing listens there, or its transport cannot be opened. */
  async dial(node: Node, limits: DialLimits): Promise<Connection> {
    try {
      return await this.#dial(node, limits);
    } catch (error) {
      throw limits.signal?.aborted ? error : notExecuted(node, error);
    }
  }

  async #dial(node: Node, limits: DialLimits): Promise<Connection> {
    const transport = await this.#transports(node.metadata.transport);
    const address = formatAddress({ host: node.address, port: node.port });
    const dialling = transport.dial(address, {
      timeout: Math.min(1000, limits.left),
      signal: limits.signal,
      secure: node.metadata.secure === "true",
      mux: node.metadata.mux === "1",
      foreign: node.foreign,
    });
    const late = () =>
      timeout("go.micro.client", `connect to "${address}": no answer in time`, { executed: "no" });
    const connection = await withTimeout(dialling, limits.left, late);
    this.target(node).connection = connection;
    return connection;
  }
}

/** Nothing of a call is sent before there is a connection, whatever the transport throws. */
function notExecuted({ address, port }: Node, cause: unknown): MicroError {
  if (MicroError.is(cause)) return cause.executed === "no" ? cause : cause.with({ executed: "no" });
  const detail = `connect to "${formatAddress({ host: address, port })}": ${textOf(cause)}`;
  return unavailable("go.micro.client", detail, { executed: "no", cause });
}

/** The connection of a target, unless it was closed since. */
export function openOf({ connection }: NodeHandle): Connection | undefined {
  return connection?.closed ? undefined : connection;
}
