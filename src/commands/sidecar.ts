import { MicroCommand } from "../cli/command.js";
import type { GlobalFlags } from "../cli/flags/global-flags.js";
import { sidecarFlags, sidecarSelfFlags } from "../cli/flags/program-flags.js";
import { runProgram } from "../cli/programs/program.js";
import { sidecarOptions } from "../cli/programs/program-options.js";

export default class Sidecar extends MicroCommand {
  static override summary = "run the sidecar: the framework over HTTP, for applications in any language";
  static override examples = [
    "micro sidecar",
    "micro sidecar --server_name foo --server_address 127.0.0.1:7001 --healthcheck_url http://127.0.0.1:7001/health",
  ];
  static override serves = true;
  static override flags = { ...sidecarSelfFlags, ...sidecarFlags };

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Sidecar);
    const ofProgram = sidecarOptions(flags);
    await runProgram(this, ofItself(flags), {
      name: "go.micro.sidecar",
      open: async (service, options) => {
        const { sidecar } = await import("../sidecar/index.js");
        return sidecar(service, { ...options, ...ofProgram });
      },
      next: ({ address: at }) => `micro --proxy_address ${at} list services`,
    });
    return undefined;
  }
}

/** Replaces the flags of the application by those of the sidecar's own node. */
function ofItself(
  flags: GlobalFlags & { [Name in keyof typeof sidecarSelfFlags]?: string | string[] },
): GlobalFlags {
  const self = Object.keys(sidecarSelfFlags).map((name) => [
    name.slice("self_".length),
    flags[name as keyof typeof sidecarSelfFlags],
  ]);
  return { ...flags, ...Object.fromEntries(self) };
}
