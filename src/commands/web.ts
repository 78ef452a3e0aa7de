import { MicroCommand } from "../cli/command.js";
import { runProgram } from "../cli/program.js";

export default class Web extends MicroCommand {
  static override summary = "run the web dashboard, and the proxy for web apps";
  static override examples = ["micro web", "micro web --web_address :8082 --token_file token"];
  static override serves = true;

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Web);
    await runProgram(this, flags, {
      name: "go.micro.web",
      open: async (service, options) => {
        const { web } = await import("../web/index.js");
        return web(service, {
          ...options,
          address: flags.web_address ?? "127.0.0.1:8082",
          namespace: flags.web_namespace,
          cors: flags.web_cors,
          admin: flags.web_admin,
          unverified: flags.tls_insecure,
          appsAddress: flags.web_apps_address,
          terminal: { environment: environmentOf(flags) },
        });
      },
      next: (server) => `open ${server.loginUrl()}`,
    });
    return undefined;
  }
}

/** What the command lines of the terminal page are told about where things are. */
function environmentOf(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = ["registry", "registry_address", "broker", "broker_address", "transport"];
  const given = names.filter((name) => flags[name] !== undefined);
  return Object.fromEntries(given.map((name) => [`MICRO_${name.toUpperCase()}`, String(flags[name])]));
}
