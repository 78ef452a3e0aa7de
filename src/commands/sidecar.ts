import { MicroCommand } from "../cli/command.js";
import { readToken } from "../cli/connect.js";
import { usage } from "../cli/errors.js";
import { count, duration, repeated, text, yesNo } from "../cli/flag-kinds.js";
import type { GlobalFlags } from "../cli/global-flags.js";
import { runProgram } from "../cli/program.js";

const own = {
  self_server_name: text("name of the sidecar's own service", { hidden: true }),
  self_server_version: text("version of the sidecar's own service", { hidden: true }),
  self_server_id: text("id of the sidecar's own node", { hidden: true }),
  self_server_address: text("address of the sidecar's own node", { hidden: true }),
  self_server_advertise: text("address registered for the sidecar's own node", { hidden: true }),
  self_server_metadata: repeated("metadata of the sidecar's own node", { hidden: true }),
};

export default class Sidecar extends MicroCommand {
  static override summary = "run the sidecar: the framework over HTTP, beside an application in any language";
  static override examples = [
    "micro sidecar",
    "micro sidecar --server_name foo --server_address 127.0.0.1:7001 --healthcheck_url http://127.0.0.1:7001/health",
  ];
  static override serves = true;
  static override flags = {
    ...own,
    server_name: text("name of the application beside it"),
    server_address: text("address of the application beside it"),
    healthcheck_url: text("answers 200 while the application is well"),
    healthcheck_interval: duration("time between two looks (default 10s)"),
    healthcheck_timeout: duration("time for an answer (default 2s)"),
    healthcheck_failures: count("failures in a row after which it is out (default 3)"),
    healthcheck_successes: count("successes in a row after which it is in again (default 2)"),
    no_fast_front: yesNo("read every request with Node's own parser"),
  };

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Sidecar);
    const { server_name: name, server_address: address } = flags;
    if ((name === undefined) !== (address === undefined))
      throw usage(
        "--server_name and --server_address of the application go together",
        "micro sidecar --help",
      );
    const app = name !== undefined && address !== undefined ? { name, address } : undefined;
    await runProgram(this, ofItself(flags), {
      name: "go.micro.sidecar",
      open: async (service, options) => {
        const { sidecar } = await import("../sidecar/index.js");
        return sidecar(service, {
          ...options,
          address: flags.sidecar_address ?? "127.0.0.1:8081",
          cors: flags.sidecar_cors,
          allowAddress: flags.allow_address,
          timeout: flags.client_request_timeout,
          fastFront: !flags.no_fast_front,
          app: app && {
            ...app,
            healthcheckUrl: flags.healthcheck_url,
            interval: flags.healthcheck_interval,
            timeout: flags.healthcheck_timeout,
            failures: flags.healthcheck_failures,
            successes: flags.healthcheck_successes,
            ttl: flags.register_ttl,
            token: readToken(flags),
          },
        });
      },
      next: ({ address: at }) => `micro --proxy_address ${at} list services`,
    });
    return undefined;
  }
}

/** The flags with those of the sidecar's own node in the place of the application's. */
function ofItself(flags: GlobalFlags & { [Name in keyof typeof own]?: string | string[] }): GlobalFlags {
  const self = Object.keys(own).map((name) => [name.slice("self_".length), flags[name as keyof typeof own]]);
  return { ...flags, ...Object.fromEntries(self) };
}
