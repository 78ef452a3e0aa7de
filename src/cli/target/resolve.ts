import { MicroError } from "../../core/errors.js";
import type { Endpoint, Service } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { suggest } from "../../core/text/suggest.js";
import { CliError } from "../errors.js";
import { methodPattern } from "../invocation.js";
import { answering, endpointsOf, searchServices } from "./endpoint-search.js";
import type { Lookup } from "./lookup.js";

/** Splits off service and method from the words. `service` is undefined if only a method was typed. */
export function splitTarget(words: readonly string[]): { service?: string; method?: string; rest: string[] } {
  const [first, second] = words;
  const isMethod = (word: string | undefined) => word !== undefined && methodPattern.test(word);
  if (isMethod(first) && !isMethod(second) && !isName(second)) return { method: first, rest: words.slice(1) };
  return { service: first, method: second, rest: words.slice(2) };
}

/** True for a word that cannot be JSON, and so is not a request, but a method without its type. */
function isName(word: string | undefined): boolean {
  return word !== undefined && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(word) && !/^(true|false|null)$/.test(word);
}

/** Returns the versions of a service. @throws {CliError} SERVICE_NOT_FOUND, with the nearest names. */
export async function getService(
  name: string,
  lookup: Lookup,
  unhealthy = false,
): Promise<readonly Service[]> {
  try {
    const versions = await lookup.registry.getService(name, { signal: lookup.signal, unhealthy });
    if (versions.length > 0) return versions;
  } catch (error) {
    if (!MicroError.is(error) || error.code !== 404) throw error;
  }
  throw await notFound(name, lookup);
}

/** Finds a service by its full name or its last label. @throws {CliError} */
export async function findService(
  typed: string,
  lookup: Lookup,
  unhealthy = false,
): Promise<{ name: string; versions: readonly Service[] }> {
  const options = { signal: lookup.signal, unhealthy };
  try {
    const versions = await lookup.registry.getService(typed, options);
    if (versions.length > 0) return { name: typed, versions };
  } catch (error) {
    if (!MicroError.is(error) || error.code !== 404) throw error;
  }
  const name = await fullName(typed, lookup);
  return { name, versions: await getService(name, lookup, unhealthy) };
}

/** Returns the names of all services, sorted. */
export async function names({ registry, signal }: Lookup): Promise<string[]> {
  return (await registry.listServices({ signal })).map(({ name }) => name).sort();
}

async function notFound(name: string, lookup: Lookup): Promise<CliError> {
  const all = await names(lookup);
  if (all.includes(name)) return notCallable(name, lookup);
  const candidates = suggest(name, all);
  const count = all.length === 1 ? "1 service" : `${all.length} services`;
  const [first] = candidates;
  return new CliError(
    "SERVICE_NOT_FOUND",
    `service "${name}" not found (${lookup.registryLabel}, ${count})`,
    {
      hint: first ? `did you mean ${shellQuote(first)}?  micro list services` : "micro list services",
      status: 404,
      detail: "not found",
      service: name,
      candidates,
    },
  );
}

/** Makes the error for a registered service without a node that can be called. */
function notCallable(name: string, { registryLabel }: Lookup): CliError {
  const text = `"${name}" is registered, but none of its nodes is a healthy node of a micro service (${registryLabel})`;
  return new CliError("NO_NODES", text, { hint: "micro doctor", status: 404, service: name });
}

/**
 * Returns the full name of the typed service: the name itself, or the only service with it as last label. @throws
 * {CliError}
 */
export async function fullName(typed: string, lookup: Lookup, method?: string): Promise<string> {
  const all = await names(lookup);
  if (all.includes(typed)) return typed;
  const labelled = all.filter((name) => name.endsWith(`.${typed}`));
  const found = method && labelled.length > 1 ? await having(method, labelled, lookup) : labelled;
  if (found.length > 1) throw ambiguous(typed, found);
  if (found[0] === undefined) throw await notFound(typed, lookup);
  return found[0];
}

/** A service that may not be there yet. */
export interface Expected {
  /** Its full name. Undefined if no service matches yet. */
  readonly name: string | undefined;
  /** True if a service that appears is the expected one. */
  matches(name: string): boolean;
}

/** Returns what to watch for, given the full name or last label of a service. @throws {CliError} AMBIGUOUS */
export async function expectService(typed: string, lookup: Lookup): Promise<Expected> {
  const all = await names(lookup);
  const labelled = all.filter((name) => name.endsWith(`.${typed}`));
  if (!all.includes(typed) && labelled.length > 1) throw ambiguous(typed, labelled);
  const name = all.includes(typed) ? typed : labelled[0];
  return name === undefined ? anyNamed(typed) : { name, matches: (candidate) => candidate === name };
}

/** Expects any service that matches the typed name. */
export function anyNamed(typed: string): Expected {
  return { name: undefined, matches: (name) => name === typed || name.endsWith(`.${typed}`) };
}

async function having(method: string, services: readonly string[], lookup: Lookup): Promise<string[]> {
  return answering(method, services, await endpointsOf(services, lookup));
}

/** Returns the service that has the method. If there are several, `choose` decides. @throws {CliError} */
export async function serviceOf(
  method: string,
  lookup: Lookup,
  choose?: (services: readonly string[]) => Promise<string>,
): Promise<string> {
  const found = await searchServices(method, lookup, () => names(lookup));
  const [only] = found.names;
  if (only !== undefined && found.names.length === 1) return only;
  if (found.names.length > 1)
    return choose ? choose(found.names) : Promise.reject(ambiguous(method, found.names));
  const [close] = suggest(method, found.methods, 1);
  throw new CliError("METHOD_NOT_FOUND", `no service has the method "${method}" (${lookup.registryLabel})`, {
    hint: close ? `did you mean ${shellQuote(close)}?` : "micro list services",
    method,
    candidates: suggest(method, found.methods),
  });
}

function ambiguous(typed: string, candidates: readonly string[]): CliError {
  const shown = candidates.slice(0, 5).join(", ");
  return new CliError("AMBIGUOUS", `"${typed}" could be ${shown}`, {
    hint: "give the full name of the service",
    candidates: [...candidates].sort(),
  });
}

/**
 * Returns an endpoint of a service, its fields named as in JSON. @throws {CliError} METHOD_NOT_FOUND, with the nearest.
 */
export function endpointNamed(method: string, services: readonly Service[]): Endpoint {
  const endpoints = services.flatMap(wireEndpoints);
  const found = endpoints.find(({ name }) => name === method);
  if (found) return found;
  throw methodNotFound(
    services[0]?.name ?? "",
    method,
    endpoints.map(({ name }) => name),
  );
}

/** Makes the error for an unknown method, with similar ones. */
export function methodNotFound(service: string, method: string, methods: readonly string[]): CliError {
  const candidates = suggest(method, new Set(methods));
  const [close] = candidates;
  const look = `micro get service ${shellQuote(service)}`;
  return new CliError("METHOD_NOT_FOUND", `service "${service}" has no method "${method}"`, {
    hint: close ? `did you mean ${shellQuote(close)}?  ${look}` : look,
    status: 404,
    service,
    method,
    candidates,
  });
}
