import { badRequest, type MicroError, notFound } from "../core/errors.js";
import type { Service } from "../core/service.js";

/** What a listing says of a service: its name. */
export function nameOnly(name: string): Service {
  return { name, version: "", metadata: {}, endpoints: [], nodes: [] };
}

/** @throws {MicroError} 400 when `service` has no nodes: there is nothing to register. */
export function requireNodes(service: Service): void {
  if (service.name === "" || service.nodes.length === 0)
    throw badRequest("go.micro.registry", `register service "${service.name}": require at least one node`);
}

/** The answer for a service that no healthy node is registered for. */
export function notRegistered(name: string): MicroError {
  return notFound("go.micro.registry", `get service "${name}": not registered`);
}
