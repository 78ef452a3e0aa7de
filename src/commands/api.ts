import { availableParallelism } from "node:os";
import { MicroCommand } from "../cli/command.js";
import { badValue, text } from "../cli/flag-kinds.js";
import { runProgram } from "../cli/program.js";

export default class Api extends MicroCommand {
  static override summary = "run the api: HTTP from outside to services";
  static override examples = ["micro api", "micro api --api_address :8080 --api_handler proxy"];
  static override serves = true;
  static override flags = {
    workers: text("processes that share the port: a number, or auto for one per core (default 1)", {
      helpValue: "N|auto",
    }),
  };

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
          workers: workersOf(flags.workers),
        });
      },
      next: ({ url }) =>
        `curl ${url}/rpc -H 'Content-Type: application/json' -d '{"service":"…","method":"…","request":{}}'`,
    });
    return undefined;
  }
}

/** @throws {CliError} when it is neither a number from 1 to 64 nor `auto`. */
function workersOf(text = "1"): number {
  if (text === "auto") return availableParallelism();
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 64) throw badValue("workers", text, "a number from 1 to 64, or auto");
  return count;
}
