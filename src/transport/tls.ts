import { isIP } from "node:net";
import type { ConnectionOptions, TlsOptions as NodeTlsOptions } from "node:tls";
import { type MicroError, unavailable } from "../core/errors.js";
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

/** The flag or file that mends a certificate which did not verify, by the codes of OpenSSL and Node. */
const fixes: readonly (readonly [RegExp, string])[] = [
  [/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, "give the authority that signed it with --tls_ca_file"],
  [/ALTNAME_INVALID/, "the node's --tls_cert_file needs this name, or its --server_advertise another"],
  [/CERT_HAS_EXPIRED/, "renew the node's --tls_cert_file"],
  [/ALERT_/, "it wants a client certificate of its authority: --tls_cert_file and --tls_key_file"],
  [/CERT_NOT_YET_VALID/, "check the clocks, and the node's --tls_cert_file"],
];

/** True when the peer refused the certificate of this side, or that there is none: it has read no request. */
export function isCertificateRefused(cause: unknown): cause is Error {
  if (!(cause instanceof Error)) return false;
  const { code = "" } = cause as NodeJS.ErrnoException;
  return /^ERR_SSL_.*ALERT_(.*CERTIFICATE|UNKNOWN_CA)/.test(code);
}

/** The failed handshake behind an error of a client library, wherever in its causes it is; undefined for any other error. */
export function handshakeError(error: unknown): Error | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (/^(ERR_TLS|ERR_SSL|EPROTO$)/.test(code) || fixes.some(([pattern]) => pattern.test(code)))
      return cause;
  }
  return undefined;
}

/** A handshake that failed: nothing was executed. Its text ends with what mends it, where that is known. */
export function tlsFailed(id: string, detail: string, cause: Error): MicroError {
  return unavailable(id, `${detail}${tlsFix(cause)}`, { cause, executed: "no", reason: "TLS_FAILED" });
}

/** What to do about a handshake that failed, as `; do this`; empty when nothing is known. */
function tlsFix(cause: Error): string {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const fix = fixes.find(([pattern]) => pattern.test(code))?.[1];
  return fix === undefined ? "" : `; ${fix}`;
}
