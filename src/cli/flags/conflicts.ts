import { ineffectiveAddress } from "../../core/settings/part-address.js";
import { tlsFault } from "../../core/settings/tls-settings.js";
import { type CliError, usage } from "../errors.js";
import type { ResolvedFlag } from "./precedence.js";

/** Flags that have no effect without another. */
const needs: Readonly<Record<string, string>> = {
  wait_timeout: "wait",
  interval: "watch",
  healthcheck_url: "server_name",
  healthcheck_interval: "healthcheck_url",
  healthcheck_timeout: "healthcheck_url",
  healthcheck_failures: "healthcheck_url",
  healthcheck_successes: "healthcheck_url",
  web_apps_address: "web_admin",
  meta: "json",
};

/** Flags of which one leaves the other without effect. */
const contradictions: Readonly<Record<string, readonly string[]>> = {
  json: ["plain"],
  fqdn: ["namespace", "alias"],
  insecure: ["token_file"],
  // the sidecar has its own registry, broker, transport and client
  proxy_address: [
    ...["registry", "registry_address", "broker", "broker_address", "transport", "transport_address"],
    ...["selector", "client_retries", "client_pool_size", "client_pool_ttl"],
  ],
};

/** Flags that describe the sidecar's own node, typed before its name, and never the application next to it. */
const ofSidecarOnly = ["server_version", "server_id", "server_advertise", "server_metadata"];

/**
 * Refuses flags that would silently have no effect. TLS flags are checked wherever they come from, all others only if
 * typed, because variables and contexts serve many commands.
 * @throws {CliError} USAGE
 */
export function checkConflicts(flags: readonly ResolvedFlag[], id: string | undefined): void {
  const last = new Map(flags.map((flag) => [flag.name, flag]));
  const value = (name: string) => last.get(name)?.value;
  const json = process.env.MICRO_CONTENT_TYPE?.toLowerCase() === "json";
  const on = (name: string) => (last.has(name) && value(name) !== "false") || (name === "json" && json);
  const typed = (name: string) => last.get(name)?.origin === `--${name}` && value(name) !== "false";
  const tls = tlsFault({
    enable_tls: last.has("enable_tls") ? on("enable_tls") : undefined,
    tls_cert_file: value("tls_cert_file"),
    tls_key_file: value("tls_key_file"),
    tls_client_ca_file: value("tls_client_ca_file"),
    tls_ca_file: value("tls_ca_file"),
    tls_insecure: on("tls_insecure"),
  });
  const fault = tls ?? pairFault(typed, on) ?? addressFault(typed, value) ?? commandFault(typed, value, id);
  if (fault !== undefined) throw fault instanceof Error ? fault : usage(fault, helpOf(id));
}

type Asks = (name: string) => boolean;
type Value = (name: string) => string | undefined;

function pairFault(typed: Asks, on: Asks): string | undefined {
  for (const [flag, needed] of Object.entries(needs))
    if (typed(flag) && !on(needed)) return `--${flag} has no effect without --${needed}`;
  for (const [flag, others] of Object.entries(contradictions)) {
    const other = typed(flag) ? others.find(typed) : undefined;
    if (other !== undefined) return `--${flag} and --${other} contradict each other`;
  }
  return undefined;
}

function addressFault(typed: Asks, value: Value): string | undefined {
  for (const part of ["registry", "broker", "transport"] as const) {
    const fault = typed(`${part}_address`) ? ineffectiveAddress(part, value(part)) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Programs. They ignore contexts, which are for callers. */
export const programs: ReadonlySet<string> = new Set(["agent", "api", "dev", "sidecar", "web"]);

function commandFault(typed: Asks, value: Value, id = ""): string | CliError | undefined {
  if (programs.has(id) && typed("context")) return `--context has no effect: micro ${id} serves for itself`;
  if (id !== "sidecar") return undefined;
  const flag = ofSidecarOnly.find(typed);
  if (flag === undefined) return undefined;
  return usage(
    `--${flag} has no effect after "sidecar": it describes the sidecar's own node`,
    `micro --${flag} ${value(flag)} sidecar`,
  );
}

function helpOf(id: string | undefined): string {
  return id === undefined ? "micro --help" : `micro ${id.replaceAll(":", " ")} --help`;
}
