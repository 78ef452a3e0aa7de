import { once } from "node:events";
import { MicroCommand } from "../cli/command.js";
import { listenerOptions } from "../cli/programs/program.js";
import { openLog } from "../cli/startup/log.js";
import { guardProgram } from "../http/listener/uncaught.js";

export default class Agent extends MicroCommand {
  static override summary = "run the embedded registry: in memory, for one machine, with Consul's HTTP API";
  static override examples = ["micro agent", "micro agent --agent_address 127.0.0.1:8501"];
  static override serves = true;

  async run(): Promise<undefined> {
    const { flags } = await this.parse(Agent);
    const { agent } = await import("../agent/index.js");
    const log = await openLog(this.terminal, "warn");
    using _ = guardProgram(log);
    const options = listenerOptions(flags, log);
    const server = await agent({ ...options, address: flags.agent_address });
    try {
      this.ready({ name: "agent", address: server.address, url: server.url });
      this.note("next: micro list services");
      if (!this.signal.aborted) await once(this.signal, "abort");
      await server.drain({ timeout: 1000 });
    } finally {
      await server.close();
    }
    return undefined;
  }
}
