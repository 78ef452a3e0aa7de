import { badRequest } from "../../core/errors.js";

/** What a path asks for. */
export interface PathTarget {
  readonly service: string;
  readonly method: string;
}

const element = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,200}$/;

/**
 * Reads a clean path as service and method: `/foo/bar` is Foo.Bar of `foo`, `/foo/bar/baz` Bar.Baz of `foo`,
 * `/v1/foo/bar` Foo.Bar of `v1.foo`. Source: the table of the original.
 * @throws {MicroError} 400 for an element that can be no name.
 */
export function targetOf(path: string, namespace: string): PathTarget {
  const parts = path.split("/").filter((part) => part !== "");
  for (const part of parts)
    if (!element.test(part)) throw badRequest("go.micro.api", "request path: an element is no name");
  const versioned = parts.length === 3 && /^v\d+$/.test(parts[0] ?? "");
  const forService = parts.length <= 2 ? parts.length - 1 : versioned ? 2 : parts.length - 2;
  const forMethod = parts.length <= 2 ? 0 : parts.length - 2;
  const service = parts.slice(0, Math.max(0, forService)).join(".");
  const method = parts.slice(versioned ? 1 : forMethod).join(".");
  return { service: `${namespace}.${service}`, method: capitalised(method) };
}

/** A word begins after anything but a letter, a digit or an underscore. */
function capitalised(method: string): string {
  return method.replace(
    /(^|[^a-zA-Z0-9_])([a-z])/g,
    (_, before: string, letter) => before + letter.toUpperCase(),
  );
}

/**
 * The service that the proxy sends a path to: the namespace and the path's first element.
 * Nothing when that element is missing or can be no name.
 */
export function proxyTarget(path: string, namespace: string): string | undefined {
  const first = /^\/([a-zA-Z0-9]+)(?:\/|$)/.exec(path)?.[1];
  return first === undefined ? undefined : `${namespace}.${first}`;
}
