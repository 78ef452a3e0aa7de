import { MicroCommand } from "../cli/command.js";
import { runProgram } from "../cli/program.js";

export default class Api extends MicroCommand {
  static override summary = "run the api: HTTP from outside to services";
  static override examples = ["micro api", "micro api --api_address :8080 --api_handler proxy"];
  static override serves = true;

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Api);
    await runProgram(this, flags, {
      name: "go.micro.api",
      open: async (service, options) => {
        const { api } = await import("../api/index.js");
        return api(service, {
          ...options,
          address: flags.api_address ?? "127.0.0.1:8080",
          namespace: flags.api_namespace,
          handler: flags.api_handler,
          cors: flags.api_cors,
          allow: flags.api_allow,
          timeout: flags.client_request_timeout,
        });
      },
      next: ({ url }) =>
        `curl ${url}/rpc -H 'Content-Type: application/json' -d '{"service":"…","method":"…","request":{}}'`,
    });
    return undefined;
  }
}
