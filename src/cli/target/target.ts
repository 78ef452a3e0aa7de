import type { Endpoint } from "../../core/service.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { CliError, usage } from "../errors.js";
import { methodPattern } from "../invocation.js";
import { toCliError } from "../output/to-cli-error.js";
import { type FieldFlags, misspeltFlag, withFields } from "../request/request-fields.js";
import { type BodySource, readJson } from "../request/request-source.js";
import type { Lookup } from "./lookup.js";
import {
  endpointNamed,
  findService,
  fullName,
  getService,
  methodNotFound,
  serviceOf,
  splitTarget,
} from "./resolve.js";

/** A method of a service, and the request as typed. */
export interface Target {
  readonly service: string;
  readonly method: string;
  readonly body: string;
}

/** Chooses between several services. Without it, several are an error. */
export type Choose = (services: readonly string[]) => Promise<string>;

/** Reads `[SERVICE] METHOD [JSON…]` and the fields. @throws {CliError} before anything is sent. */
export async function readTarget(
  words: readonly string[],
  flags: FieldFlags & Pick<BodySource, "file">,
  lookup: Lookup,
  choose?: Choose,
): Promise<Target> {
  const { service: typed, method, rest } = splitTarget(words);
  if (typed === "" || method === undefined || !methodPattern.test(method))
    throw await incomplete(typed, method, lookup);
  const text = (await readJson({ words: rest, file: flags.file }, lookup.signal)) ?? "{}";
  const needsType = (flags.field?.length ?? 0) + (flags.loose_field?.length ?? 0) > 0;
  const find = async () => {
    const service = typed ?? (await serviceOf(method, lookup, choose));
    return { service, endpoint: needsType ? await endpointOf(service, method, lookup) : undefined };
  };
  const { service, endpoint } = await find().catch((error: unknown) => {
    // a misspelt --registry_address looks like a field, and then the wrong registry is asked
    throw misspeltFlag(flags) ?? error;
  });
  return {
    service: endpoint?.service ?? service,
    method,
    body: withFields(text, flags, endpoint?.request ?? null),
  };
}

async function incomplete(
  service: string | undefined,
  method: string | undefined,
  lookup: Lookup,
): Promise<CliError> {
  if (!service) return usage("give a service and a method", "micro query --help");
  if (method === undefined)
    return usage(`which method of "${service}"?`, `micro get service ${shellQuote(service)}`);
  const meant = await methodEnding(method, service, lookup).catch(() => undefined);
  const hint = meant ? `did you mean ${shellQuote(meant)}?` : `micro get service ${shellQuote(service)}`;
  return usage(`"${method}" is not a method: write Type.Method`, hint);
}

/** Finds the method of the service with this name after its type. */
async function methodEnding(method: string, service: string, lookup: Lookup): Promise<string | undefined> {
  const { versions } = await findService(service, lookup, true);
  const names = versions.flatMap(({ endpoints }) => endpoints.map(({ name }) => name));
  return names.find((name) => name.toLowerCase().endsWith(`.${method.toLowerCase()}`));
}

async function endpointOf(
  service: string,
  method: string,
  lookup: Lookup,
): Promise<Pick<Endpoint, "request"> & { service: string }> {
  const name = await fullName(service, lookup, method);
  const versions = await getService(name, lookup);
  const listed = versions.some(({ endpoints }) => endpoints.length > 0);
  return { service: name, request: listed ? endpointNamed(method, versions).request : null };
}

/**
 * Runs `work` with the service as typed. If it does not exist, tries the service with that last label. The error for an
 * unknown method names similar ones.
 */
export async function withService<T>(
  { service, method }: Pick<Target, "service" | "method">,
  lookup: Lookup,
  work: (service: string) => Promise<T>,
): Promise<T> {
  try {
    return await work(service);
  } catch (error) {
    lookup.signal.throwIfAborted();
    const failure = toCliError(error, { service, method });
    const other = otherKind(failure, service, method);
    if (other) throw other;
    if (failure.code === "METHOD_NOT_FOUND") throw await unknownMethod(service, method, lookup, failure);
    if (failure.code !== "SERVICE_NOT_FOUND" && failure.code !== "NO_NODES") throw failure;
    const full = await fullName(service, lookup, method);
    if (full === service) throw failure;
    return withService({ service: full, method }, lookup, work);
  }
}

async function unknownMethod(
  service: string,
  method: string,
  lookup: Lookup,
  failure: CliError,
): Promise<CliError> {
  try {
    const endpoints = (await getService(service, lookup)).flatMap((version) => version.endpoints);
    return methodNotFound(
      service,
      method,
      endpoints.map(({ name }) => name),
    );
  } catch {
    return failure;
  }
}

/** Makes the error for a stream that was called, or a call opened as a stream. It names the right command. */
export function otherKind(failure: CliError, service: string, method: string): CliError | undefined {
  const { detail = "", status, node } = failure.details;
  const [, kind] = /: (it is a stream|it answers once)$/.exec(detail) ?? [];
  if (kind === undefined) return undefined;
  const command = kind === "it is a stream" ? "stream" : "query";
  return new CliError("METHOD_NOT_FOUND", failure.message, {
    hint: `micro ${command} ${shellQuote(service)} ${shellQuote(method)}`,
    status,
    detail,
    service,
    method,
    node,
    cause: failure,
  });
}
