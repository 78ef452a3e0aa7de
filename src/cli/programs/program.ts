import cluster from "node:cluster";
import { once } from "node:events";
import type { Log } from "../../core/log/log.js";
import { defaultOf } from "../../core/settings/values.js";
import type { HttpServer } from "../../http/listener/listener.js";
import { guardProgram } from "../../http/listener/uncaught.js";
import type { HttpOptions } from "../../http/server.js";
import type { MicroService } from "../../service/service.js";
import type { MicroCommand } from "../command.js";
import { describeRegistry, openRegistry } from "../connect/connect.js";
import { pluginsOf } from "../connect/plugins.js";
import type { GlobalFlags } from "../flags/global-flags.js";
import { openLog } from "../startup/log.js";

/** The differences between `api`, `sidecar` and `web`. */
export interface Program<Server extends HttpServer> {
  readonly name: string;
  /** Binds the listener. */
  readonly open: (service: MicroService, options: ListenerOptions) => Promise<Server>;
  /** Returns the line for people after the address: what to do next. */
  readonly next: (server: Server) => string;
}

export type ListenerOptions = Pick<
  HttpOptions,
  "tls" | "token" | "insecure" | "allowedHosts" | "trustedProxies" | "stats" | "plugins"
> & { readonly log: Log };

/** Runs a program and its own service until it is told to stop. Then it drains, so that nothing is lost. */
export async function runProgram<Server extends HttpServer>(
  command: MicroCommand,
  flags: GlobalFlags,
  { name, open, next }: Program<Server>,
): Promise<void> {
  const { signal } = command;
  if (flags.proxy_address) command.note("--proxy_address is not used here");
  const { service: make } = await import("../../service/index.js");
  const { serviceOptions } = await import("../flags/service-options.js");
  const log = await openLog(command.terminal);
  using _ = guardProgram(log);
  const plugins = await pluginsOf(flags);
  await using registry = await openRegistry({ ...flags, proxy_address: undefined }, (line) =>
    command.note(line),
  );
  // the listener already keeps serving for that time
  await using service = make({ ...serviceOptions(name, flags, { registry, plugins, log }), drainDelay: 0 });
  await using http = await open(service, { ...listenerOptions(flags, log), plugins });
  // if several workers share the port, only their primary registers and prints
  if (cluster.isPrimary) {
    await service.start();
    command.ready({
      name,
      address: http.address,
      url: http.url,
      registry: describeRegistry({ ...flags, proxy_address: undefined }),
    });
    command.note(`next: ${next(http)}`);
  }
  if (!signal.aborted) await once(signal, "abort");
  await http.drain({
    delay: flags.drain_delay ?? defaultOf("drain_delay"),
    timeout: flags.drain_timeout ?? defaultOf("drain_timeout"),
  });
}

/** Reads the options of the listener. The TLS flags have been checked before. */
export function listenerOptions(flags: GlobalFlags, log: Log): ListenerOptions {
  const { tls_cert_file: certFile, tls_key_file: keyFile, tls_client_ca_file: clientCaFile } = flags;
  const { connections_per_client: perClient } = flags;
  const value = process.env.MICRO_TOKEN || undefined;
  const token = flags.token_file ? { file: flags.token_file } : value && { value };
  return {
    ...(certFile && keyFile && { tls: { certFile, keyFile, clientCaFile } }),
    ...(token && { token }),
    insecure: flags.insecure,
    allowedHosts: flags.allowed_hosts,
    trustedProxies: flags.trusted_proxies,
    ...(perClient !== undefined && { limits: { connectionsPerClient: perClient } }),
    stats: flags.enable_stats,
    log,
  };
}
