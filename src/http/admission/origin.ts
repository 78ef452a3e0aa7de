import type { IncomingHttpHeaders } from "node:http";
import { forbidden, MicroError } from "../../core/errors.js";
import { isJsonType } from "../message/content-type.js";
import type { Cors } from "./cors.js";

/** What a page of another origin may do. */
export interface OriginRule {
  /**
   * True for a link of such a page that opens in a window: it may lead to pages, and must run no method.
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
 * Refuses what changes something, and every upgrade, when a page of another origin asks for it; with `reads` also
 * its plain reads, for they run methods of services, frames and objects included. A link passes, and is known as one. The
 * page that it is on is not: a link has no `Origin`, and its `Referer` stays the same however it is redirected.
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

/** True for what fills a window or a tab: not a frame or an object, in which the page would hide it. */
function opensWindow(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

/**
 * Refuses a link of another page to what runs a method: a window that opens is all that the page needs to run it.
 * @throws {MicroError} 403
 */
export function refuseLink({ foreignLink }: { readonly foreignLink?: boolean }, id: string): void {
  if (foreignLink) throw forbidden(id, "cross-origin request refused: a link of another page to a method");
}

/** The scheme is not compared: a proxy in front may end TLS, and one port serves one scheme. */
function sameOrigin(origin: string, host: string): boolean {
  const match = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase());
  if (!match) return false;
  const port = match[1] === "https" ? ":443" : ":80";
  const strip = (name: string) => (name.endsWith(port) ? name.slice(0, -port.length) : name);
  return strip(match[2] ?? "") === strip(host.toLowerCase());
}

/** True for a request of a page of this server, or of a person who typed the address. */
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
 * Demands a JSON content type of a browser: a form or plain text needs no preflight, so any page could send it.
 * @throws {MicroError} 415
 */
export function requireJson(headers: IncomingHttpHeaders, id: string): void {
  if (!fromBrowser(headers)) return;
  if (isJsonType(headers["content-type"])) return;
  throw new MicroError(id, 415, "header Content-Type: a browser must send application/json");
}
