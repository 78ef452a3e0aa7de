import { MicroCommand } from "../../cli/command.js";
import { usage } from "../../cli/errors.js";
import { duration, text } from "../../cli/flags/flag-kinds.js";
import { readJson } from "../../cli/request/request-source.js";
import { readServiceInput } from "../../cli/request/service-input.js";
import { sanitise } from "../../cli/sanitise.js";
import { formatDuration } from "../../core/time/duration.js";

export default class RegisterService extends MicroCommand {
  static override summary = "register a service from its JSON definition";
  static override aliases = ["registry:register:service"];
  static override usage = "register service JSON|-|@FILE [--ttl 30s]";
  static override examples = [
    `micro register service '{"name":"foo","version":"bar","nodes":[{"id":"foo-1","address":"127.0.0.1","port":8080}]}'`,
  ];
  static override strict = false;
  static override flags = {
    ttl: duration("time after which it is no longer healthy unless registered again", { least: 1 }),
    file: text("file with the definition; - is standard input", { char: "f" }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(RegisterService);
    const body = await readJson({ words: argv.map(String), file: flags.file }, this.signal);
    if (body === undefined) throw usage("give a service definition", "micro register service --help");
    const definitions = readServiceInput(body);
    const unknown = [...new Set(definitions.flatMap((definition) => definition.unknown))];
    if (unknown.length > 0) this.note(`ignored: ${sanitise(unknown.join(", "))}`);
    await using registry = await this.registry(flags);
    for (const { service } of definitions)
      await this.wait("registering", registry.register(service, { ttl: flags.ttl, signal: this.signal }));
    this.log("ok");
    const ttl = flags.ttl === undefined ? null : formatDuration(flags.ttl);
    if (this.terminal.mode === "human")
      this.note(
        ttl ? `healthy for ${ttl}, then registered again or out` : "it stays until deregistered: no --ttl",
      );
    const registered = definitions.map(({ service: { name, version, nodes } }) => ({
      registered: { service: name, version, nodes: nodes.map(({ id }) => id), ttl },
    }));
    return registered.length === 1 && registered[0] ? registered[0] : registered;
  }
}
