import type { IncomingMessage } from "node:http";

const absolute = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Gives a request whose target is a whole URL the usual form: the path as target, and the URL's authority as the one Host,
 * which all rules then look at. Source: RFC 9112, 3.2.2.
 */
export function asOriginForm(request: IncomingMessage): void {
  const match = absolute.exec(request.url ?? "");
  if (!match) return;
  const [, authority = "", rest = ""] = match;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  const { headers, rawHeaders } = request;
  if (headers.host === undefined) return; // refused for that
  headers.host = authority;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() === "host") rawHeaders[i + 1] = authority;
}
