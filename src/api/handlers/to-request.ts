import { badRequest } from "../../core/errors.js";
import { canonicalName, memoByName } from "../../core/metadata.js";
import type { Metadata } from "../../core/service.js";
import { utf8 } from "../../http/body/body.js";
import { type Form, parseForm } from "../../http/message/form.js";
import { utf8Value } from "../../http/message/metadata.js";
import type { RequestContext } from "../../http/message/request-context.js";
import type { RequestHead } from "../../http/message/request-head.js";
import { isTraceHeader, isUntrustedHeader } from "../../http/message/untrusted-headers.js";
import type { ApiRequest, Pair } from "./messages.js";

const id = "go.micro.api";
const formType = "application/x-www-form-urlencoded";
const withForm = new Set(["POST", "PUT", "PATCH"]);
/** Hop-by-hop headers, and those that only the gateway may set. */
const dropped = /^(Connection|Keep-Alive|Proxy-Connection|Te|Trailer|Transfer-Encoding|Upgrade|Timeout)$/;

/**
 * Converts an HTTP request to an `api.Request`. A form goes to `post`, any other body to `body`, or to `raw` if it is
 * not UTF-8. A body without a content type is kept, unlike in the original.
 * @throws {MicroError} 400 for a broken escape, a form that is not UTF-8, or a malformed content type.
 */
export function toRequest(
  message: RequestHead,
  { path, credentials = false }: RequestContext,
  body: Buffer,
  added: Metadata,
): ApiRequest {
  const method = message.method ?? "";
  const declared = message.headers["content-type"];
  const type = declared?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "" && withForm.has(method)) throw badRequest(id, "Error parsing form: mime: no media type");
  const form = type === formType && withForm.has(method);
  const header = headerPairs(message, credentials, added);
  if (!type?.includes("/"))
    header["Content-Type"] = pair("Content-Type", [body.length > 0 ? "application/octet-stream" : formType]);
  return {
    method,
    path: decodedPath(path.path),
    header,
    ...members("get", parseForm(path.query, id)),
    ...(form ? members("post", parseForm(utf8(body, id), id)) : bodyMember(body)),
  };
}

/** The canonical name of a header that is passed on. Empty for any other. */
const passing = memoByName((sent) => {
  const name = canonicalName(sent);
  const isDropped =
    name.startsWith(":") || dropped.test(name) || isUntrustedHeader(name) || isTraceHeader(name);
  return isDropped ? "" : name;
});

function headerPairs(message: RequestHead, credentials: boolean, added: Metadata): Record<string, Pair> {
  const header: Record<string, Pair & { values: string[] }> = Object.create(null);
  const { rawHeaders } = message;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = passing(rawHeaders[i] ?? "");
    if (name === "" || (name === "Authorization" && credentials)) continue;
    const value = utf8Value(rawHeaders[i + 1] ?? "");
    const known = header[name];
    if (known && name === "Cookie") known.values[0] += `; ${value}`;
    else if (known) known.values.push(value);
    else header[name] = { key: name, values: [value] };
  }
  for (const name in added) header[name] = { key: name, values: [added[name] ?? ""] };
  const authority = message.headers[":authority"];
  if (typeof authority === "string") header.Host = { key: "Host", values: [authority] };
  return header;
}

function members(name: "get" | "post", form: Form): Partial<ApiRequest> {
  if (form.size === 0) return {};
  const pairs: Record<string, Pair> = Object.create(null);
  for (const [key, values] of form) pairs[key] = pair(key, values);
  return { [name]: pairs };
}

function bodyMember(body: Buffer): Partial<ApiRequest> {
  if (body.length === 0) return {};
  const text = body.toString("utf8");
  return body.equals(Buffer.from(text)) ? { body: text } : { raw: body };
}

/** The decoded path, as Go's servers pass it. Admission has checked that it can be decoded. */
function decodedPath(path: string): string {
  return path.includes("%") ? decodeURIComponent(path) : path;
}

function pair(key: string, values: readonly string[]): Pair {
  return { key, values };
}
