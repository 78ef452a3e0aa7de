import { isIP } from "node:net";
import type { ConnectionOptions, TlsOptions as NodeTlsOptions } from "node:tls";
import { type MicroError, unavailable } from "../core/errors.js";
import { saysNoTls, tlsText } from "../core/net/tls-text.js";
import type { TlsOptions } from "./transport.js";

const oldest = "TLSv1.2";

/** Options for Node's TLS client. It verifies the peer's certificate and name, unless `insecure` is set. */
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

/** Options for Node's TLS server. With `clientCa`, clients must present a certificate of that authority. */
export function serverTls(tls: TlsOptions): NodeTlsOptions {
  return {
    minVersion: oldest,
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: tls.clientCa !== undefined,
  };
}

/** How to fix a failed handshake, by error codes of OpenSSL and Node. */
const fixes: readonly (readonly [RegExp, string])[] = [
  [/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, "give the authority that signed it with --tls_ca_file"],
  [/ALTNAME_INVALID/, "the node's --tls_cert_file needs this name, or its --server_advertise another"],
  [/CERT_HAS_EXPIRED/, "renew the node's --tls_cert_file"],
  [/ALERT_/, "it wants a client certificate of its authority: --tls_cert_file and --tls_key_file"],
  [/CERT_NOT_YET_VALID/, "check the clocks, and the node's --tls_cert_file"],
];

/** True when the peer refused this side's certificate or the lack of one. It has not read any request. */
export function isCertificateRefused(cause: unknown): cause is Error {
  if (!(cause instanceof Error)) return false;
  const { code = "" } = cause as NodeJS.ErrnoException;
  return /^ERR_SSL_.*ALERT_(.*CERTIFICATE|UNKNOWN_CA)/.test(code);
}

/** The TLS error in the chain of causes of an error. Undefined if there is none. */
export function handshakeError(error: unknown): Error | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (/^(ERR_TLS|ERR_SSL|EPROTO$)/.test(code) || fixes.some(([pattern]) => pattern.test(code)))
      return cause;
  }
  return undefined;
}

/** The error for a failed handshake, not executed. Its text ends with the fix, if known. */
export function tlsFailed(id: string, detail: string, cause: Error): MicroError {
  const text = tlsText(detail);
  const fix = saysNoTls(text) ? noTlsFix(id) : tlsFix(cause);
  return unavailable(id, `${text}${fix}`, { cause, executed: "no", reason: "TLS_FAILED" });
}

function noTlsFix(id: string): string {
  return id === "go.micro.client"
    ? "; start it with --tls_cert_file and --tls_key_file, or register it without secure=true"
    : "; start it with TLS, or give its address without";
}

/** How to fix a failed handshake, as `; do this`. Empty if unknown. */
function tlsFix(cause: Error): string {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const fix = fixes.find(([pattern]) => pattern.test(code))?.[1];
  return fix === undefined ? "" : `; ${fix}`;
}
