import { X509Certificate } from "node:crypto";
import { pool } from "../../core/async/pool.js";
import { MicroError, textOf } from "../../core/errors.js";
import { formatAddress, isLoopback, parseAddress } from "../../core/net/address.js";
import { dialAddress, loopback } from "../../core/net/local-address.js";
import type { Node, Service } from "../../core/service.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { isOfAnother } from "../../registry/machine.js";
import { type Registry, servesMachines } from "../../registry/registry.js";
import { isHealthy } from "../../registry/wire/group-by-version.js";
import { connect } from "../../transport/connect.js";
import { describeRegistry, type Note, openRegistry, readFile } from "../connect/connect.js";
import { CliError } from "../errors.js";
import { readContexts } from "../flags/context-file.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import { type Checked, check, hidden } from "./checks.js";

const width = 16;
const dialling = 1000;
/** Most nodes to dial. */
const mostNodes = 200;
/** Critical nodes named at most. */
const mostNamed = 10;

/** Runs one check after the other. Skips those that depend on one that failed. */
export async function* diagnose(
  flags: GlobalFlags,
  note: Note,
  signal: AbortSignal,
): AsyncGenerator<Checked> {
  yield check("node", nodeVersion);
  yield check("config", () => configuration());
  yield check("tls", () => certificates(flags));
  await using registry = await openRegistry(flags, note);
  const reached = await check(flags.proxy_address ? "sidecar" : "registry", async () => {
    const services = await registry.listServices({ signal });
    return `${describeRegistry(flags)} answers, ${services.length} services`;
  });
  yield reached;
  if (reached.ok) yield* addresses(registry, flags, signal);
  yield check("ports", () => ports(flags));
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new CliError("BAD_CONFIG", `Node ${process.version} is too old: 20.19 or later`, {
      hint: "nvm install 22",
    });
  return `Node ${process.version} on ${process.platform}-${process.arch}`;
}

function configuration(): string {
  const { current, contexts } = readContexts();
  const variables = Object.keys(process.env).filter(
    (name) => name.startsWith("MICRO_") && name !== "MICRO_TOKEN",
  );
  const used = current === undefined ? "no context" : `context ${current} of ${Object.keys(contexts).length}`;
  return [used, ...variables.sort().map((name) => `${name}=${process.env[name]}`)].join(", ");
}

function certificates(flags: GlobalFlags): string {
  if (flags.tls_insecure)
    throw new CliError("TLS_FAILED", "--tls_insecure: any certificate is accepted", {
      hint: "leave it out, and name the authority: --tls_ca_file PATH",
    });
  const named = {
    tls_cert_file: flags.tls_cert_file,
    tls_ca_file: flags.tls_ca_file,
    tls_client_ca_file: flags.tls_client_ca_file,
  };
  const files = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [flag, file] of files) {
    const until = new Date(certificate(flag, file).validTo);
    if (until.getTime() < Date.now())
      throw new CliError("TLS_FAILED", `${file} expired ${until.toISOString()}`, {
        hint: "renew the certificate",
      });
  }
  return files.length === 0 ? "not used" : `${files.length} certificates are valid`;
}

function certificate(flag: string, file: string): X509Certificate {
  const pem = readFile(flag, file);
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    const hint = `name a file with a certificate, PEM: --${flag} PATH`;
    throw new CliError("TLS_FAILED", `${file} is not a certificate`, { hint, cause });
  }
}

