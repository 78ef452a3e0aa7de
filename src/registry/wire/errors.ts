import { badRequest, MicroError, notFound } from "../../core/errors.js";
import { requireName } from "../../core/name.js";
import type { Service } from "../../core/service.js";

const registryId = "go.micro.registry";

/** Returns a service as a listing has it: with its name only. */
export function nameOnly(name: string): Service {
  return { name, version: "", metadata: {}, endpoints: [], nodes: [] };
}

/** @throws {MicroError} 400 if `service` has no nodes, or a name or id that cannot be read back. */
export function requireEntry({ name, nodes }: Service): void {
  const what = `register service ${JSON.stringify(name)}`;
  requireName(name, registryId, what);
  if (nodes.length === 0) throw badRequest(registryId, `${what}: require at least one node`);
  for (const { id } of nodes) requireName(id, registryId, `${what}, node ${JSON.stringify(id)}`);
}

/** @throws {MicroError} 400 if no service can have this name. */
export function requireWatchable(name: string): void {
  requireName(name, registryId, `watch service ${JSON.stringify(name)}`);
}

/** True for an error that is an answer of the registry. Any other error means that it is unreachable. */
export function isRegistryError(error: unknown): boolean {
  return MicroError.is(error) && error.code !== 503 && error.code !== 408;
}

/** True for an error that a retry cannot help: the request itself is wrong, and nothing was done. */
export function isRefusal(error: unknown): boolean {
  return MicroError.is(error) && error.code === 400;
}

/** Makes the error for a service without a healthy node. */
export function notRegistered(name: string): MicroError {
  return notFound(registryId, `get service ${JSON.stringify(name)}: not registered`);
}
