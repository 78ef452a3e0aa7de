import { isMissing, noSidecar } from "./answer.js";
import type { SidecarHttp } from "./http.js";

/** A name that no service has. */
const absent = "go.micro.no.such.service";

const checked = new WeakMap<SidecarHttp, Promise<void>>();

/**
 * Tells a sidecar from a server that answers every path with the same text, such as `[]`: only a sidecar answers that a
 * service does not exist. Asked once per sidecar, and only if an answer is ambiguous.
 * @throws {MicroError} SIDECAR_UNREACHABLE
 */
export function checkSidecar(http: SidecarHttp, signal: AbortSignal | undefined): Promise<void> {
  const checking = checked.get(http) ?? check(http, signal);
  checked.set(http, checking);
  checking.catch(() => checked.delete(http));
  return checking;
}

async function check(http: SidecarHttp, signal: AbortSignal | undefined): Promise<void> {
  const answer = await http.send({ method: "GET", path: `/registry?service=${absent}`, signal });
  if (answer.status < 300 || (answer.status === 404 && !isMissing(answer))) throw noSidecar(answer);
}
