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
import { type CallFlags, callOptions } from "../target/call-flags.js";
import type { Lookup } from "../target/lookup.js";
import { endpointNamed, findService } from "../target/resolve.js";
import { otherKind, type Target } from "../target/target.js";
import { type Checked, check } from "./checks.js";

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
  let name = target.service;
  let versions: readonly Service[] = [];
  const resolve = await check("resolve", async () => {
    ({ name, versions } = await findService(target.service, lookup, true));
    return `${name} in ${lookup.registryLabel}`;
  });
  yield resolve;
  if (!resolve.ok) return;
  yield check("versions", () => versions.map(({ version }) => version || "(none)").join(", "));
  const nodes = versions.flatMap((service) => service.nodes);
  const having = await check("nodes", () => nodesText(nodes, name));
  yield having;
  if (!having.ok) return;
  yield check("selector", () =>
    flags.proxy_address ? hidden : `${flags.selector ?? defaultOf("selector")} of ${nodes.length}`,
  );
  const dialled = await check("dial", () => dial(nodes, flags));
  yield dialled;
  if (!dialled.ok) return;
  const secured = await check("tls", () => secure(nodes, flags));
  yield secured;
  if (!secured.ok) return;
  yield check("codec", () => "application/json");
  const method = await check("method", () => methodText(target.method, versions));
  yield method;
  if (method.ok) yield* reply({ ...target, service: name }, explaining);
}

const hidden = "not visible behind the sidecar";

function nodesText(nodes: readonly Node[], service: string): string {
  if (nodes.length === 0)
    throw new CliError("NO_NODES", `"${service}" has no nodes`, {
      hint: `micro get service ${shellQuote(service)}`,
    });
  const critical = nodes.filter(({ status }) => status === "critical").length;
  return `${nodes.length} nodes, ${critical} critical`;
}

async function dial(nodes: readonly Node[], flags: CallFlags): Promise<string> {
  if (flags.proxy_address) return hidden;
  const results = await Promise.all(chosen(nodes, flags).map((node) => reach(node)));
  const refused = results.filter(({ error }) => error !== undefined);
  const text = results.map(({ id, detail }) => `${id} ${detail}`).join(", ");
  if (refused.length < results.length) return text;
  throw new CliError("NODE_UNREACHABLE", text, { hint: "start the service, or deregister its dead nodes" });
}

/** Returns the nodes that the call may reach. */
function chosen(nodes: readonly Node[], { node }: CallFlags): readonly Node[] {
  const found = nodes.filter(
    ({ id, address, port }) => !node || node === id || node === formatAddress({ host: address, port }),
  );
  if (found.length > 0) return found;
  const hint = `nodes: ${nodes.map(({ id }) => id).join(", ")}`;
  throw new CliError("NODE_NOT_FOUND", `no node "${node}"`, { hint });
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
async function secure(nodes: readonly Node[], flags: CallFlags): Promise<string> {
  if (flags.proxy_address) return hidden;
  const all = chosen(nodes, flags);
  const secured = all.filter(({ metadata }) => metadata.secure === "true");
  if (secured.length === 0) return "plain text";
  const tls = tlsOptions(flags);
  const results = await Promise.all(secured.map((node) => reach(node, { secure: true, tls })));
  const failed = results.filter(({ error }) => error !== undefined);
  if (failed.length === all.length) throw failed[0]?.error;
  const text = `${secured.length} of ${all.length} nodes over TLS`;
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