/** Dials every registered address from this machine. */
async function* addresses(
  registry: Registry,
  { proxy_address: proxy }: GlobalFlags,
  signal: AbortSignal,
): AsyncGenerator<Checked> {
  const names = (await registry.listServices({ signal })).map(({ name }) => name);
  const failed: string[] = [];
  const versions = await pool(names, width, (name) =>
    registry.getService(name, { signal, unhealthy: true }).catch((error: unknown) => {
      // A service that has left since it was listed is no fault.
      if (!MicroError.is(error) || error.code !== 404) failed.push(`${name} (${textOf(error)})`);
      return [];
    }),
  );
  const nodes = versions.flat().flatMap((service) => service.nodes);
  yield check("services", () => readText(names.length, failed));
  yield check("critical", () => (proxy ? hidden : criticalText(versions.flat())));
  yield check("addresses", () => loopbacks(nodes, registry, signal));
  yield check("nodes", async () => {
    const asked = nodes.slice(0, mostNodes);
    const some = asked.length < nodes.length ? `, ${nodes.length - asked.length} more were not asked` : "";
    const refused = await pool(asked, width, unreachable);
    const bad = refused.filter((id) => id !== undefined);
    const [first] = versions
      .flat()
      .flatMap(({ name, nodes }) =>
        nodes.filter(({ id }) => id === bad[0]).map(({ id }) => ({ name, nodes: [{ id }] })),
      );
    if (bad.length === 0) return `${asked.length} nodes can be reached from here${some}`;
    throw new CliError(
      "NODE_UNREACHABLE",
      `${bad.length} of ${asked.length} nodes refuse: ${bad.slice(0, 3).join(", ")}${some}`,
      {
        hint: `start it again, or: micro deregister service ${shellQuote(JSON.stringify(first))}`,
      },
    );
  });
}

function readText(all: number, failed: readonly string[]): string {
  if (failed.length === 0) return `${all} services can be read`;
  const some = failed.slice(0, 3).join(", ");
  throw new CliError("REGISTRY_UNREACHABLE", `${failed.length} of ${all} services cannot be read: ${some}`, {
    hint: "micro list services",
  });
}

/** Fails if a node is critical: it gets no calls while another node of its service is not. */
function criticalText(versions: readonly Service[]): string {
  const critical = versions.flatMap(({ name, nodes }) =>
    nodes.filter((node) => !isHealthy(node)).map(({ id }) => ({ name, id })),
  );
  const [first] = critical;
  if (first === undefined) return "no node is critical";
  const all = versions.reduce((count, { nodes }) => count + nodes.length, 0);
  const named = critical.slice(0, mostNamed);
  const services = [...new Set(named.map(({ name }) => name))].map((service) => {
    const ids = named.filter(({ name }) => name === service).map(({ id }) => id);
    return `${ids.join(", ")} of ${service}`;
  });
  const more = critical.length > mostNamed ? `; and ${critical.length - mostNamed} more` : "";
  const are = critical.length === 1 ? "is" : "are";
  throw new CliError(
    "UNHEALTHY",
    `${critical.length} of ${all} nodes ${are} critical: ${services.join("; ")}${more}`,
    {
      hint: `micro health ${shellQuote(first.name)}`,
    },
  );
}

/** Checks loopback addresses, which are right only if all programs are on one machine. */
async function loopbacks(nodes: readonly Node[], registry: Registry, signal: AbortSignal): Promise<string> {
  const local = nodes.filter(({ address }) => isLoopback(address));
  if (local.length === 0) return "no loopback addresses";
  const others = nodes.some(({ address, foreign }) => foreign || isOfAnother(address));
  if (!others && !(await servesMachines(registry, { signal }))) return "all on one machine";
  const ids = local.slice(0, 3).map(({ id, address }) => `${id} at ${address}`);
  throw new CliError(
    "BAD_CONFIG",
    `${local.length} nodes of a registry of several machines are at a loopback address: ${ids.join(", ")}`,
    {
      hint: "start them with --server_address=0.0.0.0:0 or --server_advertise=HOST",
    },
  );
}

/** Dials a node. Returns its id if that fails. */
async function unreachable({ id, address, port, foreign }: Node): Promise<string | undefined> {
  try {
    const socket = await connect(formatAddress({ host: address, port }), { timeout: dialling, foreign });
    socket.destroy();
    return undefined;
  } catch {
    return id;
  }
}

/** Tells which of the usual ports are in use. Never fails: this is information only. */
async function ports(flags: GlobalFlags): Promise<string> {
  const places = {
    api: flags.api_address ?? loopback(8080),
    sidecar: flags.sidecar_address ?? loopback(8081),
    web: flags.web_address ?? loopback(8082),
  };
  const found = await Promise.all(
    Object.entries(places).map(async ([name, place]) => {
      const { host, port } = parseAddress(dialAddress(place));
      const free = await unreachable({ id: name, address: host, port, metadata: {} });
      return `${name} ${place} ${free ? "free" : "in use"}`;
    }),
  );
  return found.join(", ");
}
