import { MicroError } from "../../core/errors.js";
import type { SidecarAnswer } from "./http.js";

/** Passes a good answer on. @throws {MicroError} what the sidecar said, as an object or, as old ones do, in plain text. */
export function checked(answer: SidecarAnswer): SidecarAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const told = MicroError.parse(answer.body.trim());
  if (isUnknownRoute(told)) throw noSidecar(answer);
  if (told.code !== 0) throw told;
  if (answer.status < 400 || unknownPath(answer)) throw noSidecar(answer);
  throw new MicroError("go.micro.sidecar", answer.status, told.detail || "no text");
}

/** The same for paths that sidecars alone have. @throws {MicroError} also SIDECAR_UNREACHABLE */
export function checkedOwn(answer: SidecarAnswer): SidecarAnswer {
  const { id } = MicroError.parse(answer.body.trim());
  const ofGateway = /^go\.micro\.(api|web|client)$/.test(id);
  if (answer.status >= 400 && (ofGateway || unknownPath(answer))) throw noSidecar(answer);
  return checked(answer);
}

/** Takes the answer to a change, which has no body. @throws {MicroError} also SIDECAR_UNREACHABLE */
export function done(answer: SidecarAnswer): void {
  if (checkedOwn(answer).body.trim() !== "") throw noSidecar(answer);
}

/** Whether a sidecar says that there is no such service; other servers answer 404 too. */
export function isMissing({ status, body }: SidecarAnswer): boolean {
  if (status !== 404) return false;
  const { id, detail } = MicroError.parse(body.trim());
  return /^service not found$/i.test(detail.trim()) && /^(go\.micro\.registry)?$/.test(id);
}

/** Our programs say this of a path that they do not have; a service may answer 404 with such words of its own. */
export function isUnknownRoute({ code, detail }: MicroError): boolean {
  return code === 404 && /^[A-Z]+ \/\S*: no such route$/.test(detail);
}

/** A sidecar has the path that is asked for, and takes its method. */
function unknownPath({ status }: SidecarAnswer): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** The server at the address is something else: a gateway, a registry, a web server. */
export function noSidecar({ host, status, header, body }: SidecarAnswer): MicroError {
  const type = header["content-type"] ?? "no content type";
  const start = body.trim().replaceAll(/\s+/g, " ").slice(0, 60);
  const said = `status ${status}, ${type}${start === "" ? "" : `: ${start}`}`;
  return new MicroError("go.micro.client", 502, `what answers at ${host} is no sidecar (${said})`, {
    reason: "SIDECAR_UNREACHABLE",
  });
}
