import type { PublicAddress } from "../admission/edge-headers.js";

/** The public address of an application: what its clients use, and the prefix of its paths. */
export type Mount = PublicAddress;

const url = /^(?:https?:)?\/\/([^/?#]*)(.*)$/is;
const refresh = /^(\s*[\d.]+\s*[;,]\s*url\s*=\s*)(.*)$/is;

/**
 * Rewrites addresses in response headers (alternating names and values) for clients. The node's `host:port` becomes the
 * public address. A path gets the prefix, unless the application has added it itself from `X-Forwarded-Prefix`. Other
 * hosts are not changed.
 */
export function rewriteLocations(headers: readonly string[], mount: Mount, node: string): readonly string[] {
  return headers.map((value, i) => {
    if (i % 2 === 0) return value;
    switch (headers[i - 1]?.toLowerCase()) {
      case "location":
      case "content-location":
        return publicUrl(value, mount, node);
      case "refresh":
        return value.replace(refresh, (_, wait: string, to: string) => wait + publicUrl(to, mount, node));
      case "set-cookie":
        return publicCookie(value, mount, node);
      default:
        return value;
    }
  });
}

function publicUrl(value: string, mount: Mount, node: string): string {
  const match = url.exec(value);
  if (!match) return value.startsWith("/") ? prefixed(value, mount.prefix) : value;
  const [, authority = "", rest = ""] = match;
  const path = prefixed(rest.startsWith("/") ? rest : `/${rest}`, mount.prefix);
  if (authority.toLowerCase() === node.toLowerCase()) return `${mount.proto}://${mount.host}${path}`;
  if (authority.toLowerCase() !== mount.host.toLowerCase()) return value;
  return value.slice(0, value.length - rest.length) + path;
}

function prefixed(path: string, prefix: string): string {
  const behind = path.startsWith(prefix) ? path.charAt(prefix.length) : undefined;
  if (prefix === "" || behind === "" || behind === "/" || behind === "?" || behind === "#") return path;
  return prefix + path;
}

/** Limits a cookie's path to the prefix, and removes the node as its domain. `__Host-` cookies require the path `/`. */
function publicCookie(cookie: string, { prefix }: Mount, node: string): string {
  if (/^\s*__Host-/i.test(cookie)) return cookie;
  const host = node.replace(/:\d+$/, "").toLowerCase();
  const parts = cookie.split(";").flatMap((part, i) => {
    const [, name = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (i === 0) return part;
    if (/^domain$/i.test(name) && value.replace(/^\./, "").toLowerCase() === host) return [];
    if (!/^path$/i.test(name) || !value.startsWith("/") || prefix === "") return part;
    return ` Path=${value === "/" ? prefix : prefixed(value, prefix)}`;
  });
  return parts.join(";");
}
