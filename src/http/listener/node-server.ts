import { createServer, type Server } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { Limits } from "../limits.js";

/** Creates Node's server, with its strict parser and explicit limits. */
export async function nodeServer(
  limits: Limits,
  tls: SecureContextOptions | undefined,
  mutual: boolean,
): Promise<Server> {
  const options = {
    maxHeaderSize: limits.headers,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeout),
    requireHostHeader: false,
    insecureHTTPParser: false,
  };
  if (!tls) return Object.assign(createServer(options), { httpAllowHalfOpen: true }); // `Connections` closes them
  const { createSecureServer } = await import("node:http2");
  const server = createSecureServer({
    ...options,
    ...tls,
    allowHTTP1: true,
    handshakeTimeout: limits.headersTimeout,
    requestCert: mutual,
    rejectUnauthorized: mutual,
    settings: { maxConcurrentStreams: 100, maxHeaderListSize: limits.headers },
  }) as unknown as Server;
  // The secure server ignores these as options.
  server.headersTimeout = limits.headersTimeout;
  server.requestTimeout = limits.requestTimeout;
  server.keepAliveTimeout = limits.keepAlive;
  server.on("session", (session) => session.setTimeout(limits.keepAlive, () => session.close()));
  return server;
}
