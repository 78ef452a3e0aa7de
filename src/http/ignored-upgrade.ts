import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Treats an upgrade to anything but a WebSocket as the plain request that it is without it: Java's client offers
 * HTTP/2 in this way with its first request. Node has stopped reading there, so the request is put back and read anew.
 * Returns false for a WebSocket. Source: RFC 9110, 7.8.
 */
export function ignoreUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): boolean {
  const { method, url, httpVersion, rawHeaders, headers } = request;
  if (headers.upgrade?.toLowerCase() !== "h2c" || method === "CONNECT" || "encrypted" in socket) return false;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (!/^(upgrade|connection|http2-settings)$/i.test(rawHeaders[i] ?? ""))
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  const again = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  socket.unshift(Buffer.concat([again, head]));
  server.emit("connection", socket);
  return true;
}
