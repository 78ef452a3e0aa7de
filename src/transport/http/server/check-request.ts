import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { MicroError, tooLarge } from "../../../core/errors.js";
import { maxBody, maxHeaders } from "../wire/limits.js";

/**
 * Returns the error that a request is refused with, if it is. A browser that was talked into sending it here (DNS rebinding) names
 * the host that it believes in: only addresses, `localhost` and the names that the node goes by are let in.
 */
export function checkRequest(request: IncomingMessage, hosts: ReadonlySet<string>): MicroError | undefined {
  const { rawHeaders, method } = request;
  let host: string | undefined;
  let length = 0;
  // What was sent is looked through once: cheaper than what Node makes of it, which also hides a second Host.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") {
      if (host !== undefined) return notOneHost();
      host = rawHeaders[i + 1] ?? "";
    } else if (name.length === 14 && name.toLowerCase() === "content-length")
      length = Number(rawHeaders[i + 1]);
  }
  if (host === undefined) return notOneHost();
  if (!isOurs(host, hosts)) return refused(421, `read request: host "${host}" is not here`);
  if (method === "TRACE") return refused(405, "read request: TRACE is not answered");
  if (rawHeaders.length > 2 * maxHeaders) return refused(431, `read request: over ${maxHeaders} headers`);
  return length > maxBody ? bodyTooLarge() : undefined;
}

export function bodyTooLarge(): MicroError {
  return tooLarge("go.micro.server", `read request: body over ${maxBody} bytes`);
}

function notOneHost(): MicroError {
  return refused(400, "read request: not one Host header");
}

function refused(code: number, detail: string): MicroError {
  return new MicroError("go.micro.server", code, detail);
}

let lastHost = "";

/** Addresses and `localhost` are everybody's; the last one is known again, for callers repeat it with each request. */
function isOurs(value: string, hosts: ReadonlySet<string>): boolean {
  if (value === lastHost) return true;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(value);
  const host = (match?.[1] ?? match?.[2] ?? "").toLowerCase();
  if (isIP(host) === 0 && host !== "localhost") return hosts.has(host);
  lastHost = value;
  return true;
}
