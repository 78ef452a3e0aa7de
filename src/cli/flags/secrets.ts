import { defaultOf } from "../../core/settings/values.js";
import type { FallbackSource, ResolvedFlag } from "./precedence.js";
import type { ProjectFile } from "./project-file.js";

/** Flags without the secrets that must not be sent to the target. */
export interface BoundFlags {
  readonly flags: readonly ResolvedFlag[];
  /** True if the user has a secret that is not sent, because an untrusted folder chose the address. */
  readonly withheld: boolean;
  readonly note?: string;
}

const secrets = ["MICRO_TOKEN", "CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_CLIENT_KEY"];

/**
 * Removes secrets that were not meant for the target. A secret in a context or a project file is sent only to addresses
 * in the same one. Secrets in flags and variables are sent to any address except one chosen by an untrusted folder.
 */
export function bindSecrets(
  resolved: readonly ResolvedFlag[],
  sources: readonly FallbackSource[],
  { project, env }: { project: ProjectFile | undefined; env: NodeJS.ProcessEnv },
): BoundFlags {
  const target = targetOf(valuesOf(resolved));
  const stored = storedWith(resolved, sources);
  const elsewhere = stored !== undefined && (env.MICRO_TOKEN || !targetsOf(stored).includes(target));
  const flags = elsewhere ? resolved.filter(({ name }) => name !== "token_file") : resolved;
  if (!chosenBy(project, resolved)) return { flags, withheld: false };
  const some = flags.some(({ name }) => name === "token_file") || secrets.some((name) => env[name]);
  const origin = project?.path ?? "";
  return { flags: [...flags, { name: "anonymous", value: "true", origin }], withheld: some || !!elsewhere };
}

/** Returns the source of the token file, unless it was typed or comes from a variable. */
function storedWith(
  resolved: readonly ResolvedFlag[],
  sources: readonly FallbackSource[],
): FallbackSource | undefined {
  const token = resolved.findLast(({ name }) => name === "token_file");
  return sources.find((source) => {
    const origin = source.nameOf("token_file");
    return origin !== "MICRO_TOKEN_FILE" && origin === token?.origin;
  });
}

/** True if an untrusted folder chose where requests go. */
function chosenBy(project: ProjectFile | undefined, resolved: readonly ResolvedFlag[]): boolean {
  if (project === undefined || project.trusted) return false;
  const { proxy } = partsOf(valuesOf(resolved));
  const deciding = proxy.length > 0 ? "proxy_address" : "registry_address";
  return resolved.some(({ name, origin }) => name === deciding && origin === project.nameOf(name));
}

type Values = (name: string) => readonly string[];

function valuesOf(resolved: readonly ResolvedFlag[]): Values {
  return (name) => resolved.filter((flag) => flag.name === name).map(({ value }) => value);
}

function partsOf(values: Values) {
  const registry = values("registry").at(-1) ?? defaultOf("registry");
  return { proxy: values("proxy_address"), registry: [registry, ...values("registry_address")] };
}

/** Returns where requests go, as a text to compare. */
function targetOf(values: Values): string {
  const { proxy, registry } = partsOf(values);
  return JSON.stringify(proxy.length > 0 ? proxy.slice(-1) : registry);
}

/** Returns the addresses in a source: its proxy, and its registry if it names one or nothing at all. */
function targetsOf(source: FallbackSource): readonly string[] {
  const values: Values = (name) => [source.get(name) ?? []].flat().map(String);
  const { proxy, registry } = partsOf(values);
  const named = values("registry").length + values("registry_address").length > 0;
  const found = proxy.length > 0 ? [JSON.stringify(proxy.slice(-1))] : [];
  return named || proxy.length === 0 ? [...found, JSON.stringify(registry)] : found;
}
