import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterResponses } from "./pending-responses.js";

/** Takes over a socket after an upgrade request. `head` holds bytes that were already read from it. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Passes upgrades to `protocol` to `take`. An upgrade to anything else is handled as a plain request: Java clients
 * offer HTTP/2 or TLS this way in their first request. So is an upgrade with a body, because Node cannot read the body.
 * Both wait until earlier requests are answered. Call this before the server's own `connection` listener is removed.
 * Source: RFC 9110, 7.8.
 */
export function takeUpgrades(server: Server, protocol: string, take: TakeUpgrade): void {
  const readers = [...server.listeners("secureConnection"), ...server.listeners("connection")];
  const read = readers[0]?.bind(server) as (socket: Duplex) => void;
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const wanted = request.headers.upgrade?.trim().toLowerCase() === protocol;
    if (wanted && request.method === "GET" && !hasBody(request)) {
      afterResponses(socket, () => take(request, socket, head));
      return;
    }
    // Node stops parsing at an upgrade, so the request is put back without its header and parsed again.
    socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
    afterResponses(socket, () => read(socket));
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const value = rawHeaders[i + 1] ?? "";
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name) ? otherNames(value) : value;
    if (kept !== "" || value === "") lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The value of `Connection` without the names that belong to the upgrade. */
function otherNames(connection: string): string {
  const names = connection.split(",").map((name) => name.trim());
  return names.filter((name) => !/^(upgrade|http2-settings)$/i.test(name)).join(", ");
}
