import { isUtf8 } from "node:buffer";
import { MicroError } from "../../core/errors.js";
import { canonicalName, isHopLocal, memoByName } from "../../core/metadata.js";
import { contextOf } from "./request-context.js";
import type { RequestHead } from "./request-head.js";
import { connectionNames, isTraceHeader, isUntrustedHeader } from "./untrusted-headers.js";

/** Maximum number of keys in the metadata of a call. */
const maxKeys = 256;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface MetadataOptions {
  /** Passes `Authorization` on. Default: true, unless it held the listener's own token. */
  readonly authorization?: boolean;
  /** The request comes from an external client: trace headers are dropped. Default false. */
  readonly outside?: boolean;
}

/**
 * Converts the headers of a request to the metadata of a call: canonical names, several values joined by a comma
 * (cookies by a semicolon), bytes decoded by `utf8Value`. Hop-by-hop headers and those of `isUntrustedHeader` are
 * dropped.
 * @throws {MicroError} 431 for more than 256 keys.
 */
export function metadataOf(request: RequestHead, options: MetadataOptions = {}): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  const named = connectionNames(request.headers.connection, canonicalName);
  const { rawHeaders } = request;
  const authorization = options.authorization ?? !contextOf(request).credentials;
  let keys = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = passing(rawHeaders[i] ?? "");
    if (name === "" || named?.has(name) || (options.outside && isTraceHeader(name))) continue;
    if (name === "Authorization" && !authorization) continue;
    const value = utf8Value(rawHeaders[i + 1] ?? "");
    const before = metadata[name];
    metadata[name] = before === undefined ? value : `${before}${name === "Cookie" ? "; " : ","}${value}`;
    if (before === undefined && ++keys > maxKeys)
      throw new MicroError("go.micro.rpc", 431, `request headers: more than ${maxKeys}`, {
        reason: "TOO_LARGE",
      });
  }
  return metadata;
}

/** The canonical name of a header that is passed on. Empty for any other. */
const passing = memoByName((sent) => {
  const name = canonicalName(sent);
  return token.test(name) && !isHopLocal(name) && !isUntrustedHeader(name) ? name : "";
});

/**
 * Decodes a header value, which Node reads as latin1: as UTF-8 if it is valid, as in the Go ecosystem, else as latin1.
 */
export function utf8Value(value: string): string {
  for (let i = 0; i < value.length; i++)
    if (value.charCodeAt(i) > 0x7f) {
      const bytes = Buffer.from(value, "latin1");
      return isUtf8(bytes) ? bytes.toString("utf8") : value;
    }
  return value;
}
