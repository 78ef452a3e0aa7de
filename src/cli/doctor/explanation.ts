import { type CallableNodes, callableNodes, type LeftOutReason } from "../../client/callable-nodes.js";
import type { CallReport } from "../../client/client.js";
import { MicroError } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import type { Node, Service } from "../../core/service.js";
import { defaultOf } from "../../core/settings/values.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { type ConnectOptions, connect } from "../../transport/connect.js";
import type { CommandParts } from "../command-parts.js";
import { CliError } from "../errors.js";
import { tlsOptions } from "../flags/service-options.js";
import { responseText } from "../output/response.js";
import { toCliError } from "../output/to-cli-error.js";
import { type CallFlags, callOptions, ofVersion } from "../target/call-flags.js";
import type { Lookup } from "../target/lookup.js";
import { endpointNamed, findService } from "../target/resolve.js";
import { otherKind, type Target } from "../target/target.js";
import { type Checked, check, hidden } from "./checks.js";

/** What an explanation needs. */
export interface Explaining {
  readonly parts: CommandParts;
  readonly lookup: Lookup;
  readonly flags: CallFlags;
  readonly dryRun: boolean;
}

const dialling = 1000;

/** Runs the steps of a call, up to the first one that fails. */
export async function* explain(target: Target, explaining: Explaining): AsyncGenerator<Checked> {
  const { lookup, flags } = explaining;
  const { method } = target;
  let name = target.service;
  let versions: readonly Service[] = [];
  const resolve = await check("resolve", async () => {
    ({ name, versions } = await findService(target.service, lookup, true));
    return `${name} in ${lookup.registryLabel}`;
  });
  yield resolve;
  if (!resolve.ok) return;
  const known = await check("versions", () => versionsText(versions, flags));
  yield known;
  if (!known.ok) return;
  const callable = callableNodes(versions, { method, node: flags.node, version: flags.service_version });
  const { nodes } = callable;
  const having = await check("nodes", () => nodesText(callable, name, { method, flags }));
  yield having;
  if (!having.ok) return;
  yield check("selector", () =>
    flags.proxy_address ? hidden : `${flags.selector ?? defaultOf("selector")} of ${nodes.length}`,
  );
  const dialled = await check("dial", () => dial(nodes, flags));
  yield dialled;
  if (!dialled.ok) return;
  const secured = await check("tls", () => secure(nodes, name, flags));
  yield secured;
  if (!secured.ok) return;
  yield check("codec", () => "application/json");
  const listed = await check("method", () => methodText(method, versions));
  yield listed;
  if (listed.ok) yield* reply({ ...target, service: name }, explaining);
}

/** @throws {CliError} SERVICE_NOT_FOUND when the requested version does not exist. `--node` takes precedence over it. */
function versionsText(versions: readonly Service[], { node, service_version }: CallFlags): string {
  if (service_version && !node) ofVersion(versions, service_version);
  return versions.map(({ version }) => version || "(none)").join(", ");
}

/** Names each node that gets no call, with the reason. */
function nodesText(
  { nodes, leftOut }: CallableNodes,
  service: string,
  { method, flags }: { method: string; flags: CallFlags },
): string {
  const all = nodes.length + leftOut.length;
  const why: Record<LeftOutReason, (version: string) => string> = {
    critical: () => "critical",
    node: () => `not --node ${flags.node}`,
    version: () => `not --service_version ${flags.service_version}`,
    method: (version) => `version ${version} has no ${method}`,
  };
  const reasons = leftOut
    .map(({ node: { id }, version, reason }) => `${id} (${why[reason](version)})`)
    .join(", ");
  if (all === 0)
    throw new CliError("NO_NODES", `"${service}" has no nodes`, {
      hint: `micro get service ${shellQuote(service)}`,
    });
  if (nodes.length === 0)
    throw new CliError(
      flags.node ? "NODE_NOT_FOUND" : "NO_NODES",
      `none of ${all} nodes gets calls: ${reasons}`,
      {
        hint: `micro health ${shellQuote(service)}`,
      },
    );
  const ids = nodes.map(({ id }) => id).join(", ");
  if (nodes.every(({ status }) => status === "critical"))
    return `all ${nodes.length} nodes are critical, and get calls all the same: ${ids}`;
  const text =
    leftOut.length === 0
      ? `all ${all} nodes get calls`
      : `${nodes.length} of ${all} nodes get calls; left out: ${reasons}`;
  return flags.proxy_address ? `${text}; critical ones are ${hidden}` : text;
}

async function dial(nodes: readonly Node[], flags: CallFlags): Promise<string> {
  if (flags.proxy_address) return hidden;
  const results = await Promise.all(nodes.map((node) => reach(node)));
  const refused = results.filter(({ error }) => error !== undefined);
  const text = results.map(({ id, detail }) => `${id} ${detail}`).join(", ");
  if (refused.length < results.length) return text;
  throw new CliError("NODE_UNREACHABLE", text, { hint: "start the service, or deregister its dead nodes" });
}

async function reach(
  { id, address, port, foreign }: Node,
  options: Pick<ConnectOptions, "secure" | "tls"> = {},
): Promise<Reached> {
  const place = formatAddress({ host: address, port });
  try {
    const socket = await connect(place, { ...options, timeout: dialling, foreign });
    socket.destroy();
    return { id, detail: `${place} answers` };
  } catch (error) {
    return { id, detail: MicroError.is(error) ? error.detail : String(error), error };
  }
}

/** The result of connecting to a node: a text, and the error if it failed. */
interface Reached {
  readonly id: string;
  readonly detail: string;
  readonly error?: unknown;
}

/** Makes a TLS handshake with the nodes that want it, with the same files as the call. */
async function secure(nodes: readonly Node[], service: string, flags: CallFlags): Promise<string> {
  if (flags.proxy_address) return hidden;
  const secured = nodes.filter(({ metadata }) => metadata.secure === "true");
  if (secured.length === 0) return "plain text";
  const tls = tlsOptions(flags);
  const results = await Promise.all(secured.map((node) => reach(node, { secure: true, tls })));
  const failed = results.filter(({ error }) => error !== undefined);
  if (failed.length === nodes.length) throw toCliError(failed[0]?.error, { service });
  const text = `${secured.length} of ${nodes.length} nodes over TLS`;
  return [text, ...failed.map(({ id, detail }) => `${id} ${detail}`)].join(", ");
}

function methodText(method: string, versions: readonly Service[]): string {
  if (versions.every(({ endpoints }) => endpoints.length === 0))
    return `${method}, not listed by the service`;
  endpointNamed(method, versions);
  return method;
}

async function* reply(
  { service, method, body }: Target,
  { parts, lookup, flags, dryRun }: Explaining,
): AsyncGenerator<Checked> {
  yield check("reply", async () => {
    if (dryRun) return "not sent: --dry_run";
    const client = await parts.client();
    let report: CallReport | undefined;
    const options = await callOptions(flags, service, lookup, lookup.signal);
    const onDone = (done: CallReport) => {
      report = done;
    };
    try {
      const bytes = await client.call<Uint8Array>(service, method, Buffer.from(body), { ...options, onDone });
      const by = report?.node ? ` from ${report.node.id}` : "";
      return `${responseText(bytes).length} bytes${by}, attempts ${report?.attempts ?? 1}`;
    } catch (error) {
      const failure = toCliError(error, { service, method });
      throw otherKind(failure, service, method) ?? failure;
    }
  });
}
