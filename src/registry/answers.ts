import { badRequest, MicroError, notFound } from "../core/errors.js";
import type { Service } from "../core/service.js";

/** What a listing says of a service: its name. */
export function nameOnly(name: string): Service {
  return { name, version: "", metadata: {}, endpoints: [], nodes: [] };
}

/** @throws {MicroError} 400 when `service` has no nodes, or a name or an id that could not be read back. */
export function requireEntry({ name, nodes }: Service): void {
  const what = `register service ${JSON.stringify(name)}`;
  requireReadable(name, what);
  if (nodes.length === 0) throw badRequest("go.micro.registry", `${what}: require at least one node`);
  for (const { id } of nodes) requireReadable(id, `${what}, node ${JSON.stringify(id)}`);
}

/** @throws {MicroError} 400 when no service can have this name. */
export function requireWatchable(name: string): void {
  requireReadable(name, `watch service ${JSON.stringify(name)}`);
}

/** @throws {MicroError} 400 when no registry can give back what has this name. */
function requireReadable(name: string, what: string): void {
  if (isReadable(name)) return;
  const detail = `${what}: a name is not empty, no path such as "../x", and has no control characters`;
  throw badRequest("go.micro.registry", detail);
}

/** Paths of requests hold the name: Consul redirects one that is empty or has steps of a path in it. */
export function isReadable(name: string): boolean {
  return name !== "" && !/\p{Cc}|\p{Cs}|\/\/|^\/|\/$|(^|\/)\.{1,2}(\/|$)/u.test(name);
}

/** True for an error that the registry itself answered; any other says that it is away. */
export function isAnswer(error: unknown): boolean {
  return MicroError.is(error) && error.code !== 503 && error.code !== 408;
}

/** True for an error that says that what was asked is wrong in itself: nothing was done, nor will be. */
export function isRefusal(error: unknown): boolean {
  return MicroError.is(error) && error.code === 400;
}

/** The answer for a service that no healthy node is registered for. */
export function notRegistered(name: string): MicroError {
  return notFound("go.micro.registry", `get service "${name}": not registered`);
}
