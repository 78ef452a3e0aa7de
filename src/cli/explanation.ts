import type { CallReport } from "../client/client.js";
import { formatAddress } from "../core/address.js";
import { MicroError } from "../core/errors.js";
import type { Node, Service } from "../core/service.js";
import { connect } from "../transport/connect.js";
import { type CallFlags, callOptions } from "./call-flags.js";
import { type Checked, check } from "./checks.js";
import { CliError } from "./errors.js";
import { toCliError } from "./failure.js";
import type { Parts } from "./parts.js";
import { endpointNamed, findService, type Lookup } from "./resolve.js";
import { responseText } from "./response.js";
import { otherKind, type Target } from "./target.js";

/** What an explanation goes through. */
export interface Explaining {
  readonly parts: Parts;
  readonly lookup: Lookup;
  readonly flags: CallFlags;
  readonly dryRun: boolean;
}

const dialling = 1000;

/** The steps of a call, up to the first that breaks. */
export async function* explain(target: Target, explaining: Explaining): AsyncGenerator<Checked> {
  const { lookup, flags } = explaining;
  let name = target.service;
  let versions: readonly Service[] = [];
  const resolve = await check("resolve", async () => {
    ({ name, versions } = await findService(target.service, lookup, true));
    return `${name} in ${lookup.place}`;
  });
  yield resolve;
  if (!resolve.ok) return;
  yield check("versions", () => versions.map(({ version }) => version || "(none)").join(", "));
  const nodes = versions.flatMap((service) => service.nodes);
  const having = await check("nodes", () => nodesText(nodes, name));
  yield having;
  if (!having.ok) return;
  yield check("selector", () =>
    flags.proxy_address ? hidden : `${flags.selector ?? "cache"} of ${nodes.length}`,
  );
  const dialled = await check("dial", () => dial(nodes, flags));
  yield dialled;
  if (!dialled.ok) return;
  yield check("tls", () => (flags.proxy_address ? hidden : secureText(nodes)));
  yield check("codec", () => "application/json");
  const method = await check("method", () => methodText(target.method, versions));
  yield method;
  if (method.ok) yield* reply({ ...target, service: name }, explaining);
}

const hidden = "not visible behind the sidecar";

function nodesText(nodes: readonly Node[], service: string): string {
  if (nodes.length === 0)
    throw new CliError("NO_NODES", `"${service}" has no nodes`, { hint: `micro get service ${service}` });
  const critical = nodes.filter(({ status }) => status === "critical").length;
  return `${nodes.length} nodes, ${critical} critical`;
}

async function dial(nodes: readonly Node[], { proxy_address, node }: CallFlags): Promise<string> {
  if (proxy_address) return hidden;
  const chosen = nodes.filter(
    ({ id, address, port }) => !node || node === id || node === formatAddress({ host: address, port }),
  );
  if (chosen.length === 0)
    throw new CliError("NODE_NOT_FOUND", `no node "${node}"`, {
      hint: `nodes: ${nodes.map(({ id }) => id).join(", ")}`,
    });
  const results = await Promise.all(chosen.map(reach));
  const refused = results.filter((result) => !result.ok);
  const text = results.map(({ id, detail }) => `${id} ${detail}`).join(", ");
  if (refused.length < results.length) return text;
  throw new CliError("NODE_UNREACHABLE", text, { hint: "start the service, or deregister its dead nodes" });
}

async function reach({ id, address, port, foreign }: Node): Promise<Reached> {
  const place = formatAddress({ host: address, port });
  try {
    const socket = await connect(place, { timeout: dialling, foreign });
    socket.destroy();
    return { id, ok: true, detail: `${place} answers` };
  } catch (error) {
    return { id, ok: false, detail: MicroError.is(error) ? error.detail : String(error) };
  }
}

/** Whether a node can be connected to, in words. */
interface Reached {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
}

function secureText(nodes: readonly Node[]): string {
  const secure = nodes.filter(({ metadata }) => metadata.secure === "true").length;
  return secure === 0 ? "plain text" : `${secure} of ${nodes.length} nodes over TLS`;
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
