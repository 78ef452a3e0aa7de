import type { Interfaces } from "@oclif/core";
import type { ApiOptions } from "../../api/options.js";
import { loopback } from "../../core/net/local-address.js";
import type { SidecarOptions } from "../../sidecar/options.js";
import type { WebOptions } from "../../web/options.js";
import { readToken } from "../connect/connect.js";
import { usage } from "../errors.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import type { apiFlags, sidecarFlags } from "../flags/program-flags.js";

type ApiFlags = GlobalFlags & Partial<Interfaces.InferredFlags<typeof apiFlags>>;
type SidecarFlags = GlobalFlags & Partial<Interfaces.InferredFlags<typeof sidecarFlags>>;

/** Reads the options of the gateway from the flags, without those of its listener. */
export function apiOptions(flags: ApiFlags) {
  return {
    address: flags.api_address ?? loopback(8080),
    namespace: flags.api_namespace,
    handler: flags.api_handler,
    cors: flags.api_cors,
    allow: flags.api_allow,
    timeout: flags.client_request_timeout,
    ...proxyTimes(flags),
    requestsPerSecond: flags.requests_per_second,
    fastFront: !flags.no_fast_front,
  } satisfies Partial<ApiOptions>;
}

/**
 * Reads the options of the sidecar and the application next to it. @throws {CliError} USAGE for an incomplete
 * application.
 */
export function sidecarOptions(flags: SidecarFlags) {
  return {
    address: flags.sidecar_address ?? loopback(8081),
    cors: flags.sidecar_cors,
    allowAddress: flags.allow_address,
    timeout: flags.client_request_timeout,
    fastFront: !flags.no_fast_front,
    app: application(flags),
  } satisfies SidecarOptions;
}

function application(flags: SidecarFlags): SidecarOptions["app"] {
  const { server_name: name, server_address: address } = flags;
  if ((name === undefined) !== (address === undefined))
    throw usage("--server_name and --server_address of the application go together", "micro sidecar --help");
  if (name === undefined || address === undefined) return undefined;
  return {
    name,
    address,
    healthcheckUrl: flags.healthcheck_url,
    interval: flags.healthcheck_interval,
    timeout: flags.healthcheck_timeout,
    failures: flags.healthcheck_failures,
    successes: flags.healthcheck_successes,
    ttl: flags.register_ttl,
    token: readToken(flags),
  };
}

function proxyTimes(flags: GlobalFlags) {
  return { proxyIdleTimeout: flags.proxy_idle_timeout, proxyUploadTimeout: flags.proxy_upload_timeout };
}

/** Reads the options of the dashboard. */
export function webOptions(flags: GlobalFlags) {
  return {
    address: flags.web_address ?? loopback(8082),
    namespace: flags.web_namespace,
    cors: flags.web_cors,
    admin: flags.web_admin,
    unverified: flags.tls_insecure,
    appsAddress: flags.web_apps_address,
    ...proxyTimes(flags),
    terminal: { environment: environmentOf(flags) },
  } satisfies WebOptions;
}

/** Returns the addresses to pass to command lines of the terminal page, as variables. */
function environmentOf(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = ["registry", "registry_address", "broker", "broker_address", "transport"];
  const given = names.filter((name) => flags[name] !== undefined);
  return Object.fromEntries(given.map((name) => [`MICRO_${name.toUpperCase()}`, String(flags[name])]));
}
