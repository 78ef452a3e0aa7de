import type { Socket } from "node:net";
import type { Agent } from "undici";
import { overloaded } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import type { Registry } from "../../registry/registry.js";
import { connect } from "../../transport/connect.js";
import { readToEnd } from "../body/read-to-end.js";
import { readAfterReset } from "./read-after-reset.js";
import { relayGuard } from "./relay-guard.js";
import { skipContinue } from "./skip-continue.js";

/** Default of `RelayTimes.idle`, in milliseconds. */
export const defaultIdle = 120_000;

/** Times in milliseconds. */
export interface RelayTimes {
  /** Until the first byte of a response, and between two bytes of it or of a WebSocket. Default 120 seconds. */
  readonly idle?: number | undefined;
  /** For a whole upload. Default: no limit. */
  readonly upload?: number | undefined;
  /** To connect to a node. Default 1000. */
  readonly dial?: number | undefined;
}

/**
 * Connections to one node: as many as a listener accepts. Requests do not queue for connections, because long responses
 * would block the queue.
 */
const mostConnections = 10_000;

export interface RelayAgentOptions extends RelayTimes {
  /** Maximum connections to one node. Further requests fail at once. Default 10,000. */
  readonly connections?: number;
  /** The registry of the nodes. Its own servers are never relayed to. */
  readonly registry: Registry;
  /** True if other machines registered the nodes. */
  readonly foreign: boolean;
}

/** Loads undici, and creates the agent that opens the connections of a relay. */
export async function relayAgent(options: RelayAgentOptions): Promise<Agent> {
  const { idle = defaultIdle, dial = 1000, registry, foreign, connections = mostConnections } = options;
  const { Agent } = await import("undici");
  const refuses = relayGuard(registry);
  const open = new OpenConnections(connections);
  return new Agent({
    headersTimeout: idle,
    bodyTimeout: idle,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === "https:";
      const address = formatAddress({
        host: hostname.replace(/^\[|\]$/g, ""),
        port: Number(port || (secure ? 443 : 80)),
      });
      open
        .add(address, () => connect(address, { timeout: dial, secure, foreign, refuses }))
        .then(
          (socket) => callback(null, skipContinue(readToEnd(readAfterReset(socket)))),
          (error) => callback(error as Error, null),
        );
    },
  });
}

/** Counts the connections to each node, including those being opened. */
class OpenConnections {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Opens a connection. @throws {MicroError} 503 (OVERLOADED) at the limit. */
  async add<S extends Socket>(address: string, dial: () => Promise<S>): Promise<S> {
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#most)
      throw overloaded("go.micro.relay", `node: ${this.#most} connections to it are open`, {
        executed: "no",
      });
    this.#counts.set(address, count + 1);
    try {
      const socket = await dial();
      socket.once("close", () => this.#remove(address));
      return socket;
    } catch (error) {
      this.#remove(address);
      throw error;
    }
  }

  #remove(address: string): void {
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }
}
