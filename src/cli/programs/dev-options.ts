import { resolve } from "node:path";
import type { Interfaces } from "@oclif/core";
import type { Log } from "../../core/log/log.js";
import { shownAddress } from "../../core/net/address.js";
import { dialAddress, loopback } from "../../core/net/local-address.js";
import { type ServiceSettingName, serviceSettings, settings } from "../../core/settings/settings.js";
import { withoutUndefined } from "../../core/without-undefined.js";
import type { DevOptions } from "../../dev/index.js";
import type { Plugin } from "../../plugins/index.js";
import type { RegistryOptions } from "../../registry/index.js";
import { registryOptions } from "../connect/connect.js";
import { usage } from "../errors.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import type { apiFlags, sidecarFlags } from "../flags/program-flags.js";
import { listenerOptions } from "./program.js";
import { apiOptions, sidecarOptions, webOptions } from "./program-options.js";

type DevFlags = GlobalFlags & Partial<Interfaces.InferredFlags<typeof apiFlags & typeof sidecarFlags>>;

/** Reads the options of `dev` from the flags of the programs it runs. @throws {CliError} USAGE for two registries. */
export async function devOptions(
  flags: DevFlags,
  log: Log,
  plugins: readonly Plugin[],
): Promise<Omit<DevOptions, "report">> {
  const { serviceOptions } = await import("../flags/service-options.js");
  const listener = { ...listenerOptions(flags, log), plugins };
  const {
    name: _name,
    registry: _registry,
    ...service
  } = serviceOptions("", ofPrograms(flags), {
    registry: undefined,
    plugins,
    log,
  });
  const reached = registryAt(flags, listener.tls !== undefined);
  return {
    registry: flags.registry,
    registryOptions: reached,
    agent: { ...listener, ...(flags.agent_address !== undefined && { address: flags.agent_address }) },
    programs: {
      api: { ...listener, ...apiOptions(flags) },
      sidecar: { ...listener, ...sidecarOptions(flags) },
      web: { ...listener, ...webOptions(flags) },
    },
    service: withoutUndefined(service),
    environment: { ...settingsOf(flags), ...registryAccess(flags, reached.tls !== undefined) },
    log,
  };
}

/** `--server_name` and `--server_address` describe the application next to the sidecar, not the programs. */
function ofPrograms(flags: DevFlags): DevFlags {
  return { ...flags, server_name: undefined, server_address: undefined };
}

/** Returns the registry for everything: that of `--registry_address`, or the embedded one at `--agent_address`. */
function registryAt(flags: DevFlags, tls: boolean): RegistryOptions {
  const { agent_address: agent, registry_address: registry, registry: name = "consul" } = flags;
  if (agent !== undefined && name !== "consul")
    throw usage(`--agent_address has no effect with --registry ${name}: the embedded registry is a Consul`);
  if (agent !== undefined && registry !== undefined && registry.join() !== agent)
    throw usage(
      `--agent_address ${agent} and --registry_address ${registry.map(shownAddress)} name two registries`,
      "give one of them: the embedded registry starts where the registry is looked for",
    );
  if (name !== "consul" || registry !== undefined) return registryOptions(flags);
  const reached = reachable(agent ?? loopback(8500));
  return registryOptions({ ...flags, registry_address: [tls ? `https://${reached}` : reached] });
}

/** Returns the address at which this machine reaches a listener. */
function reachable(address: string): string {
  if (address.startsWith("unix:")) return address.replace(/^unix:/, "unix://");
  return dialAddress(address);
}

/**
 * Returns the given service settings for child processes, except those of the registry and of the service's identity.
 */
function settingsOf(flags: DevFlags): Record<string, string> {
  const names = serviceSettings.filter((name) => !/^(server_|registry)/.test(name));
  const texts = names.flatMap((name): [string, string][] => {
    const text = textOf(name, flags[name]);
    return text === undefined ? [] : [[`MICRO_${name.toUpperCase()}`, text]];
  });
  return Object.fromEntries(texts);
}

function textOf(name: ServiceSettingName, value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined;
  if (name.endsWith("_file")) return resolve(String(value));
  return settings[name].kind === "duration" ? `${value}ms` : String(value);
}

/** Passes token and TLS settings of the registry to child processes, in Consul's variables. */
function registryAccess(flags: DevFlags, tls: boolean): Record<string, string> {
  const token = process.env.MICRO_TOKEN || undefined;
  return {
    ...(flags.token_file
      ? { CONSUL_HTTP_TOKEN_FILE: resolve(flags.token_file) }
      : token && { CONSUL_HTTP_TOKEN: token }),
    ...(tls && flags.tls_ca_file && { CONSUL_CACERT: resolve(flags.tls_ca_file) }),
    ...(tls && flags.tls_insecure && { CONSUL_HTTP_SSL_VERIFY: "false" }),
  };
}
