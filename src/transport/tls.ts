import { isIP } from "node:net";
import type { ConnectionOptions, TlsOptions as NodeTlsOptions } from "node:tls";
import type { TlsOptions } from "./transport.js";

const oldest = "TLSv1.2";

/** What Node's client needs: the peer is verified, its name checked, unless `insecure` says otherwise. */
export function clientTls(host: string, tls: TlsOptions = {}): ConnectionOptions {
  return {
    minVersion: oldest,
    ALPNProtocols: ["http/1.1"],
    servername: isIP(host) === 0 ? host : "",
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
  };
}

/** What Node's server needs; with `clientCa` a client must show a certificate of that authority. */
export function serverTls(tls: TlsOptions): NodeTlsOptions {
  return {
    minVersion: oldest,
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: tls.clientCa !== undefined,
  };
}
