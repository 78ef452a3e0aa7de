import { badRequest } from "../../core/errors.js";

/** The service and method that a path stands for. */
export interface PathTarget {
  readonly service: string;
  readonly method: string;
}

const element = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,200}$/;

/**
 * Maps a clean path to a service and method by naming convention: `/foo/bar` is Foo.Bar of `foo`, `/foo/bar/baz` is
 * Bar.Baz of `foo`, `/v1/foo/bar` is Foo.Bar of `v1.foo`. Source: the table of the original.
 * @throws {MicroError} 400 for an element that is not a valid name.
 */
export function targetOf(path: string, namespace: string): PathTarget {
  const parts = path.split("/").filter((part) => part !== "");
  for (const part of parts)
    if (!element.test(part)) throw badRequest("go.micro.api", "request path: an element is not a valid name");
  const versioned = parts.length === 3 && /^v\d+$/.test(parts[0] ?? "");
  const forService = parts.length <= 2 ? parts.length - 1 : versioned ? 2 : parts.length - 2;
  const forMethod = parts.length <= 2 ? 0 : parts.length - 2;
  const service = parts.slice(0, Math.max(0, forService)).join(".");
  const method = parts.slice(versioned ? 1 : forMethod).join(".");
  return { service: `${namespace}.${service}`, method: capitalised(method) };
}

/** Capitalises each word. A word starts after anything but a letter, digit or underscore. */
function capitalised(method: string): string {
  return method.replace(
    /(^|[^a-zA-Z0-9_])([a-z])/g,
    (_, before: string, letter) => before + letter.toUpperCase(),
  );
}

/**
 * The service that the proxy sends a path to: the namespace and the path's first element. Undefined when that is
 * missing or not a valid name.
 */
export function proxyTarget(path: string, namespace: string): string | undefined {
  const first = /^\/([a-zA-Z0-9]+)(?:\/|$)/.exec(path)?.[1];
  return first === undefined ? undefined : `${namespace}.${first}`;
}
