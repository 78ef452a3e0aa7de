import type { Interfaces } from "@oclif/core";
import type { CallOptions } from "../../client/client.js";
import type { Service } from "../../core/service.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { CliError } from "../errors.js";
import { pairs, repeated, text } from "../flags/flag-kinds.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import type { Lookup } from "./lookup.js";
import { getService } from "./resolve.js";

/** The flags of the commands that send a request. */
export const callFlags = {
  field: repeated("one field of the request: a.b=v, or a.b:=JSON", { char: "F", helpValue: "NAME=VALUE" }),
  loose_field: repeated("a field given as --name value", { hidden: true }),
  file: text("file with the request; - is standard input", { char: "f" }),
  metadata: repeated("header of the call", { helpValue: "k=v" }),
  service_version: text("only nodes of this version"),
  node: text("the one node to call: its id or host:port"),
};

export type CallFlags = GlobalFlags & Interfaces.InferredFlags<typeof callFlags>;

/** Reads the options of a call from the flags. A version is turned into one of its nodes. */
export async function callOptions(
  flags: CallFlags,
  service: string,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<CallOptions> {
  const node = flags.service_version ? await nodeOf(flags, service, lookup) : flags.node;
  return {
    node,
    signal,
    metadata: pairs("metadata", flags.metadata),
    timeout: flags.client_request_timeout ?? flags.timeout,
    retries: flags.client_retries,
    contentType: "application/json",
    raw: true,
  };
}

async function nodeOf(flags: CallFlags, service: string, lookup: Lookup): Promise<string | undefined> {
  const versions = await getService(service, lookup);
  const nodes = ofVersion(versions, flags.service_version).nodes;
  if (flags.node) return flags.node;
  return nodes[Math.floor(Math.random() * nodes.length)]?.id;
}

/** Returns one version of a service. @throws {CliError} SERVICE_NOT_FOUND, with the existing versions. */
export function ofVersion(services: readonly Service[], version: string | undefined): Service {
  const found = services.find((service) => service.version === version);
  if (found) return found;
  const candidates = services.map((service) => service.version);
  const name = services[0]?.name ?? "";
  throw new CliError("SERVICE_NOT_FOUND", `service "${name}" has no version "${version}"`, {
    hint: `micro get service ${shellQuote(name)} --service_version ${shellQuote(candidates[0] ?? "VERSION")}`,
    service: name,
    candidates,
  });
}
