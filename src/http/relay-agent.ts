import type { Agent } from "undici";
import { formatAddress } from "../core/address.js";
import type { Registry } from "../registry/registry.js";
import { connect } from "../transport/connect.js";
import { hearLastWords } from "./last-words.js";
import { readToEnd } from "./read-to-end.js";
import { relayGuard } from "./relay-guard.js";
import { skipContinue } from "./skip-continue.js";

/** Milliseconds for which what is handed on may be silent, if it is not told otherwise. */
export const defaultIdle = 120_000;

/** Milliseconds. */
export interface RelayTimes {
  /** To the first byte of an answer, between two bytes of it, and of a WebSocket. Default 120 seconds. */
  readonly idle?: number | undefined;
  /** For a whole upload. Default: no limit. */
  readonly upload?: number | undefined;
  /** To connect. Default 1000. */
  readonly dial?: number | undefined;
}

export interface RelayAgentOptions extends RelayTimes {
  /** Where the nodes come from: its own servers are never relayed to. */
  readonly registry: Registry;
  /** Another machine registered the nodes. */
  readonly foreign: boolean;
}

/** Loads undici, and opens the connections of a relay. */
export async function relayAgent(options: RelayAgentOptions): Promise<Agent> {
  const { idle = defaultIdle, dial = 1000, registry, foreign } = options;
  const { Agent } = await import("undici");
  const refuses = relayGuard(registry);
  return new Agent({
    headersTimeout: idle,
    bodyTimeout: idle,
    connections: 256,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === "https:";
      const address = formatAddress({
        host: hostname.replace(/^\[|\]$/g, ""),
        port: Number(port || (secure ? 443 : 80)),
      });
      connect(address, { timeout: dial, secure, foreign, refuses }).then(
        (socket) => callback(null, skipContinue(readToEnd(hearLastWords(socket)))),
        (error) => callback(error as Error, null),
      );
    },
  });
}
