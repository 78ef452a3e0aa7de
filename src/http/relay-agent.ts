import type { Agent } from "undici";
import { formatAddress } from "../core/address.js";
import { connect } from "../transport/connect.js";
import { hearLastWords } from "./last-words.js";
import { skipContinue } from "./skip-continue.js";

/** Milliseconds. */
export interface RelayTimes {
  /** To the first byte of an answer, and between two bytes of it. Default 120 seconds. */
  readonly idle?: number | undefined;
  /** To connect. Default 1000. */
  readonly dial?: number | undefined;
}

/** Loads undici, and opens the connections of a relay. */
export async function relayAgent({ idle = 120_000, dial = 1000 }: RelayTimes): Promise<Agent> {
  const { Agent } = await import("undici");
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
      connect(address, { timeout: dial, secure }).then(
        (socket) => callback(null, skipContinue(hearLastWords(socket))),
        (error) => callback(error as Error, null),
      );
    },
  });
}
