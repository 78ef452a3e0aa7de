import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { contextNamed, readContexts } from "../../cli/flags/context-file.js";
import { yesNo } from "../../cli/flags/flag-kinds.js";
import { globalFlags } from "../../cli/flags/global-flags.js";
import { resolveFlags } from "../../cli/flags/precedence.js";
import { sources } from "../../cli/flags/prepare-command-line.js";
import { flagShapes } from "../../cli/invocation.js";
import { sanitise } from "../../cli/sanitise.js";

export default class ContextShow extends MicroCommand {
  static override summary = "show a context, or the settings in force and their origin";
  static override examples = ["micro context show staging", "micro context show --origin"];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: "name of the context (default the current one)" }),
  };
  static override flags = { origin: yesNo("every value in force, with its source") };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ContextShow);
    if (flags.origin) return this.#origins(args.name ?? flags.context);
    const found = readContexts();
    const name = args.name ?? flags.context ?? found.current;
    if (name === undefined) {
      this.note("no context is in use");
      return { name: null, current: false };
    }
    const context = contextNamed(name, found);
    for (const key of Object.keys(context).sort()) this.log(`${key}\t${sanitise(String(context[key]))}`);
    return { name, current: name === found.current, ...context };
  }

  #origins(context: string | undefined): object {
    const named = context === undefined ? [] : [{ name: "context", value: context }];
    const resolved = resolveFlags([], flagShapes(globalFlags), sources({ id: undefined, flags: named }));
    const values = resolved.map(({ name, value, origin }) => ({ name, value, origin }));
    values.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, value, origin } of values)
      this.log(`${name}\t${sanitise(value)}\t${sanitise(origin)}`);
    return { values };
  }
}
