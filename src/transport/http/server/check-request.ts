import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { MicroError, tooLarge } from "../../../core/errors.js";
import { maxBody, maxHeaders } from "../wire/limits.js";
import { isOtherCoding, isOtherExpectation, otherCoding, otherExpectation } from "../wire/unsupported.js";

/**
 * Returns the error for a request that has to be refused. Only IP addresses, `localhost` and the node's own names are
 * accepted as `Host`: in a DNS rebinding attack, a browser sends the attacker's host name.
 */
export function checkRequest(request: IncomingMessage, hosts: ReadonlySet<string>): MicroError | undefined {
  const { rawHeaders, method } = request;
  let host: string | undefined;
  let length = 0;
  let problem: MicroError | undefined;
  // Reads the raw headers: cheaper than Node's parsed ones, which also hide a second Host.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") {
      if (host !== undefined) return notOneHost();
      host = rawHeaders[i + 1] ?? "";
    } else if (name.length === 14 && name.toLowerCase() === "content-length")
      length = Number(rawHeaders[i + 1]);
    else if (name.length === 17 || name.length === 6) problem ??= unsupported(name, rawHeaders[i + 1] ?? "");
  }
  if (host === undefined) return notOneHost();
  if (!isAllowedHost(host, hosts)) return refused(421, `read request: host "${host}" is not here`);
  if (method === "TRACE") return refused(405, "read request: TRACE is not answered");
  if (rawHeaders.length > 2 * maxHeaders) return refused(431, `read request: over ${maxHeaders} headers`);
  return length > maxBody ? bodyTooLarge() : problem;
}

function unsupported(name: string, value: string): MicroError | undefined {
  const lower = name.toLowerCase();
  if (lower === "transfer-encoding" && isOtherCoding(value)) return otherCoding("go.micro.server");
  if (lower === "expect" && isOtherExpectation(value)) return otherExpectation("go.micro.server");
  return undefined;
}

export function bodyTooLarge(limit = maxBody): MicroError {
  return tooLarge("go.micro.server", `read request: body over ${limit} bytes`);
}

function notOneHost(): MicroError {
  return refused(400, "read request: not one Host header");
}

function refused(code: number, detail: string): MicroError {
  return new MicroError("go.micro.server", code, detail);
}

let lastHost = "";

/** True for an allowed host. IP addresses and `localhost` always are. Caches the last one, which callers repeat. */
function isAllowedHost(value: string, hosts: ReadonlySet<string>): boolean {
  if (value === lastHost) return true;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(value);
  const host = (match?.[1] ?? match?.[2] ?? "").toLowerCase();
  if (isIP(host) === 0 && host !== "localhost") return hosts.has(host);
  lastHost = value;
  return true;
}
