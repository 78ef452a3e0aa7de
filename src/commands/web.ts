import { MicroCommand } from "../cli/command.js";
import { runProgram } from "../cli/programs/program.js";
import { webOptions } from "../cli/programs/program-options.js";

export default class Web extends MicroCommand {
  static override summary = "run the web dashboard and the proxy for web apps";
  static override examples = ["micro web", "micro web --web_address :8082 --token_file token"];
  static override serves = true;

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Web);
    await runProgram(this, flags, {
      name: "go.micro.web",
      open: async (service, options) => {
        const { web } = await import("../web/index.js");
        return web(service, { ...options, ...webOptions(flags) });
      },
      next: (server) => `open ${server.loginUrl()}`,
    });
    return undefined;
  }
}
