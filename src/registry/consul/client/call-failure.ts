import { badRequest, forbidden, type MicroError, notFound, unavailable } from "../../../core/errors.js";
import { tlsText } from "../../../core/net/tls-text.js";
import { isOutOfFiles } from "../../machine.js";

/** Why a request to Consul failed: the status, if it answered, and the text of Consul or of the system. */
export class CallFailure extends Error {
  readonly text: string;
  readonly status: number | undefined;
  /** True if Consul accepted the connection but did not answer in time. */
  readonly silent: boolean;

  constructor(
    cause: unknown,
    text: string,
    { status, silent = false }: { readonly status?: number; readonly silent?: boolean } = {},
  ) {
    super(text, { cause });
    this.text = text;
    this.status = status;
    this.silent = silent;
  }
}

/** Consul before 1.11 answers 500 with these texts instead of 404. */
const unknown = /unknown (check|service)|does not have associated TTL/i;

/** Node's error codes for a refused certificate, of either side, and for a peer that does not speak TLS. */
const notTrusted = /CERT|SELF_SIGNED|UNABLE_TO|_TLS_|_SSL_|EPROTO/;

/** Node gives the code EPROTO to every answer that is no handshake: its message says which. */
function tlsWords({ text, cause }: CallFailure): string {
  return tlsText(/^EPROTO$/.test(text) && cause instanceof Error ? cause.message : text);
}

/**
 * Turns the failure of `what` into a `MicroError`. A Consul without a leader or with an internal error counts as
 * unreachable.
 */
export function errorOfCall(failure: CallFailure, what: string, address: string): MicroError {
  const id = "go.micro.registry";
  const context = { cause: failure };
  const { status, text } = failure;
  const message = `${what}: consul at ${address} says "${text}"`;
  if (status === 401 || status === 403)
    return forbidden(id, `${what}: consul at ${address} does not allow it: "${text}"`, context);
  if (status === 404 || (status === 500 && unknown.test(text))) return notFound(id, message, context);
  if (status !== undefined && status !== 429 && status < 500) return badRequest(id, message, context);
  if (status === undefined && notTrusted.test(text))
    return unavailable(id, `${what}: consul at ${address}: TLS failed: ${tlsWords(failure)}`, {
      ...context,
      reason: "TLS_FAILED",
    });
  if (isOutOfFiles(text)) {
    const detail = `${what}: no connection to consul at ${address}: this process has no file descriptor left (${text})`;
    return unavailable(id, detail, { ...context, reason: "REGISTRY_UNREACHABLE" });
  }
  const found = status === undefined ? text : `status ${status}, "${text}"`;
  const detail = `${what}: consul at ${address} is unreachable: ${found}`;
  const backend = status === undefined ? { name: "consul", address, silent: failure.silent } : undefined;
  return unavailable(id, detail, { ...context, reason: "REGISTRY_UNREACHABLE", backend });
}
