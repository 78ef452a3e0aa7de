import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { MicroError, tooLarge } from "../../core/errors.js";
import { maxBody, maxHeaders } from "./limits.js";

/**
 * Says why a request is not looked at further. A browser that was talked into sending it here (DNS rebinding) names
 * the host that it believes in: only addresses, `localhost` and the names that the node goes by are let in.
 */
export function refusal(request: IncomingMessage, hosts: ReadonlySet<string>): MicroError | undefined {
  const { rawHeaders, method } = request;
  const host = only(rawHeaders, "host");
  if (host === undefined) return refused(400, "read request: not one Host header");
  if (!isOurs(host, hosts)) return refused(421, `read request: host "${host}" is not here`);
  if (method === "TRACE") return refused(405, "read request: TRACE is not answered");
  if (rawHeaders.length > 2 * maxHeaders) return refused(431, `read request: over ${maxHeaders} headers`);
  if (Number(only(rawHeaders, "content-length") ?? 0) > maxBody) return overLimit();
  return undefined;
}

/** The value of a header that is there exactly once; looked for in what was sent, which is cheaper than what Node makes of it. */
function only(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const sent = rawHeaders[i] ?? "";
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue;
    if (found !== undefined) return undefined;
    found = rawHeaders[i + 1] ?? "";
  }
  return found;
}

export function overLimit(): MicroError {
  return tooLarge("go.micro.server", `read request: body over ${maxBody} bytes`);
}

function refused(code: number, detail: string): MicroError {
  return new MicroError("go.micro.server", code, detail);
}

function isOurs(value: string, hosts: ReadonlySet<string>): boolean {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(value);
  const host = (match?.[1] ?? match?.[2] ?? "").toLowerCase();
  return isIP(host) !== 0 || host === "localhost" || hosts.has(host);
}
