import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { changeContexts, contextNamed } from "../../cli/flags/context-file.js";

export default class ContextRemove extends MicroCommand {
  static override summary = "remove a context";
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: "name of the context" }),
  };

  async run(): Promise<{ removed: string }> {
    const { args } = await this.parse(ContextRemove);
    await changeContexts((found) => {
      contextNamed(args.name, found);
      const { [args.name]: _, ...contexts } = found.contexts;
      return { ...found, current: found.current === args.name ? undefined : found.current, contexts };
    }, this.signal);
    this.log("ok");
    return { removed: args.name };
  }
}
