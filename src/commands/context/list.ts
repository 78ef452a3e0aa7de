import { MicroCommand } from "../../cli/command.js";
import { readContexts } from "../../cli/flags/context-file.js";
import { sanitise } from "../../cli/sanitise.js";

export default class ContextList extends MicroCommand {
  static override summary = "list the contexts and mark the current one";
  static override aliases = ["context:ls"];

  async run(): Promise<object[]> {
    await this.parse(ContextList);
    const { current, contexts } = readContexts();
    const names = Object.keys(contexts).sort();
    for (const name of names) this.log(`${name === current ? "*" : " "} ${sanitise(name)}`);
    return names.map((name) => ({ name, current: name === current, ...contexts[name] }));
  }
}
