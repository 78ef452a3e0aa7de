import { readFileSync } from "node:fs";
import { openRegistry as open } from "../registry/index.js";
import type { Registry } from "../registry/registry.js";
import { CliError } from "./errors.js";
import type { GlobalFlags } from "./global-flags.js";

/** Opens the registry that the flags name, or the one behind the sidecar that they name. */
export async function openRegistry(flags: GlobalFlags): Promise<Registry> {
  return open(flags.registry ?? "consul", { addresses: flags.registry_address, token: readToken(flags) });
}

/** Where names are looked up, for messages: `consul 127.0.0.1:8500`. */
export function placeOf(flags: GlobalFlags): string {
  if (flags.proxy_address) return `sidecar ${flags.proxy_address}`;
  const name = flags.registry ?? "consul";
  const addresses = flags.registry_address ?? (name === "consul" ? ["127.0.0.1:8500"] : []);
  return [name, ...addresses].join(" ");
}

/** The token of `--token_file` or `MICRO_TOKEN`. @throws {CliError} BAD_CONFIG for a file that cannot be read. */
export function readToken(flags: GlobalFlags): string | undefined {
  if (!flags.token_file) return process.env.MICRO_TOKEN || undefined;
  try {
    return readFileSync(flags.token_file, "utf8").trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CliError("BAD_CONFIG", `token file "${flags.token_file}" cannot be read: ${code}`);
  }
}
