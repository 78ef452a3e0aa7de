import { fileFault, readSmallFile } from "../../core/files/small-file.js";
import { loopback } from "../../core/net/local-address.js";
import { defaultOf } from "../../core/settings/values.js";
import { openRegistry as open, type RegistryOptions, registryNames } from "../../registry/index.js";
import type { RegistryTls } from "../../registry/options.js";
import type { Registry } from "../../registry/registry.js";
import type { CommandParts } from "../command-parts.js";
import { CliError } from "../errors.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import { pluginsOf } from "./plugins.js";

/** Prints a line for people. */
export type Note = (line: string) => void;

/** Opens the registry that the flags name, or the one behind the sidecar that they name. */
export async function openRegistry(flags: GlobalFlags, note: Note): Promise<Registry> {
  if (flags.proxy_address) {
    const { SidecarRegistry } = await import("../sidecar/registry.js");
    return new SidecarRegistry(await sidecar(flags, note));
  }
  const name = flags.registry ?? defaultOf("registry");
  if (registryNames.includes(name)) return open(name, registryOptions(flags));
  const { openPart } = await import("../../plugins/index.js");
  return openPart("registry", name, registryOptions(flags), { plugins: await pluginsOf(flags) });
}

/** Opens registry, client and broker. Client and broker are opened on first use. */
export async function openParts(flags: GlobalFlags, note: Note): Promise<CommandParts> {
  if (flags.proxy_address) {
    const { SidecarParts } = await import("../sidecar/sidecar-parts.js");
    return new SidecarParts(await sidecar(flags, note));
  }
  const { DirectParts } = await import("./direct-parts.js");
  return new DirectParts(flags, await openRegistry(flags, note));
}

async function sidecar(flags: GlobalFlags, note: Note) {
  const { SidecarHttp } = await import("../sidecar/http.js");
  return new SidecarHttp({
    address: flags.proxy_address ?? "",
    token: flags.anonymous ? undefined : readToken(flags),
    ca: flags.tls_ca_file && readFile("tls_ca_file", flags.tls_ca_file),
    anyCertificate: flags.tls_insecure,
    onStale: (seconds) => note(`registry stale ${seconds} s: the sidecar answers from what it knew last`),
  });
}

/** Reads the registry options from the flags. The TLS flags apply only if every address is `https://`. */
export function registryOptions(flags: GlobalFlags): RegistryOptions {
  const { registry_address: addresses = [], anonymous } = flags;
  const secure = addresses.length > 0 && addresses.every((address) => /^https:/i.test(address));
  const tls = secure ? registryTls(flags) : undefined;
  const reached = { addresses: flags.registry_address, ...(tls && { tls }) };
  return anonymous ? { ...reached, anonymous } : { ...reached, token: readToken(flags) };
}

/** Settings that are not given are left to the variables of the registry. */
function registryTls({ tls_ca_file, tls_insecure }: GlobalFlags): RegistryTls | undefined {
  if (tls_ca_file) return { ca: readFile("tls_ca_file", tls_ca_file) };
  return tls_insecure ? { rejectUnauthorized: false } : undefined;
}

/** Describes the registry for messages: `consul 127.0.0.1:8500`. */
export function describeRegistry(flags: GlobalFlags): string {
  if (flags.proxy_address) return `sidecar ${flags.proxy_address}`;
  const name = flags.registry ?? defaultOf("registry");
  const addresses = flags.registry_address ?? (name === "consul" ? [loopback(8500)] : []);
  return [name, ...addresses].join(" ");
}

/**
 * Returns the token of `--token_file` or `MICRO_TOKEN`. @throws {CliError} BAD_CONFIG for a file that cannot be read.
 */
export function readToken(flags: GlobalFlags): string | undefined {
  if (flags.token_file) return readFile("token_file", flags.token_file).trim();
  return process.env.MICRO_TOKEN || undefined;
}

/** Reads a file that a flag names. @throws {CliError} BAD_CONFIG if it cannot, or must not, be read. */
export function readFile(flag: string, path: string): string {
  try {
    return readSmallFile(path).toString();
  } catch (error) {
    throw new CliError("BAD_CONFIG", `--${flag} "${path}" cannot be read: ${fileFault(error)}`, {
      cause: error,
    });
  }
}
