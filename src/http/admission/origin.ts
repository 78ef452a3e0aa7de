import type { IncomingHttpHeaders } from "node:http";
import { forbidden, MicroError } from "../../core/errors.js";
import { isJsonType } from "../message/content-type.js";
import type { Cors } from "./cors.js";

/** Protects against requests of pages of other origins. */
export interface OriginRule {
  /**
   * Returns true for a link on such a page that opens in a window: it may show pages, but must not run methods.
   * @throws {MicroError} 403 for a request that such a page must not make.
   */
  check(request: BrowserRequest): boolean;
}

export interface BrowserRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly host: string;
  readonly upgrade: boolean;
}

/**
 * Refuses writes and upgrades of pages of other origins. With `reads`, also their reads, including frames and objects,
 * because these run methods of services. A link is let through, and reported as one. Which page it is on cannot be
 * known: a link has no `Origin`, and its `Referer` is kept across redirects.
 */
export function originRule(cors: Cors, reads: boolean, id: string): OriginRule {
  return {
    check({ method, headers, host, upgrade }) {
      const origin = headers.origin;
      const site = headers["sec-fetch-site"];
      if (origin === undefined && site === undefined) return false;
      if (origin !== undefined && (cors.allows(origin) || sameOrigin(origin, host))) return false;
      if (origin === undefined && (site === "same-origin" || site === "none")) return false;
      const read = !upgrade && /^(?:GET|HEAD|OPTIONS)$/.test(method);
      if (read && !reads) return false;
      if (read && origin === undefined && opensWindow(headers)) return true;
      throw forbidden(id, "cross-origin request refused");
    },
  };
}

/** True for a navigation of a window or tab. Not of a frame or object, which a page can hide. */
function opensWindow(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

/**
 * Refuses a link from a page of another origin to a method: opening a window would be enough to run it.
 * @throws {MicroError} 403
 */
export function refuseLink({ foreignLink }: { readonly foreignLink?: boolean }, id: string): void {
  if (foreignLink) throw forbidden(id, "cross-origin request refused: a link of another page to a method");
}

/** The scheme is not compared: a proxy may terminate TLS, and one port serves one scheme. */
function sameOrigin(origin: string, host: string): boolean {
  const match = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase());
  if (!match) return false;
  const port = match[1] === "https" ? ":443" : ":80";
  const strip = (name: string) => (name.endsWith(port) ? name.slice(0, -port.length) : name);
  return strip(match[2] ?? "") === strip(host.toLowerCase());
}

/** True for a request of a page of this server, or of a user who typed the address. */
export function fromSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (headers.origin !== undefined) return sameOrigin(headers.origin, headers.host ?? "");
  return site === "same-origin" || site === "none";
}

/** True for a request that a browser made. */
export function fromBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
}

/**
 * Requires browsers to send a JSON content type: forms and plain text need no preflight, so any page could send them.
 * @throws {MicroError} 415
 */
export function requireJson(headers: IncomingHttpHeaders, id: string): void {
  if (!fromBrowser(headers)) return;
  if (isJsonType(headers["content-type"])) return;
  throw new MicroError(id, 415, "header Content-Type: a browser must send application/json");
}
