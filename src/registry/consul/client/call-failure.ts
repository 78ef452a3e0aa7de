import { badRequest, forbidden, type MicroError, notFound, unavailable } from "../../../core/errors.js";
import { isOutOfFiles } from "../../machine.js";

/** Why a call of Consul failed: its status, if it answered, and what it or the system said. */
export class CallFailure extends Error {
  readonly text: string;
  readonly status: number | undefined;

  constructor(cause: unknown, text: string, status?: number) {
    super(text, { cause });
    this.text = text;
    this.status = status;
  }
}

/** How Consul before 1.11 says 404. */
const unknown = /unknown (check|service)|does not have associated TTL/i;

/** Codes of Node for certificates that are refused, ours or theirs, and for no TLS at the other end. */
const notTrusted = /CERT|SELF_SIGNED|UNABLE_TO|_TLS_|_SSL_|EPROTO/;

/** The failure of `what` as a `MicroError`. A Consul without leader, or that fails inside, counts as unreachable. */
export function errorOfCall(failure: CallFailure, what: string, address: string): MicroError {
  const id = "go.micro.registry";
  const context = { cause: failure };
  const { status, text } = failure;
  const said = `${what}: consul at ${address} says "${text}"`;
  if (status === 401 || status === 403)
    return forbidden(id, `${what}: consul at ${address} does not allow it: "${text}"`, context);
  if (status === 404 || (status === 500 && unknown.test(text))) return notFound(id, said, context);
  if (status !== undefined && status !== 429 && status < 500) return badRequest(id, said, context);
  if (status === undefined && notTrusted.test(text))
    return unavailable(id, `${what}: consul at ${address}: TLS failed: ${text}`, {
      ...context,
      reason: "TLS_FAILED",
    });
  if (isOutOfFiles(text)) {
    const detail = `${what}: no connection to consul at ${address}: this process has no file descriptor left (${text})`;
    return unavailable(id, detail, { ...context, reason: "REGISTRY_UNREACHABLE" });
  }
  const found = status === undefined ? text : `status ${status}, "${text}"`;
  const detail = `${what}: consul at ${address} is unreachable: ${found}`;
  return unavailable(id, detail, { ...context, reason: "REGISTRY_UNREACHABLE" });
}
