import { badRequest } from "../../core/errors.js";
import type { Metadata } from "../../core/service.js";
import { httpMethods } from "../../core/text/http-methods.js";
import { faultOf, gatewayPaths, RoutePattern } from "../../core/text/route-pattern.js";

interface Declared {
  readonly shape: string;
  /** Empty for any. */
  readonly methods: readonly string[];
  readonly by: string;
}

/** The HTTP routes that methods declare. Refuses routes that the gateway could never serve. */
export class DeclaredRoutes {
  readonly #routes: Declared[] = [];

  /** @throws {MicroError} 400 (USAGE) that names the fault in `path` or `method` of the metadata. */
  add(by: string, { path = "", method = "" }: Metadata): void {
    if (path === "") return;
    const methods = method.split(",").flatMap((name) => name.trim().toUpperCase() || []);
    const fault = gatewayPaths.test(path) ? "it is one of the gateway's own" : faultOf(path);
    if (fault !== undefined) throw refused(by, `path "${path}"`, fault);
    const unknown = methods.find((name) => !httpMethods.has(name));
    if (unknown !== undefined) throw refused(by, `method "${method}"`, `HTTP has no method "${unknown}"`);
    const shape = RoutePattern.parse(path)?.shape ?? path;
    const other = this.#routes.find((route) => route.shape === shape && overlap(route.methods, methods));
    if (other) throw refused(by, `path "${path}"`, `${other.by} has it already`);
    this.#routes.push({ shape, methods, by });
  }
}

function overlap(one: readonly string[], other: readonly string[]): boolean {
  return one.length === 0 || other.length === 0 || one.some((method) => other.includes(method));
}

function refused(by: string, what: string, why: string): Error {
  const allowed = 'paths are as "/users/{id}", methods as "GET,POST"';
  return badRequest("go.micro.server", `${by}: metadata ${what}: ${why}: ${allowed}`, { reason: "USAGE" });
}
