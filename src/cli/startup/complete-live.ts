import type { Service, Value } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import type { Registry } from "../../registry/registry.js";
import { openRegistry } from "../connect/connect.js";
import type { ResolvedFlag } from "../flags/precedence.js";
import type { Completes } from "../invocation.js";
import { findService } from "../target/resolve.js";

/** Time limit for the registry in milliseconds. */
const timeout = 300;

type ResolvedFlags = readonly ResolvedFlag[];

/**
 * Returns the services, or the methods of the typed service, that may follow `args`. @throws the error of the registry.
 */
export async function nameCandidates(
  completes: Completes | undefined,
  args: readonly string[],
  resolved: ResolvedFlags,
): Promise<string[]> {
  const methods = completes === "method" && args.length === 1;
  if (!methods && (completes === undefined || args.length > 0)) return [];
  const signal = AbortSignal.timeout(timeout);
  await using registry = await opened(resolved);
  if (!methods) return (await registry.listServices({ signal })).map(({ name }) => name).sort();
  const versions = await versionsOf(args[0] ?? "", registry, signal);
  return [...new Set(versions.flatMap(({ endpoints }) => endpoints.map(({ name }) => name)))].sort();
}

/** Returns the field names of a request. `args` are service and method. @throws the error of the registry. */
export async function fieldNames(args: readonly string[], resolved: ResolvedFlags): Promise<string[]> {
  const fields = (await requestType(args, resolved))?.values ?? [];
  return fields.map(({ name }) => name).sort();
}

/** Returns candidates for `--field`: `name=`, or `outer.inner=` once the outer name is typed. */
export async function fieldCandidates(
  args: readonly string[],
  last: string,
  resolved: ResolvedFlags,
): Promise<string[]> {
  const steps = last.split(".").slice(0, -1);
  let type = await requestType(args, resolved);
  for (const step of steps) type = type?.values.find(({ name }) => name === step);
  const prefix = steps.map((step) => `${step}.`).join("");
  const found = (type?.values ?? []).map(({ name }) => `${prefix}${name}=`);
  return found.filter((candidate) => candidate.startsWith(last)).sort();
}

async function requestType(
  [service, method]: readonly string[],
  resolved: ResolvedFlags,
): Promise<Value | undefined> {
  await using registry = await opened(resolved);
  const versions = await versionsOf(service ?? "", registry, AbortSignal.timeout(timeout));
  const endpoint = versions.flatMap(wireEndpoints).find(({ name }) => name === method);
  return endpoint?.request ?? undefined;
}

async function versionsOf(
  typed: string,
  registry: Registry,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  return (await findService(typed, { registry, signal, registryLabel: "" })).versions;
}

function opened(resolved: ResolvedFlags): Promise<Registry> {
  const all = (name: string) => resolved.filter((flag) => flag.name === name).map(({ value }) => value);
  const addresses = all("registry_address");
  const flags = {
    registry: all("registry").at(-1),
    registry_address: addresses.length > 0 ? addresses : undefined,
    proxy_address: all("proxy_address").at(-1),
    token_file: all("token_file").at(-1),
    anonymous: all("anonymous").length > 0,
  };
  return openRegistry(flags as Parameters<typeof openRegistry>[0], () => {});
}
