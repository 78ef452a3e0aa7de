import { availableParallelism } from "node:os";
import { MicroCommand } from "../cli/command.js";
import { badValue, text } from "../cli/flags/flag-kinds.js";
import { apiFlags } from "../cli/flags/program-flags.js";
import { runProgram } from "../cli/programs/program.js";
import { apiOptions } from "../cli/programs/program-options.js";

export default class Api extends MicroCommand {
  static override summary = "run the API gateway: HTTP requests from outside to services";
  static override examples = ["micro api", "micro api --api_address :8080 --api_handler proxy"];
  static override serves = true;
  static override flags = {
    workers: text("processes that share the port: a number, or auto for one per core (default 1)", {
      helpValue: "N|auto",
    }),
    ...apiFlags,
  };

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Api);
    await runProgram(this, flags, {
      name: "go.micro.api",
      open: async (service, options) => {
        const { api } = await import("../api/index.js");
        return api(service, { ...options, ...apiOptions(flags), workers: workersOf(flags.workers) });
      },
      next: ({ url }) =>
        `curl ${url}/rpc -H 'Content-Type: application/json' -d '{"service":"…","method":"…","request":{}}'`,
    });
    return undefined;
  }
}

/** @throws {CliError} if it is neither a number from 1 to 64 nor `auto`. */
function workersOf(text = "1"): number {
  if (text === "auto") return availableParallelism();
  const workers = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (workers < 1 || workers > 64) throw badValue("workers", text, "a number from 1 to 64, or auto");
  return workers;
}
