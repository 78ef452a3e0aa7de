import { MicroError } from "../../core/errors.js";
import type { SidecarAnswer } from "./http.js";

/** Returns a successful answer. @throws {MicroError} the error of the sidecar; old ones send plain text. */
export function checked(answer: SidecarAnswer): SidecarAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const error = MicroError.parse(answer.body.trim());
  if (isUnknownRoute(error)) throw noSidecar(answer);
  if (error.code !== 0) throw error;
  if (answer.status < 400 || unknownPath(answer)) throw noSidecar(answer);
  throw new MicroError("go.micro.sidecar", answer.status, error.detail || "no text");
}

/** Does the same for paths that only sidecars have. @throws {MicroError} also SIDECAR_UNREACHABLE */
export function checkedOwn(answer: SidecarAnswer): SidecarAnswer {
  const { id } = MicroError.parse(answer.body.trim());
  const ofGateway = /^go\.micro\.(api|web|client)$/.test(id);
  if (answer.status >= 400 && (ofGateway || unknownPath(answer))) throw noSidecar(answer);
  return checked(answer);
}

/** Checks the answer to a change, which has no body. @throws {MicroError} also SIDECAR_UNREACHABLE */
export function done(answer: SidecarAnswer): void {
  if (checkedOwn(answer).body.trim() !== "") throw noSidecar(answer);
}

/** True if a sidecar answers that the service does not exist. Other servers answer 404 too. */
export function isMissing({ status, body }: SidecarAnswer): boolean {
  if (status !== 404) return false;
  const { id, detail } = MicroError.parse(body.trim());
  return /^service not found$/i.test(detail.trim()) && /^(go\.micro\.registry)?$/.test(id);
}

/** True for the answer of this toolkit's programs to an unknown path. A service may answer 404 with another text. */
export function isUnknownRoute({ code, detail }: MicroError): boolean {
  return code === 404 && /^[A-Z]+ \/\S*: no such route$/.test(detail);
}

/** True if the server does not have the path or the method. A sidecar has both. */
function unknownPath({ status }: SidecarAnswer): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** Makes the error for a server that is not a sidecar, but a gateway, a registry or a web server. */
export function noSidecar({ host, status, header, body }: SidecarAnswer): MicroError {
  const type = header["content-type"] ?? "no content type";
  const start = body.trim().replaceAll(/\s+/g, " ").slice(0, 60);
  const found = `status ${status}, ${type}${start === "" ? "" : `: ${start}`}`;
  return new MicroError("go.micro.client", 502, `the server at ${host} is not a sidecar (${found})`, {
    reason: "SIDECAR_UNREACHABLE",
  });
}
