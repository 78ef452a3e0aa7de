import type { IncomingMessage } from "node:http";

const absolute = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Converts a request in absolute form (`GET http://host/path`) to origin form. The URL's authority becomes the Host
 * header, so that all rules apply to it. Source: RFC 9112, 3.2.2.
 */
export function asOriginForm(request: IncomingMessage): void {
  const match = absolute.exec(request.url ?? "");
  if (!match) return;
  const [, authority = "", rest = ""] = match;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  const { headers, rawHeaders } = request;
  if (headers.host === undefined) return; // admission refuses it
  headers.host = authority;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() === "host") rawHeaders[i + 1] = authority;
}
