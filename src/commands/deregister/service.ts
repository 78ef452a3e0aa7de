import { MicroCommand } from "../../cli/command.js";
import { usage } from "../../cli/errors.js";
import { text } from "../../cli/flags/flag-kinds.js";
import { readJson } from "../../cli/request/request-source.js";
import { readServiceInput } from "../../cli/request/service-input.js";
import { sanitise } from "../../cli/sanitise.js";

export default class DeregisterService extends MicroCommand {
  static override summary = "deregister the nodes of a JSON definition";
  static override aliases = ["registry:deregister:service"];
  static override usage = "deregister service JSON|-|@FILE";
  static override examples = [`micro deregister service '{"name":"foo","nodes":[{"id":"foo-1"}]}'`];
  static override strict = false;
  static override flags = {
    file: text("file with the definition; - is standard input", { char: "f" }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(DeregisterService);
    const body = await readJson({ words: argv.map(String), file: flags.file }, this.signal);
    if (body === undefined) throw usage("give a service definition", "micro deregister service --help");
    const definitions = readServiceInput(body);
    const unknown = [...new Set(definitions.flatMap((definition) => definition.unknown))];
    if (unknown.length > 0) this.note(`ignored: ${sanitise(unknown.join(", "))}`);
    await using registry = await this.registry(flags);
    for (const { service } of definitions)
      await this.wait("deregistering", registry.deregister(service, { signal: this.signal }));
    this.log("ok");
    const deregistered = definitions.map(({ service: { name, version, nodes } }) => ({
      deregistered: { service: name, version, nodes: nodes.map(({ id }) => id) },
    }));
    return deregistered.length === 1 && deregistered[0] ? deregistered[0] : deregistered;
  }
}
